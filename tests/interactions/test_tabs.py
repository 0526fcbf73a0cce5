"""The tabs of the composer, and the keys that open them."""

import pytest
from django.utils.timezone import now

from customers import channels
from interactions.addressing import Addressee, Head
from interactions.composer import Way, Ways, to_answer
from interactions.models import Message
from interactions.views import tabs
from tests import make


def ways(asked="", **refusals):
    heads = {key: Head(Addressee(key, refusal=refusals.get(key, "")), "") for key in ("email", "sms")}
    return Ways([Way(channels.named(key), head) for key, head in heads.items()], asked)


def keyed(drawn, key="E"):
    return [tab.value for tab in drawn.tabs if key in tab.shortcut.split()]


@pytest.mark.parametrize(
    ("asked", "refused", "opens"),
    [
        ("", {}, "send-email"),
        ("sms", {}, "send-sms"),  # where they wrote last, not what is first in the list
        ("sms", {"sms": "refused"}, "send-email"),
        ("phone", {"email": "refused"}, "send-sms"),
    ],
)
def test_the_key_to_write_opens_what_is_best_to_write_on(asked, refused, opens):
    answer, customer = tabs.for_answer(ways(asked, **refused)), tabs.for_customer(ways(asked, **refused))
    assert keyed(answer) == keyed(customer) == [opens] == [answer.chosen]
    assert keyed(answer, "Alt+2") == ["send-sms"] and keyed(customer, "Alt+3") == ["send-sms"]
    assert not keyed(tabs.for_answer(ways(email="refused", sms="refused")))


@pytest.mark.django_db
def test_what_we_began_by_text_and_did_not_leave_goes_on_by_text():
    place = make.make_conversation(make.make_mira())
    assert to_answer(place).spoken_on == ""
    Message.objects.create(channel="sms", conversation=place, status="failed", due_at=now(), created_at=now())
    assert to_answer(place).spoken_on == "sms"
    place.our_channel = "email"
    assert to_answer(place).spoken_on == "email"
    place.their_channel = "whatsapp"
    assert to_answer(place).spoken_on == "whatsapp"
