"""Everything that somebody may ask without changing anything, asked; and what differs between two answers."""

import re
from collections.abc import Iterable, Iterator
from difflib import unified_diff
from itertools import product
from typing import Any

from django.db import connection, transaction
from django.http import QueryDict
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from staff.access import RIGHTS
from tests.oracle.house import House
from tests.staff.test_access import _walk

MISSING = 10**9  # the number of no row
# A library's, a machine's by a signature, the customer's own by a signed link; caught mail is of demo and test.
APART = ("account_", "mfa_", "interactions:call_hook", "interactions:short_hook", "interactions:hook", "portal:")
APART += ("interactions:bare_", "devmail:", "gallery", "staff:join", "api:nowhere")
# What is new in each answer, whoever asks and whatever is true.
CHANGES_BY_ITSELF = [
    (re.compile(r'(name="csrfmiddlewaretoken" value=")[^"]+'), r"\1"),
    (re.compile(r'("X-CSRFToken": |headers\["X-CSRFTOKEN"\] = )"[^"]+'), r"\1"),
    (re.compile(r"(X-CSRFToken&#34;: &#34;)\w+"), r"\1"),
    (re.compile(r'(nonce=")[^"]+'), r"\1"),
]
LOOKED_FOR = ("Vera", "vera@example.com", "331110009", "Ravello", "PT", "all")
CLOSED = ("403", "405")
PARTS = ("q", "who", "text", "with")  # what is looked for as somebody types
Question = tuple[str, str, str, tuple[tuple[str, str], ...]]  # route, method, path, what is given with it


class Reader:
    """Somebody who asks by a browser or a key. What an answer changed is undone."""

    def __init__(self, client: Client):
        self.client = client

    def ask(self, question: Question) -> str:
        """Return status, place and words of the answer, without what changes by itself."""
        _route, method, path, given = question
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT setseed(0.5)")  # of examples, which are others each time
            headers = {"HX-Request": "true"} if method == "part" else {}
            answer = getattr(self.client, "post" if method == "post" else "get")(path, dict(given), headers=headers)
            transaction.set_rollback(True)
        text = b"".join(answer) if answer.streaming else answer.content
        words = text.decode(errors="replace").replace("><", ">\n<")  # so that a difference is a short line
        said = f"{answer.status_code} {answer.headers.get('Location', '')}\n{words}"
        for pattern, instead in CHANGES_BY_ITSELF:
            said = pattern.sub(instead, said)
        return said

    def ask_all(self, questions: Iterable[Question]) -> dict[Question, str]:
        """Return {question: answer}, without what is closed to this reader, or no question."""
        answers = {one: self.ask(one) for one in questions}
        return {one: said for one, said in answers.items() if not said.startswith(CLOSED)}


def may(user: Any, pattern: URLPattern) -> bool:
    """Tell whether what a route is marked with is a right of this colleague's, or nobody's."""
    access = getattr(pattern.callback, "access", "")
    return access not in RIGHTS or user.may(access)


def signed_in(user: Any) -> Reader:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return Reader(client)


def routes(*, api: bool) -> Iterator[tuple[str, URLPattern]]:
    """Yield the routes of the screens, or those of the API, that show something of ours to somebody of ours."""
    for name, pattern in _walk(get_resolver()):
        is_api = getattr(pattern.callback, "access", "").startswith("key: ")
        if is_api == api and not name.startswith(APART):
            yield name, pattern


def path_to(name: str, pattern: URLPattern, *rows: dict[str, Any]) -> str:
    """Return its address; of several sources of rows the first that has one counts."""
    kwargs = {}
    for key in pattern.pattern.converters:
        known = (row[one] for row in rows for one in (name, key) if one in row)
        kwargs[key] = next(known, {"channel": "email", "purpose": "offers", "code": "USD"}.get(key, MISSING))
    return reverse(name, kwargs=kwargs)


def pages(house: House, user: Any) -> list[Question]:
    """Return each address that this colleague may open, with a row of theirs, as a page and as a part."""
    found = [(name, path_to(name, one, house.rows)) for name, one in routes(api=False) if may(user, one)]
    return [(name, way, path, ()) for name, path in found for way in ("get", "part")]


class Noted(set[str]):
    """The names that views ask a query or a form for, noted while they are asked."""

    def __init__(self, monkeypatch: Any):
        super().__init__()
        for method in ("__getitem__", "__contains__", "getlist"):
            monkeypatch.setattr(QueryDict, method, self._noting(getattr(QueryDict, method)))

    def _noting(self, method: Any) -> Any:
        def noted(query: QueryDict, name: str, *args: Any, **kwargs: Any) -> Any:
            self.add(name)
            return method(query, name, *args, **kwargs)

        return noted

    def names(self) -> list[str]:
        return sorted(name for name in self if isinstance(name, str) and name != "csrfmiddlewaretoken")


def searched(house: House, user: Any, noted: Noted) -> Iterator[Question]:
    """Yield each page of this colleague with each name that it asks its query for, and each thing to look for."""
    reader, vera = signed_in(user), house.theirs["vera"]
    for question in pages(house, user):
        route, way, path, _given = question
        if way == "get":
            noted.clear()
            names = () if reader.ask(question).startswith(CLOSED) else noted.names()
            for name, value in product(names, (*LOOKED_FOR, str(vera.pk))):
                yield (route, "part" if name in PARTS else "get", path, ((name, value),))


def counted(rules: Iterable[dict[str, Any]]) -> Iterator[Question]:
    """Yield what the builder asks of each of these rules: a number beside each, an example, a sentence."""
    for rule in rules:
        form = {"match.": "all", "rows.": "0", "match.0": "any", "rows.0": ""}
        for place, row in enumerate(rule["all"]):
            form["rows.0"] += f" {place}"
            form |= {f"field.0-{place}": row["field"], f"is.0-{place}": row["is"]}
            form |= {f"value.0-{place}": row["value"]} if "value" in row else {}
        for name in ("builder", "answered", "counted"):
            yield (f"insights:{name}", "post", reverse(f"insights:{name}"), tuple(form.items()))


def differing(before: dict[Question, str], after: dict[Question, str]) -> list[str]:
    """Return of each answer that is another one which question it was, and the lines that differ."""
    found = []
    for question, said in before.items():
        if said != after.get(question, ""):
            lines = list(unified_diff(said.splitlines(), after.get(question, "").splitlines(), lineterm="", n=0))[2:]
            found.append("\n".join([str(question), *(line.strip()[:400] for line in lines if line[:2] != "@@")]))
    return found


def hidden_and_missing(house: House, method: str, *, api: bool) -> list[tuple[Question, Question]]:
    """Return each address of a row that is hidden, beside the same of one that is not there."""
    found = []
    for name, pattern in routes(api=api):
        asked = {name, *pattern.pattern.converters}
        if named := asked & house.hidden.keys():
            there = path_to(name, pattern, house.hidden, house.rows)
            not_there = path_to(name, pattern, dict.fromkeys(named, MISSING), house.rows)
            found.append(((name, method, there, ()), (name, method, not_there, ())))
    return found
