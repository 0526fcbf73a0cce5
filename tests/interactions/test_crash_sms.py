"""kill -9 again and again in the middle of an offer by text message: nothing is lost, nothing doubled, and what is in
doubt is settled by asking the provider, who refuses, stalls, hangs up, answers twice and reports out of order.

FILO_KILLED_TEXTS=20000 makes the offer as large as that.
"""

import os
import random
from collections import Counter
from datetime import timedelta
from itertools import count
from time import monotonic, sleep
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.db.models import F
from django.utils.timezone import now

from customers.models import ConsentState, ContactPoint, Customer
from interactions import outbox, recovering
from interactions.models import Interaction, Message, Wording
from tests import make
from tests.interactions.killing import Stage, kill
from tests.interactions.provider import Mood

pytestmark = pytest.mark.django_db(transaction=True)
MANY = int(os.environ.get("FILO_KILLED_TEXTS", "2000"))
DEAD, STOPPED, FORBIDDEN = 21211, 21610, 21408
TEMPERS = (  # of a thousand messages so many
    (15, Mood(refuse=(429, 20429), retry_after=0)),
    (10, Mood(refuse=(500, 20500))),
    (5, Mood(raw=b"HTTP/1.1 503 So\r\nContent-Length: 0\r\n\r\n")),
    (5, Mood(raw=b"HTTP/1.1 502 So\r\nContent-Length: 9\r\n\r\n<html>Bad")),
    (5, Mood(hang_up="before")),
    (5, Mood(hang_up="after")),
    (3, Mood(stall=1.5)),
    (3, Mood(late=1.5)),
    (15, Mood(twice=True)),
)
CALM = Mood()


def offer(provider) -> dict[str, int]:
    """Queue an offer to so many customers, each with a number; return those that the provider refuses for good."""
    make.make_organisation(cap_messages=9)
    numbers = count(3_330_000_000)
    first = make.make_customer("Mira Kovač").pk + 1
    people = [Customer(pk=pk, account_id=pk, name=f"C {pk}", sort_key="c", created_at=now(), changed_at=now())
              for pk in range(first, first + MANY)]  # fmt: skip
    Customer.objects.bulk_create(people, batch_size=2_000)
    points = [ContactPoint(customer=one, channel="phone", value=f"+39{next(numbers)}", line="mobile", created_at=now())
              for one in people]  # fmt: skip
    ContactPoint.objects.bulk_create(points, batch_size=2_000)
    said = {"purpose": "offers", "channel": "sms", "is_given": True, "at": now()}
    ConsentState.objects.bulk_create([ConsentState(customer=one, **said) for one in people], batch_size=2_000)
    wording = Wording.objects.create(language="it", subject="", body="Cara {{ first_name }}, oggi -20%")
    for start in range(0, MANY, 2_000):
        some = [
            outbox.Recipient(
                customer_id=point.customer_id, contact_point_id=point.pk, to_address=point.value,
                wording_id=wording.pk, dedupe_key=f"campaign:1:{point.customer_id}",
                values={"first_name": f"{point.pk}"},
            )
            for point in points[start : start + 2_000]
        ]  # fmt: skip
        queued = outbox.queue_many(some, channel="sms", purpose="offers", origin="campaign", origin_id=1)
        assert queued.queued == len(some)
    refused = {point.value: (DEAD, STOPPED, FORBIDDEN)[n % 3] for n, point in enumerate(points[::100])}
    provider.habits |= {number: Mood(refuse=(400, code)) for number, code in refused.items()}
    return refused


def temper(seed: int):
    """Return how the provider answers: mostly well."""
    dice = random.Random(seed)
    moods = [mood for weight, mood in TEMPERS for _ in range(weight)]

    def choose(form):
        place = dice.randrange(1_000)
        return moods[place] if place < len(moods) else CALM

    return choose


class Reporter:
    """Tells our hook of some of the messages that the provider has taken: out of order, twice, long after."""

    def __init__(self, provider, client, seed: int) -> None:
        self._provider, self._client, self._dice, self._place = provider, client, random.Random(seed), 0
        self.told: set[str] = set()

    def tell(self, most: int) -> None:
        fresh = self._provider.took()[self._place :]
        self._place += len(fresh)
        for message in self._dice.sample(fresh, min(most, len(fresh))):
            for status in self._dice.sample(["queued", "sent", "delivered", "sent", "delivered"], 5):
                url, body, headers = self._provider.reports(message, status)
                kind, signature = headers["Content-Type"], headers["X-Twilio-Signature"]
                path = url.removeprefix(f"{urlsplit(url).scheme}://{urlsplit(url).netloc}")
                answer = self._client.post(path, body, content_type=kind, headers={"X-Twilio-Signature": signature})
                assert answer.status_code < 300, answer.content
            message.status = "delivered"
            self.told.add(message.to)


