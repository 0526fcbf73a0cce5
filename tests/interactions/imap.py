"""An IMAP server that misbehaves as real ones do, over a socket: a mail may be one that it does not give."""

import re
import socket
import threading
from contextlib import suppress

from interactions.channels.mail import setting_aside
from interactions.channels.mail.gateway.contract import MailboxSettings
from interactions.models import Interaction


class Rotten:
    """mails: by UID. spoilt: UID → how it is answered: "no", "bad", "nil", "cut", "short" or "sizes"."""

    def __init__(self, mails, spoilt=()):
        self.mails, self.spoilt, self.asked = dict(mails), dict(spoilt), []
        self.next_uid = max(self.mails, default=0) + 1  # 0: it does not tell
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.settings = MailboxSettings("127.0.0.1", "m", "p", self.port, "none", timeout_seconds=5)
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        self._listener.close()

    def _serve(self):
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            with suppress(OSError, ValueError), line, line.makefile("rwb") as stream:  # the other side may hang up
                self._speak(stream)

    def _speak(self, stream):
        def say(text, end=b"\r\n"):
            stream.write((text if isinstance(text, bytes) else text.encode()) + end)
            stream.flush()

        say("* OK ready")
        for line in stream:
            tag, _, command = line.decode().strip().partition(" ")
            if command.startswith("CAPABILITY"):
                say("* CAPABILITY IMAP4rev1")
            elif command.startswith("EXAMINE"):
                say("* OK [UIDVALIDITY 7] fine" + (f"\r\n* OK [UIDNEXT {self.next_uid}] next" if self.next_uid else ""))
            elif found := re.match(r"UID SEARCH UID (\d+):\*", command):
                say(f"* SEARCH {' '.join(str(uid) for uid in self.mails if uid >= int(found[1]))}")
            elif found := re.match(r"UID FETCH ([\d,]+) \((.*)\)", command):
                uids = [int(uid) for uid in found[1].split(",")]
                answer = self._sizes(say, uids) if "SIZE" in found[2] else self._mail(say, uids[0])
                if answer is None:
                    return
                say(f"{tag} {answer}")
                continue
            say(f"{tag} OK done")

    def _sizes(self, say, uids):
        if any(self.spoilt.get(uid) == "sizes" for uid in uids):
            return "BAD one of them is broken"
        for uid in uids:
            say(f"* {uid} FETCH (UID {uid} RFC822.SIZE {len(self.mails[uid])})")
        return "OK done"

    def _mail(self, say, uid):
        """Answer one FETCH; None hangs up."""
        self.asked.append(uid)
        how, raw = self.spoilt.get(uid, ""), self.mails.get(uid)
        if raw is None:
            return "OK nothing"
        if how in ("no", "bad"):
            return f"{how.upper()} this mail is broken"
        if how == "nil":
            say(f"* {uid} FETCH (UID {uid} BODY[] NIL)")
            return "OK done"
        if how == "cut":
            say(b"* %d FETCH (UID %d BODY[] {%d}\r\n" % (uid, uid, len(raw)) + raw[:10], end=b"")
            return None
        said = 10 if how == "short" else len(raw)  # then the rest of the mail is taken for answers
        say(b"* %d FETCH (UID %d BODY[] {%d}\r\n" % (uid, uid, said) + raw + b")")
        return "OK done"


def mail(number, subject="Ciao"):
    return (
        f"From: Mira <mira@example.com>\r\nTo: ciao@meridiana.example\r\nSubject: {subject}\r\n"
        f"Message-ID: <{number}@example.com>\r\n\r\nHello {number}\r\n"
    ).encode()


MAILS = {uid: mail(uid) for uid in range(1, 6)}


def died(box, *uids, times=1):
    """Leave what a poll leaves that was killed while it filed these mails."""
    for _ in range(times):
        setting_aside.begin(box, 7, uids)


def words():
    """Return what was filed, in the order in which that happened."""
    return list(Interaction.objects.order_by("id").values_list("words", flat=True))
