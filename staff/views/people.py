"""Colleagues, their roles and teams: for administrators."""

from allauth.mfa.models import Authenticator
from django.db.models import Count, Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.http import is_fragment, toast
from crm.lists import page_of
from crm.problems import Invalid
from staff import employing, joining
from staff.access import allowed
from staff.forms import InvitationForm, PersonForm, TeamForm
from staff.models import Invitation, Team, User

SIZE = 100  # colleagues a page


@require_safe
@allowed("staff.people")
def people(request: HttpRequest) -> HttpResponse:
    page = page_of(_everybody(), order=("name", "id"), cursor=request.GET.get("cursor"), size=SIZE)
    context = {"page": page, "forms": {user.pk: _form(user) for user in page}, "teams": _teams()}
    return render(request, "staff/people.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed("staff.people")
def invite(request: HttpRequest) -> HttpResponse:
    form = InvitationForm(request.POST or None, initial={"role": "sales"})
    if request.method == "POST" and form.is_valid():
        try:
            joining.invite(**form.cleaned_data, by=request.user)
            return redirect("staff:people")
        except joining.AlreadyHere as problem:  # beside its field: what else was typed stays
            form.add_error("email", str(problem))
    return render(request, "staff/invite.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@allowed("staff.people")
def change(request: HttpRequest, pk: int) -> HttpResponse:
    user = get_object_or_404(User, pk=pk)
    form = PersonForm(request.POST, prefix=f"p{pk}")
    if not form.is_valid():
        raise Invalid(_("That is no role or team."), **form.errors.get_json_data())
    employing.change(user, by=request.user, **form.cleaned_data)
    return _row(request, pk, _("Saved."))


@require_POST
@allowed("staff.people")
def deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    user = get_object_or_404(User, pk=pk)
    employing.deactivate(user, by=request.user)
    return _row(request, pk, _("%(name)s can no longer sign in.") % {"name": user})


@require_POST
@allowed("staff.people")
def reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    employing.reactivate(get_object_or_404(User.objects.joined(), pk=pk), by=request.user)
    return _row(request, pk, _("Saved."))


@require_POST
@allowed("staff.people")
def invite_again(request: HttpRequest, pk: int) -> HttpResponse:
    joining.invite_again(get_object_or_404(Invitation, user=pk), by=request.user)
    return _row(request, pk, _("A new link is on its way."))


@require_POST
@allowed("staff.people")
def withdraw_invitation(request: HttpRequest, pk: int) -> HttpResponse:
    joining.withdraw(get_object_or_404(Invitation, user=pk), by=request.user)
    return redirect("staff:people") if not is_fragment(request) else toast(HttpResponse(), _("Withdrawn."))


@require_POST
@allowed("staff.people")
def make_team(request: HttpRequest) -> HttpResponse:
    return _save_team(request, TeamForm(request.POST))


@require_POST
@allowed("staff.people")
def rename_team(request: HttpRequest, pk: int) -> HttpResponse:
    return _save_team(request, TeamForm(request.POST, instance=get_object_or_404(Team, pk=pk)))


@require_POST
@allowed("staff.people")
def dissolve_team(request: HttpRequest, pk: int) -> HttpResponse:
    employing.dissolve(get_object_or_404(Team, pk=pk))
    return _drawn_teams(request)


def _save_team(request: HttpRequest, form: TeamForm) -> HttpResponse:
    if not form.is_valid():
        return _drawn_teams(request, " ".join(form.errors.get("name", [])), status=422)
    form.save()
    return _drawn_teams(request)


def _drawn_teams(request: HttpRequest, error: str = "", status: int = 200) -> HttpResponse:
    if not is_fragment(request) and not error:
        return redirect("staff:people")
    return render(request, "staff/_teams.html", {"teams": _teams(), "error": error}, status=status)


def _everybody():
    app = Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP)
    return User.objects.select_related("team", "invitation").annotate(has_app=Exists(app))


def _teams():
    return Team.objects.annotate(people=Count("members")).order_by("name")


def _form(user: User) -> PersonForm:
    return PersonForm(initial={"role": user.role, "team": user.team_id}, prefix=f"p{user.pk}")


def _row(request: HttpRequest, pk: int, words: str) -> HttpResponse:
    if not is_fragment(request):
        return redirect("staff:people")
    user = get_object_or_404(_everybody(), pk=pk)
    return toast(render(request, "staff/_person.html", {"user": user, "form": _form(user)}), words)
