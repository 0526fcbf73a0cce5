"""What a mail of a campaign costs, from the frozen audience until the mail server has said yes. bin/bench send

The audience is frozen, put into the outbox batch by batch, and delivered by a worker over SMTP to a sink that is a
process of its own. CPU microseconds a mail, of the worker and of its database session apart; Celery's own share (a job
per 500 mails) is left out. The floors are in the same run: the raw client of bench/mime.py and, where Postfix's
smtp-source is on the PATH, that; both send as many mails of the same length over one connection to the same sink.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import _stage, mime
from bench._mail import gateway
from bench._mail import worker as mail_worker

REACHABLE = 17 / 8  # customers of the base for each who has an address and allows offers
RAW, POSTFIX = "raw client", "smtp-source"
SUBJECT = "{{ first_name | default: 'Ciao' }}, the new harvest is here"
PARAGRAPH = "For **{{ name }}** in {{ city | default: 'your town' }}: " + "words of a letter that somebody wrote. " * 7
BODY = "\n\n".join(["Dear {{ first_name | default: 'friend' }},", *[PARAGRAPH] * 14, "[Order](https://shop.example/)"])
CLEAN_UP = (
    "DELETE FROM interactions_message WHERE origin = 'campaign' AND origin_id = %s",
    "DELETE FROM interactions_interaction WHERE origin = 'campaign' AND origin_id = %s AND channel = 'email'",
    "DELETE FROM campaigns_recipient WHERE campaign_id = %s",
    "DELETE FROM campaigns_campaignwording WHERE campaign_id = %s",
    "DELETE FROM campaigns_campaign WHERE id = %s",
)


class Costs:
    """CPU seconds of this process and of its database session, by step."""

    def __init__(self) -> None:
        self.worker: dict[str, float] = {}
        self.database: dict[str, float] = {}

    def of(self, step: str, work: Callable[[], Any]) -> None:
        """Do `work` and add what it took to `step`."""
        session = _stage.rows("SELECT pg_backend_pid()")[0][0]
        worker, database = time.process_time(), _stage.ran([session])
        work()
        self.worker[step] = self.worker.get(step, 0) + time.process_time() - worker
        self.database[step] = self.database.get(step, 0) + _stage.ran([session]) - database


def launched() -> Any:
    """Return a campaign to everybody, launched, with its audience still to be frozen."""
    drafting, launching = import_module("campaigns.drafting"), import_module("campaigns.launching")
    segments, Segment = import_module("insights.segments"), import_module("insights.models").Segment
    import_module("staff.models").Organisation.objects.update(quiet_from=None, quiet_until=None)
    import_module("insights.refreshing").refresh_all_touched()
    everybody = Segment.objects.filter(name="benchmark").first()
    everybody = everybody or segments.save(Segment(), name="benchmark", rule={"all": []}, by=None)
    campaign = drafting.create(name="benchmark", by=None, segment=everybody)
    drafting.write(campaign, "it", subject=SUBJECT, body=BODY)
    campaign.refresh_from_db()
    launching.launch(campaign)
    return campaign


def send(campaign: Any, port: int, folder: Path) -> tuple[Costs, int]:
    """Freeze, queue and deliver; return what it cost and how many mails left."""
    audience, sending = import_module("campaigns.audience"), import_module("campaigns.sending")
    costs = Costs()
    costs.of("freeze", lambda: audience.freeze(campaign))
    costs.of("queue", lambda: _until_none(lambda: sending.next_batch(campaign.pk)))
    worker = mail_worker(folder, port)
    costs.of("deliver", lambda: _until_none(worker.deliver_batch))
    worker.close()
    sql = "SELECT count(*) FROM interactions_message WHERE origin = 'campaign' AND origin_id = %s AND status = 'sent'"
    sent = _stage.rows(sql, campaign.pk)[0][0]
    if not sent:
        sys.exit("Nobody was written to: is there anybody in the base who allows offers?")
    return costs, sent


def _until_none(work: Callable[[], object]) -> None:
    while work():
        pass


def floors(port: int, number: int, length: int) -> dict[str, float]:
    """Return {floor: CPU seconds} of as many mails of `length` bytes each."""
    data = b"a line of a mail that is as long as most of them are, and no longer than that\r\n" * (length // 79)
    Envelope = gateway("contract").Envelope
    mails = [Envelope(n, "b@shop.example", f"c{n}@cafe.example", data) for n in range(number)]
    begun = time.process_time()
    mime.raw(port, mails)
    found = {RAW: time.process_time() - begun}
    program = shutil.which(POSTFIX)
    if program:
        found[POSTFIX] = _smtp_source(program, port, number, length)
    return found


def _smtp_source(program: str, port: int, number: int, length: int) -> float:
    command = [program, "-d", "-s", "1", "-m", str(number), "-l", str(length), "-f", "b@shop.example"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*command, "-t", "c@cafe.example", f"127.0.0.1:{port}"], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def clean_up(campaign: Any) -> None:
    """Leave the base as it was, for the next run over it."""
    _stage.rows("SET session_replication_role = replica")  # rows that we know to be the campaign's alone
    for sql in CLEAN_UP:
        _stage.rows(sql, campaign.pk)
    _stage.rows("DELETE FROM customers_touched")
    _stage.rows("SET session_replication_role = origin")
    _stage.rows(
        "VACUUM ANALYZE interactions_message, interactions_interaction, campaigns_recipient, customers_customer"
    )


def reckoned(costs: Costs, floor: dict[str, float], sent: int) -> tuple[dict[str, float], dict[str, float]]:
    """Return the figures, in CPU microseconds a mail, and the ratios to the floors."""
    whole, each = sum(costs.worker.values()), 1e6 / sent
    figures = {f"{step}: worker µs": seconds * each for step, seconds in costs.worker.items()}
    figures |= {"whole path: worker µs": whole * each, "whole path: database µs": sum(costs.database.values()) * each}
    figures |= {f"floor: {name} µs": seconds * each for name, seconds in floor.items()}
    ratios = {}
    for name, seconds in floor.items():
        ratios |= {f"whole path / {name}": whole / seconds, f"deliver / {name}": costs.worker["deliver"] / seconds}
    return {name: round(value, 2) for name, value in figures.items()}, ratios


def asked() -> argparse.Namespace:
    parser = _stage.asked(__doc__ or "", rounds=1)
    parser.add_argument("--recipients", type=int, default=20_000, help="about how many mails; sets --customers")
    options = parser.parse_args()
    options.customers = int(options.recipients * REACHABLE) + 1
    return options


def main() -> None:
    options = asked()
    with mime.serving() as (port, taken), _stage.base(options) as home:
        campaign = launched()
        costs, sent = send(campaign, port, home / f"journal-{os.getpid()}")
        length = taken.value // sent
        floor = floors(port, sent, length)
        clean_up(campaign)
    figures, ratios = reckoned(costs, floor, sent)
    words = f"{RAW} of bench/mime.py" + (f", and {POSTFIX}" if POSTFIX in floor else f"; {POSTFIX} is not on the PATH")
    _stage.tell(options, "send", figures, ratios, words, n=sent, of=f"mails of {length:,} bytes")


if __name__ == "__main__":
    main()
