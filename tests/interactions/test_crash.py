"""kill -9, again and again, in the middle of sending over real SMTP: nothing is lost, nothing is doubled."""

import random
from collections import Counter
from pathlib import Path
from time import monotonic, sleep

import pytest
from django.utils.timezone import now

from customers.models import ContactPoint, Customer
from interactions.channels.mail import links
from interactions.models import Conversation, Interaction, Message, Wording
from tests import make
from tests.interactions.killing import Stage, end, is_alive, kill, start

pytestmark = pytest.mark.django_db(transaction=True)


class MailStage(Stage):
    """A mail server and a nursery."""

    def __init__(self, folder: Path, batch: int) -> None:
        self.mails = folder / "mails"
        self.mails.mkdir()
        self._sink = start("tests.interactions.sink", str(self.mails))
        super().__init__(folder, "email", self._sink.stdout.readline().strip(), batch=batch)

    def wait_for(self, mails: int, pids: list[int]) -> None:
        """Wait until the server took so many mails more, or nobody is left who sends."""
        seen = self.mails / "seen"
        before = size = seen.stat().st_size if seen.exists() else 0
        line, latest = 40, monotonic() + 20  # bytes of a Message-ID, about; seconds
        while size - before < mails * line and any(map(is_alive, pids)) and monotonic() < latest:
            sleep(0.001)
            size = seen.stat().st_size if seen.exists() else 0

    def seen(self) -> Counter[str]:
        file = self.mails / "seen"
        return Counter(file.read_text().split()) if file.exists() else Counter()

    def stop(self) -> None:
        super().stop()
        end(self._sink)


@pytest.fixture
def stage(tmp_path):
    stages = []

    def build(batch: int) -> MailStage:
        stages.append(MailStage(tmp_path, batch))
        return stages[0]

    yield build
    for one in stages:
        one.stop()


def queue(many: int, personal: int) -> None:
    """Fill the outbox: `many` of one wording, and `personal` ones of a conversation."""
    make.make_organisation()
    mira = make.make_customer("Mira Kovač", email="mira@example.com")
    point = ContactPoint.objects.get(customer=mira)
    wording = Wording.objects.create(language="it", subject="Per {{ first_name }}", body="Cara {{ first_name }}!")
    conversation = make.make_conversation(Customer.objects.get())
    common = {
        "channel": "email",
        "customer": mira,
        "contact_point": point,
        "to_address": point.value,
        "purpose": "service",
    }
    common |= {"due_at": now(), "created_at": now()}
    rows = [
        Message(
            **common, wording=wording, values={"first_name": str(n)}, is_marketing=True, dedupe_key=f"campaign:1:{n}"
        )
        for n in range(many)
    ]
    rows += [Message(**common, conversation=conversation, subject="x", body_text=f"{n}") for n in range(personal)]
    random.Random(1).shuffle(rows)
    Message.objects.bulk_create(rows)


def storm(stage: MailStage, *, longest: float, seed: int, mails_a_life: int) -> int:
    """Let two processes send and kill them at random moments, recoveries too, until the outbox is empty."""
    dice, kills, latest = random.Random(seed), 0, monotonic() + longest
    while Message.objects.filter(status__in=("queued", "sending")).exists():
        assert monotonic() < latest, "It does not come to an end."
        Message.objects.filter(status="queued").update(due_at=now())  # service mail in doubt pauses for a minute
        pids = [stage.fork("deliver") for _ in range(2)]
        stage.wait_for(dice.randint(1, mails_a_life), pids)
        kills += kill(pids)
        kills += stage.recover(dice)
    return kills


def figures(stage: MailStage, kills: int) -> dict[str, int]:
    """Compare what the mail server took with what the rows say."""
    seen, rows = stage.seen(), list(Message.objects.values_list("pk", "status", "is_marketing", "attempts"))
    took = {pk: seen[links.message_ref(pk)] for pk, *_ in rows}
    return {
        "kills": kills,
        "sent": sum(status == "sent" for _, status, *_ in rows),
        "in doubt": sum(status == "in_doubt" for _, status, *_ in rows),
        "in doubt, arrived": sum(status == "in_doubt" and bool(took[pk]) for pk, status, *_ in rows),
        "lost": sum(status == "sent" and not took[pk] for pk, status, *_ in rows),
        "marketing doubled": sum(is_marketing and took[pk] > 1 for pk, _, is_marketing, _ in rows),
        "service again, in doubt": sum(not is_marketing and took[pk] > 1 for pk, _, is_marketing, _ in rows),
        "service doubled without doubt": sum(
            not is_marketing and took[pk] > 1 and not attempts for pk, _, is_marketing, attempts in rows
        ),
        "arrived unnoticed": sum(bool(took[pk]) and status not in ("sent", "in_doubt") for pk, status, *_ in rows),
        "strangers": sum((seen - Counter({links.message_ref(pk): n for pk, n in took.items()})).values()),
    }


def check(found: dict[str, int], *, total: int, least_kills: int) -> None:
    print("\n", found)
    assert found["kills"] >= least_kills
    faults = ("lost", "marketing doubled", "service doubled without doubt", "arrived unnoticed", "strangers")
    assert {name: found[name] for name in faults} == dict.fromkeys(faults, 0)
    assert found["sent"] + found["in doubt"] == total
    assert found["in doubt"] <= 3 * found["kills"]
    assert Interaction.objects.count() == found["sent"]
    assert not Message.objects.filter(is_marketing=False).exclude(status="sent").exists()
    assert Conversation.objects.get().interaction_count == Message.objects.filter(is_marketing=False).count()


@pytest.mark.long
def test_killed_workers_lose_and_double_nothing(stage):
    queue(many=300, personal=30)
    running = stage(batch=100)
    check(figures(running, storm(running, longest=100, seed=7, mails_a_life=120)), total=330, least_kills=3)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_thousands_under_a_hail_of_kills(stage):
    queue(many=12_000, personal=600)
    running = stage(batch=500)
    check(figures(running, storm(running, longest=500, seed=11, mails_a_life=500)), total=12_600, least_kills=40)
