"""Settings: the keys of integrators."""

from datetime import timedelta

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from api import issuing
from api.models import Key
from api.scopes import SCOPES
from crm.lists import page_of
from staff.access import allowed
from staff.models import Team

LASTS = [("", _("Until it is revoked")), ("90", _("90 days")), ("365", _("A year"))]
UNUSED = timedelta(days=90)


class KeyForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("What uses it: “Web shop”, “Telephone system”.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        choices=list(SCOPES.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )
    team = forms.ModelChoiceField(
        label=_("Whose customers"), queryset=Team.objects.order_by("name"), required=False, empty_label=_("Everybody's")
    )
    lasts = forms.ChoiceField(label=_("It works"), choices=LASTS, required=False)


@require_safe
@allowed("api.keys")
def keys(request: HttpRequest) -> HttpResponse:
    rows = Key.objects.filter(revoked_at=None).select_related("by", "team")
    page = page_of(rows, order=("-id",), cursor=request.GET.get("cursor"))
    return render(request, "api/keys.html", {"page": page, "scopes": SCOPES, "now": now(), "unused": now() - UNUSED})


@require_http_methods(["GET", "HEAD", "POST"])
@allowed("api.keys")
def new(request: HttpRequest) -> HttpResponse:
    """Make a key; the answer to the POST is the only page that ever shows it."""
    form = KeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        expires_at = now() + timedelta(days=int(said["lasts"])) if said["lasts"] else None
        key, text = issuing.issue(
            said["name"], said["scopes"], by=request.user, team=said["team"], expires_at=expires_at
        )
        response = render(request, "api/key_shown.html", {"key": key, "text": text})
        response["Cache-Control"] = "no-store"
        return response
    return render(request, "api/new_key.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@allowed("api.keys")
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    issuing.revoke(get_object_or_404(Key, pk=pk))
    return redirect("api:keys")
