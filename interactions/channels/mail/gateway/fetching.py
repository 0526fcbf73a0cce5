"""The mailbox poll: what came after a cursor, without marking anything.

The cursor is (UIDVALIDITY, last UID) and belongs into the same transaction as what was made of the mails: then a
crash reads some mails again and loses none. A changed UIDVALIDITY means that the numbers mean other mails now, so it
begins anew; so it does where the next number is one that we have had: the mailbox came back with a backup, and its
server does not say so. Who reads a mail twice knows it by its Message-ID.

Mails are fetched one by one. The first that the server does not give ends the batch: those before it are here all the
same, and who counts how often it was begun can leave it out.
"""

import imaplib
import re
import ssl
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from interactions.channels.mail.gateway.contract import Batch, MailboxSettings
from interactions.gateways.errors import GatewayError, SignInRefused, Unreachable

LARGEST = 40 * 2**20  # bytes; a larger mail is passed over and named
BATCH_BYTES = 64 * 2**20  # of mails held in memory at once
SIZE = re.compile(rb"UID (\d+)[^)]*?RFC822\.SIZE (\d+)|RFC822\.SIZE (\d+)[^)]*?UID (\d+)")
Begin = Callable[[int, list[int]], None]  # told UIDVALIDITY and UIDs before the first byte of them is fetched
CLOSED_WORDS = re.compile(r"unavailable|try again|busy|limit|too many|inuse|serverbug|contactadmin", re.IGNORECASE)


def nobody_counts(uidvalidity: int, uids: list[int]) -> None:
    """Take no note of what is begun."""


def fetch_since(
    mailbox: MailboxSettings, uidvalidity: int, last_uid: int, limit: int = 50, *, begin: Begin = nobody_counts
) -> Batch:
    """Return at most `limit` mails after the cursor, oldest first; nothing is marked as seen.

    uidvalidity, last_uid: 0, 0 to begin with the oldest mail. Raises Unreachable (try again), SignInRefused, or
    GatewayError with permanent when the folder does not exist; also when the server does not give the very first one.
    """
    with _opened(mailbox) as server:
        present = _select(server, mailbox.folder)
        is_anew = uidvalidity != 0 and (present != uidvalidity or _numbers_began_again(server, last_uid))
        after = 0 if is_anew else last_uid
        waiting = _waiting(server, after)
        chosen, too_large = _chosen(waiting[:limit], _sizes(server, waiting[:limit]))
        begin(present, chosen)
        mails, missing = _given(server, chosen)
        done = max([after, *chosen, *too_large]) if missing is None else missing - 1
        passed = tuple(uid for uid in too_large if uid <= done)
        return Batch(present, mails, done, is_anew, has_more=bool(waiting) and waiting[-1] > done, too_large=passed)


def fetch_one(mailbox: MailboxSettings, uidvalidity: int, uid: int, *, begin: Begin = nobody_counts) -> bytes | None:
    """Return one mail, or None when there is none of that number any more. Raises as `fetch_since` does."""
    with _opened(mailbox) as server:
        if _select(server, mailbox.folder) != uidvalidity:
            return None
        begin(uidvalidity, [uid])
        return _raw(server, uid)


@contextmanager
def _opened(mailbox: MailboxSettings) -> Iterator[imaplib.IMAP4]:
    where = f"{mailbox.host}:{mailbox.port}"
    server: imaplib.IMAP4 | None = None
    try:
        server = _connected(mailbox)
        _sign_in(server, mailbox)
        yield server
    except imaplib.IMAP4.abort as error:
        raise Unreachable(f"{where} hung up: {error}") from error
    except imaplib.IMAP4.error as error:
        raise GatewayError(f"{where} does not do what IMAP asks: {error}") from error
    except ssl.SSLCertVerificationError as error:
        raise Unreachable(f"{where} shows a certificate that we cannot trust: {error}", permanent=True) from error
    except OSError as error:
        raise Unreachable(f"{where} does not answer: {error}") from error
    finally:
        _leave(server)


def _connected(mailbox: MailboxSettings) -> imaplib.IMAP4:
    if mailbox.security == "ssl":
        context = ssl.create_default_context()
        return imaplib.IMAP4_SSL(mailbox.host, mailbox.port, ssl_context=context, timeout=mailbox.timeout_seconds)
    if mailbox.security not in ("starttls", "none"):
        raise GatewayError(f'security must be "ssl", "starttls" or "none", not {mailbox.security!r}.', permanent=True)
    server = imaplib.IMAP4(mailbox.host, mailbox.port, timeout=mailbox.timeout_seconds)
    if mailbox.security == "starttls":
        server.starttls(ssl.create_default_context())
    return server


