"""The first deed of an installation: whose Filo this is, and who lets the others in."""

from django.db import transaction

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
