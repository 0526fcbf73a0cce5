"""The SMTP server of the development mailbox: takes every mail, sends none on.

python -m crm.devmail.sink var/mail --port 2525
"""

import argparse
import asyncio
import os
import signal
from collections.abc import Iterable
from pathlib import Path

from aiosmtpd.controller import UnthreadedController
from aiosmtpd.smtp import SMTP, Envelope, Session

from crm.devmail.boxes import OURS, THEIRS, open_box

LARGEST_BYTES = 30_000_000
FAILING = "bounce"  # an address whose name begins so is refused for good: to try bounces out


class Sink:
    """Sorts each mail: what an outsider writes to our own domain is ours to poll, everything else is shown."""

    def __init__(self, box: Path, domain: str) -> None:
        self.boxes = {name: open_box(box, name) for name in (OURS, THEIRS)}
        self.domain = domain.lower()

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list) -> str:
        if address.lower().startswith(f"{FAILING}@") and not self._is_ours(address):
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content or b""
        content = content.encode() if isinstance(content, str) else content
        sender = envelope.mail_from or ""
        for name, recipients in self._sorted(sender, envelope.rcpt_tos):
            head = [f"Return-Path: <{sender}>", *(f"Delivered-To: {recipient}" for recipient in recipients)]
            try:
                await asyncio.to_thread(self.boxes[name].add, "\r\n".join(head).encode() + b"\r\n" + content)
            except OSError as error:
                return f"452 4.3.1 {error.strerror}"  # full disk: the sender keeps it and tries again
        return "250 OK: it is in the development mailbox"

    def _sorted(self, sender: str, recipients: list[str]) -> Iterable[tuple[str, list[str]]]:
        """Staff mail, from us to us, is for people to read: it must not come back as a customer's words."""
        ours = [each for each in recipients if self._is_ours(each) and not self._is_ours(sender)]
        theirs = [each for each in recipients if each not in ours]
        return [(name, each) for name, each in ((OURS, ours), (THEIRS, theirs)) if each]

    def _is_ours(self, address: str) -> bool:
        return address.lower().rpartition("@")[2] == self.domain


async def serve(box: Path, *, host: str, port: int, domain: str) -> None:
    """Serve until SIGTERM."""
    loop = asyncio.get_running_loop()
    controller = UnthreadedController(
        Sink(box, domain), hostname=host, port=port, loop=loop, data_size_limit=LARGEST_BYTES, enable_SMTPUTF8=True
    )
    server = await controller._create_server()  # its begin() wants a loop that does not run yet
    stop = asyncio.Event()
    for order in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(order, stop.set)
    async with server:
        await stop.wait()


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("box", type=Path)
    asked.add_argument("--host", default="127.0.0.1")
    asked.add_argument("--port", type=int, default=2525)
    asked.add_argument("--domain", default=os.environ.get("MAIL_DOMAIN", "meridiana.example"))
    chosen = asked.parse_args()
    asyncio.run(serve(chosen.box, host=chosen.host, port=chosen.port, domain=chosen.domain))


if __name__ == "__main__":
    main()
