from collections import defaultdict

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from crm import health as checks
from crm.http import is_fragment
from staff import settling_in
from staff.access import allowed
from staff.forms import OrganisationForm
from staff.models import Organisation


@require_http_methods(["GET", "HEAD", "POST"])
@allowed("staff.organisation")
def organisation(request: HttpRequest) -> HttpResponse:
    form = OrganisationForm(request.POST or None, instance=Organisation.current())
    if request.method == "POST" and form.is_valid():
        settling_in.change(form.instance, by=request.user)
        messages.success(request, _("Saved."))
        return redirect("staff:organisation")
    return render(request, "staff/organisation.html", {"form": form}, status=422 if form.errors else 200)


GROUPS = {
    "data": (_("Data"), _("what is kept, and its copies"), ("database", "migrations", "disk", "backup")),
    "background": (
        _("Work in the background"),
        _("queues and clocks"),
        ("broker", "cache", "worker", "quick worker", "clock", "reactions", "put aside"),
    ),
    "channels": (
        _("Channels"),
        _("to and from customers"),
        ("outbox", "quiet hours", "mailboxes", "test mailbox"),
    ),
}
REST = ("organisation", _("Organisation"), _("who you are, and who may sign in"))


@require_safe
@allowed("health.view")
def health(request: HttpRequest) -> HttpResponse:
    """What every room says of its health, what needs somebody first; looked at anew every minute."""
    found = checks.examine()
    states = [finding.state for _name, finding in found]
    context = {
        "found": found,
        "labels": {name: checks.of(name).label for name, _finding in found},
        "groups": _grouped(found),
        "at": localtime(),
        "stopped": states.count("stopped"),
        "soon": states.count("soon"),
    }
    return render(request, "staff/_health.html" if is_fragment(request) else "staff/health.html", context)


def _grouped(found: list[tuple[str, checks.Finding]]) -> list[tuple]:
    """Return [(id, title, what it is about, rows)]; a check that stands in no group is the organisation's."""
    at = {name: key for key, (*_words, names) in GROUPS.items() for name in names}
    rows: defaultdict[str, list] = defaultdict(list)
    for name, finding in found:
        rows[at.get(name) or checks.of(name).group or REST[0]].append((name, finding))
    titles = [(key, *words) for key, (*words, _names) in GROUPS.items()]
    groups = [(*title, rows[title[0]]) for title in [*titles, REST]]
    return [group for group in groups if group[-1]]
