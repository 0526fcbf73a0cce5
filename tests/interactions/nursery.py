"""Forks sending processes that a test may kill: Django wakes once, each child is a process of its own.

Run as a process: python -m tests.interactions.nursery JOURNALS BATCH CHANNEL [PORT]. Each line on its input, "deliver"
or "recover", makes a child; its pid is printed. PORT: of the mail server; a provider stands in the environment.
"""

import os
import signal
import sys
from pathlib import Path

import django

django.setup()

from django.urls import get_resolver  # noqa: E402

from interactions import carriers, delivering, recovering  # noqa: E402
from interactions.carriers import Carrier  # noqa: E402
from interactions.channels.mail.carrier import MailCarrier  # noqa: E402
from interactions.channels.mail.gateway.sending import Sender  # noqa: E402
from interactions.channels.sms.gateway import api  # noqa: E402

api.SECONDS = 0.7  # a provider of the tests that stalls does not keep them


def carrier_of(channel: str, port: str = "") -> Carrier:
    if port:
        return MailCarrier(server=Sender("127.0.0.1", int(port)))
    return carriers.of(channel, carriers.of(channel).accounts()[0])


def deliver(folder: Path, batch: int, *how: str) -> None:
    worker = delivering.Worker(carrier_of(*how), folder)
    while worker.deliver_batch(batch):
        pass
    worker.close()


def main(folder: Path, batch: int, *how: str) -> None:
    assert get_resolver().url_patterns  # read once: links are made in each child, and half of Filo stands behind them
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries them
    for line in sys.stdin:
        pid = os.fork()
        if pid:
            print(pid, flush=True)
            continue
        if line.strip() == "deliver":
            deliver(folder, batch, *how)
        else:
            recovering.recover(folder)
        os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
