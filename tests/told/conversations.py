"""What is told of conversations, of what is said in them, and of mail."""

from django.utils.timezone import now

from interactions import claiming, concluding, finishing, moving, noting, outbox, recovering, ringing
from interactions.conversations import opening, settling
from interactions.models import Conversation, Interaction, Task
from tests import make
from tests.interactions.postman import bounce, mail, receive, sent
from tests.interactions.switchboard import ring
from tests.told import fact, tells


@tells("conversation.opened")
def opened(cast):
    yield
    place = opening.open_about("The grinder", cast.mira, by=cast.anna)
    yield fact("conversation.opened", place, cast.mira, cast.anna)


@tells("conversation.opened")
def opened_by_a_mail(cast):
    yield
    arrived = receive(mail())
    yield (
        fact("conversation.opened", arrived.conversation, cast.mira),
        fact("interaction.received", arrived, cast.mira),
    )


@tells("conversation.opened")
def opened_by_a_move(cast):
    place = make.make_conversation(cast.mira)
    words = [make.make_interaction(cast.mira, place) for _ in range(2)]
    yield
    alone = moving.move(words[0], to=None, by=cast.anna)
    yield (
        fact("conversation.opened", alone, cast.mira, cast.anna),
        fact("interaction.moved", words[0], cast.mira, cast.anna),
    )


@tells("conversation.removed")
def removed(cast):
    here, there = make.make_conversation(cast.mira), make.make_conversation(cast.mira)
    words = make.make_interaction(cast.mira, here)
    yield
    moving.move(words, to=there, by=cast.anna)
    yield (
        fact("interaction.moved", words, cast.mira, cast.anna),
        fact("conversation.removed", ("interactions.conversation", here.pk), cast.mira, cast.anna),
    )


@tells("conversation.settled")
def settled(cast):
    place = make.make_conversation(cast.mira)
    yield
    settling.settle(place, by=cast.anna)
    yield fact("conversation.settled", place, cast.mira, cast.anna)


@tells("conversation.reopened")
def reopened(cast):
    place = make.make_conversation(cast.mira, status="settled", settled_at=now())
    yield
    settling.reopen(place, by=cast.anna)
    yield fact("conversation.reopened", place, cast.mira, cast.anna)


@tells("conversation.reopened")
def reopened_by_an_answer(cast):
    place = make.make_conversation(cast.mira)
    ours = sent(place, cast.anna)
    settling.settle(place, by=cast.anna)
    yield
    arrived = receive(mail(In_Reply_To=f"<{ours.message_ref}>"))
    yield fact("interaction.received", arrived, cast.mira), fact("conversation.reopened", place, cast.mira)


@tells("conversation.given")
def given(cast):
    place = make.make_conversation(cast.mira)
    yield
    settling.give(place, by=cast.anna, to=cast.clara)
    yield fact("conversation.given", place, cast.mira, cast.anna)


@tells("conversation.joined")
def joined(cast):
    here, there = make.make_conversation(cast.mira), make.make_conversation(cast.mira)
    make.make_interaction(cast.mira, here)
    yield
    moving.join(here, to=there, by=cast.anna)
    gone = ("interactions.conversation", here.pk)
    yield (
        fact("conversation.joined", gone, cast.mira, cast.anna),
        fact("conversation.removed", gone, cast.mira, cast.anna),
    )


@tells("conversation.recognised")
def recognised(cast):
    nobodys = make.make_conversation(None, owner=cast.anna, team=cast.anna.team)
    yield
    moving.belongs_to(nobodys, cast.mira, by=cast.anna)
    yield fact("conversation.recognised", nobodys, cast.mira, cast.anna)


@tells("complaint.marked")
def complained(cast):
    place = make.make_conversation(cast.mira)
    yield
    settling.complain(place, by=cast.anna)
    settling.complain(place, by=cast.boris)  # it is one already
    yield fact("complaint.marked", place, cast.mira, cast.anna)


@tells("complaint.unmarked")
def calmed(cast):
    place = make.make_conversation(cast.mira, is_complaint=True)
    yield
    settling.calm(place, by=cast.anna)
    settling.calm(place, by=cast.boris)
    yield fact("complaint.unmarked", place, cast.mira, cast.anna)


@tells("interaction.received")
def received(cast):
    place = make.make_conversation(cast.mira)
    yield
    arrived = receive(mail())
    assert arrived.conversation == place
    yield fact("interaction.received", arrived, cast.mira)


