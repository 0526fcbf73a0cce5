from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from crm import health as checks
from crm.http import is_fragment
from staff.access import allowed
from staff.forms import OrganisationForm
from staff.models import Organisation


@require_http_methods(["GET", "HEAD", "POST"])
@allowed("staff.organisation")
def organisation(request: HttpRequest) -> HttpResponse:
    form = OrganisationForm(request.POST or None, instance=Organisation.current())
    if request.method == "POST" and form.is_valid():
        form.save()
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
        ("mail", "quiet hours", "mailboxes", "mail server", "test mailbox"),
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
        "groups": _grouped(found),
        "at": localtime(),
        "stopped": states.count("stopped"),
        "soon": states.count("soon"),
    }
    return render(request, "staff/_health.html" if is_fragment(request) else "staff/health.html", context)


def _grouped(found: list[tuple[str, checks.Finding]]) -> list[tuple]:
    """Return [(id, title, what it is about, rows)]; a check that no group names is the organisation's."""
    groups = [(key, *words, [row for row in found if row[0] in names]) for key, (*words, names) in GROUPS.items()]
    named = {name for *_words, names in GROUPS.values() for name in names}
    groups.append((*REST, [row for row in found if row[0] not in named]))
    return [group for group in groups if group[-1]]
