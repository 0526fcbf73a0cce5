"""Hooks from the outside: a telephone rings, a mail came. Signed as Standard Webhooks say."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from time import time

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from crm import apart
from crm.access import open_to_all
from interactions import ringing
from interactions.channels.mail import setting_aside
from interactions.channels.mail.setting_aside import BeingRead
from interactions.gateways import webhooks
from interactions.gateways.calls import reading as calls
from interactions.gateways.errors import Unreadable, Unsigned
from interactions.models import HookDelivery, Unfiled

REFUSALS = {Unsigned: (401, "unsigned"), Unreadable: (422, "unreadable"), BeingRead: (503, "being_read")}
SIGNED = "signed as Standard Webhooks, at most five minutes old, each id once"


def _problem(status: int, code: str, words: str) -> JsonResponse:
    body = {"type": f"urn:filo:problem:{code}", "status": status, "code": code, "title": words, "detail": words}
    return JsonResponse(body, status=status, content_type="application/problem+json")


def _nothing(body: bytes) -> AbstractContextManager:
    return nullcontext()


def _hook(name: str, around: Callable[[bytes], AbstractContextManager] = _nothing) -> Callable:
    """Let only signed requests in, and each webhook-id once: a repeated one is answered like the first.

    around: entered with the body before the transaction that takes it.
    """

    def guard(view):
        @csrf_exempt
        @open_to_all(SIGNED)
        @require_POST
        @wraps(view)
        def guarded(request: HttpRequest) -> HttpResponse:
            if not settings.HOOK_SECRET:
                return _problem(503, "no_secret", "HOOK_SECRET is not set: hooks are off.")
            delivery = ""
            secrets = settings.HOOK_SECRET.split()  # while it is being changed: the new one, then the old one
            try:
                delivery = webhooks.verify(request.body, request.headers, secrets=secrets, now=time())
                with around(request.body), transaction.atomic():
                    HookDelivery.objects.create(hook=name, delivery_id=delivery)
                    return view(request)
            except tuple(REFUSALS) as error:
                return _problem(*REFUSALS[type(error)], str(error))
            except Exception as error:
                is_taken = HookDelivery.objects.filter(hook=name, delivery_id=delivery).exists()
                if isinstance(error, IntegrityError) and is_taken:
                    return JsonResponse({"repeated": True})
                apart.note("hook", f"{name} {delivery}", apart.why(error))  # who sent it repeats it, and tells nobody
                raise

        return guarded

    return guard


@_hook("calls")
def call(request):
    """A telephone rings, is answered, or is hung up."""
    told = ringing.ring(calls.read(request.body))
    return JsonResponse({"call": told.ref, "status": told.status})


@_hook("mail", around=setting_aside.posting)
def mail(request):
    """The raw bytes of one mail. One that we cannot file is set aside, and taken all the same."""
    filed = setting_aside.take(request.body)
    if isinstance(filed, Unfiled):
        return JsonResponse({"set_aside": filed.name}, status=202)
    return JsonResponse({"interaction": filed.pk})
