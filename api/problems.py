"""Every answer that is not a success is problem+json (RFC 9457), in words that a person may read."""

import math
import re
from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, JsonResponse
from rest_framework import exceptions
from rest_framework.views import set_rollback

from crm.middleware import problem_json
from crm.problems import Problem, TooLarge

log = structlog.get_logger("filo.api")
NAMES = {"Task": "promise", "Conversation": "conversation", "Interaction": "interaction", "Segment": "segment"}
CODES = {
    400: "bad_request",
    401: "not_authenticated",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    415: "unsupported_media_type",
    422: "invalid",
    429: "too_many_requests",
    500: "server_error",
}


def answer(error: Exception, context: dict[str, Any]) -> JsonResponse:
    """DRF's exception handler. What nobody expected is logged whole and told without its inside."""
    set_rollback()
    if isinstance(error, RequestDataTooBig):
        error = TooLarge()
    if isinstance(error, Problem):
        return problem_json(error)
    if isinstance(error, Http404):
        return problem(404, _missing(error))
    if isinstance(error, PermissionDenied):
        return problem(403)
    if isinstance(error, exceptions.ValidationError):
        return problem(422, "What was sent does not fit.", errors=flat(error.detail))
    if isinstance(error, exceptions.MethodNotAllowed):
        takes = " and ".join(one for one in context["view"].allowed_methods if one != "HEAD")
        return problem(405, f"This address takes {takes}.")
    if isinstance(error, exceptions.APIException):
        return _with_headers(problem(error.status_code, _words(error)), error)
    log.exception("api failed", view=type(context.get("view")).__name__)
    return problem(500)


def _words(error: exceptions.APIException) -> str:
    """Say what to do where the framework does not."""
    if isinstance(error, exceptions.NotAuthenticated):
        return "Send your key in a header: Authorization: Bearer filo_…"
    if isinstance(error, exceptions.Throttled):
        return f"Too many requests: wait {math.ceil(getattr(error, 'wait', None) or 0)} seconds."
    return str(error.detail)


def _missing(error: Http404) -> str:
    """Say what is not there; Django's own words name the model."""
    model = re.search(r"No (\w+) matches", str(error))
    name = NAMES.get(model[1], "thing") if model else str(error) or "thing"
    return f"There is no such {name}, or this key may not see it."


def problem(status: int, title: str = "", **more: Any) -> JsonResponse:
    """Answer with a status and words; `more` is added to the body."""
    code = CODES.get(status, "problem")
    title = title or HTTPStatus(status).phrase
    body = {"type": f"urn:filo:problem:{code}", "title": title, "status": status, **more}
    return JsonResponse(body, status=status, content_type="application/problem+json")


def flat(detail: Any, path: str = "") -> list[dict[str, str]]:
    """Return [{"field": "emails.0", "message": …}] of DRF's nested errors; field "" is the whole."""
    if isinstance(detail, dict):
        return [row for name, inner in detail.items() for row in flat(inner, _joined(path, name))]
    if isinstance(detail, list):
        if any(isinstance(inner, dict) for inner in detail):
            return [row for n, inner in enumerate(detail) for row in flat(inner, _joined(path, n))]
        return [row for inner in detail for row in flat(inner, path)]
    return [{"field": path, "message": str(detail)}]


def _joined(path: str, name: Any) -> str:
    if name == "non_field_errors":
        return path
    return f"{path}.{name}" if path else str(name)


def _with_headers(response: JsonResponse, error: exceptions.APIException) -> JsonResponse:
    if scheme := getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = scheme
    if seconds := getattr(error, "wait", None):
        response["Retry-After"] = str(math.ceil(seconds))
    return response
