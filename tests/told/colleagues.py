"""What is told of colleagues."""

from staff import employing, joining, settling_in, signing_in
from staff.models import Organisation
from staff.roles import Role
from tests import make
from tests.told import fact, tells


@tells("organisation.changed")
def organisation_changed(cast):
    ours = Organisation.current()
    yield
    ours.name, ours.time_zone = "Meridiana Due", "Europe/Lisbon"
    settling_in.change(ours, by=cast.boris)
    yield fact("organisation.changed", ours, None, cast.boris)


@tells("user.invited")
def invited(cast):
    yield
    invitation = joining.invite("dora@meridiana.example", role=Role.AGENT, by=cast.boris)
    yield fact("user.invited", invitation.user, None, cast.boris)


@tells("user.joined")
def joined(cast):
    invitation = joining.invite("dora@meridiana.example", role=Role.AGENT, by=cast.boris)
    yield
    dora = joining.join(invitation, name="Dora", password=make.PASSWORD)
    yield fact("user.joined", dora, None, dora)


@tells("user.changed")
def changed(cast):
    yield
    employing.change(cast.anna, by=cast.boris, role=Role.SALES, team=cast.anna.team)
    yield fact("user.changed", cast.anna, None, cast.boris)


@tells("password.forgotten")
def forgotten(cast):
    yield
    signing_in.forgot_password(cast.anna)
    yield fact("password.forgotten", cast.anna)
