"""What the provider of text messages posts: a message that came, and what became of one of ours."""

from interactions import hooking
from interactions.channels.sms import links, receiving, reporting, unsigned
from interactions.channels.sms.account import ProviderAccount
from interactions.channels.sms.addressing import CHANNEL
from interactions.channels.sms.gateway import reading, signing
from interactions.gateways.errors import Unsigned
from interactions.hooking import Posted, Response

NOTHING = Response(
    '<?xml version="1.0" encoding="UTF-8"?><Response/>', "text/xml; charset=utf-8"
)  # no answer by itself


@hooking.hook(CHANNEL, links.INCOMING, most_bytes=reading.BODY_BYTES)
def incoming(posted: Posted) -> Response:
    """A text message came. The same one once more is answered alike, and filed once."""
    return _taken(posted, is_report=False)


@hooking.hook(CHANNEL, links.REPORT, most_bytes=reading.BODY_BYTES)
def report(posted: Posted) -> Response:
    """The provider tells what became of a message of ours."""
    return _taken(posted, is_report=True)


def _taken(posted: Posted, *, is_report: bool) -> Response:
    """Take what its form says that it is, else what its address says: with one of our addresses in the other's field at
    the provider's nobody's STOP is lost, and no report becomes somebody's message.
    """
    form = _proved(posted)
    if reading.is_report(form, otherwise=is_report):
        reporting.take(reading.report(form, links.message_of(posted.url)))
    else:
        receiving.receive(reading.incoming(form))
    return NOTHING


def _proved(posted: Posted) -> dict[str, str]:
    """Return the form that the provider posted. Raises Unsigned, Unreadable."""
    pairs = reading.pairs(posted.body)
    given, ours = posted.headers.get(signing.HEADER.lower(), ""), ProviderAccount.current()
    try:
        signing.verify(posted.url, pairs, given, tokens=ours.tokens)
    except Unsigned:
        unsigned.note(dict(pairs), ours.account)
        raise
    unsigned.forget()
    return dict(pairs)
