"""The first deed of an installation: whose Filo this is, and who lets the others in; and what changes of it later."""

from datetime import time
from typing import Any

from django.db import transaction
from django.forms.models import model_to_dict

from crm import days
from crm.events.recording import record
from crm.problems import Problem
from staff.models import Organisation, User
from staff.roles import Role


class AlreadySetUp(Problem):
    """This Filo has an organisation and an administrator. Change them under Settings."""

    code = "already_set_up"


def is_done() -> bool:
    return Organisation.objects.exists() and User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exists()


@transaction.atomic
def settle_in(organisation: Organisation, *, name: str, email: str, password: str) -> User:
    """Save the organisation and make its first administrator. Raises AlreadySetUp."""
    if is_done():
        raise AlreadySetUp()
    organisation.pk = 1
    organisation.save()
    user = User.objects.create_user(
        email, password, name=name, role=Role.ADMINISTRATOR, time_zone=organisation.time_zone
    )
    record("user.joined", about=user, by=user)
    return user


@transaction.atomic
def change(organisation: Organisation, *, by: User) -> None:
    """Save what was changed of the organisation. Days are cut in its zone at once; others notice within seconds."""
    after, before = model_to_dict(organisation), model_to_dict(Organisation.current())
    changed = {name for name in after if after[name] != before[name]}
    organisation.save()
    if changed:
        was, now = ({name: _plain(some[name]) for name in sorted(changed)} for some in (before, after))
        record("organisation.changed", about=organisation, by=by, before=was, after=now)
    transaction.on_commit(days.changed)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, time) else value