def await_more(provider, some: int, longest: float = 5.0):
    """Wait until so many more have arrived: kills go by what is done, not by how busy the machine is."""
    end, before = monotonic() + longest, len(provider.taken)
    while len(provider.taken) < before + some and monotonic() < end:
        sleep(0.02)


def storm(stage: Stage, provider, reporter: Reporter, *, longest: float, seed: int) -> int:
    """Let two processes send, kill them again and again, recoveries too, until nothing waits any more."""
    dice, kills, end = random.Random(seed), 0, monotonic() + longest
    rounds = count()
    while Message.objects.filter(status__in=("queued", "sending")).exists():
        assert monotonic() < end, "It does not come to an end."
        if next(rounds) % 20 == 0:
            tidy_up()
        at = now()  # what was put off does not keep us, and no row is written for nothing: thousands each time
        Message.objects.filter(status="queued", due_at__gt=at).update(due_at=at)
        pids = [stage.fork("deliver") for _ in range(2)]
        if dice.random() < 0.3:
            sleep(dice.random())  # perhaps before anything has left
        else:
            await_more(provider, dice.randrange(1, max(MANY // 40, 50)))
        kills += kill(pids)
        kills += stage.recover(dice)
        reporter.tell(most=20)
    return kills


def tidy_up():
    """What a database does by itself, but those of tests: else each batch is judged slower than the one before."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def settle(stage: Stage, provider) -> Counter[str]:
    """Ask the calm provider about what is in doubt, hours later, and send what it never had, until nothing is left."""
    provider.temper, found = None, Counter()
    doubtful = Message.objects.in_doubt()
    for _round in range(60):
        if not doubtful.exists():
            return found
        doubtful.update(due_at=F("due_at") - timedelta(hours=1), lease_until=now() - timedelta(seconds=1))
        before = set(doubtful.values_list("pk", flat=True))
        recovering.ask()
        left = Message.objects.filter(pk__in=before)
        found.update(left.exclude(status="in_doubt").values_list("status", flat=True))
        Message.objects.filter(status="queued").update(due_at=now())
        stage.finish("deliver")
    raise AssertionError(f"{doubtful.count()} stay in doubt")


@pytest.mark.long
@pytest.mark.timeout(1_800)
def test_an_offer_under_a_hail_of_kills(provider, client, tmp_path):
    refused = offer(provider)
    provider.temper = temper(seed=5)
    reporter = Reporter(provider, client, seed=6)
    begin = monotonic()
    with Stage(tmp_path, "sms", batch=500) as stage:
        kills = storm(stage, provider, reporter, longest=1_500, seed=7)
        seconds = monotonic() - begin
        listed = set(Message.objects.in_doubt().values_list("to_address", flat=True))
        arrived = {one.to for one in provider.took()} & listed
        settled = settle(stage, provider)
    rows = dict(Message.objects.values_list("to_address", "status"))
    took = Counter(one.to for one in provider.took())
    found = {
        "offers": len(rows), "seconds": round(seconds), "kills": kills, "in doubt, listed": len(listed),
        "of these arrived": len(arrived), "settled": dict(settled), "refused": len(refused),
        "reported": len(reporter.told),
        "lost": sum(took[to] == 0 for to, status in rows.items() if status == "sent"),
        "doubled": sum(times > 1 for times in took.values()),
        "arrived unnoticed": sum(bool(took[to]) for to, status in rows.items() if status != "sent"),
    }  # fmt: skip
    print("\n", found)
    assert found["lost"] == found["doubled"] == found["arrived unnoticed"] == 0
    assert Counter(rows.values()) == {"sent": MANY - len(refused), "failed": len(refused)}
    assert kills > 3 and listed and arrived
    assert Interaction.objects.filter(channel="sms").count() == MANY - len(refused)
    check_marks(refused)
    check_reports(provider, reporter.told)


def check_marks(refused):
    """What a refusal says of a number stands at the number, and nothing else does."""
    dead = set(ContactPoint.objects.filter(dead_on__has_key="sms").values_list("value", flat=True))
    assert dead == {to for to, code in refused.items() if code == DEAD}


def check_reports(provider, told):
    rows = Message.objects.filter(channel="sms", status="sent")
    assert set(rows.exclude(delivered_at=None).values_list("to_address", flat=True)) == told
    refs = dict(rows.exclude(message_ref="").values_list("to_address", "message_ref"))
    assert all(refs[one.to] == one.sid for one in provider.took() if one.to in refs)
    assert told <= refs.keys()
