"""What an administrator changes about a colleague: role, team, whether they may come in."""

from django.db import transaction
from django.db.models import F

from crm.events.recording import record
from crm.problems import Problem
from staff.models import Team, User
from staff.roles import Role


class LastAdministrator(Problem):
    """Somebody must be able to change these settings. Make a colleague an administrator first."""

    code = "last_administrator"


class NotYourself(Problem):
    """You cannot take away your own access. Another administrator can."""

    code = "not_yourself"


class StillNeeded(Problem):
    """People, customers or mailboxes belong to this team. Move them to another one first."""

    code = "still_needed"


@transaction.atomic
def change(user: User, *, by: User, role: str, team: Team | None) -> None:
    """Give a colleague a role and a team (None: no team). Harmless where they have both. Raises LastAdministrator."""
    if role != Role.ADMINISTRATOR:
        _keep_an_administrator(user)
    has_changed = User.objects.filter(pk=user.pk).exclude(role=role, team=team).update(role=role, team=team)
    user.refresh_from_db()
    if has_changed:
        record("user.changed", about=user, by=by, role=role, team=team.name if team else "")


@transaction.atomic
def deactivate(user: User, *, by: User) -> None:
    """Take away somebody's access; every session of theirs ends. Harmless twice.

    Raises NotYourself, LastAdministrator.
    """
    if user.pk == by.pk:
        raise NotYourself()
    _keep_an_administrator(user)
    at_work = User.objects.filter(pk=user.pk, is_active=True)
    has_left = at_work.update(is_active=False, state=User.State.AWAY, sign_in_round=F("sign_in_round") + 1)
    user.refresh_from_db()
    if has_left:
        record("user.changed", about=user, by=by, is_active=False)


@transaction.atomic
def reactivate(user: User, *, by: User) -> None:
    """Let somebody in again, with the password that they had; sessions of before stay ended. Harmless twice."""
    is_back = User.objects.filter(pk=user.pk, is_active=False).update(is_active=True)
    user.refresh_from_db()
    if is_back:
        record("user.changed", about=user, by=by, is_active=True)


@transaction.atomic
def end_sessions(user: User) -> None:
    """Sign somebody out on every device."""
    User.objects.filter(pk=user.pk).update(sign_in_round=F("sign_in_round") + 1)
    user.refresh_from_db()


@transaction.atomic
def dissolve(team: Team) -> None:
    """Remove a team that nothing belongs to, in this room or above. Raises StillNeeded."""
    for relation in Team._meta.get_fields(include_hidden=True):
        if relation.auto_created and relation.is_relation and _has(relation, team):
            raise StillNeeded()
    team.delete()


def _has(relation, team: Team) -> bool:
    return relation.related_model._base_manager.filter(**{relation.field.name: team}).exists()


def _keep_an_administrator(leaving: User) -> None:
    """Locks all administrators, so that two who demote each other cannot both succeed."""
    administrators = User.objects.select_for_update().filter(role=Role.ADMINISTRATOR, is_active=True).order_by("pk")
    if {user.pk for user in administrators} == {leaving.pk}:
        raise LastAdministrator()
