"""Mails that are begun and not filed: each beginning is noted before a mail is read, in a transaction of its own.

What is filed loses its row in the transaction that files it; a row that is left tells that its reader died. A mail that
was begun twice is not read a third time: it is set aside, where the page of the mailboxes shows it, and those behind it
go on. So is one that we fail to file. Nothing is lost: its bytes lie in var/unfiled, or it is in its mailbox still.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.utils.timezone import now
from django.utils.translation import gettext as _

from crm import locks
from crm.problems import Problem
from interactions import arriving
from interactions.channels.mail import receiving
from interactions.channels.mail.gateway import reading
from interactions.gateways.errors import Unreadable
from interactions.models import Interaction, Mailbox, Unfiled
from interactions.models.unfiled import UnfiledQuerySet

log = structlog.get_logger("filo.mail")
MOST_BEGINNINGS = 2  # of a mail that is never filed; the third one sets it aside
DATABASES_OWN = ("08", "40", "53", "55", "57")  # classes of SQLSTATE: lost, deadlock, full, locked, shut down
TOO_LONG = "57014"  # a statement was cancelled: this mail asks too much


class BeingRead(Problem):
    """This mail is being read at this moment. Send it again in a minute."""

    code = "being_read"
    status = 503


def name_of(mailbox: Mailbox, uid_validity: int, uid: int) -> str:
    """Return the name of a mail in a mailbox."""
    return f"{mailbox.pk}-{uid_validity}-{uid}"


def begin(mailbox: Mailbox, uid_validity: int, uids: Sequence[int]) -> None:
    """Note that these mails are about to be fetched and read. What was begun under other numbers is forgotten."""
    begun_of(mailbox).exclude(uid_validity=uid_validity).delete()
    _begin([name_of(mailbox, uid_validity, uid) for uid in uids], mailbox, uid_validity, uids)


def _begin(names: list[str], mailbox: Mailbox | None, uid_validity: int | None, uids: Sequence[int | None]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(BEGIN, [now(), mailbox.pk if mailbox else None, uid_validity, names, list(uids)])


BEGIN = """
INSERT INTO interactions_unfiled AS u (
    begun_at, mailbox_id, uid_validity, name, uid, begun_count, why, sender, subject, is_kept, is_wanted)
SELECT %s, %s, %s, row.name, row.uid, 1, '', '', '', false, false
FROM unnest(%s::text[], %s::bigint[]) AS row (name, uid)
ON CONFLICT (name) DO UPDATE SET begun_at = excluded.begun_at, begun_count = u.begun_count + 1
WHERE u.set_aside_at IS NULL
"""


def begun_of(mailbox: Mailbox) -> UnfiledQuerySet:
    """Return what was begun in a mailbox and not filed, oldest first. For who reads it alone: their readers died."""
    return Unfiled.objects.begun().filter(mailbox=mailbox).order_by("uid")


def forgive(begun: UnfiledQuerySet) -> None:
    """The database or the sender failed, not these mails: this beginning does not count against them."""
    begun.filter(begun_count__gt=1).update(begun_count=F("begun_count") - 1)
    begun.filter(begun_count=1).delete()


def is_databases_own(error: BaseException) -> bool:
    """Tell whether the database is in trouble, so that every mail would fail; False: this mail asks too much of it."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    state = getattr(error.__cause__, "pgcode", None) or DATABASES_OWN[0]
    return state.startswith(DATABASES_OWN) and state != TOO_LONG


@transaction.atomic
def set_aside(name: str, *, why: str, raw: bytes | None, **where) -> Unfiled:
    """Keep a mail that is not filed, for whoever repairs the reason, and return its row.

    raw: None where it lies in its mailbox only. where: its mailbox, uid_validity and uid, none if it came by the hook.
    """
    if raw is not None:
        keep_aside(raw, name)
    sender, subject = reading.glimpse(raw or b"")
    told = {
        "set_aside_at": now(),
        "why": arriving.storable(why)[:500],
        "is_kept": raw is not None,
        "is_wanted": False,
        **where,
    }
    told |= {"sender": arriving.storable(sender)[:320], "subject": arriving.storable(subject)[:250]}
    log.error("mail set aside", name=name, why=why)
    return Unfiled.objects.update_or_create(name=name, defaults=told, create_defaults={"begun_at": now(), **told})[0]


def keep_aside(raw: bytes, name: str) -> None:
    """Write a mail into var/unfiled; the health page tells that something is there."""
    path = path_of(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)


def path_of(name: str) -> Path:
    """Return where the bytes of a mail lie that is not filed."""
    return Path(settings.VAR) / "unfiled" / f"{name}.eml"


def why_begun() -> str:
    """Return why a mail is not read a third time."""
    return _("It was begun twice, and both times what read it died.")


@contextmanager
def posting(raw: bytes) -> Iterator[None]:
    """Note that a mail that somebody posts is about to be read. Raises BeingRead if it is being read elsewhere.

    Around the transaction that takes it; what that raises is told to the sender, who may try again.
    """
    name = _posted(raw)
    with locks.alone("mail posted", name) as is_mine:
        if not is_mine:
            raise BeingRead
        _begin([name], None, None, [None])
        try:
            yield
        except Exception:
            forgive(Unfiled.objects.begun().filter(name=name))
            raise


def take(raw: bytes) -> Interaction | Unfiled:
    """File a mail that was posted, or set it aside: either way it is taken, and its sender need not try again.

    Within `posting`. Raises Unreadable when it is no mail, or what the database raises that is in trouble.
    """
    row = Unfiled.objects.get(name=_posted(raw))
    if row.set_aside_at:
        return row
    if row.begun_count > MOST_BEGINNINGS:
        return set_aside(row.name, why=why_begun(), raw=raw)
    try:
        with transaction.atomic():
            interaction = receiving.receive(reading.read_posted(raw), raw)
    except Unreadable:
        raise
    except Exception as error:
        if is_databases_own(error):
            raise
        log.exception("mail not filed", name=row.name)
        return set_aside(row.name, why=f"{type(error).__name__}: {error}", raw=raw)
    row.delete()
    return interaction


def _posted(raw: bytes) -> str:
    return f"hook-{hashlib.sha256(raw).hexdigest()}"


def ask_again(row: Unfiled) -> None:
    """Let a mail that was set aside be read once more, by a worker; harmless when asked twice."""
    Unfiled.objects.set_aside().filter(pk=row.pk).update(is_wanted=True)


def wanted(row_id: int) -> Unfiled | None:
    """Return a mail that somebody wants to be read once more, for whoever does that; None if nobody does, any more."""
    asked = Unfiled.objects.set_aside().filter(pk=row_id, is_wanted=True)
    if not asked.update(is_wanted=False):  # before it is read: it may kill who reads it, once
        return None
    return Unfiled.objects.select_related("mailbox").get(pk=row_id)


def settle(row: Unfiled) -> None:
    """Forget a mail that was set aside: somebody has dealt with it."""
    row.delete()
    transaction.on_commit(lambda: path_of(row.name).unlink(missing_ok=True))
