"""Whatever somebody writes into an address or a form, no page breaks: each value is taken, ignored or refused in words.

The names are not listed here: the routes are asked once with a query that remembers what it was asked for. So the next
view is caught as well. A route that names a row needs one in `house`.
"""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from itertools import product

import pytest
from django.conf import settings
from django.db import transaction
from django.http import QueryDict
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.urls.converters import IntConverter
from django.utils.timezone import now

from api import issuing
from campaigns import drafting
from campaigns.models import CampaignWording
from crm.models import Undo
from customers import importing
from customers.models import Affiliation, CustomField
from insights import segments
from insights.models import Segment
from interactions import links, outbox, ringing
from interactions.models import Original, Unfiled
from sales import exchanging
from staff import joining
from staff.roles import Role
from tests import make
from tests.staff.test_access import _walk

pytestmark = pytest.mark.django_db
WORST = ["abc", "²", "9" * 30, "a\x00b"]
ODD = [
    *WORST, "", "-1", "٣", "9" * 19, "9" * 5_000, "1e999999", "😀", "[1]", "2026-02-30", "0001-01-01",
    "2026-01-01T00:00:00+99:99", "x\r\ny: z", "../../etc/passwd", "x" * 8_000,
]  # fmt: skip
TOO_LARGE = 10**30
MAIL = b"From: mira@example.com\r\nSubject: Hello\r\n\r\nHello"
HTMX = {"HTTP_HX_REQUEST": "true"}
# Whose values are a library's, or read from a signed body, or asked by tests/api, parameter by parameter.
APART = ("account_", "mfa_", "interactions:call_hook", "interactions:short_hook", "api:", "gallery")
OURS_IN_API = ("api:keys", "api:new_key", "api:revoke_key", "api:docs")
NOT_THERE = {"devmail:letter", "devmail:html", "devmail:source"}  # no mail was caught


@pytest.fixture
def house(settings, tmp_path):
    """One row for each name in a route: {name in a route, or route: value}."""
    settings.MEDIA_ROOT = settings.VAR = tmp_path
    make.make_organisation()
    anna = make.make_user("Anna", Role.ADMINISTRATOR)
    bar = make.make_customer("Bar Kovač", kind="company")
    mira = make.make_mira(account=bar)
    conversation = make.make_conversation(mira, owner=anna, waiting_since=now())
    interaction = make.make_interaction(
        mira, conversation, html="<p>Hello</p>", from_address="mira@example.com",
        attachments=[{"name": "a.txt", "size": 1, "type": "text/plain", "position": 0}],
    )  # fmt: skip
    Original.objects.create(interaction=interaction, raw=MAIL)
    segment = segments.save(Segment(), name="Everybody", rule={"all": []}, by=anna)
    guests = segments.save_list(Segment(), name="Guests", by=anna)
    upload = BytesIO(b"Code;Name\n1;Ana Lima\n")
    file = importing.receive(upload, name="fair.csv", kind="people", system="fair", by=anna, country="IT")
    until = now() + timedelta(days=1)
    undo = Undo.objects.create(
        kind="promise.kept", about="interactions.task", about_id=1, by=anna, at=now(), until=until
    )
    invited = joining.link(joining.invite("nadia@meridiana.example", role=Role.SALES, by=anna)).split("/")[-2]
    message = outbox.queue(channel="email", conversation=conversation, text="Hello", by=anna)
    unfiled = Unfiled.objects.create(name="1-1-1", begun_at=now(), set_aside_at=now(), is_kept=True)
    (tmp_path / "unfiled").mkdir()
    (tmp_path / "unfiled" / "1-1-1.eml").write_bytes(MAIL)
    return {
        "anna": anna,
        "customer_id": mira.pk,
        "point_id": mira.contact_points.first().pk,
        "place_id": Affiliation.objects.get(person=mira).pk,
        "conversation_id": conversation.pk,
        "interaction_id": interaction.pk,
        "number": 0,
        "task_id": make.make_task(mira, anna).pk,
        "call_id": ringing.dial("+39089555014", by=anna, direction="in").pk,
        "message_id": message.pk,
        "segment_id": segment.pk,
        "campaign_id": drafting.create(name="Spring", by=anna).pk,
        "file_id": file.pk,
        "field_id": CustomField.objects.create(key="boat", label="Boat", kind="text").pk,
        "rate_id": exchanging.set_rate("USD", from_on=until.date(), rate=Decimal("0.9"))[0].pk,
        "code": "USD",
        "undo_id": undo.pk,
        "row_id": unfiled.pk,
        "channel": "email",
        "name": "incoming",  # of a hook
        "purpose": "offers",
        "token": links.make(links.Link(mira.pk)),
        **{f"insights:{name}": guests.pk for name in ("paste", "standing", "remove")},
        "staff:join": invited,
        "staff:rename_team": make.make_team().pk,
        "staff:dissolve_team": make.make_team().pk,
        "api:revoke_key": issuing.issue("Shop", ["customers:read"], by=anna)[0].pk,
        "pk": make.make_clara().pk,
        "key": "1.none",
        "insights:choices": "product",
    }


