"""The processes of a running Filo and how each is started; the compose file starts the same ones."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from crm import queues

WEB_WORKERS = 3  # of one thread each: an idle blocking thread would die after 30 s with its connection open
JOB_WORKERS = max(3, min(4, os.cpu_count() or 3))  # a campaign takes all but one: crm.settings.MASS_AT_ONCE
QUICK_WORKERS = 2
PERSONAL_WORKERS = 3  # one at most hangs at each provider that stalls: the others go on
PYTHON = sys.executable
QUIET = ("-W", "ignore::UserWarning:celery.platforms")  # that it runs as root, in a container say


@dataclass(frozen=True)
class Process:
    """One long-running child: its name in the logs and its command."""

    name: str
    command: tuple[str, ...]


def web(host: str, port: int) -> Process:
    return Process(
        "web",
        (PYTHON, "-m", "crm.running.web", "--interface", "wsgi", "--host", host, "--port", str(port))
        + ("--workers", str(WEB_WORKERS), "--blocking-threads", "1", "--no-ws", "--respawn-failed-workers")
        + ("--workers-kill-timeout", "3", "crm.wsgi:application"),
    )


def worker() -> Process:
    """Job workers: whatever takes its time, and what goes to many."""
    return _celery("worker", queues.ORDINARY, JOB_WORKERS)


def quick() -> Process:
    """The worker of calls and whatever takes a moment: nothing slow is ever before them."""
    return _celery("quick", queues.QUICK, QUICK_WORKERS)


def personal() -> Process:
    """The worker of answers, over every channel, and of nothing else: who hangs at a provider keeps no call waiting."""
    return _celery("personal", queues.PERSONAL, PERSONAL_WORKERS)


def _celery(name: str, queue: str, children: int) -> Process:
    """Prefork, so that a job that crashes takes only its own process along."""
    program = (PYTHON, *QUIET, "-m", "celery", "--quiet", "--app", "crm", "worker", "--concurrency", str(children))
    quiet = ("--loglevel", "WARNING", "--without-gossip", "--without-mingle")
    return Process(name, (*program, *quiet, "--queues", queue, "--hostname", f"{name}@%h"))


def clock() -> Process:
    """The clock, whose plan is code: no shelve file that a crash could spoil."""
    return Process(
        "clock",
        (PYTHON, "-m", "celery", "--quiet", "--app", "crm", "beat", "--scheduler", "celery.beat:Scheduler")
        + ("--loglevel", "WARNING", "--pidfile", ""),
    )


def mailbox(box: Path, smtp_port: int, imap_port: int, *, host: str = "127.0.0.1") -> list[Process]:
    """The development mailbox: an SMTP sink, and IMAP over what is ours in it."""
    sink = (PYTHON, "-m", "crm.devmail.sink", str(box), "--host", host, "--port", str(smtp_port))
    imap = (PYTHON, "-m", "crm.devmail.imap", str(box), "--host", host, "--port", str(imap_port))
    return [Process("mail", sink), Process("imap", imap)]
