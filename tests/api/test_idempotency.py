"""The same request again happens once."""

import pytest

from api.models import IdempotentRequest
from crm import locks
from customers.models import Customer
from interactions.models import Interaction
from tests.make import make_mira, make_organisation
from tests.racing import held_elsewhere

pytestmark = pytest.mark.django_db
NAME = {"name": "Mira Kovač", "emails": ["mira@example.com"]}


def test_a_note_sent_twice_is_logged_once(shop):
    body = {"customer": make_mira().pk, "kind": "note", "words": "She called twice"}
    first = shop.post("interactions/", body, Idempotency_Key="n-1")
    second = shop.post("interactions/", body, Idempotency_Key="n-1")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert (second["Idempotency-Replayed"], second["Location"]) == ("true", first["Location"])
    assert "Idempotency-Replayed" not in first
    assert Interaction.objects.count() == 1


def test_without_the_header_it_happens_twice(shop):
    body = {"customer": make_mira().pk, "kind": "note", "words": "She called twice"}
    shop.post("interactions/", body)
    shop.post("interactions/", body)
    assert Interaction.objects.count() == 2


def test_another_request_with_the_same_key_is_refused(shop):
    shop.post("customers/", NAME, Idempotency_Key="c-1")
    answer = shop.post("customers/", {"name": "Luca Conti"}, Idempotency_Key="c-1")
    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:filo:problem:idempotency_key_reused"
    assert Customer.objects.count() == 1


def test_each_integrator_has_keys_of_its_own(shop, make_shop):
    shop.post("customers/", NAME, Idempotency_Key="c-1")
    assert make_shop(name="Telephone").post("customers/", {"name": "Luca"}, Idempotency_Key="c-1").status_code == 201


def test_a_refused_request_can_be_corrected(shop):
    assert shop.post("customers/", {"name": 17}, Idempotency_Key="c-1").status_code in (201, 422)
    IdempotentRequest.objects.all().delete()
    assert shop.post("customers/", {"kind": "king"}, Idempotency_Key="c-2").status_code == 422
    assert shop.post("customers/", NAME, Idempotency_Key="c-2").status_code == 201


@pytest.mark.parametrize("given", ["", "x" * 256, "tab\there"])
def test_a_key_must_be_readable(shop, given):
    assert shop.post("customers/", NAME, Idempotency_Key=given).status_code == 422
    assert not Customer.objects.exists()


@pytest.mark.parametrize("path", ["customers/bulk/", "purchases/bulk/"])
def test_bulk_requests_are_remembered_too(shop, path):
    body = {"rows": []}
    shop.post(path, body, Idempotency_Key="b-1")
    assert shop.post(path, body, Idempotency_Key="b-1")["Idempotency-Replayed"] == "true"


@pytest.mark.django_db(transaction=True)
def test_while_the_first_is_at_work_the_second_is_told_so(shop):
    make_organisation()
    # The first request in another process has got as far as holding what guards its key.
    with held_elsewhere(lambda: locks.one_at_a_time("request", f"{shop.key.pk} c-1")):
        answer = shop.post("customers/", NAME, Idempotency_Key="c-1")
        other = shop.post("customers/", {"name": "Luca Conti"}, Idempotency_Key="c-2")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:filo:problem:still_running")
    assert other.status_code == 201
    assert shop.post("customers/", NAME, Idempotency_Key="c-1").status_code == 201
