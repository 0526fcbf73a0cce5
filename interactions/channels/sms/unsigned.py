"""What the provider posts and we refuse: it tells only its own pages, and nobody here would miss an answer or a STOP.

Only what names our account counts: strangers do not know it, and set off no alarm.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from django.core.cache import cache
from django.utils.timezone import now
from redis.exceptions import RedisError

KEY = "sms.unsigned"
REMEMBERED_SECONDS = 7 * 24 * 3600


def note(form: Mapping[str, str], account: str) -> None:
    """A form was refused for its signature."""
    if account and form.get("AccountSid") == account:
        with suppress(RedisError):
            cache.set(KEY, now(), REMEMBERED_SECONDS)


def forget() -> None:
    """A form was signed as it should be: all is well again."""
    with suppress(RedisError):
        cache.delete(KEY)


def last() -> datetime | None:
    """Return when one was refused last; None if one was taken since, or none came."""
    try:
        return cache.get(KEY)
    except RedisError:
        return None
