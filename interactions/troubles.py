"""What is wrong with a channel, for pages: one of them at a time waits for a server that is slow to say."""

from contextlib import suppress
from time import monotonic, sleep
from typing import Protocol

from django.core.cache import cache
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from crm.words import Words

SLOW_SECONDS = 2  # a server that took longer is not asked again at once
REMEMBERED_SECONDS = 60
LONGEST_SECONDS = 60  # by then who asked has its answer, or died
WAITS_SECONDS = 1  # for who is asking
NAP_SECONDS = 0.1


class Asked(Protocol):
    """A carrier."""

    channel: str

    def trouble(self) -> Words: ...


def of(one: Asked) -> str:
    """Return what is wrong with a channel, "" if nothing is: what its server said lately, where it was slow to say it.

    While it is slow to tell somebody else, that is what is wrong.
    """
    key = f"trouble {one.channel} {get_language()}".replace(" ", ".")
    asking = f"trouble.{one.channel}.asked"
    try:
        for _nap in range(round(WAITS_SECONDS / NAP_SECONDS)):
            if (known := cache.get(key)) is not None:
                return known
            if is_mine := cache.add(asking, 1, timeout=LONGEST_SECONDS):
                break
            sleep(NAP_SECONDS)
    except RedisError:  # without the cache everybody asks
        return str(one.trouble())
    if not is_mine:
        return _("Its server is being asked, and takes its time.")
    return _asked(one, key, asking)


def _asked(one: Asked, key: str, asking: str) -> str:
    begun = monotonic()
    try:
        words = str(one.trouble())
        if monotonic() - begun > SLOW_SECONDS:
            with suppress(RedisError):
                cache.set(key, words, REMEMBERED_SECONDS)
        return words
    finally:
        with suppress(RedisError):
            cache.delete(asking)
