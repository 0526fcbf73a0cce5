"""Claims queued messages and hands them to the mail server, so that kill -9 loses none and doubles none.

queued → sending (worker, lease) → sent. Before a mail's first byte leaves and after the server took it, a line goes
into the worker's own journal; once the whole batch is in the database, the journal is emptied. What a dead worker
left is settled by recovering.py.
"""

import os
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import structlog
from django.conf import settings

from crm.problems import Problem
from interactions import claiming, concluding, screening, wrapping
from interactions.concluding import Outcome
from interactions.gateways.email.journal import Journal
from interactions.gateways.email.sending import Sender
from interactions.gateways.errors import GatewayError
from interactions.models import Message
from staff.models import Organisation

log = structlog.get_logger("filo.mail")
BATCH_SIZE = 500  # messages; one claim, one statement at the end
BUDGET_SECONDS = 240  # a slow server: what is not sent by then goes back into the queue, long before the lease ends


class Worker:
    """One process that sends: a name, a journal and a kept connection."""

    def __init__(self, folder: Path | None = None, sender: Sender | None = None) -> None:
        self.name = f"{socket.gethostname()[:60]}-{os.getpid()}-{secrets.token_hex(4)}"  # never the name of a dead one
        self.process = os.getpid()
        self._journal = Journal(folder or journals(), self.name)
        self._sender = sender or sender_of_settings()

    def deliver_batch(self, size: int = BATCH_SIZE) -> int:
        """Claim up to `size` due messages and send them; return how many were claimed: none without a connection.

        When this raises, close the worker: what its journal says is then settled as if it had died.
        """
        if not self._is_connected(size):
            return 0
        messages = claiming.claim(self.name, size)
        if not messages:
            return 0
        outcome = self._send(screening.screened(messages, self.name))
        concluding.conclude(outcome, self.name, {message.pk: message for message in messages})
        self._journal.clear()
        if outcome.trouble:
            log.warning("mail server", trouble=outcome.trouble, unsent=len(outcome.unsent))
        return len(messages)

    def close(self, *, is_clean: bool = True) -> None:
        """Hang up and let go of the journal; is_clean False leaves it to recovering."""
        self._sender.close()
        self._journal.close(remove=is_clean)

    def _is_connected(self, size: int) -> bool:
        """Connect before anything is claimed: with a dead server nothing goes to and fro between the states."""
        try:
            self._sender.connect()
        except GatewayError as error:
            claiming.put_off(size, str(error))
            log.warning("mail server", trouble=str(error))
            return False
        return True

    def _send(self, messages: list[Message]) -> Outcome:
        outcome, wrapper = Outcome(), wrapping.Wrapper(Organisation.current())
        envelopes = wrapping.envelopes(
            _in_time(messages, outcome),
            wrapper,
            spoilt=lambda message, error: outcome.spoilt.update({message.pk: str(error)}),
            errors=(Problem, GatewayError, ValueError, KeyError),
        )
        journal = self._journal
        try:
            for result in self._sender.send(envelopes, before_data=journal.begun, after_accept=journal.accepted):
                outcome.add(result)
        except GatewayError as error:
            outcome.trouble = str(error)
        outcome.subjects = wrapper.subjects
        handled = {*outcome.sent, *outcome.doubtful, *outcome.postponed, *outcome.spoilt, *outcome.unsent}
        handled |= {result.number for result in outcome.refused}
        outcome.unsent += [message.pk for message in messages if message.pk not in handled]
        return outcome


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


def _in_time(messages: list[Message], outcome: Outcome) -> Iterator[Message]:
    end = monotonic() + BUDGET_SECONDS
    for message in messages:
        if monotonic() < end:
            yield message
        else:
            outcome.unsent.append(message.pk)
