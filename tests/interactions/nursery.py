"""Forks sending processes that a test may kill: Django wakes once, each child is a process of its own.

Run as a process: python -m tests.interactions.nursery JOURNALS PORT BATCH. Each line on its input, "deliver" or
"recover", makes a child; its pid is printed.
"""

import os
import signal
import sys
from pathlib import Path

import django

django.setup()

from interactions import delivering, recovering  # noqa: E402
from interactions.channels.mail.carrier import MailCarrier  # noqa: E402
from interactions.channels.mail.gateway.sending import Sender  # noqa: E402


def deliver(folder: Path, port: int, batch: int) -> None:
    worker = delivering.Worker(MailCarrier(server=Sender("127.0.0.1", port)), folder)
    while worker.deliver_batch(batch):
        pass
    worker.close()


def main(folder: Path, port: int, batch: int) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries them
    for line in sys.stdin:
        pid = os.fork()
        if pid:
            print(pid, flush=True)
            continue
        if line.strip() == "deliver":
            deliver(folder, port, batch)
        else:
            recovering.recover(folder)
        os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
