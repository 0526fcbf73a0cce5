"""The door for what the outside posts: a telephone rings, a message came, one was delivered."""

from functools import partial

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.encoding import escape_uri_path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from crm import apart, locks
from crm.access import open_to_all
from crm.problems import Problem, TooLarge
from interactions import carriers, hooking, ringing
from interactions.gateways.calls import reading as calls
from interactions.gateways.errors import Unreadable, Unsigned
from interactions.hooking import Hook, Posted, Response

REFUSALS = {Unsigned: (401, "unsigned"), Unreadable: (422, "unreadable")}
SIGNED = "signed as Standard Webhooks, at most five minutes old, each id once"
PROVED = "its channel proves by a signature who posted it, and takes the same once"


def _call(posted: Posted) -> Response:
    told = ringing.ring(calls.read(posted.body))
    return hooking.in_json({"call": told.ref, "status": told.status})


CALLS = Hook("", "calls", partial(hooking.take_signed, name="calls", take=_call), settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


@csrf_exempt
@open_to_all(SIGNED)
@require_POST
def call(request: HttpRequest) -> HttpResponse:
    """A telephone rings, is answered, or is hung up."""
    return _taken(request, CALLS)


@csrf_exempt
@open_to_all(PROVED)
@require_POST
def posted(request: HttpRequest, name: str, channel: str = "") -> HttpResponse:
    """Something of a channel, for whoever takes it there."""
    hook = hooking.of(channel, name)
    if hook is None:
        return _refused(404, "no_such_hook", "Nothing is taken here. Look at the address.")
    carrier = carriers.of(hook.channel)
    if carrier is not None and not carrier.can_take():
        return _refused(503, "not_set_up", "This channel is not set up: nothing can be taken yet.")
    return _taken(request, hook)


def _taken(request: HttpRequest, hook: Hook) -> HttpResponse:
    """Let a hook take what was posted, and answer what it refuses in words. What it raises else may come again."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > hook.most_bytes:
        raise TooLarge
    headers = {key.lower(): value for key, value in request.headers.items()}
    sent = Posted(f"{settings.PUBLIC_URL}{escape_uri_path(request.path)}{_query(request)}", headers, request.body)
    key = f"{hook} {sent.name}"
    try:
        reply = _once_more(hook, sent)
    except tuple(REFUSALS) as error:
        return _refused(*REFUSALS[type(error)], str(error))
    except Problem as problem:
        return _refused(problem.status, problem.code, str(problem))
    except Exception as error:  # who posted it repeats it, and tells nobody
        apart.note("hook", key, apart.why(error))
        raise
    apart.settle("hook", [key])
    return HttpResponse(reply.body, content_type=reply.content_type, status=reply.status)


def _query(request: HttpRequest) -> str:
    """Return the query as it came: signatures are over its letters, and Django would write some of them otherwise."""
    query = request.META.get("QUERY_STRING", "")
    return f"?{query.encode('latin-1', 'replace').decode('utf-8', 'surrogateescape')}" if query else ""


def _once_more(hook: Hook, sent: Posted) -> Response:
    """Take it, again if the database stopped us for somebody who waited for us: some repeat nothing by themselves."""
    try:
        return hook.take(sent)
    except OperationalError as error:
        if not locks.is_deadlock(error):
            raise
    return hook.take(sent)


def _refused(status: int, code: str, words: str) -> JsonResponse:
    body = {"type": f"urn:filo:problem:{code}", "status": status, "code": code, "title": words, "detail": words}
    return JsonResponse(body, status=status, content_type="application/problem+json")
