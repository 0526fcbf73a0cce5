"""What people of each role see of a company: names, words and numbers, whatever the pages look like around them.

    python -m tests.walk.seen MOMENT > seen.json              in a checkout that wrote the database
    python -m tests.walk.seen MOMENT seen.json > again.json   in one that upgraded it: looks for the same words

Speaks of the database that DATABASE_URL names, as it is at MOMENT (ISO 8601).
"""

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

import django
import time_machine

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

from api import issuing  # noqa: E402
from api.scopes import SCOPES  # noqa: E402
from staff.models import User  # noqa: E402

PEOPLE = {  # a role and who has it at Meridiana
    "sales": "chiara.moretti@meridiana.example",
    "agent": "irene.vallone@meridiana.example",
    "marketing": "elena.ricci@meridiana.example",
    "manager": "marco.esposito@meridiana.example",
    "administrator": "giulia.sartori@meridiana.example",
}
LISTS = ("/customers/", "/conversations/", "/promises/", "/campaigns/", "/segments/", "/imports/")
PLACES = (*LISTS, "/", "/console/", "/messages/doubt/", "/settings/people/", "/settings/fields/", "/settings/keys/")
ONE_OF_EACH = (  # an address, and whose ids
    ("/customers/{}/", "customers_customer WHERE id <= 2 OR id BETWEEN 33 AND 36"),
    ("/customers/{}/consents/", "customers_customer WHERE id <= 2"),
    ("/conversations/{}/", "interactions_conversation WHERE is_complaint OR id % 4 = 0 AND id > 96"),
    ("/campaigns/{}/", "campaigns_campaign WHERE launched_at IS NULL"),
    ("/campaigns/{}/results/", "campaigns_campaign WHERE launched_at IS NOT NULL"),
    ("/segments/{}/members/", "insights_segment"),
    ("/imports/{}/", "customers_importfile"),
)
COUNTED = re.compile(r"/segments/|/campaigns/\d+/results/")  # where the numbers are what people come for
ASKED = (
    "customers/",
    "segments/",
    "promises/",
    "customers/33/",
    "customers/33/interactions/",
    "segments/1/members/",
)  # of the API
# What there is to see, in a database as 2a2225d wrote it; not colleagues, who stand in every menu of theirs.
WORDS = """
SELECT name FROM customers_customer UNION SELECT value FROM customers_contactpoint
UNION SELECT subject FROM interactions_conversation UNION SELECT what FROM interactions_task
UNION SELECT left(words, 60) FROM interactions_interaction UNION SELECT subject FROM interactions_interaction
UNION SELECT name FROM campaigns_campaign UNION SELECT name FROM insights_segment
UNION SELECT name FROM customers_importfile UNION SELECT name FROM sales_product
"""
SHORTEST = 5  # characters; shorter words stand everywhere by chance
NUMBER = re.compile(r"\d[\d.,]*\d|\d")
UNSEEN = ("script", "style", "template", "nav")


class Page(HTMLParser):
    """The text of a page, and the addresses of the parts that load themselves."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.parts: list[str] = []
        self.hidden = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.hidden += tag in UNSEEN
        if "load" in (given.get("hx-trigger") or "") and given.get("hx-get"):
            self.parts.append(str(given["hx-get"]))

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in UNSEEN

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.pieces.append(data)

    @property
    def text(self) -> str:
        return _plain(" ".join(self.pieces))


def words() -> list[str]:
    """Return all that there is to see."""
    with connection.cursor() as cursor:
        cursor.execute(WORDS)
        found = {_plain(row[0]) for row in cursor.fetchall()}
    return sorted(one for one in found if len(one) >= SHORTEST)


def places() -> Iterator[str]:
    """Yield the addresses that are looked at: lists, and some pages of each kind of thing."""
    yield from PLACES
    for address, rows in ONE_OF_EACH:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT id FROM {rows} ORDER BY id")
            yield from (address.format(pk) for (pk,) in cursor.fetchall())


def look(email: str, known: Iterable[str], addresses: Iterable[str]) -> dict[str, dict]:
    """Return {address: which of the known words this colleague sees there, and where it matters which numbers}."""
    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.get(email=email))
    return {address: _seen(client, known, address) for address in addresses}


def _seen(client: Client, known: Iterable[str], address: str) -> dict:
    answer = client.get(address)
    seen: dict = {"status": answer.status_code}
    if answer.status_code == 200:
        page = Page(answer.content.decode())
        parts = [client.get(part, headers={"HX-Request": "true"}).content.decode() for part in page.parts]
        text = " ".join([page.text, *(Page(part).text for part in parts)])
        seen["words"] = [one for one in known if one in text]
        if COUNTED.match(address):
            seen["numbers"] = sorted(NUMBER.findall(text))
    return seen


def ask() -> dict[str, dict]:
    """Return {path: what the API answers to a key that may do everything}."""
    _key, text = issuing.issue("Reader", list(SCOPES), by=None)
    client = Client(headers={"Authorization": f"Bearer {text}", "host": "localhost"})
    return {path: json.loads(client.get(f"/api/v1/{path}").content) for path in ASKED}


def _plain(text: str) -> str:
    return " ".join(text.split())


def main(moment: str, before: str = "") -> None:
    people = json.loads(Path(before).read_text())["people"] if before else {}
    seen_before = {one for pages in people.values() for page in pages.values() for one in page.get("words", [])}
    with time_machine.travel(datetime.fromisoformat(moment), tick=False):
        known, addresses = sorted(seen_before) or words(), list(places())
        seen = {role: look(email, known, addresses) for role, email in PEOPLE.items()}
        json.dump({"moment": moment, "people": seen, "api": ask()}, sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
