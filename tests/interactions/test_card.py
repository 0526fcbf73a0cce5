"""The card of a conversation, as it is written and as it is worked out anew: one rule, in whatever order words come."""

from datetime import timedelta

import pytest
from django.template import engines
from django.utils.timezone import now
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.events.models import Event
from interactions import concluding, finishing, moving, noting, outbox, outcomes, promising, ringing, thread
from interactions.conversations import filing, settling
from interactions.models import Conversation, Interaction, Message
from tests import make

CARD = [field.name for field in Conversation._meta.fields]


def drawn(conversation):
    return Conversation.objects.filter(pk=conversation.pk).values(*CARD).get()


@pytest.fixture
def asked(mira):
    """Mira wrote an hour ago, and nobody has answered."""
    conversation = make.make_conversation(mira, opened_at=now() - timedelta(days=3))
    at = now() - timedelta(hours=1)
    mail = Interaction(customer=mira, conversation=conversation, channel="email", direction="in", occurred_at=at)
    return filing.file(mail).conversation


@pytest.mark.parametrize("direction", ["in", "out"])
def test_a_wrong_number_leaves_their_mail_waiting_also_when_the_card_is_drawn_anew(mira, anna, asked, direction):
    before = drawn(asked)
    call = ringing.dial("+390895550147", by=anna, direction=direction)
    finishing.finish(call, "wrong_number", by=anna, notes="A baker")
    after = drawn(asked)
    assert after["status"] == "open" and after["their_words"] == before["their_words"]
    assert after["waiting_since"] == before["waiting_since"] is not None
    thread.redraw(asked)
    assert drawn(asked) == after


def test_what_they_write_while_we_talk_waits_also_when_older_words_did(mira, anna, asked, time_machine):
    call = ringing.dial("+390895550147", by=anna)
    time_machine.move_to(now() + timedelta(minutes=5))
    at = now() - timedelta(minutes=1)
    photo = Interaction(customer=mira, conversation=asked, channel="email", direction="in", occurred_at=at)
    filing.file(photo)
    finishing.finish(call, "interested", by=anna, notes="She sends a photo")
    assert drawn(asked)["waiting_since"] == photo.occurred_at
    thread.redraw(asked)
    assert drawn(asked)["waiting_since"] == photo.occurred_at


def test_drawn_anew_while_our_answer_is_on_its_way_nothing_waits(mira, anna, asked):
    message = outbox.queue(channel="email", conversation=asked, text="Here it is", by=anna)
    thread.redraw(asked)
    assert drawn(asked)["waiting_since"] is None
    outbox.cancel(message, by=anna)
    assert drawn(asked)["waiting_since"] is not None


@pytest.mark.parametrize("how", ["taken back", "refused"])
def test_a_matter_settled_with_an_answer_that_never_leaves_opens_again(mira, anna, asked, worker, server, how):
    make.make_organisation()
    mira.contact_points.filter(channel="email").update(value="unknown@example.com")
    message = outbox.queue(channel="email", conversation=asked, text="Here it is", by=anna)
    settling.settle(asked, by=anna)
    if how == "taken back":
        outbox.cancel(message, by=anna)
    else:
        worker.deliver_batch()
    after = drawn(asked)
    assert after["status"] == "open" and after["waiting_since"] is not None
    assert Event.objects.filter(kind="conversation.reopened", about_id=asked.pk).exists()


def test_what_was_promised_in_a_logged_call_is_what_we_said(mira, anna):
    call = noting.log("call", customer=mira, words="Two bags, please", by=anna)
    for what in ("Send two bags", "Call again"):
        promising.make(
            what, customer=mira, due=now() + timedelta(days=1), by=anna,
            conversation=call.conversation, interaction=call,
        )  # fmt: skip
    assert thread.card(mira, anna).we.words == "Send two bags"


