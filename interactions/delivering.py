"""Claims queued messages and hands them to the mail server, so that kill -9 loses none and doubles none.

queued → sending (worker, lease) → sent. Before a mail's first byte leaves and after the server took it, a line goes
into the worker's own journal; once the whole batch is in the database, the journal is emptied. What a dead worker
left is settled by recovering.py.
"""

import os
import secrets
import socket
from itertools import takewhile
from pathlib import Path
from time import monotonic

import structlog
from django.conf import settings

from crm import apart
from interactions import claiming, concluding, screening
from interactions.channels.mail import wrapping
from interactions.channels.mail.gateway.sending import Sender
from interactions.claiming import Lane, Queue
from interactions.concluding import Conclusion
from interactions.gateways.errors import GatewayError
from interactions.gateways.journal import Journal
from interactions.models import Message
from staff.models import Organisation

log = structlog.get_logger("filo.mail")
CHANNEL = "email"
BATCH_SIZE = 500  # messages; one claim, one statement at the end
BUDGET_SECONDS = 60  # a slow server: what is not sent by then goes back, and other jobs have their turn


class Worker:
    """One process that sends: a name, a journal and a kept connection."""

    def __init__(self, folder: Path | None = None, sender: Sender | None = None) -> None:
        self.name = f"{socket.gethostname()[:60]}-{os.getpid()}-{secrets.token_hex(4)}"  # never the name of a dead one
        self.process = os.getpid()
        self._journal = Journal(folder or journals(), self.name)
        self._sender = sender or sender_of_settings()

    def deliver_batch(self, size: int = BATCH_SIZE, queue: Queue | None = None) -> int:
        """Claim up to `size` due messages and send them; return how many were claimed: none without a connection.

        queue: None for all, personal ones first. When this raises, close the worker: what its journal says is then
        settled as if it had died.
        """
        if not self._is_connected(size, queue):
            return 0
        messages = claiming.claim(self.name, size, channel=CHANNEL, queue=queue)
        if not messages:
            return 0
        conclusion = self._send(messages)
        concluding.conclude(conclusion, self.name, {message.pk: message for message in messages}, size=size)
        self._journal.clear()
        if conclusion.trouble:
            log.warning("mail server", trouble=conclusion.trouble, unsent=len(conclusion.unsent))
        return len(messages)

    def close(self, *, is_clean: bool = True) -> None:
        """Hang up and let go of the journal; is_clean False leaves it to recovering."""
        self._sender.close()
        self._journal.close(remove=is_clean)

    def _is_connected(self, size: int, queue: Queue | None) -> bool:
        """Connect before anything is claimed: with a dead server nothing goes to and fro between the states."""
        try:
            self._sender.connect()
        except GatewayError as error:
            claiming.put_off(size, str(error), channel=CHANNEL, queue=queue)
            log.warning("mail server", trouble=str(error))
            return False
        return True

    def _send(self, messages: list[Message]) -> Conclusion:
        """Wrap and send; whatever one message raises is that message's alone, what sending raises is the batch's."""
        conclusion = Conclusion()
        try:
            self._carry(messages, conclusion)
        except GatewayError as error:
            conclusion.trouble = str(error)
        except (*apart.MACHINERY, OSError):  # the database, the time, the journal's disk: no message's fault
            raise
        except Exception as error:
            log.exception("sending raised", messages=[message.pk for message in messages])
            conclusion.trouble = apart.why(error)
            self._read_journal(conclusion)
            conclusion.upset = conclusion.left_of(messages)
            return conclusion
        conclusion.unsent += conclusion.left_of(messages)
        return conclusion

    def _carry(self, messages: list[Message], conclusion: Conclusion) -> None:
        welcome = screening.screened(messages, self.name)
        wrapper, end = wrapping.Wrapper(Organisation.current()), monotonic() + BUDGET_SECONDS
        conclusion.subjects = wrapper.subjects
        for envelopes in wrapping.portions(welcome, wrapper, conclusion.spoilt):
            in_time = takewhile(lambda _: monotonic() < end, envelopes)
            hooks = {"before_data": self._journal.begun, "after_accept": self._journal.accepted}
            for result in self._sender.send(in_time, **hooks):
                conclusion.add(result)
            if conclusion.trouble:
                return

    def _read_journal(self, conclusion: Conclusion) -> None:
        """Take over what the journal knows and no result has told."""
        findings, told = self._journal.findings(), {*conclusion.sent, *conclusion.doubtful, *conclusion.postponed}
        told |= {result.number for result in conclusion.refused}
        conclusion.sent += sorted(findings.sent - told)
        conclusion.doubtful |= dict.fromkeys(findings.in_doubt - told, conclusion.trouble)


def can_leave(lane: Lane) -> bool:
    """Tell whether anybody carries what waits in a lane; else it waits in nobody's hand."""
    return (lane.channel, lane.account) == (CHANNEL, "")


def journals() -> Path:
    """Return the folder of the workers' journals."""
    return Path(settings.VAR) / "journal"


def sender_of_settings() -> Sender:
    """Return the mail server that EMAIL_URL names, not yet connected."""
    return Sender(
        host=settings.EMAIL_HOST,
        port=settings.EMAIL_PORT,
        username=settings.EMAIL_HOST_USER or "",
        password=settings.EMAIL_HOST_PASSWORD or "",
        security=_security(),
        timeout=settings.EMAIL_TIMEOUT,
    )


def _security() -> str:
    if getattr(settings, "EMAIL_USE_SSL", False):
        return "ssl"
    return "starttls" if getattr(settings, "EMAIL_USE_TLS", False) else "none"
