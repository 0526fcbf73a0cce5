from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from crm.access import open_to_all
from staff import joining
from staff.forms import JoiningForm
from staff.models import Organisation


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@open_to_all("The link is signed, works once and expires.")
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Show the invitation, and let its bearer in once they chose a name and a password."""
    invitation = joining.read(token)
    form = JoiningForm(request.POST or None, user=invitation.user, initial={"name": _name(invitation.user)})
    if request.method == "POST" and form.is_valid():
        user = joining.join(invitation, **form.cleaned_data)
        login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
        return redirect(settings.LOGIN_REDIRECT_URL)
    context = {"form": form, "invitation": invitation, "organisation": Organisation.current()}
    return render(request, "staff/join.html", context, status=422 if form.errors else 200)


def _name(user) -> str:
    return "" if user.name == user.email else user.name
