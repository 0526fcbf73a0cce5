"""A channel's side of a hook, for tests of the door."""

from contextlib import contextmanager

from django.db import connection, transaction

from interactions import hooking
from interactions.carriers import Carrier
from interactions.hooking import Posted, Response

DEADLOCK = "DO $$ BEGIN RAISE deadlock_detected; END $$"


class Taken(list):
    """What was posted. raises: what taking the next one raises."""

    raises: Exception | str | None = None

    def take(self, posted: Posted) -> Response:
        raised, self.raises = self.raises, None
        if raised == DEADLOCK:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(DEADLOCK)
        elif raised:
            raise raised
        assert posted.body
        self.append(posted)
        return Response("<Response/>", "text/xml", 201)


@contextmanager
def hook(channel: str, name: str):
    taken = Taken()
    hooking.hook(channel, name)(taken.take)
    yield taken
    del hooking._every[channel, name]


class NotSetUp(Carrier):
    """A channel that nobody has set up."""

    channel = "chat"

    def is_set_up(self):
        return False

    trouble = head_of_answer = head_of_first = can_reach = wrap = carry = lambda self, *_args, **_more: ""
