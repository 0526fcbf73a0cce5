"""The API described: the schema, and a page to read and try it."""

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from api.problems import problem
from crm.access import open_to_all, signed_in

_schema = SpectacularAPIView.as_view(authentication_classes=[], permission_classes=[], throttle_classes=[])
_page = SpectacularSwaggerSplitView.as_view(
    url_name="api:schema", authentication_classes=[], permission_classes=[], throttle_classes=[]
)


@require_safe
@signed_in
def schema(request: HttpRequest) -> HttpResponse:
    return _schema(request)


@csp_update({"style-src": ["'unsafe-inline'"], "img-src": ["data:"]})
@require_safe
@signed_in
def docs(request: HttpRequest) -> HttpResponse:
    """Swagger's page in our frame: it writes styles and pictures of its own, so it has a policy of its own."""
    return _page(request) if "script" in request.GET else render(request, "api/reference.html")


@csrf_exempt
@open_to_all("There is nothing here, and it says so to machines.")
def nowhere(request: HttpRequest) -> JsonResponse:
    return problem(404, "There is no such address in this API. Each ends with a slash.")
