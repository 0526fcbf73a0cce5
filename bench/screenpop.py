"""From ring to card: how long until the agent sees who calls and where we left off. bin/bench screenpop

A signed POST /hooks/calls/, then that agent's console part with the card, received whole, over one kept connection to
the real web server; the console's poll adds up to a second of waiting, which is not counted. The floor is the trivial
view of the same server, asked in turn with the rings.
"""

import json
import random
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from django.conf import settings

from bench import _stage
from interactions.gateways import webhooks

AGENT = "irene.vallone@meridiana.example"
PART = "/console/part/?version=0&body=0"


def callers(count: int) -> list[tuple[str, str]]:
    """Return [(number, name)] of customers from all over the base, the same ones each time."""
    first, last = _stage.rows("SELECT min(id), max(id) FROM customers_customer WHERE source = 'benchmark'")[0]
    dice = random.Random(1474)  # nosec B311
    some = [dice.randint(first, last) for _ in range(count * 3)]
    found = _stage.rows(
        """SELECT p.value, c.name FROM customers_contactpoint p JOIN customers_customer c ON c.id = p.customer_id
           WHERE p.channel = 'phone' AND NOT p.is_shared AND c.id = ANY(%s)""",
        some,
    )
    dice.shuffle(found)
    return found[:count]


def ring(server: _stage.Server, number: str, turn: int) -> None:
    at = datetime.now(UTC)
    fields = {"call": f"bench:{turn}", "state": "ringing", "from": number, "to": "+390895550100", "agent": AGENT}
    body = json.dumps(fields | {"at": at.isoformat()}).encode()
    hook_id, stamp = f"bench_{turn}_{at.timestamp()}", int(at.timestamp())
    signature = webhooks.sign(body, hook_id=hook_id, timestamp=stamp, secret=settings.HOOK_SECRET)
    status, answer = server.ask(
        "POST", "/hooks/calls/", body=body, Content_Type="application/json",
        webhook_id=hook_id, webhook_timestamp=str(stamp), webhook_signature=signature,
    )  # fmt: skip
    if status != 200:
        sys.exit(f"The hook answers {status}: {answer[:300]!r}")


def clean_up() -> None:
    """The agent is free again, and the base as it was."""
    _stage.rows("DELETE FROM interactions_call WHERE ref LIKE 'bench:%%'")


def timed(work) -> tuple[float, object]:
    begun = time.perf_counter()
    answer = work()
    return (time.perf_counter() - begun) * 1000, answer


def ring_to_card(server: _stage.Server, number: str, turn: int) -> bytes:
    ring(server, number, turn)
    return server.get(PART, HX_Request="true")


def measure(server: _stage.Server, rounds: int) -> tuple[list[float], list[float]]:
    """Return milliseconds of the trivial view and from ring to card, of each round."""
    floor, pops = [], []
    for turn, (number, name) in enumerate(callers(rounds + _stage.WARM)):
        trivial, _page = timed(lambda: server.get("/trivial/"))
        pop, card = timed(lambda number=number, turn=turn: ring_to_card(server, number, turn))
        clean_up()
        if name.split()[0] not in card.decode():
            sys.exit(f"The card of {name} did not come.")
        if turn >= _stage.WARM:
            floor.append(trivial)
            pops.append(pop)
    _stage.rows("DELETE FROM interactions_hookdelivery WHERE delivery_id LIKE 'bench%%'")
    _stage.rows("DELETE FROM customers_opening WHERE because = 'call'")
    return floor, pops


def part_of(values: list[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def main() -> None:
    options = _stage.asked(__doc__ or "", rounds=300).parse_args()
    with _stage.base(options) as home, _stage.server(home) as server:
        server.sign_in(AGENT)
        floor, pops = measure(server, options.rounds)
    figures = {
        f"{name} ms, {words}": round(part_of(values, share), 2)
        for name, values in (("trivial view", floor), ("ring to card", pops))
        for words, share in (("median", 0.5), ("p95", 0.95), ("p99", 0.99))
    }
    ratios = {
        "ring to card / trivial view, median": part_of(pops, 0.5) / part_of(floor, 0.5),
        "ring to card / trivial view, p95": part_of(pops, 0.95) / part_of(floor, 0.95),
    }
    _stage.tell(options, "screenpop", figures, ratios, "the trivial view of the same server, in turn with the rings")


if __name__ == "__main__":
    main()