MINUTES = st.integers(0, 9)
TOUCHES = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["message", "call", "meeting", "note", "automatic", "bounce"]),
        "direction": st.sampled_from(["in", "out", "inside"]),
        "outcome": st.sampled_from(["", outcomes.MISSED, *(outcome.key for outcome in outcomes.OUTCOMES)]),
        "words": st.sampled_from(["", "One", "Two"]),
        "subject": st.sampled_from(["", "About"]),
        "minute": MINUTES,  # when it was said; it is written down in the order of the list
        "promises": st.lists(st.sampled_from(["Send it", "Call her"]), max_size=2),
    }
)
STEPS = st.lists(st.one_of(TOUCHES, st.sampled_from(["queue", "send", "cancel"])), max_size=6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_worked_out_anew_it_is_what_was_written_as_it_happened(mira, anna, steps):
    began = now() - timedelta(minutes=20)
    conversation = make.make_conversation(mira, opened_at=began)
    for step in steps:
        _take(step, conversation, anna, began)
    before = drawn(conversation)
    thread.redraw(conversation)
    assert drawn(conversation) == before


def _take(step, conversation, anna, began):
    waiting = Message.objects.filter(conversation=conversation, status="queued").order_by("id")
    if step == "queue":
        outbox.queue(channel="email", conversation=conversation, text="Our answer", by=anna)
    elif step == "send":
        for message in waiting[:1]:
            _sent(message)
    elif step == "cancel":
        for message in waiting[:1]:
            outbox.cancel(message, by=anna)
    else:
        _file(conversation, anna, began, **step)


def _sent(message):
    Message.objects.filter(pk=message.pk).update(status="sending", worker="w")
    concluding.mark_sent({message.pk: ""}, worker="w", subjects={message.pk: "Re: The grinder"})


def _file(conversation, anna, began, *, minute, promises, **fields):
    interaction = filing.file(
        Interaction(
            customer=conversation.customer, conversation=conversation, channel="phone", author=anna,
            occurred_at=began + timedelta(minutes=minute), **fields,
        )
    )  # fmt: skip
    for what in promises:
        promising.make(
            what, customer=conversation.customer, due=now() + timedelta(days=1), by=anna,
            conversation=conversation, interaction=interaction,
        )  # fmt: skip


def test_a_stop_is_read_on_the_card_and_nobody_owes_an_answer_to_it(mira, anna, asked):
    waits = drawn(asked)["waiting_since"]
    alone = make.make_conversation(mira, opened_at=now() - timedelta(days=3))
    for place, since in ((asked, waits), (alone, None)):
        words = {"words": "STOP", "occurred_at": now() - timedelta(hours=2), "outcome": outcomes.STOPPED}
        stop = filing.file(Interaction(customer=mira, conversation=place, channel="sms", direction="in", **words))
        after = drawn(place)
        assert (after["waiting_since"], after["interaction_count"]) == (since, 2 if since else 1)
        thread.redraw(place)
        assert drawn(place) == after
    moving.move(stop, to=asked, by=anna)
    assert (drawn(asked)["waiting_since"], drawn(asked)["their_words"]) == (waits, "")


def test_what_was_said_stays_on_the_card_until_the_first_words_of_another_matter_have_left(mira, anna, asked):
    settling.settle(asked, by=anna)
    other = make.make_conversation(mira, "Delivery", owner=anna)  # its first message waits in the outbox
    card = thread.card(mira, anna)
    assert card.conversation == asked and card.they and list(card.matters) == [other]


def test_since_then_says_what_was_in_no_conversation_and_whose_word_it_was(mira, anna, asked):
    for fields in ({"direction": "out", "subject": "Ciao Mira, è primavera"}, {"outcome": outcomes.STOPPED}):
        make.make_interaction(mira, None, channel="sms", words="Stop", **fields)
    drawn = engines["jinja2"].env.get_template("interactions/_card.html").module.knots(thread.card(mira, anna))
    assert "They want no more offers, " in drawn and "Ciao Mira, è primavera, " in drawn
    assert "A message to many" not in drawn and "Stop" not in drawn  # not everybody may read their words
