"""Where the provider posts. An address for the reports on one message names it, and nobody else can make one.

It says when the message was written, too: after a backup was restored, another one may come to the same number, and
what is reported of the first says nothing of it.
"""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from django.core.signing import BadSignature, Signer

from interactions import hooking
from interactions.channels.sms.addressing import CHANNEL
from interactions.channels.sms.gateway.reading import NOBODYS, Named
from interactions.models import Message

INCOMING, REPORT = "incoming", "report"  # names of our hooks
FIELD = "message"  # in the query
EPOCH, TICK = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


def report_url(message: Message) -> str:
    """Return where reports on this message come to."""
    written = f"{message.pk}-{(message.created_at - EPOCH) // TICK}"
    return f"{hooking.url_of(CHANNEL, REPORT)}?{FIELD}={_signer().sign(written)}"


def message_of(url: str) -> Named:
    """Return which outbox row such an address names; NOBODYS if it is not one of ours."""
    token = parse_qs(urlsplit(url).query).get(FIELD, [""])[-1]
    try:
        number, _dash, ticks = _signer().unsign(token).partition("-")
        return Named(int(number), EPOCH + int(ticks) * TICK)
    except (BadSignature, ValueError):
        return NOBODYS


def _signer() -> Signer:
    return Signer(salt="filo.sms.report", sep=".")  # which needs no quoting
