"""Claims queued messages and hands them to a carrier, so that kill -9 loses none and doubles none.

queued → sending (worker, lease) → sent. Before a message's first byte leaves and after the other side took it, a line
goes into the worker's own journal; once the whole batch is in the database, the journal is emptied. What a dead worker
left is settled by recovering.py.
"""

import os
import secrets
import socket
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from time import monotonic

import structlog
from django.conf import settings
from django.utils.translation import gettext as _

from crm import apart
from interactions import carriers, claiming, concluding, rendering, screening
from interactions.carriers import Carrier, Letter, Spoilt
from interactions.claiming import Lane, Readers
from interactions.concluding import Conclusion
from interactions.gateways.errors import GatewayError
from interactions.gateways.journal import Journal
from interactions.models import Message

log = structlog.get_logger("filo.outbox")
BATCH_SIZE = 500  # messages; one claim, one statement at the end
BUDGET_SECONDS = 60  # a slow server: what is not sent by then goes back, and other jobs have their turn
PORTION_BYTES = 32_000_000  # of wrapped messages in memory


class Worker:
    """One process that sends over one account: a name, a journal, and a carrier with its kept connections."""

    def __init__(self, carrier: Carrier, folder: Path | None = None) -> None:
        self.name = f"{socket.gethostname()[:60]}-{os.getpid()}-{secrets.token_hex(4)}"  # never the name of a dead one
        self._carrier = carrier
        self._journal = Journal(folder or journals(), self.name)

    def deliver_batch(self, size: int = BATCH_SIZE, readers: Readers | None = None) -> int:
        """Claim up to `size` due messages and send them; return how many were claimed: none without a connection.

        readers: None for both, personal ones first. When this raises, close the worker: what its journal says is then
        settled as if it had died.
        """
        size = min(size, self._carrier.most_at_once)
        if not self._is_connected(size, readers):
            return 0
        messages = claiming.claim(self.name, size, **self._lane(readers))
        if not messages:
            return 0
        conclusion = self._send(messages)
        concluding.conclude(conclusion, self.name, {message.pk: message for message in messages}, size=size)
        self._journal.clear()
        if conclusion.trouble:
            self._tell(conclusion.trouble, unsent=len(conclusion.unsent))
        return len(messages)

    def close(self, *, is_clean: bool = True) -> None:
        """Hang up and let go of the journal; is_clean False leaves it to recovering."""
        self._carrier.close()
        self._journal.close(remove=is_clean)

    def _lane(self, readers: Readers | None) -> dict:
        return {"channel": self._carrier.channel, "account": self._carrier.account, "readers": readers}

    def _is_connected(self, size: int, readers: Readers | None) -> bool:
        """Connect before anything is claimed: with a dead server nothing goes to and fro between the states."""
        if not self._carrier.is_set_up():
            return False
        try:
            self._carrier.connect()
        except GatewayError as error:
            claiming.put_off(size, str(error), **self._lane(readers))
            self._tell(str(error))
            return False
        return True

    def _send(self, messages: list[Message]) -> Conclusion:
        """Wrap and send; whatever one message raises is that message's alone, what sending raises is the batch's."""
        conclusion, is_upset = Conclusion(), False
        try:
            self._carry(messages, conclusion)
        except GatewayError as error:
            conclusion.trouble = str(error)
        except (*apart.MACHINERY, OSError):  # the database, the time, the journal's disk: no message's fault
            raise
        except Exception as error:
            log.exception("sending raised", messages=[message.pk for message in messages])
            conclusion.trouble, is_upset = apart.why(error), True
        if conclusion.left_of(messages):
            self._read_journal(conclusion)
        left = conclusion.left_of(messages)
        conclusion.upset, conclusion.unsent = (left, conclusion.unsent) if is_upset else ([], conclusion.unsent + left)
        return conclusion

    def _carry(self, messages: list[Message], conclusion: Conclusion) -> None:
        welcome, end = screening.screened(messages, self.name), monotonic() + BUDGET_SECONDS
        for portion in self._portions(welcome, conclusion):
            in_time = takewhile(lambda _: monotonic() < end, portion)
            for result in self._carrier.carry(in_time, self._journal.begun, self._journal.accepted):
                conclusion.add(result)
            if conclusion.trouble:
                return

    def _portions(self, messages: list[Message], conclusion: Conclusion) -> Iterator[list[Letter]]:
        """Yield letters, as many at a time as memory holds with ease, each wrapped before any of them leaves.

        One that is spoilt has its reason, in words for who wrote it.
        """
        by_number = {message.pk: message for message in messages}
        portion: list[Letter] = []
        size = 0
        for wrapped in self._carrier.wrap(messages):
            if isinstance(wrapped, Spoilt):
                log.warning("message spoilt", message=wrapped.number, exc_info=wrapped.error)
                words = _("It could not be written: %(why)s") % {"why": apart.why(wrapped.error)}
                conclusion.spoilt[wrapped.number] = words
                continue
            shown = rendering.subject_of(by_number[wrapped.number]) if wrapped.shown is None else wrapped.shown
            conclusion.subjects[wrapped.number] = shown
            portion.append(wrapped)
            size += wrapped.size
            if size > PORTION_BYTES:
                yield portion
                portion, size = [], 0
        if portion:
            yield portion

    def _read_journal(self, conclusion: Conclusion) -> None:
        """Take over what the journal knows and no result told: what has begun does not go again as if it had not."""
        findings, told = self._journal.findings(), conclusion.known()
        conclusion.sent |= dict.fromkeys(findings.sent - told, "")
        conclusion.doubtful |= dict.fromkeys(findings.in_doubt - told, conclusion.trouble)

    def _tell(self, trouble: str, **more) -> None:
        log.warning("trouble with sending", channel=self._carrier.channel, trouble=trouble, **more)


def can_leave(lane: Lane) -> bool:
    """Tell whether anybody carries a lane, from an account that is ours; else it waits in nobody's hand."""
    carrier = carriers.of(lane.channel, lane.account)
    return carrier is not None and carrier.is_set_up() and lane.account in carrier.accounts()


def hand_over(lane: Lane) -> None:
    """Let what waits under a sender that is ours no more leave from another, where its channel says which."""
    carrier = carriers.of(lane.channel)
    heir = carrier.heir() if carrier else None
    if heir is not None and not can_leave(lane):
        claiming.move(lane, account=heir)


def journals() -> Path:
    """Return the folder of the workers' journals."""
    return Path(settings.VAR) / "journal"
