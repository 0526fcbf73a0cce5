"""Around every request: health answers first, what no column takes is dropped, Problems are answered in words."""

from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render

from crm import locks
from crm.http import current_page, is_fragment, notice
from crm.problems import Problem, SameMoment, TooLarge
from crm.views import alive, ready

NUL = "\x00"


class HealthMiddleware:
    """Answer /healthz and /readyz without session, user or host check: probes have none of them."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return alive(request)
        if request.path == "/readyz":
            return ready(request)
        return self.get_response(request)


class NulMiddleware:
    """Drop NUL from what a query or a form holds: no column takes it, nobody means it, and what is pasted may have it.

    What comes with a proof of its own instead of our token (API, hooks) is read by its own reader.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable, args: object, kwargs: object) -> None:
        if getattr(view, "csrf_exempt", False):
            return
        if "%00" in request.META.get("QUERY_STRING", ""):
            request.GET = _without_nul(request.GET)
        if any(NUL in value for _name, values in request.POST.lists() for value in values):
            request.POST = _without_nul(request.POST)


def _without_nul(sent: QueryDict) -> QueryDict:
    clean = sent.copy()
    for name, values in sent.lists():
        clean.setlist(name, [value.replace(NUL, "") for value in values])
    return clean


class ProblemMiddleware:
    """Answer a Problem with its own status: a page for a page, a notice for htmx, problem+json for machines."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        is_machine = request.path.startswith(("/api/", "/hooks/"))
        if isinstance(exception, RequestDataTooBig):
            exception = TooLarge()
        if locks.is_deadlock(exception) and not is_machine:  # a machine asks again after a 500
            exception = SameMoment()
        if not isinstance(exception, Problem):
            return None
        if is_machine:
            return problem_json(exception)
        if is_fragment(request):
            old = current_page(request) if exception.is_page_old else ""
            return notice("errors/_notice.html", {"problem": exception, "old": old}, status=exception.status)
        name = {403: "403", 404: "404"}.get(exception.status, "409")
        return render(request, f"errors/{name}.html", {"problem": exception}, status=exception.status)


def problem_json(problem: Problem) -> JsonResponse:
    """RFC 9457."""
    body = {
        "type": f"urn:filo:problem:{problem.code}",
        "title": str(problem),
        "status": problem.status,
        **problem.details,
    }
    return JsonResponse(body, status=problem.status, content_type="application/problem+json")