def _sign_in(server: imaplib.IMAP4, mailbox: MailboxSettings) -> None:
    secret = f"\0{mailbox.username}\0{mailbox.password}".encode()
    try:
        if "AUTH=PLAIN" in server.capabilities:  # LOGIN takes ASCII only
            server.authenticate("PLAIN", lambda _: secret)
        else:
            server.login(mailbox.username, mailbox.password)
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, UnicodeEncodeError) as error:
        is_busy = bool(CLOSED_WORDS.search(str(error)))
        raise SignInRefused(f"{mailbox.host} does not let us in: {error}", permanent=not is_busy) from error


def _leave(server: imaplib.IMAP4 | None) -> None:
    if server is None:
        return
    try:
        server.logout()
    except (OSError, imaplib.IMAP4.error):
        server.shutdown()


def _select(server: imaplib.IMAP4, folder: str) -> int:
    """Open the folder read-only and return its UIDVALIDITY."""
    quoted = '"' + _utf7(folder).replace("\\", "\\\\").replace('"', '\\"') + '"'
    answer, _ = server.select(quoted, readonly=True)
    if answer != "OK":
        raise GatewayError(f"The mailbox has no folder {folder!r}.", permanent=True)
    _, found = server.response("UIDVALIDITY")
    if not found or not found[0]:
        raise GatewayError("The mail server tells no UIDVALIDITY; its mails cannot be told apart.", permanent=True)
    return int(found[0])


def _numbers_began_again(server: imaplib.IMAP4, last_uid: int) -> bool:
    """Tell whether the selected folder will give its next mail a number that is not above the last one we had."""
    _, found = server.response("UIDNEXT")  # not every server tells
    return bool(found and found[0]) and int(found[0]) <= last_uid


def _utf7(folder: str) -> str:
    """Return the folder's name in the encoding of RFC 3501 5.1.3."""

    def encoded(found: re.Match[str]) -> str:
        return "&" + b64encode(found[0].encode("utf-16-be"), b"+,").decode("ascii").rstrip("=") + "-"

    return re.sub(r"[^\x20-\x7e]+", encoded, folder.replace("&", "&-"))


def _waiting(server: imaplib.IMAP4, after: int) -> list[int]:
    """Return all UIDs above `after`, ascending.

    "n:*" always holds the last mail, even when its UID is below n: servers turn the range round. So it is checked.
    """
    answer, found = server.uid("SEARCH", f"UID {after + 1}:*")
    if answer != "OK":
        raise GatewayError(f"The mail server cannot search by UID: {found!r}")
    uids = {int(uid) for line in found if line for uid in line.split()}
    return sorted(uid for uid in uids if uid > after)


def _sizes(server: imaplib.IMAP4, uids: list[int]) -> dict[int, int]:
    if not uids:
        return {}
    try:
        answer, found = server.uid("FETCH", ",".join(map(str, uids)), "(UID RFC822.SIZE)")
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:
        answer, found = "BAD", []
    if answer != "OK":  # one of them, perhaps; of which no size is told it is found out by fetching
        return {} if len(uids) == 1 else {uid: size for one in uids for uid, size in _sizes(server, [one]).items()}
    sizes: dict[int, int] = {}
    for line in found:
        match = SIZE.search(line if isinstance(line, bytes) else b"")
        if match:
            sizes[int(match[1] or match[4])] = int(match[2] or match[3])
    return sizes


def _chosen(uids: list[int], sizes: dict[int, int]) -> tuple[list[int], tuple[int, ...]]:
    """Return which to fetch now, so that memory suffices, and which are too large ever to be fetched."""
    chosen: list[int] = []
    too_large: list[int] = []
    total = 0
    for uid in uids:
        size = sizes.get(uid, 0)
        if size > LARGEST:
            too_large.append(uid)
            continue
        total += size
        if chosen and total > BATCH_BYTES:
            break
        chosen.append(uid)
    return chosen, tuple(too_large)


def _given(server: imaplib.IMAP4, uids: list[int]) -> tuple[tuple[tuple[int, bytes], ...], int | None]:
    """Return the mails up to the first that the server does not give, and the number of that one, None if it gives all.

    Raises what went wrong when it is the very first.
    """
    mails: list[tuple[int, bytes]] = []
    for uid in uids:
        try:
            raw = _raw(server, uid)
        except (GatewayError, imaplib.IMAP4.error, OSError):
            if uid == uids[0]:
                raise
            return tuple(mails), uid
        if raw is not None:
            mails.append((uid, raw))
    return tuple(mails), None


def _raw(server: imaplib.IMAP4, uid: int) -> bytes | None:
    """Return one mail, or None when it was deleted meanwhile. PEEK: it stays unseen for those who share the box."""
    answer, found = server.uid("FETCH", str(uid), "(UID BODY.PEEK[])")
    mail = next((bytes(part[1]) for part in found if isinstance(part, tuple) and len(part) > 1), None)
    if answer != "OK" or (mail is None and any(found)):
        raise GatewayError(f"The mail server does not give mail {uid}: {str(found)[:200]}")
    return mail
