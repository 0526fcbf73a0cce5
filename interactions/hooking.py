"""What the outside posts to us: a folder in interactions/channels registers here who takes it.

    @hook("sms", "incoming")
    def incoming(posted: Posted) -> Response: ...

is `POST /hooks/sms/incoming/`. Whoever takes it proves first who posted it (Unsigned), takes the same twice as once and
answers it alike. What it raises unforeseen is noted, and answered so that the other side sends it again.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from time import time

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse

from crm.problems import Problem
from customers import channels
from interactions.gateways import webhooks
from interactions.models import HookDelivery

MOST_BYTES = 64 * 1024  # of a body, unless its hook says otherwise


class HooksAreOff(Problem):
    """HOOK_SECRET is not set: hooks are off."""

    code = "no_secret"
    status = 503


@dataclass(frozen=True)
class Posted:
    """One request, in plain values. url: whole, as the outside calls it; headers: their names in lower case."""

    url: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def name(self) -> str:
        """What tells this request from others, where something is noted about it."""
        return self.headers.get("webhook-id", "")[:80] or hashlib.sha256(self.body).hexdigest()[:16]


@dataclass(frozen=True)
class Response:
    """What is answered."""

    body: str = ""
    content_type: str = "text/plain; charset=utf-8"
    status: int = 200


Taker = Callable[[Posted], Response]


@dataclass(frozen=True)
class Hook:
    """Who takes what is posted to one address. most_bytes: of a body; more is refused unread."""

    channel: str  # "" of none
    name: str
    take: Taker
    most_bytes: int = MOST_BYTES

    def __str__(self) -> str:
        return f"{self.channel} {self.name}".strip()


_every: dict[tuple[str, str], Hook] = {}


def hook(channel: str, name: str, *, most_bytes: int = MOST_BYTES, is_short: bool = False) -> Callable[[Taker], Taker]:
    """Register who takes what is posted to /hooks/<channel>/<name>/. ValueError for a channel that there is not.

    is_short: also what is posted to /hooks/<name>/.
    """
    if channels.of(channel) is None:
        raise ValueError(f"No channel {channel!r} in customers/channels.py")

    def register(take: Taker) -> Taker:
        made = Hook(channel, name, take, most_bytes)
        _every[channel, name] = made
        if is_short:
            _every["", name] = made
        return take

    return register


def of(channel: str, name: str) -> Hook | None:
    """Return who takes what is posted there, None if nobody does. channel "": of a short address."""
    return _every.get((channel, name))


def url_of(channel: str, name: str) -> str:
    """Return the address of a hook, as the outside calls it."""
    return settings.PUBLIC_URL + reverse("interactions:hook", args=[channel, name])


def in_json(said: dict, status: int = 200) -> Response:
    """Return a reply in JSON."""
    return Response(json.dumps(said), "application/json", status)


def _nothing(body: bytes) -> AbstractContextManager:
    return nullcontext()


def take_signed(
    posted: Posted, name: str, take: Taker, *, around: Callable[[bytes], AbstractContextManager] = _nothing
) -> Response:
    """Take what is signed as Standard Webhooks say, in one transaction, each webhook-id once: then it says so.

    name: under which its ids are kept. around: entered with the body before the transaction that takes it. Raises
    Unsigned, HooksAreOff.
    """
    if not settings.HOOK_SECRET:
        raise HooksAreOff
    secrets = settings.HOOK_SECRET.split()  # while it is being changed: the new one, then the old one
    delivery = webhooks.verify(posted.body, posted.headers, secrets=secrets, now=time())
    try:
        with around(posted.body), transaction.atomic():
            HookDelivery.objects.create(hook=name, delivery_id=delivery)
            return take(posted)
    except IntegrityError:
        if HookDelivery.objects.filter(hook=name, delivery_id=delivery).exists():
            return in_json({"repeated": True})
        raise
