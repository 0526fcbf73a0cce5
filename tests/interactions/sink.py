"""A real SMTP server for tests: writes down each mail that it took, and refuses as its recipients' names say.

Run as a process: python -m tests.interactions.sink FOLDER. It prints its port. A mail is a file; a line in `seen` is
its Message-ID, written before the server says 250.
"""

import re
import socket
import sys
from asyncio import run, sleep
from itertools import count
from pathlib import Path

from aiosmtpd.controller import Controller

MESSAGE_ID = re.compile(rb"^Message-ID: <([^>]+)>", re.MULTILINE | re.IGNORECASE)


class Sink:
    """Takes everything, but: unknown@ is a dead address, full@ comes too early, blocked@ breaks a policy."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()

    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.partition("@")[0]
        if name == "unknown":
            return "550 5.1.1 User unknown"
        if name == "full":
            return "452 4.2.2 Mailbox full"
        if name == "blocked":
            return "554 5.7.1 Blocked by policy"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        (self._folder / f"{next(self._numbers):06}.eml").write_bytes(envelope.content)
        with (self._folder / "seen").open("ab") as seen:
            seen.write(MESSAGE_ID.search(envelope.content)[1] + b"\n")
        await sleep(0.002)  # so that a kill can fall between taking and saying so
        return "250 OK"


def start(folder: Path) -> Controller:
    with socket.create_server(("127.0.0.1", 0)) as free:  # aiosmtpd cannot be told to choose one itself
        port = free.getsockname()[1]
    controller = Controller(Sink(folder), hostname="127.0.0.1", port=port)
    controller.start()
    return controller


if __name__ == "__main__":
    running = start(Path(sys.argv[1]))
    print(running.port, flush=True)
    run(sleep(3600))
