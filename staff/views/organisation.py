from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localtime
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
        return redirect("staff:organisation")
    return render(request, "staff/organisation.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
@allowed("health.view")
def health(request: HttpRequest) -> HttpResponse:
    """What every room says of its health, what needs somebody first; looked at anew every minute."""
    found = checks.examine()
    states = [finding.state for _, finding in found]
    context = {"found": found, "at": localtime(), "stopped": states.count("stopped"), "soon": states.count("soon")}
    return render(request, "staff/_health.html" if is_fragment(request) else "staff/health.html", context)
