"""The address to which the provider reports what became of one message: it names it, and nobody else can make one."""

from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.core.signing import BadSignature, Signer

FIELD = "message"  # in the query


def report_url(message_id: int) -> str:
    """Return where reports on this message come to."""
    return f"{settings.PUBLIC_URL}/hooks/sms/report/?{FIELD}={_signer().sign(str(message_id))}"


def message_of(url: str) -> int:
    """Return the outbox row that such an address names, 0 if it is not one of ours."""
    token = parse_qs(urlsplit(url).query).get(FIELD, [""])[-1]
    try:
        return int(_signer().unsign(token))
    except (BadSignature, ValueError):
        return 0


def _signer() -> Signer:
    return Signer(salt="filo.sms.report", sep=".")  # which needs no quoting
