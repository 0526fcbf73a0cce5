"""Ctrl-C, `kill`, a closed terminal: each is an order to stop, given once."""

import signal
from types import FrameType

ORDERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop(BaseException):
    """Raised in the main thread by the first order to stop; not an Exception, so nothing catches it by mistake."""


def listen() -> None:
    """Turn the first order into Stop and ignore the following ones: a stop in its course is not broken off.

    Install this before the first child. A hang-up that is ignored already (nohup) stays ignored.
    """
    for order in ORDERS:
        if signal.getsignal(order) is not signal.SIG_IGN or order is not signal.SIGHUP:
            signal.signal(order, _obey)


def _obey(number: int, frame: FrameType | None) -> None:
    for order in ORDERS:
        signal.signal(order, signal.SIG_IGN)
    raise Stop(signal.Signals(number).name)
