"""What staff adds to the registries of crm: the settings, the first health checks, the people of the demo company."""

from django.conf import settings
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from crm import days, demo, health, shell
from staff import demo_people, sections
from staff.models import Invitation, Organisation, User
from staff.roles import Role

shell.place(
    "settings", label=_("Settings"), icon="settings", url_name="staff:settings", right="profile.change",
    group="Settings", order=900,
)  # fmt: skip
shell.command(
    "invite", label=_("Invite a colleague"), icon="user-plus", url_name="staff:invite", right="staff.people", order=900
)
sections.section(
    "profile", label=_("Profile"), icon="circle-user", url_name="staff:profile", right="profile.change", group="you"
)
sections.section(
    "organisation", label=_("Organisation"), icon="building-2", url_name="staff:organisation",
    right="staff.organisation", group="organisation", order=10,
)  # fmt: skip
sections.section(
    "people", label=_("People and roles"), icon="users", url_name="staff:people", right="staff.people",
    group="organisation", order=20, count=lambda request: User.objects.filter(is_active=True).count(),
)  # fmt: skip
sections.section(
    "health", label=_("Health"), icon="activity", url_name="staff:health", right="health.view", group="technical",
    order=90,
)  # fmt: skip


@days.zone_from
def time_zone() -> str:
    return Organisation.current().time_zone


demo.SIGN_INS[:] = [(email, password, role) for _name, email, role, password in demo_people.demo_people()]


@health.check("organisation")
def organisation() -> health.Finding:
    ours = Organisation.objects.filter(pk=1).first()
    if ours is None:
        return _stopped(gettext("Nobody has said whose Filo this is."))
    return health.Finding(health.WELL, f"{ours.name}, {ours.legal_name}")


@health.check("people")
def people() -> health.Finding:
    here = User.objects.filter(is_active=True)
    if settings.PRODUCTION and here.filter(is_demo=True).exists():
        words = gettext("People of the demo company are here.")
        return health.Finding(health.STOPPED, words, gettext("Delete them: they cannot sign in."))
    if not here.filter(role=Role.ADMINISTRATOR).exists():
        return _stopped(gettext("There is no administrator."))
    waiting = Invitation.objects.filter(accepted_at=None).count()
    can = ngettext("%(num)d can sign in", "%(num)d can sign in", here.count()) % {"num": here.count()}
    invited = ngettext("%(num)d invited", "%(num)d invited", waiting) % {"num": waiting}
    return health.Finding(health.WELL, f"{can}, {invited}")


def _stopped(words: str) -> health.Finding:
    return health.Finding(health.STOPPED, words, gettext("Run: %(command)s") % {"command": "python manage.py setup"})


@demo.step(10, "staff")
@demo.step(10, "staff", big=True)
def staff(story: demo.Story) -> None:
    """Meridiana and its people; `story.made["users"]` and `["teams"]` by name."""
    made_teams, made_users = demo_people.make()
    story.made |= {"teams": made_teams, "users": made_users}
    story.say(f"Meridiana: {len(made_users)} people in {len(made_teams)} teams")
