"""Our mailboxes are read: a cursor of UIDs moves in the transaction of what was filed, and nothing is marked.

A mail that cannot be filed is set aside and never blocks those behind it; nor does one that kills who reads it, or that
the server does not give (setting_aside.py).
"""

import os
from functools import partial
from time import monotonic
from urllib.parse import unquote, urlsplit

import structlog
from django.conf import settings
from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from crm import locks
from interactions.channels.mail import links, receiving, setting_aside
from interactions.channels.mail.gateway import fetching, reading
from interactions.channels.mail.gateway.contract import Batch, MailboxSettings
from interactions.gateways.errors import GatewayError
from interactions.models import Mailbox, Unfiled
from staff.models import Organisation

log = structlog.get_logger("filo.mail")
PORTS = {"imap": 143, "imap+tls": 143, "imap+ssl": 993, "imaps": 993}
SECURITY = {"imap": "none", "imap+tls": "starttls", "imap+ssl": "ssl", "imaps": "ssl"}
BATCH_SIZE = 50  # mails; one transaction
BUDGET_SECONDS = 200  # then the next poll goes on, long before the job's time limit


def open_first() -> None:
    """Read the mailbox that IMAP_URL names as soon as there is an organisation, unless somebody set up another one."""
    organisation = Organisation.objects.first()
    if settings.IMAP_URL and organisation and not Mailbox.objects.exists():
        address = organisation.sender_email or f"{links.REPLIES}@{settings.MAIL_DOMAIN}"
        Mailbox.objects.get_or_create(address=address, defaults={"name": organisation.name})


def poll(mailbox_id: int) -> int:
    """Read what came since the cursor; return how many mails were filed. Raises GatewayError, noted at the mailbox."""
    filed, end = 0, monotonic() + BUDGET_SECONDS
    with locks.alone("mailbox", mailbox_id) as is_mine:
        has_more = is_mine
        while has_more and monotonic() < end:
            mailbox = Mailbox.objects.filter(pk=mailbox_id).first()
            if mailbox is None:
                break
            more, has_more = _read(mailbox)
            filed += more
    return filed


def _read(mailbox: Mailbox) -> tuple[int, bool]:
    """Read the next mails; return how many were filed and whether there are more.

    After a reader died, one at a time: so it is known which one kills, and the others are not begun twice in vain.
    """
    begun = setting_aside.begun_of(mailbox).first()
    try:
        if begun and begun.begun_count >= setting_aside.MOST_BEGINNINGS:
            _pass_over(mailbox, begun)
            return 0, True
        begin = partial(setting_aside.begin, mailbox)
        cursor, limit = (mailbox.uid_validity or 0, mailbox.last_uid), 1 if begun else BATCH_SIZE
        batch = fetching.fetch_since(settings_of(mailbox), *cursor, limit, begin=begin)
    except GatewayError as error:
        _note(mailbox, trouble=str(error)[:500])
        raise
    try:
        return _file(batch, mailbox), batch.has_more
    except Exception as error:
        if setting_aside.is_databases_own(error):
            setting_aside.forgive(setting_aside.begun_of(mailbox))
        raise


@transaction.atomic
def _file(batch: Batch, mailbox: Mailbox) -> int:
    """File each mail in a transaction of its own within the batch's; return how many could be filed."""
    filed = 0
    for uid, raw in batch.mails:
        try:
            with transaction.atomic():
                receiving.receive(reading.read(raw), raw, mailbox)
            filed += 1
        except Exception as error:
            if setting_aside.is_databases_own(error) or isinstance(error, MemoryError):
                raise  # not the mail: the batch is read again
            log.exception("mail not filed", mailbox=mailbox.address, uid=uid)
            _set_aside(mailbox, batch.uidvalidity, uid, raw=raw, why=f"{type(error).__name__}: {error}")
    for uid in batch.too_large:
        _set_aside(mailbox, batch.uidvalidity, uid, raw=None, why=_("It is too large to be read."))
    setting_aside.begun_of(mailbox).filter(uid__lte=batch.last_uid).delete()
    _note(mailbox, uid_validity=batch.uidvalidity, last_uid=batch.last_uid)
    return filed


def _pass_over(mailbox: Mailbox, begun: Unfiled) -> None:
    """Set a mail aside that was begun twice, unread, and move on. If even fetching it kills, it stays where it is."""
    validity, uid, why = begun.uid_validity or 0, begun.uid or 0, setting_aside.why_begun()
    raw, is_gone = None, False
    if begun.begun_count == setting_aside.MOST_BEGINNINGS:
        try:
            raw = fetching.fetch_one(settings_of(mailbox), validity, uid, begin=partial(setting_aside.begin, mailbox))
            is_gone = raw is None
        except GatewayError as error:
            if not setting_aside.begun_of(mailbox).filter(pk=begun.pk, begun_count__gt=begun.begun_count).exists():
                raise  # the server is down: this mail was not even asked for
            why = str(error)
    with transaction.atomic():
        if is_gone:
            begun.delete()
        else:
            _set_aside(mailbox, validity, uid, raw=raw, why=why)
        if mailbox.uid_validity in (None, validity):
            _note(mailbox, uid_validity=validity, last_uid=max(mailbox.last_uid, uid))


def _set_aside(mailbox: Mailbox, uid_validity: int, uid: int, *, raw: bytes | None, why: str) -> None:
    name = setting_aside.name_of(mailbox, uid_validity, uid)
    setting_aside.set_aside(name, why=why, raw=raw, mailbox=mailbox, uid_validity=uid_validity, uid=uid)


def _note(mailbox: Mailbox, **changes) -> None:
    Mailbox.objects.filter(pk=mailbox.pk).update(**{"polled_at": now(), "trouble": "", **changes})


def try_again(row_id: int) -> bool:
    """File a mail that was set aside and that somebody wants to be read once more; False if it fails again."""
    row = setting_aside.wanted(row_id)
    if row is None:
        return False
    try:
        raw = _bytes_of(row)
        with transaction.atomic():
            receiving.receive(reading.read(raw), raw, row.mailbox)
            setting_aside.settle(row)
    except Exception as error:
        Unfiled.objects.filter(pk=row_id).update(why=f"{type(error).__name__}: {error}"[:500])
        log.exception("mail not filed", name=row.name)
        return False
    return True


def _bytes_of(row: Unfiled) -> bytes:
    """Return a mail that was set aside. Raises GatewayError when it is neither kept nor in its mailbox any more."""
    if row.is_kept:
        return setting_aside.path_of(row.name).read_bytes()
    raw = fetching.fetch_one(settings_of(row.mailbox), row.uid_validity or 0, row.uid or 0) if row.mailbox else None
    if raw is None:
        raise GatewayError("It is no longer in its mailbox.", permanent=True)
    return raw


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
