"""What is known against an address outlives its removal: it holds for whoever has it next."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from customers import consenting, contacting, reach
from customers.intake import Allowed, Person, register_many
from customers.models import ConsentState, ContactPoint, Suppression
from interactions import screening
from interactions.models import Message
from tests import make

pytestmark = pytest.mark.django_db
ADDRESS = "mira@example.com"


@pytest.fixture
def mira():
    mira = make.make_mira()
    consenting.give(mira, "offers", "email", source="test")
    return mira


def mark(customer, **fields):
    customer.contact_points.filter(channel="email").update(**fields)


def comes_back(customer, *, by=None):
    """Removed and added again by hand: the present contact point."""
    contacting.remove(customer.contact_points.get(channel="email"), by=by)
    return contacting.add(customer, "email", ADDRESS, by=by)


def why(customer):
    return reach.may_reach(customer, "email", "offers")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"complained_at": now()}, "complained"),
        ({"bounced_at": now(), "bounce_reason": "No such user"}, "bounced"),
    ],
)
def test_removing_and_adding_an_address_launders_nothing(mira, fields, reason):
    mark(mira, **fields)
    point = comes_back(mira)
    assert why(mira) == reason and point.bounce_reason == fields.get("bounce_reason", "")
    assert comes_back(mira) and why(mira) == reason  # nor twice


def test_a_refusal_of_one_address_comes_back_with_it(mira):
    consenting.withdraw(mira, "offers", "email", mira.contact_points.get(channel="email"), source="test")
    comes_back(mira)
    assert why(mira) == "refused"


@pytest.mark.parametrize("known", ["complained", "bounced", "refused"])
def test_an_import_of_the_address_finds_it_as_it_was_whoever_has_it_then(mira, known):
    point = mira.contact_points.get(channel="email")
    if known == "refused":
        consenting.withdraw(mira, "offers", "email", point, source="test")
    else:
        mark(mira, **{f"{known}_at": now()})
    contacting.remove(point, by=None)
    yes = [Allowed("offers", "email", True), Allowed("offers", "email", True, ADDRESS)]
    rows = [Person(name=f"Somebody {n}", emails=[f"s{n}@example.com"], allowed=yes[:1]) for n in range(30)]
    register_many([*rows, Person(name="Petar Kovač", emails=[ADDRESS], allowed=yes)], source="import 1", country="IT")
    petar = ContactPoint.objects.get(value=ADDRESS).customer
    assert petar != mira and why(petar) == known
    assert ContactPoint.objects.filter(bounced_at=None, complained_at=None, value__startswith="s").count() == 30


def test_a_dead_mailbox_is_dead_for_the_next_who_shares_it_and_a_wrong_number_is_not(mira):
    mark(mira, bounced_at=now())
    mira.contact_points.filter(channel="phone").update(bounced_at=now(), bounce_reason="Wrong number")
    petar = make.make_customer("Petar Kovač")
    assert contacting.add(petar, "email", ADDRESS, by=None).bounced_at
    number = mira.contact_points.get(channel="phone").value
    assert contacting.add(petar, "phone", number, by=None).bounced_at is None
    contacting.remove(mira.contact_points.get(channel="phone"), by=None)
    assert contacting.add(mira, "phone", number, by=None).bounced_at


def test_a_person_lifts_a_bounce_by_verifying_and_undo_brings_it_back(mira):
    mark(mira, bounced_at=now(), bounce_reason="No such user")
    point = comes_back(mira)
    contacting.verify(point, by=None)
    assert why(mira) is None
    contacting.verify(point, by=None, is_verified=False)
    assert why(mira) == "bounced"
    contacting.verify(point, by=None)
    comes_back(mira)
    assert why(mira) is None  # lifted is lifted


def test_only_a_new_consent_for_the_address_lifts_a_complaint(mira):
    point = mira.contact_points.get(channel="email")
    mark(mira, complained_at=now())
    consenting.withdraw(mira, "offers", "email", point, source="complaint")
    contacting.verify(point, by=None)
    consenting.give(mira, "offers", "email", source="test")
    old = Allowed("offers", "email", True, ADDRESS, at=now() - timedelta(days=9))
    for allowed in (Allowed("surveys", "email", True, ADDRESS), old):
        register_many([Person(name="Mira Kovač", emails=[ADDRESS], allowed=[allowed])], source="import 1")
    assert why(mira) == "complained"
    new = Allowed("offers", "email", True, ADDRESS, at=now())
    register_many([Person(name="Mira Kovač", emails=[ADDRESS], allowed=[new])], source="import 2")
    assert why(mira) is None
    mark(mira, complained_at=now())
    consenting.give(mira, "offers", "email", point, source="preference page")
    comes_back(mira)
    assert why(mira) is None and not Suppression.objects.exists()


def test_mail_in_a_workers_hands_stays_if_its_address_went_or_came_back_complained_of(mira):
    make.make_contact_point(mira, "mira@work.example")
    home = mira.contact_points.get(value=ADDRESS)
    mail = Message.objects.create(
        channel="email", customer=mira, contact_point=home,
        to_address=ADDRESS, purpose="offers", is_marketing=True, worker="w",
        status="sending", due_at=now(), created_at=now(),
    )  # fmt: skip

    def leaves():
        Message.objects.filter(pk=mail.pk).update(status="sending", worker="w")
        mail.refresh_from_db()
        return bool(screening.screened([mail], "w"))

    assert leaves()
    contacting.remove(home, by=None)
    assert not leaves() and Message.objects.get().reason == "no_address"
    contacting.add(mira, "email", ADDRESS, by=None)
    assert leaves()
    ContactPoint.objects.filter(value=ADDRESS).update(complained_at=now())
    contacting.remove(ContactPoint.objects.get(value=ADDRESS), by=None)
    contacting.add(mira, "email", ADDRESS, by=None)
    assert not leaves() and Message.objects.get().reason == "complained"
    assert not ConsentState.objects.filter(is_given=False).exists()