@tells("interaction.received")
def received_by_phone(cast):
    make.make_conversation(cast.mira)
    ring(agent=cast.anna)
    yield
    call = ring("ended")
    yield (
        fact("interaction.received", call.interaction, cast.mira),
        fact("promise.made", Task.objects.get(), cast.mira),
        fact("call.missed", call, cast.mira),
    )


@tells("interaction.logged")
def logged(cast):
    place = make.make_conversation(cast.mira)
    yield
    note = noting.log("note", words="Likes decaf", conversation=place, by=cast.anna)
    yield fact("interaction.logged", note, cast.mira, cast.anna)


@tells("interaction.moved")
def moved(cast):
    here, there = make.make_conversation(cast.mira), make.make_conversation(cast.mira)
    words = [make.make_interaction(cast.mira, here) for _ in range(2)]
    yield
    moving.move(words[0], to=there, by=cast.anna)
    yield fact("interaction.moved", words[0], cast.mira, cast.anna)


@tells("interaction.taken_back")
def taken_back(cast):
    place = make.make_conversation(cast.mira)
    call = ringing.dial("+390895550147", by=cast.anna)
    words = finishing.finish(call, "interested", by=cast.anna, conversation=place)
    yield
    finishing.undo(call, by=cast.anna)
    assert not Interaction.objects.exists() and Conversation.objects.get() == place
    gone = ("interactions.interaction", words.pk)
    yield (
        fact("interaction.taken_back", gone, cast.mira, cast.anna),
        fact("call.reopened", call, cast.mira, cast.anna),
    )


@tells("message.queued")
def queued(cast):
    place = make.make_conversation(cast.mira)
    yield
    message = outbox.queue(channel="email", conversation=place, text="It ships today", by=cast.anna)
    yield fact("message.queued", message, cast.mira, cast.anna)


@tells("message.cancelled")
def cancelled(cast):
    place = make.make_conversation(cast.mira)
    message = outbox.queue(channel="email", conversation=place, text="It ships today", by=cast.anna)
    yield
    outbox.cancel(message, by=cast.anna)
    yield fact("message.cancelled", message, cast.mira, cast.anna)


@tells("message.failed")
def not_sent(cast):
    outbox.queue(channel="email", conversation=make.make_conversation(cast.mira), text="It ships today", by=cast.anna)
    yield
    (message,) = claiming.claim("w", 1, channel="email")
    concluding.conclude(concluding.Conclusion(spoilt={message.pk: "No"}), "w", {message.pk: message}, size=1)
    yield fact("message.failed", message, cast.mira)


@tells("message.settled")
def settled_in_doubt(cast):
    message = outbox.queue(
        channel="email", conversation=make.make_conversation(cast.mira), text="It ships today", by=cast.anna
    )
    type(message).objects.update(status="in_doubt")
    yield
    recovering.settle_doubt(message, was_sent=False, by=cast.boris)
    yield fact("message.settled", message, cast.mira, cast.boris)


@tells("message.dropped")
def let_go(cast):
    message = outbox.queue(
        channel="email", conversation=make.make_conversation(cast.mira), text="It ships today", by=cast.anna
    )
    type(message).objects.update(status="failed")
    yield
    outbox.drop(message, by=cast.anna)
    yield fact("message.dropped", message, cast.mira, cast.anna)


@tells("message.bounced")
def came_back(cast):
    message = sent(make.make_conversation(cast.mira), cast.anna)
    yield
    receive(bounce(message, "4.2.2", "Mailbox full, given up"))
    receive(bounce(message, "5.2.2", "Mailbox full"))
    yield fact("message.bounced", message, cast.mira)


@tells("contact_point.bounced")
def dead(cast):
    message = sent(make.make_conversation(cast.mira), cast.anna)
    point = cast.mira.contact_points.get(channel="email")
    yield
    receive(bounce(message, "5.1.1", "No such user"))
    yield fact("message.bounced", message, cast.mira), fact("contact_point.bounced", point, cast.mira)


@tells("contact_point.bounced")
def not_theirs(cast):
    point = cast.mira.contact_points.get(channel="phone")
    call = ringing.dial("+390895550147", by=cast.anna)
    finishing.finish(call, "wrong_number", by=cast.anna)
    type(call).objects.update(effects_at=now())
    yield
    finishing.settle_effects()
    yield fact("contact_point.bounced", point, cast.mira)
