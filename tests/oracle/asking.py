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

from api import issuing
from api.scopes import SCOPES
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
    """Somebody who asks by a browser, or by a key (`is_machine`). What an answer changed is undone."""

    def __init__(self, client: Client, *, is_machine: bool = False):
        self.client, self.is_machine = client, is_machine

    def ask(self, question: Question) -> str:
        """Return status, place and words of the answer, without what changes by itself."""
        _route, method, path, given = question
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT setseed(0.5)")  # of examples, which are others each time
            answer = self._ask(method, path, dict(given))
            transaction.set_rollback(True)
        text = b"".join(answer) if answer.streaming else answer.content
        words = text.decode(errors="replace").replace("><", ">\n<")  # so that a difference is a short line
        said = f"{answer.status_code} {answer.headers.get('Location', '')}\n{words}"
        for pattern, instead in CHANGES_BY_ITSELF:
            said = pattern.sub(instead, said)
        return said

    def _ask(self, method: str, path: str, given: dict[str, Any]) -> Any:
        if self.is_machine and method == "post":
            return self.client.post(path, given, content_type="application/json")
        headers = {"HX-Request": "true"} if method == "part" else {}
        return getattr(self.client, "post" if method == "post" else "get")(path, given, headers=headers)

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


def with_key(team: Any) -> Reader:
    """Return a key of this team's that may do all."""
    _key, text = issuing.issue("Shop", list(SCOPES), by=None, team=team)
    client = Client(headers={"Authorization": f"Bearer {text}"}, raise_request_exception=False)
    return Reader(client, is_machine=True)


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


def pasted(house: House) -> Iterator[Question]:
    """Yield what is asked before pasted words, those of hidden customers among them, are put on a list."""
    vera = house.theirs["vera"]
    words = f"vera@example.com\n+39 333 111 0009\nugo@example.com\n/customers/{vera.pk}/\nVera Rossi"
    chosen = reverse("insights:paste", args=[house.segments["Chosen"].pk])
    yield ("insights:new_list", "post", reverse("insights:new_list"), (("text", words),))
    yield ("insights:paste", "post", chosen, (("text", words),))
    yield ("insights:paste", "post", chosen, (("text", words), ("do", "add")))


def by_key(house: House) -> Iterator[Question]:
    """Yield what a key may ask: each resource, and customers by each filter, of those who are hidden among others."""
    vera, anna = house.theirs["vera"], house.anna
    for name, pattern in routes(api=True):
        yield (name, "get", path_to(name, pattern, house.rows), ())
    lists: dict[str, list[dict[str, Any]]] = {
        "api:customers": [
            *({name: value} for name in ("q", "email", "phone", "town") for value in LOOKED_FOR),
            {"keeper": anna.email}, {"keeper": "nobody"}, {"team": anna.team.name}, {"account": vera.pk},
            {"country": "PT"}, {"language": "pt"}, {"kind": "company"}, {"offers": "email"}, {"size": 1},
        ],
        "api:recognise": [{"address": value} for value in ("vera@example.com", "+39 333 111 0009", "ugo@example.com")],
        "api:promises": [{"status": "all"}, {"status": "late"}, {"owner": anna.email}, {"customer": vera.pk}],
        "api:purchases": [{}, {"customer": vera.pk}, {"customer": house.ours["bar"].pk}],
    }  # fmt: skip
    for name, queries in lists.items():
        yield from ((name, "get", reverse(name), tuple(query.items())) for query in queries)


def naming(house: House, customer: int) -> Iterator[Question]:
    """Yield what a key may send about a customer, by number."""
    bodies: dict[str, dict[str, Any]] = {
        "api:interactions": {"customer": customer, "kind": "note", "words": "Hello"},
        "api:promises": {"customer": customer, "what": "Call", "due_on": "2030-03-05"},
        "api:members": {"customers": [customer], "addresses": []},
        "api:removals": {"customers": [customer], "addresses": []},
    }
    patterns = dict(routes(api=True))
    for name, body in bodies.items():
        yield (name, "post", path_to(name, patterns[name], {"pk": house.segments["Chosen"].pk}), tuple(body.items()))


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


def lines_between(before: str, after: str) -> list[str]:
    """Return the lines of two answers that differ."""
    lines = list(unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0))[2:]
    return [line.strip()[:400] for line in lines if line[:2] != "@@"]


def differing(before: dict[Question, str], after: dict[Question, str]) -> list[str]:
    """Return of each answer that is another one which question it was, and the lines that differ."""
    pairs = ((question, lines_between(said, after.get(question, ""))) for question, said in before.items())
    return ["\n".join([str(question), *lines]) for question, lines in pairs if lines]


def hidden_and_missing(house: House, method: str, *, api: bool) -> list[tuple[Question, Question]]:
    """Return each address of a row that is hidden, beside the same of one that is not there."""
    found = []
    for name, pattern in routes(api=api):
        asked = {name} if name in house.rows else {name, *pattern.pattern.converters}
        if named := asked & house.hidden.keys():
            there = path_to(name, pattern, house.hidden, house.rows)
            not_there = path_to(name, pattern, dict.fromkeys(named, MISSING), house.rows)
            found.append(((name, method, there, ()), (name, method, not_there, ())))
    return found
