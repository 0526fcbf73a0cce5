"""The same request again gets the same answer: Idempotency-Key on everything that writes.

Deed and remembered answer are one transaction, so a killed process leaves neither. A refused request is not
remembered: correct it and send it again with the same key.
"""

import hashlib
import json
from collections.abc import Callable
from functools import wraps

from django.db import transaction
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from api.models import IdempotentRequest, Key
from crm import locks
from crm.problems import Invalid, Problem

HEADER = "Idempotency-Key"
LONGEST = 255  # characters


class StillRunning(Problem):
    """The first request with this Idempotency-Key is still at work. Ask again in a moment."""

    code = "still_running"


class KeyReused(Invalid):
    """This Idempotency-Key came with another request before. Use a new key for a new request."""

    code = "idempotency_key_reused"


class BadKey(Invalid):
    """An Idempotency-Key has 1 to 255 printable characters."""

    code = "bad_idempotency_key"


def idempotent(method: Callable) -> Callable:
    """Decorate a method that writes: with the header it happens once, whatever is sent again."""

    @wraps(method)
    def once(view, request, *args, **kwargs):
        given = request.headers.get(HEADER)
        if given is None:
            with transaction.atomic():
                return method(view, request, *args, **kwargs)
        if not 0 < len(given) <= LONGEST or not given.isprintable():
            raise BadKey()
        digest = fingerprint(request)  # before anybody reads the stream
        with transaction.atomic():
            if not locks.try_alone("request", f"{request.auth.pk} {given}"):
                raise StillRunning()
            if former := IdempotentRequest.objects.filter(key=request.auth, idempotency_key=given).first():
                return _again(former, digest)
            response = method(view, request, *args, **kwargs)
            _remember(request.auth, given, digest, response)
            return response

    return once


def fingerprint(request) -> str:
    """Return what tells two requests apart: method, address and body."""
    parts = (request.method.encode(), request.get_full_path().encode(), request._request.body)
    return hashlib.sha256(b"\n".join(parts)).hexdigest()


def _again(former: IdempotentRequest, digest: str) -> Response:
    if former.fingerprint != digest:
        raise KeyReused()
    headers = {"Idempotency-Replayed": "true"} | ({"Location": former.location} if former.location else {})
    return Response(former.body, status=former.status, headers=headers)


def _remember(key: Key, given: str, digest: str, response: Response) -> None:
    IdempotentRequest.objects.create(
        key=key,
        idempotency_key=given,
        fingerprint=digest,
        status=response.status_code,
        body=None if response.data is None else json.loads(JSONRenderer().render(response.data)),
        location=response.headers.get("Location", ""),
    )
