"""Your own settings, saved as you change them."""

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from crm.http import is_fragment, toast
from crm.preferences import YEAR
from staff import employing
from staff.access import allowed
from staff.forms import ProfileForm
from staff.models import User


@require_safe
@allowed("profile.change")
def settings_home(request: HttpRequest) -> HttpResponse:
    return redirect("staff:profile")


@require_safe
@allowed("profile.change")
def profile(request: HttpRequest) -> HttpResponse:
    return _page(request, ProfileForm(instance=request.user), "staff/profile.html")


@require_POST
@allowed("profile.change")
def change(request: HttpRequest) -> HttpResponse:
    """Save what changed. A language or theme draws the whole page anew; both are kept for the sign-in page too."""
    before = (request.user.language, request.user.theme)
    form = ProfileForm(request.POST, instance=User.objects.get(pk=request.user.pk))
    if not form.is_valid():
        return _page(request, form, "staff/_profile_form.html" if is_fragment(request) else "staff/profile.html", 422)
    user = form.save()
    if not is_fragment(request):
        return _remembered(redirect("staff:profile"), user)
    request.user = user
    response = _remembered(_page(request, ProfileForm(instance=user), "staff/_profile_form.html"), user)
    if before != (user.language, user.theme):
        response["HX-Refresh"] = "true"
    return toast(response, _("Saved."))


@require_POST
@allowed("profile.change")
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    employing.end_sessions(request.user)
    update_session_auth_hash(request, request.user)
    return redirect("staff:profile")


def _remembered(response: HttpResponse, user) -> HttpResponse:
    for name, value in (("theme", user.theme), (settings.LANGUAGE_COOKIE_NAME, user.language)):
        response.set_cookie(name, value, max_age=YEAR, samesite="Lax", secure=settings.PRODUCTION)
    return response


def _page(request: HttpRequest, form: ProfileForm, template: str, status: int = 200) -> HttpResponse:
    kinds = list(Authenticator.objects.filter(user=request.user).values_list("type", flat=True))
    context = {
        "form": form,
        "now": now(),
        "has_app": Authenticator.Type.TOTP in kinds,
        "passkeys": kinds.count(Authenticator.Type.WEBAUTHN),
    }
    return render(request, template, context, status=status)
