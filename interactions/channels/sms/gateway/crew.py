"""Several hands that send text messages at once, each over a connection of its own, and what makes them stop.

They stop when the provider is not there, does not know us, or leaves one message after the other in doubt: what is not
tried yet then comes back as POSTPONED, and nobody is to blame for it. Asked to slow down, all of them wait. After
doubts one message goes first, alone: a provider that stalls for an hour leaves few in doubt.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from threading import Lock
from time import monotonic, sleep

from interactions.channels.sms.gateway.answers import OutgoingText
from interactions.channels.sms.gateway.api import Client
from interactions.gateways.contract import Answer, Result, Tick

PATIENCE_SECONDS = 20.0  # in which one message is tried again while the provider asks us to slow down
PAUSE_SECONDS = 1  # if it does not say for how long, or says for no time at all
DOUBTS = 3  # in a row, at least, before they stop


class Crew:
    """hands: how many send at once. Its threads live until `close`."""

    def __init__(self, client: Client, hands: int) -> None:
        self._client, self._hands = client, hands
        self._pool = ThreadPoolExecutor(hands, thread_name_prefix="sms")
        self._lock, self._resumes_at = Lock(), 0.0
        self._is_wary = False

    def send(self, texts: Iterable[OutgoingText], begun: Tick, accepted: Tick) -> Iterator[Result]:
        """Yield one result for each text, in any order; begun and accepted are called from the threads.

        `texts` is read from this thread alone. However this ends, nothing is on its way any more.
        """
        left, on_its_way = iter(texts), set[Future[Result]]()
        judge = _Judge(self._hands, is_wary=self._is_wary)
        try:
            while True:
                while not judge.why and len(on_its_way) < judge.hands and (text := next(left, None)):
                    on_its_way.add(self._pool.submit(self._one, text, begun, accepted))
                if not on_its_way:
                    break
                done, on_its_way = wait(on_its_way, return_when=FIRST_COMPLETED)
                for result in [one.result() for one in done]:
                    judge.hear(result)
                    self._is_wary = judge.is_wary
                    yield result
            for text in left:
                yield Result(text.number, Answer.POSTPONED, reason=judge.why)
        finally:
            wait(on_its_way)

    def close(self) -> None:
        self._pool.shutdown()
        self._client.close()

    def _one(self, text: OutgoingText, begun: Tick, accepted: Tick) -> Result:
        end = monotonic() + PATIENCE_SECONDS
        while True:
            sleep(max(0.0, min(self._resumes_at, end) - monotonic()))
            result, waits = self._client.send(text, begun, accepted)
            if not _is_too_fast(result):
                return result
            with self._lock:
                self._resumes_at = max(self._resumes_at, monotonic() + (waits or PAUSE_SECONDS))
            if self._resumes_at >= end:
                return Result(text.number, Answer.POSTPONED, 0, result.status, result.reason)


class _Judge:
    """Why nothing more is tried, "" as long as something is; and whether one goes alone until the provider answers."""

    def __init__(self, hands: int, *, is_wary: bool) -> None:
        self.why, self.is_wary, self._hands, self._in_doubt = "", is_wary, hands, 0

    @property
    def hands(self) -> int:
        return 1 if self.is_wary else self._hands

    def hear(self, result: Result) -> None:
        self._in_doubt = self._in_doubt + 1 if result.answer is Answer.UNKNOWN else 0
        most = 1 if self.is_wary else max(DOUBTS, self._hands)
        is_nobodys_fault = result.answer is Answer.POSTPONED and result.code == 0
        if is_nobodys_fault or self._in_doubt >= most:
            self.why = self.why or result.reason or "The provider does not answer."
        if self._in_doubt >= most:
            self.is_wary = True
        elif result.answer in (Answer.ACCEPTED, Answer.REFUSED):
            self.is_wary = False


def _is_too_fast(result: Result) -> bool:
    return result.answer is Answer.POSTPONED and (result.code == 429 or result.status == "20429")
