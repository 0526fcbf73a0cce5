"""Our mailboxes are read: a cursor of UIDs moves in the transaction of what was filed, and nothing is marked.

A mail that cannot be filed is kept aside and never blocks those behind it.
"""

import os
from urllib.parse import unquote, urlsplit

import structlog
from django.conf import settings
from django.db import Error, InterfaceError, OperationalError, transaction
from django.utils.timezone import now

from interactions import links, receiving
from interactions.gateways.email import fetching, reading
from interactions.gateways.email.contract import Batch, MailboxSettings
from interactions.gateways.errors import GatewayError
from interactions.models import Mailbox
from staff.models import Organisation

log = structlog.get_logger("filo.mail")
PORTS = {"imap": 143, "imap+tls": 143, "imap+ssl": 993, "imaps": 993}
SECURITY = {"imap": "none", "imap+tls": "starttls", "imap+ssl": "ssl", "imaps": "ssl"}


def open_first() -> None:
    """Read the mailbox that IMAP_URL names as soon as there is an organisation, unless somebody set up another one."""
    organisation = Organisation.objects.first()
    if settings.IMAP_URL and organisation and not Mailbox.objects.exists():
        address = organisation.sender_email or f"{links.REPLIES}@{settings.MAIL_DOMAIN}"
        Mailbox.objects.get_or_create(address=address, defaults={"name": organisation.name})


def poll(mailbox_id: int) -> int:
    """Read what came since the cursor; return how many mails were filed. Raises GatewayError, noted at the mailbox."""
    filed = 0
    while True:
        with transaction.atomic():  # the lock keeps other polls of this mailbox out until the cursor has moved
            mailbox = Mailbox.objects.select_for_update(skip_locked=True).filter(pk=mailbox_id).first()
            if mailbox is None:
                return filed
            batch, trouble = _fetched(mailbox)
            if batch is not None:
                filed += _file(batch, mailbox)
                mailbox.uid_validity, mailbox.last_uid = batch.uidvalidity, batch.last_uid
            mailbox.polled_at, mailbox.trouble = now(), str(trouble or _large(batch))[:500]
            mailbox.save(update_fields=["uid_validity", "last_uid", "polled_at", "trouble"])
        if trouble:
            raise trouble
        if batch is None or not batch.has_more:
            return filed


def _fetched(mailbox: Mailbox) -> tuple[Batch | None, GatewayError | None]:
    try:
        return fetching.fetch_since(settings_of(mailbox), mailbox.uid_validity or 0, mailbox.last_uid), None
    except GatewayError as error:
        return None, error


def _file(batch: Batch, mailbox: Mailbox) -> int:
    """File each mail in a transaction of its own within the batch's; return how many could be filed."""
    filed = 0
    for uid, raw in batch.mails:
        try:
            with transaction.atomic():
                receiving.receive(reading.read(raw), raw, mailbox)
            filed += 1
        except (OperationalError, InterfaceError):
            raise  # the database, not the mail: the batch is read again
        except (Error, ValueError, ArithmeticError, LookupError, TypeError, AttributeError, RecursionError):
            log.exception("mail not filed", mailbox=mailbox.address, uid=uid)
            keep_aside(raw, f"{mailbox.pk}-{batch.uidvalidity}-{uid}")
    return filed


def keep_aside(raw: bytes, name: str) -> None:
    """Keep a mail that we failed to file, for whoever repairs the reason; the health page counts them."""
    folder = settings.VAR / "unfiled"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.eml").write_bytes(raw)


def _large(batch: Batch | None) -> str:
    if batch is None or not batch.too_large:
        return ""
    return f"{len(batch.too_large)} mails are too large to be read."


def settings_of(mailbox: Mailbox) -> MailboxSettings:
    """Return where a mailbox is read: from the address in its environment variable. Raises GatewayError."""
    name = mailbox.imap_url_setting
    url = os.environ.get(name) or getattr(settings, name, "")
    parts = urlsplit(str(url))
    if parts.scheme not in PORTS or not parts.hostname:
        raise GatewayError(f"{name} must be an address like imap+ssl://user:password@host:993.", permanent=True)
    return MailboxSettings(
        host=parts.hostname,
        port=parts.port or PORTS[parts.scheme],
        security=SECURITY[parts.scheme],
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        folder=mailbox.folder,
    )
