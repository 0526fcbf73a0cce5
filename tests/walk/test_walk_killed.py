"""The same walk while its processes are killed: every row lands, and every recipient gets one mail or a doubt."""

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable

import psycopg2
import pytest

from tests.walk.stage import ADMINISTRATOR, PASSWORD, Stage
from tests.walk.test_walk import BODY, CAMPAIGN, PURCHASED, SEGMENT, SUBJECT, real

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]  # five minutes on an idle machine
STORM_SECONDS = 30  # of kills for each piece of work; then it is left to finish
CALM_SECONDS = 300  # at most, for what is left: a lost job is found again within a minute
AIMS = ["worker"] * 6 + ["web", "clock", "valkey", "postgres", "mail", "imap"]  # most at those who do the work


class Killer(threading.Thread):
    """Kills a process of the running Filo with -9 every few seconds, until it is called off."""

    def __init__(self, stage: Stage, *, seed: int, pause_seconds: tuple[float, float]) -> None:
        super().__init__(daemon=True)
        self.stage, self.dice, self.pause = stage, random.Random(seed), pause_seconds
        self.kills: Counter[str] = Counter()
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(self.dice.uniform(*self.pause)):
            part = self.dice.choice(AIMS)
            self.kills[part] += self.stage.kill(part, self.dice)

    def call_off(self) -> None:
        self._over.set()
        self.join()


@pytest.fixture
def killer(stage):
    killers = []

    def begin(seed: int, pause_seconds: tuple[float, float]) -> Killer:
        killers.append(Killer(stage, seed=seed, pause_seconds=pause_seconds))
        killers[-1].start()
        return killers[-1]

    yield begin
    for one in killers:
        one.call_off()


@pytest.mark.skipif("FILO_REAL_DATA" not in os.environ, reason="FILO_REAL_DATA names no folder")
def test_killed_again_and_again_it_loses_and_doubles_nothing(stage, browse, killer):
    files, kills = real(), Counter()
    gianna = browse()
    gianna.sign_in(ADMINISTRATOR, PASSWORD)
    for seed, (file, kind) in enumerate(((files.people, "People"), (files.purchases, "Purchases"))):
        gianna.begin_import(file, kind, "shop")
        gianna.page.goto("about:blank")
        kills += strike(stage, killer(seed, (0.5, 4.0)), until=lambda: not stage.one(RUNNING))
    assert stage.one("SELECT count(*) FROM customers_customer") == files.customers
    assert stage.rows(PURCHASED) == [(files.lines, files.worth_cents)]
    stage.wait_for(lambda: stage.one("SELECT count(*) FROM customers_touched") == 0, 90, "the profiles")
    gianna.build_segment(SEGMENT, spent=1)
    count = gianna.write_campaign(CAMPAIGN, segment=SEGMENT, subject=SUBJECT, body=BODY)
    gianna.launch(count)
    gianna.page.goto("about:blank")
    while_sending = strike(stage, killer(2, (0.3, 2.0)), until=lambda: stage.one(ENDED) == "finished")
    print(f"\n killed while importing: {dict(kills)}, while sending: {dict(while_sending)}")
    judge(stage, count, kills + while_sending)
    gianna.page.goto("/campaigns/results/")
    gianna.shot("results-after-kills")
    assert gianna.figure("In doubt") == stage.one("SELECT count(*) FROM interactions_message WHERE status = 'in_doubt'")


RUNNING = "SELECT count(*) FROM customers_importfile WHERE status = 'running'"
ENDED = "SELECT status FROM campaigns_campaign"


def strike(stage: Stage, killer: Killer, *, until: Callable[[], bool]) -> Counter[str]:
    """Let the killer kill for a while, then let the work come to its end; return the kills."""
    begin = time.monotonic()
    while time.monotonic() - begin < STORM_SECONDS and not quietly(until):
        time.sleep(0.1)
    killer.call_off()
    stage.wait_for(lambda: quietly(until), CALM_SECONDS, "the work after the kills")
    stage.wait_for(stage.is_ready, CALM_SECONDS, "the web server after the kills")
    return killer.kills


def quietly(is_so: Callable[[], bool]) -> bool:
    """Ask a database that may have been killed this moment."""
    try:
        return is_so()
    except psycopg2.OperationalError:
        return False


def judge(stage: Stage, count: int, kills: Counter[str]) -> None:
    """Compare what the mail server took with what the rows say."""
    arrived = stage.arrived()
    rows = stage.rows("SELECT status, message_ref, customer_id FROM interactions_message WHERE origin = 'campaign'")
    sent = {ref for status, ref, _ in rows if status == "sent"}
    in_doubt = sum(status == "in_doubt" for status, *_ in rows)
    found = {
        "kills": kills.total(),
        "recipients": count,
        "sent": len(sent),
        "in doubt": in_doubt,
        "doubled": sum(times > 1 for times in arrived.values()),
        "lost": sum(not arrived[ref] for ref in sent),
        "arrived unnoticed": max(len(set(arrived) - sent) - in_doubt, 0),
        "rows": len(rows),
    }
    print("\n", found)
    assert found["kills"] >= 15
    assert (found["doubled"], found["lost"], found["arrived unnoticed"]) == (0, 0, 0)
    assert found["sent"] + found["in doubt"] == found["rows"] == count == len({customer for *_, customer in rows})
    assert in_doubt <= 2 * kills.total()
    assert stage.one("SELECT count(*) FROM interactions_interaction WHERE origin = 'campaign'") == len(sent)
