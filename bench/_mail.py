"""Where mail's gateway and its worker are, in this checkout and in those from before mail was a channel.

bin/bench --against lays this folder over an older checkout, so that both are measured by the same code.
"""

from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any


def gateway(name: str) -> ModuleType:
    """Return a module of mail's gateway."""
    try:
        return import_module(f"interactions.channels.mail.gateway.{name}")
    except ModuleNotFoundError:
        return import_module(f"interactions.gateways.email.{name}")


def journal() -> ModuleType:
    """Return the module of the crash journal."""
    try:
        return import_module("interactions.gateways.journal")
    except ModuleNotFoundError:
        return gateway("journal")


def worker(folder: Path, port: int) -> Any:
    """Return a worker that sends mail to a sink on this port."""
    server = gateway("sending").Sender("127.0.0.1", port, hello="shop.example", timeout=20)
    delivering = import_module("interactions.delivering")
    try:
        carrier = import_module("interactions.channels.mail.carrier")
    except ModuleNotFoundError:
        return delivering.Worker(folder, server)
    return delivering.Worker(carrier.MailCarrier(server=server), folder)
