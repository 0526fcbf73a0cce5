"""How a conversation draws what was said on any channel, and what became of it; no database is asked."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone, translation

from customers.models import Customer
from interactions.models import Interaction, Message
from interactions.views.entries import Said

AT = datetime(2026, 3, 3, 14, 20, tzinfo=UTC)
MIRA = Customer(name="Mira Kovač")
NUMBER, SHOWN = "+393335550192", "+39 333 555 0192"


@pytest.fixture(autouse=True)
def reader():
    with time_machine.travel(AT, tick=False), timezone.override(UTC), translation.override("en"):
        yield


def ours(**fields):
    sent = Interaction(channel="sms", direction="out", to_address=NUMBER, occurred_at=AT, words="We come.")
    fields = {"channel": "sms", "to_address": NUMBER, "status": "sent", "created_at": AT, **fields}
    return Said(sent, Message(**fields), MIRA, us="Meridiana")


def theirs(customer=MIRA, **fields):
    fields = {"channel": "sms", "direction": "in", "from_address": NUMBER, "occurred_at": AT, **fields}
    return Said(Interaction(**fields), None, customer)


def test_a_text_message_says_its_channel_its_number_and_what_became_of_it():
    entry = ours(delivered_at=AT + timedelta(minutes=2), parts=2, part_cost=Decimal("0.04200"), cost_currency="EUR")
    assert (entry.kind, entry.mark, entry.name, entry.meta) == ("ours", "sms", "Meridiana", f"SMS to {SHOWN}")
    assert (entry.delivery, entry.arrived, entry.size) == ("delivered", "Delivered 14:22", "2 parts, €0.084")
    late = ours(delivered_at=AT + timedelta(days=1), parts=1)
    assert late.arrived == "Delivered Wed 4 Mar, 14:20" and late.size == "1 part"
    assert (ours().delivery, ours().arrived, ours().size) == ("sent", "", "")


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"bounced_at": AT}, "bounced"),
        ({"bounced_at": AT, "status": "failed"}, "failed"),  # refused at the door, it never left
        ({"status": "in_doubt"}, "doubt"),
    ],
)
def test_what_did_not_arrive_says_why(fields, state):
    entry = ours(reason="The phone is off.", **fields)
    assert (entry.delivery, entry.reason, entry.is_failed) == (state, "The phone is off.", state == "failed")
    assert ours(reason="Sent again by Anna").reason == ""


def test_who_speaks_is_their_number_where_nobody_knows_them():
    assert (theirs().name, theirs().meta) == ("Mira Kovač", f"SMS, {SHOWN}")
    assert (theirs(customer=None).name, theirs(customer=None).meta) == (SHOWN, "SMS")
    mail = theirs(channel="email", from_address="mira@example.com")
    assert mail.meta == "mira@example.com", "an address of mail says by itself what it is"
    elsewhere = theirs(channel="whatsapp", from_address="")
    assert (elsewhere.mark, elsewhere.meta) == ("whatsapp", "WhatsApp")
    call = theirs(channel="phone", kind="call", duration_seconds=364)
    assert (call.kind, call.name, call.meta) == ("ours", "They called", "6 min")
