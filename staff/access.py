"""The only list of what each role may do, and whose rows it sees.

Deny by default: a right that is not here is nobody's. tests/staff/test_access.py walks every route with every role.
"""

from functools import wraps

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from crm.access import mark
from staff.roles import Role

EVERYBODY = frozenset(Role)
SELLING = frozenset({Role.SALES, Role.AGENT, Role.MANAGER, Role.ADMINISTRATOR})
MARKETING = frozenset({Role.MARKETING, Role.ADMINISTRATOR})
KNOWING = SELLING | MARKETING
LEADING = frozenset({Role.MANAGER, Role.ADMINISTRATOR})
ADMINISTRATOR = frozenset({Role.ADMINISTRATOR})

RIGHTS: dict[str, frozenset[Role]] = {
    "today.view": EVERYBODY,
    "profile.change": EVERYBODY,
    "customers.view": KNOWING,
    "customers.change": SELLING | MARKETING,
    "customers.keep": SELLING,  # say who keeps a customer
    "customers.consent": KNOWING,
    "customers.import": LEADING | MARKETING,
    "customers.fields": ADMINISTRATOR | MARKETING,
    "interactions.view": SELLING,  # the words of conversations
    "interactions.log": SELLING,
    "interactions.settle": SELLING,
    "interactions.give": SELLING,
    "interactions.console": SELLING,
    "interactions.promises": SELLING,
    "interactions.channels": ADMINISTRATOR,
    "interactions.doubt": LEADING | MARKETING,  # settle messages in doubt
    "sales.view": KNOWING,
    "sales.rates": ADMINISTRATOR,  # say what other currencies are worth
    "insights.view": KNOWING,
    "insights.segments": MARKETING | LEADING,
    "campaigns.view": MARKETING | LEADING,
    "campaigns.change": MARKETING,
    "campaigns.launch": MARKETING,
    "api.keys": ADMINISTRATOR,
    "staff.people": ADMINISTRATOR,
    "staff.organisation": ADMINISTRATOR,
    "health.view": ADMINISTRATOR,
    "devmail.view": EVERYBODY,  # demo and test only
}

SCOPES: dict[str, dict[Role, str]] = {
    "customers": {
        Role.SALES: "team",
        Role.AGENT: "all",
        Role.MARKETING: "all",
        Role.MANAGER: "team",
        Role.ADMINISTRATOR: "all",
    },
    "conversations": {
        Role.SALES: "team",
        Role.AGENT: "all",
        Role.MARKETING: "none",  # customers, without the words of conversations
        Role.MANAGER: "team",
        Role.ADMINISTRATOR: "all",
    },
}


def may(role: str, right: str) -> bool:
    """Tell whether `role` has `right`. Raises KeyError for a right that this file does not know."""
    return role in RIGHTS[right]


def scope(role: str, noun: str) -> str:
    """Return whose `noun` a role sees: none, own, team (own and one's team's) or all."""
    return SCOPES[noun].get(Role(role), "none")


def first_who_may(right: str, *colleagues):
    """Return the first of these colleagues who is at work and has `right`; None: nobody of them (None among them)."""
    return next((one for one in colleagues if one and one.may(right)), None)


def allowed(right: str):
    """Let only those with `right` open the decorated view; others get 403. Raises KeyError for an unknown right."""
    RIGHTS[right]

    def guard(view):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            if not request.user.is_authenticated or not request.user.may(right):
                raise PermissionDenied(_for_whom(right))
            return view(request, *args, **kwargs)

        return mark(guarded, right)

    return guard


def _for_whom(right: str) -> str:
    """Say to somebody without `right` who has it."""
    roles = ", ".join(str(role.label) for role in Role if role in RIGHTS[right])
    return _("Only these roles may open it: %(roles)s. Nothing was changed.") % {"roles": roles}
