"""What the outside says of a message is written down alike, whatever its channel; of an address only what it knows."""

from django.utils.timezone import now

from crm.events.models import Event
from customers import consenting, reach
from customers.models import Consent
from interactions import returning
from interactions.gateways.contract import Answer, Outcome, Result
from interactions.models import Message
from tests import make

NOW = now()


def test_a_number_that_takes_no_text_message_still_rings_and_is_news_once(db, mira):
    point = mira.contact_points.get(channel="phone")
    text = Message.objects.create(
        customer=mira, channel="sms", to_address=point.value, purpose="service", due_at=NOW, created_at=NOW
    )
    for _ in range(2):  # the provider reports twice
        returning.came_back(text, reason="The number is a landline.", is_hard=True)
    returning.refused(text, Result(text.pk, Answer.REFUSED, 400, "21614", "Not a mobile number", Outcome.HARD))
    text.refresh_from_db()
    point.refresh_from_db()
    assert text.bounced_at and text.reason == "The number is a landline."
    assert point.dead_on == {"sms": "The number is a landline."} and point.bounced_at is None
    told = Event.objects.filter(kind__in=("message.bounced", "contact_point.bounced")).order_by("pk")
    assert [(event.kind, event.data.get("channel")) for event in told] == [
        ("message.bounced", None), ("contact_point.bounced", "sms"),
    ]  # fmt: skip
    returning.delivered(text, at=NOW)
    returning.delivered(text)
    returning.came_back(text, reason="The number is a landline.", is_hard=True)
    text.refresh_from_db()
    assert (text.delivered_at, text.bounced_at, text.reason) == (NOW, None, ""), "it did arrive"
    returning.complained(text)
    point.refresh_from_db()
    refusal = Consent.objects.get()
    assert point.dead_on == {}, "nor is the number dead"
    assert point.complained_at and (refusal.purpose, refusal.channel, refusal.is_given) == ("offers", "sms", False)


def test_who_told_the_provider_to_stop_told_us(db, mira):
    point = make.make_contact_point(mira, "+393475550147", "phone", line="mobile")
    consenting.give(mira, "offers", "sms", source="x")
    text = Message.objects.create(
        customer=mira, channel="sms", to_address=point.value, purpose="offers", due_at=NOW, created_at=NOW
    )
    returning.refused(text, Result(text.pk, Answer.REFUSED, 400, "21610", "They said STOP", Outcome.STOPPED))
    assert reach.may_reach(mira, "sms", "offers", point) == "refused" and point.dead_on == {}
    assert reach.may_reach(mira, "sms", "service", point) is None


def test_who_refuses_a_message_for_what_it_says_says_nothing_of_the_address(db, mira):
    point = mira.contact_points.get(channel="email")
    mail = Message.objects.create(
        customer=mira, channel="email", to_address=point.value, purpose="service", due_at=NOW, created_at=NOW
    )
    returning.refused(mail, Result(mail.pk, Answer.REFUSED, 554, "5.7.1", "Policy", Outcome.SOFT))
    point.refresh_from_db()
    assert point.bounced_at is None and Event.objects.get().data["hard"] is False
    returning.came_back(mail, reason="No such user", is_hard=True)
    point.refresh_from_db()
    assert point.bounced_at and point.bounce_reason == "No such user" and point.dead_on == {}
