"""What is told of colleagues."""

from staff import employing, joining, signing_in
from staff.roles import Role
from tests import make
from tests.told import fact, tells


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
