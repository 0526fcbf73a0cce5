"""All addresses of Filo, and the trivial view: a signed-in page, one session and one user query, one line of Jinja2."""

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from crm.access import signed_in
from crm.urls import handler403, handler404, handler500, urlpatterns

__all__ = ["handler403", "handler404", "handler500", "urlpatterns"]

LINE = engines["jinja2"].from_string("<!doctype html><title>Filo</title><p>{{ name }}</p>")


@signed_in
def trivial(request: HttpRequest) -> HttpResponse:
    return HttpResponse(LINE.render({"name": request.user.name}))


urlpatterns = [path("trivial/", trivial), *urlpatterns]
