"""Hooks from the outside: a telephone rings, a mail came. Signed as Standard Webhooks say."""

from collections.abc import Callable
from functools import wraps
from time import time

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from crm.access import open_to_all
from interactions import receiving
from interactions.gateways import webhooks
from interactions.gateways.calls import reading as calls
from interactions.gateways.email import reading as mails
from interactions.gateways.errors import Unreadable, Unsigned
from interactions.models import HookDelivery

SIGNED = "signed as Standard Webhooks, at most five minutes old, each id once"


def _problem(status: int, code: str, words: str) -> JsonResponse:
    body = {"type": f"urn:filo:problem:{code}", "status": status, "code": code, "title": words, "detail": words}
    return JsonResponse(body, status=status, content_type="application/problem+json")


def _hook(name: str) -> Callable:
    """Let only signed requests in, and each webhook-id once: a repeated one is answered like the first."""

    def guard(view):
        @csrf_exempt
        @open_to_all(SIGNED)
        @require_POST
        @wraps(view)
        def guarded(request: HttpRequest) -> HttpResponse:
            if not settings.HOOK_SECRET:
                return _problem(503, "no_secret", "HOOK_SECRET is not set: hooks are off.")
            secrets = settings.HOOK_SECRET.split()  # while it is being changed: the new one, then the old one
            try:
                delivery = webhooks.verify(request.body, request.headers, secrets=secrets, now=time())
                with transaction.atomic():
                    HookDelivery.objects.create(hook=name, delivery_id=delivery)
                    return view(request)
            except Unsigned as error:
                return _problem(401, "unsigned", str(error))
            except Unreadable as error:
                return _problem(422, "unreadable", str(error))
            except IntegrityError:
                if HookDelivery.objects.filter(hook=name, delivery_id=delivery).exists():
                    return JsonResponse({"repeated": True})
                raise

        return guarded

    return guard


@_hook("calls")
def call(request):
    """A telephone rings, is answered, or is hung up."""
    ringing = receiving.ring(calls.read(request.body))
    return JsonResponse({"call": ringing.ref, "status": ringing.status})


@_hook("mail")
def mail(request):
    """The raw bytes of one mail."""
    interaction = receiving.receive(mails.read_posted(request.body), request.body)
    return JsonResponse({"interaction": interaction.pk})
