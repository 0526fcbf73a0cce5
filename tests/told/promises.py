"""What is told of promises."""

from datetime import timedelta

from django.utils.timezone import now

from crm import undoing
from interactions import finishing, promising, ringing
from interactions.models import Task
from tests import make
from tests.told import fact, tells

TOMORROW = timedelta(days=1)


def promise(cast, **fields):
    return make.make_task(cast.mira, cast.anna, **fields)


@tells("promise.made")
def made(cast):
    yield
    task = promising.make("Send it", customer=cast.mira, due=now() + TOMORROW, by=cast.anna)
    yield fact("promise.made", task, cast.mira, cast.anna)


@tells("promise.kept")
def kept(cast):
    task = promise(cast)
    yield
    promising.keep(task, by=cast.anna)
    yield fact("promise.kept", task, cast.mira, cast.anna)


@tells("promise.dropped")
def dropped(cast):
    task = promise(cast)
    yield
    promising.drop(task, by=cast.anna, why="They have it")
    yield fact("promise.dropped", task, cast.mira, cast.anna)


@tells("promise.reopened")
def reopened(cast):
    task = promise(cast)
    promising.keep(task, by=cast.anna)
    yield
    promising.take_back(task, by=cast.boris)
    yield fact("promise.reopened", task, cast.mira, cast.boris)


@tells("promise.moved")
def moved(cast):
    task = promise(cast)
    yield
    promising.move(task, due=now() + 2 * TOMORROW, by=cast.anna)
    yield fact("promise.moved", task, cast.mira, cast.anna)


@tells("promise.undone")
def undone(cast):
    task = promise(cast)
    kept = promising.move(task, due=now() + 2 * TOMORROW, by=cast.anna)
    yield
    undoing.undo(kept, by=cast.anna)
    yield fact("promise.undone", task, cast.mira, cast.anna)


@tells("promise.unmade")
def unmade(cast):
    place = make.make_conversation(cast.mira)
    call = ringing.dial("+390895550147", by=cast.anna)
    words = finishing.finish(call, "call_back", by=cast.anna, conversation=place)
    task = Task.objects.get()
    yield
    finishing.undo(call, by=cast.anna)
    yield (
        fact("promise.unmade", ("interactions.task", task.pk), cast.mira, cast.anna),
        fact("interaction.taken_back", ("interactions.interaction", words.pk), cast.mira, cast.anna),
        fact("call.reopened", call, cast.mira, cast.anna),
    )


@tells("promise.handed")
def handed(cast):
    task = promise(cast)
    yield
    promising.hand(task, to=cast.clara, by=cast.anna)
    yield fact("promise.handed", task, cast.mira, cast.anna)


@tells("promise.taken")
def taken(cast):
    task = promise(cast, offered_to=cast.clara)
    yield
    promising.take(task, by=cast.clara)
    yield fact("promise.taken", task, cast.mira, cast.clara)


@tells("promise.declined")
def declined(cast):
    task = promise(cast, offered_to=cast.clara)
    yield
    promising.decline(task, by=cast.clara)
    yield fact("promise.declined", task, cast.mira, cast.clara)


@tells("promise.withdrawn")
def withdrawn(cast):
    task = promise(cast, offered_to=cast.clara)
    yield
    promising.decline(task, by=cast.anna)
    yield fact("promise.withdrawn", task, cast.mira, cast.anna)
