"""A promise by itself, from the promises page or the palette: what, to whom, by when, who keeps it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crm import formats
from crm.http import id_in, is_fragment
from customers import searching
from customers.models import Customer
from interactions import promising
from interactions.forms import NewPromiseForm
from interactions.models import Task
from staff.access import allowed
from staff.models import User

FOUND = 6  # customers


@require_http_methods(["GET", "HEAD", "POST"])
@allowed("interactions.promises")
def new(request: HttpRequest) -> HttpResponse:
    """Ask for a promise; htmx is answered with the customers that `who` finds."""
    text = (request.POST or request.GET).get("who", "").strip()[:100]
    hits = searching.find(text, request.user, FOUND) if len(text) >= 2 else []
    if is_fragment(request) and request.method == "GET":
        return render(request, "interactions/_promise_to.html", {"hits": hits, "text": text})
    form = NewPromiseForm(request.POST or None, user=request.user, initial=_beginning(request))
    if form.is_valid():
        return _make(request, form)
    context = {"form": form, "hits": hits, "text": text, "chosen": _chosen(request)}
    context["colleagues"] = list(User.objects.who_may(Task.RIGHT).values_list("pk", "name"))
    return render(request, "interactions/new_promise.html", context, status=422 if form.errors else 200)


def _beginning(request: HttpRequest) -> dict:
    return {
        "what": request.GET.get("what", "")[:300],
        "day": formats.tomorrow().isoformat(),
        "owner": request.user.pk,
    }


def _chosen(request: HttpRequest) -> Customer | None:
    """Return to whom it is promised, where that was said already and they may be seen."""
    key = request.POST.get("customer") or request.GET.get("customer") or ""
    seen_by_me = Customer.objects.visible_to(request.user).select_related("account")
    return seen_by_me.filter(pk=id_in(key)).first()


def _make(request: HttpRequest, form: NewPromiseForm) -> HttpResponse:
    said = form.cleaned_data
    task = promising.make(
        said["what"], customer=said["customer"], due=form.due(), by=request.user, owner=said["owner"],
        channel=said["channel"],
    )  # fmt: skip
    messages.success(request, _("Promised: %(what)s") % {"what": task.what})
    return redirect("interactions:promises")
