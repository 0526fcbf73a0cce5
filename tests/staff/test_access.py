"""Role × route → status, for every route there is. Who may do what is staff/access.py; this test walks the addresses.

A route whose view says nothing about access fails, unless it is a library's and named here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.urls import URLPattern, get_resolver, reverse

from staff.access import RIGHTS
from staff.models import User
from staff.roles import Role
from tests.make import make_user

pytestmark = pytest.mark.django_db

# Views of libraries carry no mark of ours. Strangers need the first ones to come in.
LIBRARY_OPEN = {
    "account_login",
    "account_logout",
    "account_inactive",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "mfa_login_webauthn",
}
LIBRARY_SIGNED_IN = {
    "account_reauthenticate",
    "account_change_password",
    "mfa_index",
    "mfa_reauthenticate",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes",
    "mfa_add_webauthn",
    "mfa_reauthenticate_webauthn",
    "mfa_edit_webauthn",
    "mfa_remove_webauthn",
}
METHODS = ("get", "post")
VALUES = {"int": 1, "str": "x", "slug": "x", "uuid": "00000000-0000-7000-8000-000000000000", "path": "x"}
MISSING = "no mark"


@dataclass(frozen=True)
class Route:
    name: str
    path: str
    access: str  # a right of staff/access.py, "signed in", "open: why", "key: scope"


def routes() -> list[Route]:
    return [_route(name, pattern) for name, pattern in _walk(get_resolver())]


def _walk(resolver: Any, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}", pattern
        else:
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern, inner)


def _route(name: str, pattern: URLPattern) -> Route:
    kwargs = {key: _value(converter) for key, converter in pattern.pattern.converters.items()}
    if not kwargs:
        kwargs = {key: "1" for key in pattern.pattern.regex.groupindex}
    return Route(name, reverse(name, kwargs=kwargs), _access(name, pattern.callback))


def _value(converter: Any) -> Any:
    return VALUES[type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")]


def _access(name: str, view: Any) -> str:
    if name in LIBRARY_OPEN:
        return "open: a library's"
    if name in LIBRARY_SIGNED_IN:
        return "signed in"
    return getattr(view, "access", MISSING)


def ask(client, route: Route, method: str) -> int | str:
    """Return the status of the answer, or "sign in" when it leads there."""
    answer = getattr(client, method)(route.path)
    if answer.status_code == 302 and answer.url.startswith("/accounts/login/"):
        return "sign in"
    return answer.status_code


def verdict(client, route: Route) -> int | str:
    """Return what the first method that the view has is answered: one guard stands before all of them."""
    return next((said for method in METHODS if (said := ask(client, route, method)) != 405), 405)


def test_every_route_says_who_may_open_it():
    assert [route.name for route in routes() if route.access == MISSING] == []


def test_marks_name_known_rights():
    known = {"signed in", *RIGHTS}
    assert [r for r in routes() if r.access not in known and not r.access.startswith(("open: ", "key: "))] == []


@pytest.mark.parametrize("role", Role.values)
def test_each_right_opens_to_the_roles_that_have_it(client, role):
    by_right = {route.access: route for route in routes() if route.access in RIGHTS}
    assert wrong_for(client, role, by_right.values()) == []


@pytest.mark.long
@pytest.mark.parametrize("role", Role.values)
def test_each_role_opens_what_its_rights_say(client, role):
    assert wrong_for(client, role, [route for route in routes() if route.access in RIGHTS]) == []


def wrong_for(client, role, those) -> list[tuple[str, str, int | str]]:
    """Return the routes that answer this role otherwise than the table of rights says: name, right, answer."""
    client.force_login(make_user("Anna", role))
    answers = [(route, verdict(client, route)) for route in those]
    return [
        (route.name, route.access, said)
        for route, said in answers
        if (said == 403) == (role in RIGHTS[route.access]) or said == "sign in"
    ]


def test_everybody_signed_in_opens_what_is_for_the_staff(client):
    wrong = []
    for route in routes():
        if route.access == "signed in":
            client.force_login(make_user())  # some of these sign out
            said = verdict(client, route)
            wrong += [(route.name, said)] if said == 403 else []
    assert wrong == []


@pytest.mark.parametrize("method", METHODS)
def test_a_stranger_is_asked_to_sign_in_everywhere_else(client, method):
    closed = [route for route in routes() if not route.access.startswith(("open: ", "key: "))]
    assert closed
    assert [(r.name, said) for r in closed if (said := ask(client, r, method)) != "sign in"] == []


def test_what_is_open_does_not_ask_strangers_to_sign_in(client):
    lead_in = {"mfa_authenticate", "mfa_login_webauthn"}  # without a password they lead back to the first step
    wrong = [r.name for r in routes() if r.access.startswith("open: ") and ask(client, r, "get") == "sign in"]
    assert set(wrong) <= lead_in


@pytest.mark.parametrize("method", METHODS)
def test_integrators_routes_want_a_key_not_a_session(client, method):
    client.force_login(make_user(role=Role.ADMINISTRATOR))
    keyed = [route for route in routes() if route.access.startswith("key: ")]
    assert [(r.name, said) for r in keyed if (said := ask(client, r, method)) not in (401, 405)] == []


def test_a_deactivated_colleague_may_nothing(client):
    anna = make_user(role=Role.ADMINISTRATOR)
    client.force_login(anna)
    type(anna).objects.filter(pk=anna.pk).update(is_active=False)
    opened = [r.name for r in routes() if r.access in RIGHTS and ask(client, r, "get") not in ("sign in", 403, 405)]
    assert opened == []


def test_those_who_may_are_asked_for_by_name():
    users = [make_user(name, role) for name, role in (("Zoe", "sales"), ("Anna", "agent"), ("Ugo", "marketing"))]
    make_user("Gone", "agent", is_active=False)
    may = User.objects.who_may("interactions.promises")
    assert list(may) == [users[1], users[0]] and all(user.may("interactions.promises") for user in may)
    with pytest.raises(KeyError):
        User.objects.who_may("interactions.dancing")


def test_who_may_not_reads_whose_it_is_and_no_place_is_marked_that_it_is_not(client):
    client.force_login(make_user("Irene", Role.AGENT))
    answer = client.get(reverse("campaigns:campaigns"))
    page = answer.content.decode()
    assert answer.status_code == 403 and "Marketing, Manager, Administrator" in page and "campaigns.view" not in page
    assert 'aria-current="page"' not in client.get("/nothing/").content.decode()


def test_a_part_that_somebody_may_not_have_is_a_notice_never_a_page_in_its_place(client):
    client.force_login(make_user("Mara", Role.MARKETING))
    answer = client.post(reverse("interactions:words", args=[7]), HTTP_HX_REQUEST="true")
    assert (answer.status_code, answer["HX-Retarget"]) == (403, "#notices")
    assert "Only these roles may open it" in answer.content.decode() and "<html" not in answer.content.decode()
