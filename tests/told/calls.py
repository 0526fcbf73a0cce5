"""What is told of calls."""

from datetime import timedelta

from django.utils.timezone import now

from interactions import finishing, missing, ringing
from interactions.models import Call, Conversation, Task
from tests import make
from tests.interactions.switchboard import ring
from tests.told import fact, tells

NUMBER = "+390895550147"


@tells("call.rang")
def rang(cast):
    yield
    yield fact("call.rang", ring(agent=cast.anna), cast.mira)


@tells("call.rang")
def dialled(cast):
    yield
    call = ringing.dial(NUMBER, by=cast.anna, direction="out")
    yield fact("call.rang", call, cast.mira, cast.anna), fact("call.taken", call, cast.mira, cast.anna)


@tells("call.taken")
def taken(cast):
    call = ring(agent=cast.anna)
    yield
    ringing.take(call, by=cast.anna)
    yield fact("call.taken", call, cast.mira, cast.anna)


@tells("call.named")
def named(cast):
    rui = make.make_customer("Rui Teles")
    call = ringing.dial(NUMBER, by=cast.anna)
    yield
    ringing.choose(call, rui, by=cast.anna)
    yield fact("call.named", call, rui, cast.anna)


@tells("call.named")
def somebody_else(cast):
    call = ringing.dial(NUMBER, by=cast.anna)
    yield
    ringing.somebody_else(call, by=cast.anna)
    yield fact("call.named", call, None, cast.anna)


@tells("call.ended")
def ended(cast):
    call = ringing.dial(NUMBER, by=cast.anna)
    yield
    ringing.end(call, by=cast.anna)
    yield fact("call.ended", call, cast.mira, cast.anna)


@tells("call.missed")
def missed(cast):
    ring(agent=cast.anna)
    yield
    call = ring("ended")
    yield (
        fact("conversation.opened", call.conversation, cast.mira),
        fact("interaction.received", call.interaction, cast.mira),
        fact("promise.made", Task.objects.get(), cast.mira),
        fact("call.missed", call, cast.mira),
    )


@tells("call.not_missed")
def not_missed(cast):
    ring(agent=cast.anna)
    Call.objects.update(rang_at=now() - timedelta(seconds=100))
    missing.settle_missed()
    call, task = Call.objects.get(), Task.objects.get()
    yield
    ringing.take(call, by=cast.anna)
    assert not Conversation.objects.exists()
    yield (
        fact("promise.unmade", ("interactions.task", task.pk), cast.mira),
        fact("interaction.taken_back", ("interactions.interaction", task.interaction_id), cast.mira),
        fact("conversation.removed", ("interactions.conversation", task.conversation_id), cast.mira),
        fact("call.not_missed", call, cast.mira, cast.anna),
        fact("call.taken", call, cast.mira, cast.anna),
    )


@tells("call.finished")
def finished(cast):
    place = make.make_conversation(cast.mira)
    call = ringing.end(ringing.dial(NUMBER, by=cast.anna), by=cast.anna)
    yield
    words = finishing.finish(call, "interested", by=cast.anna, conversation=place)
    yield (
        fact("interaction.logged", words, cast.mira, cast.anna),
        fact("call.finished", call, cast.mira, cast.anna),
    )


@tells("call.finished")
def finished_with_all_that_may_follow(cast):
    nobodys = make.make_conversation(None, owner=cast.anna, team=cast.anna.team, status="settled", settled_at=now())
    call = ringing.dial(NUMBER, by=cast.anna)
    yield
    promise = finishing.Promise("Send a new one", now() + timedelta(days=1))
    words = finishing.finish(call, "complaint", by=cast.anna, conversation=nobodys, promises=(promise,))
    yield (
        fact("call.ended", call, cast.mira, cast.anna),
        fact("conversation.recognised", nobodys, cast.mira, cast.anna),
        fact("interaction.logged", words, cast.mira, cast.anna),
        fact("promise.made", Task.objects.get(), cast.mira, cast.anna),
        fact("complaint.marked", nobodys, cast.mira, cast.anna),
        fact("conversation.reopened", nobodys, cast.mira, cast.anna),
        fact("call.finished", call, cast.mira, cast.anna),
    )


@tells("call.reopened")
def reopened(cast):
    call = ringing.dial(NUMBER, by=cast.anna)
    words = finishing.finish(call, "call_back", by=cast.anna)
    task = Task.objects.get()
    yield
    finishing.undo(call, by=cast.anna)
    yield (
        fact("promise.unmade", ("interactions.task", task.pk), cast.mira, cast.anna),
        fact("interaction.taken_back", ("interactions.interaction", words.pk), cast.mira, cast.anna),
        fact("conversation.removed", ("interactions.conversation", words.conversation_id), cast.mira, cast.anna),
        fact("call.reopened", call, cast.mira, cast.anna),
    )