@pytest.fixture
def client(house):
    client = Client(raise_request_exception=False)
    client.force_login(house["anna"])
    return client


class Asked(set):
    """The names that views ask a query or a form for."""

    def __init__(self, monkeypatch):
        super().__init__()
        for method in ("__getitem__", "__contains__", "getlist"):
            monkeypatch.setattr(QueryDict, method, self._noting(getattr(QueryDict, method)))

    def _noting(self, method):
        def noted(query, name, *args, **kwargs):
            self.add(name)
            return method(query, name, *args, **kwargs)

        return noted

    def names(self) -> list[str]:
        return sorted(name for name in self if isinstance(name, str) and name != "csrfmiddlewaretoken")


@pytest.fixture
def asked(monkeypatch):
    return Asked(monkeypatch)


def routes(room=None) -> Iterator[tuple[str, URLPattern]]:
    for name, pattern in _walk(get_resolver()):
        its_room = name.partition(":")[0] if ":" in name else "crm"
        if (not name.startswith(APART) or name in OURS_IN_API) and room in (None, its_room):
            yield name, pattern


def path_to(name, pattern, house, **changed) -> str:
    kwargs = {key: house.get(name, house[key]) for key in pattern.pattern.converters}
    return reverse(name, kwargs={**kwargs, **changed})


def status(client, method, path, given=None, **headers) -> int:
    """Return how it was answered; whatever it did is undone."""
    with transaction.atomic():
        answer = getattr(client, method)(path, given, **headers)
        transaction.set_rollback(True)
    return answer.status_code


def test_no_value_in_an_address_breaks_a_page_and_the_house_has_a_row_for_each(client, house, asked):
    """Each name gets each of the worst values, all names of a page at once."""
    broken, missing = [], set()
    for name, pattern in routes():
        path = path_to(name, pattern, house)
        asked.clear()
        missing |= {name} if status(client, "get", path) == 404 else set()
        for turn in range(len(WORST) if (names := asked.names()) else 0):
            given = {each: WORST[(place + turn) % len(WORST)] for place, each in enumerate(names)}
            if status(client, "get", path, given, **(HTMX if turn % 2 else {})) >= 500:
                broken.append((name, given))
    assert (broken, missing) == ([], NOT_THERE)


def test_no_number_in_an_address_breaks_a_page(client, house):
    wrong = []
    for name, pattern in routes():
        numbers = [key for key, kind in pattern.pattern.converters.items() if isinstance(kind, IntConverter)]
        for key, method in product(numbers, ("get", "post")):
            said = status(client, method, path_to(name, pattern, house, **{key: TOO_LARGE}))
            wrong += [(method, name, key, said)] if said not in (404, 405) else []
    assert wrong == []


@pytest.mark.long
@pytest.mark.parametrize("room", [*settings.ROOMS, "crm", "devmail"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_no_odd_value_breaks_a_page_or_a_deed(client, house, asked, room, method):
    broken = []
    for name, pattern in routes(room):
        path = path_to(name, pattern, house)
        asked.clear()
        for headers in ({}, HTMX):
            status(client, method, path, **headers)
        for each, (turn, value) in product(asked.names(), enumerate(ODD)):
            said = status(client, method, path, {each: value}, **(HTMX if turn % 2 else {}))
            broken += [(name, each, value[:40], said)] if said >= 500 else []
    assert broken == []


def test_what_is_pasted_with_a_nul_is_kept_without_it(client, house):
    campaign = house["campaign_id"]
    client.post(reverse("campaigns:save", args=[campaign]), {"name": "Sp\x00ring", "body.it": "Ciao\x00 Mira"})
    row = CampaignWording.objects.select_related("campaign", "wording").get(campaign=campaign, language="it")
    assert (row.campaign.name, row.wording.body) == ("Spring", "Ciao Mira")
