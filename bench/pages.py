"""What pages cost: CPU milliseconds a request, of the web workers and of the database apart. bin/bench pages

User and system time from /proc, one colleague's requests over one connection, after 20 for warmth. The floor is the
trivial view: a signed-in page through the whole middleware, one session and one user query, one line of Jinja2.
"""

import base64
import itertools
import json
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import _stage

AGENT = "irene.vallone@meridiana.example"  # sees everybody
SALES = "chiara.moretti@meridiana.example"  # sees her own and her team's
PAGE, DEEP = 50, 500  # rows of a page; how many pages down
TYPED = ("ma", "mar", "maria", "maria b", "0147", "320000", "luca", "lucab", "elena d", "caffe", "ross", "ba")
FLOOR = "trivial view"


def cost(server: _stage.Server, rounds: int, ask: Callable[[], object]) -> tuple[float, float]:
    """Return CPU milliseconds of application and database for each request."""
    for _ in range(_stage.WARM):
        ask()
    before = server.cpu()
    for _ in range(rounds):
        ask()
    after = server.cpu()
    return tuple((end - begin) * 1000 / rounds for begin, end in zip(before, after, strict=True))  # type: ignore[return-value]


def deep_cursor(customers: int) -> str:
    """Return the cursor of crm.lists after row 500 × 50, made by SQL; nearer where the base is smaller."""
    row = min(DEEP * PAGE, customers // 2)
    sql = "SELECT sort_key, id FROM customers_customer ORDER BY sort_key, id OFFSET %s LIMIT 1"
    place = json.dumps([">", *_stage.rows(sql, row - 1)[0]], ensure_ascii=False)
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def heavy_customer() -> int:
    """Give one customer 200 interactions; return who."""
    pk = _stage.rows(
        "SELECT customer_id FROM interactions_conversation WHERE status = 'open' ORDER BY id OFFSET 20 LIMIT 1"
    )[0][0]
    have = _stage.rows("SELECT count(*) FROM interactions_interaction WHERE customer_id = %s", pk)[0][0]
    _stage.rows(
        """INSERT INTO interactions_interaction (customer_id, conversation_id, channel, direction, kind, occurred_at,
               from_address, to_address, subject, words, quoted, html, language, outcome, attachments, message_ref,
               origin, origin_id, created_at)
           SELECT i.customer_id, i.conversation_id, i.channel, i.direction, i.kind, i.occurred_at - n * interval '3 h',
               '', '', i.subject, i.words, '', '', '', '', '[]', '', i.origin, i.origin_id, now()
           FROM interactions_interaction i, generate_series(1, 30) n WHERE i.customer_id = %s
           ORDER BY n, i.id LIMIT %s""",
        pk, max(200 - have, 0),
    )  # fmt: skip
    return pk


def creating(server: _stage.Server) -> Callable[[], object]:
    """Return a request that registers somebody new by the API each time."""
    issuing = import_module("api.issuing")
    _key, text = issuing.issue("benchmark", ["customers:write"], by=None)
    numbers = itertools.count(_stage.rows("SELECT max(id) FROM customers_customer")[0][0] + 1)

    def create() -> None:
        number = next(numbers)
        person = {"first_name": "Rosa", "last_name": f"Ruocco {number}", "emails": [f"rosa{number}@mail.example"]}
        person |= {"phones": [f"+39333{number:07}"], "language": "it", "country": "IT", "city": "Amalfi"}
        status, answer = server.ask(
            "POST", "/api/v1/customers/", body=json.dumps(person).encode(),
            Authorization=f"Bearer {text}", Content_Type="application/json",
        )  # fmt: skip
        if status != 201:
            sys.exit(f"The API answers {status}: {answer[:300]!r}")

    return create


def clean_up(last: int) -> None:
    """Take away what creating made, where the base is kept."""
    new = "SELECT id FROM customers_customer WHERE id > %s"
    for table in ("customers_searchterm", "customers_contactpoint", "customers_touched"):
        _stage.rows(f"DELETE FROM {table} WHERE customer_id IN ({new})", last)
    _stage.rows("DELETE FROM customers_customer WHERE id > %s", last)


def measure(options, home: Path) -> dict[str, tuple[float, float]]:
    who = heavy_customer()
    last = _stage.rows("SELECT max(id) FROM customers_customer")[0][0]
    cursor = deep_cursor(options.customers)
    typed = itertools.cycle(TYPED)
    with _stage.server(home) as server:
        server.sign_in(AGENT)
        pages: dict[str, Callable[[], object]] = {
            FLOOR: lambda: server.get("/trivial/"),
            "list, first page": lambda: server.get("/customers/"),
            "list, 500 pages deep": lambda: server.get(f"/customers/?cursor={cursor}"),
            "search as you type": lambda: server.get(
                f"/customers/?q={next(typed).replace(' ', '+')}", HX_Request="true"
            ),
            "customer with 200 interactions": lambda: server.get(f"/customers/{who}/"),
            "create by API": creating(server),
        }
        costs = {name: cost(server, options.rounds, ask) for name, ask in pages.items()}
        server.sign_in(SALES)
        costs["list, first page, of a team"] = cost(server, options.rounds, pages["list, first page"])
        costs["search as you type, in a team"] = cost(server, options.rounds, pages["search as you type"])
    clean_up(last)
    return costs


def main() -> None:
    options = _stage.asked(__doc__ or "", rounds=200).parse_args()
    with _stage.base(options) as home:
        costs = measure(options, home)
    figures = {}
    for name, (application, database) in costs.items():
        figures |= {f"{name}: application ms": round(application, 2), f"{name}: database ms": round(database, 2)}
    floor = sum(costs[FLOOR])
    ratios = {f"{name} / {FLOOR}": sum(both) / floor for name, both in costs.items() if name != FLOOR}
    _stage.tell(options, "pages", figures, ratios, f"{FLOOR}, {floor:.2f} ms of CPU")


if __name__ == "__main__":
    main()
