"""A company as an older version left it is upgraded, and everybody sees what they saw.

files/company-2a2225d.sql.gz: Meridiana with ninety customers, and what its story leaves out: imports, mails with their
originals, calls, promises that were moved, a campaign half sent, by pg_dump --inserts. Beside it what seen.py
saw of it then. A page that shows something new needs no new file; one that has lost something lost it.
"""

import gzip
import json
import subprocess
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from crm.running.build import build
from crm.running.runner import ROOT
from tests.databases import connect, empty_database, environment

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]
ROME = ZoneInfo("Europe/Rome")
FILES = Path(__file__).parent / "files"
LISTS = ("/customers/", "/conversations/", "/promises/", "/campaigns/", "/segments/", "/imports/")  # nobody more either
OF_THEIRS_SINCE = [  # counted everybody, and told of the hidden
    *((role, "/segments/") for role in ("sales", "manager")),
    *(("manager", f"/campaigns/{number}/results/") for number in (1, 3)),
]


def test_who_upgrades_sees_what_was_there(tmp_path):
    before = json.loads(_unpacked("company-2a2225d.json.gz"))
    build()
    with empty_database("upgraded") as there:
        _load(_unpacked("company-2a2225d.sql.gz"), there)
        env = environment(there) | {"FILO_VAR": str(tmp_path)}
        _run("manage.py", "migrate", "--verbosity", "0", env=env)
        (tmp_path / "before.json").write_text(json.dumps(before))
        after = json.loads(_run("-m", "tests.walk.seen", before["moment"], str(tmp_path / "before.json"), env=env))
    lost = [words for role in before["people"] for words in _differences(before, after, role)]
    _end_with_their_days(before["api"]["promises/"]["results"], after["api"]["promises/"]["results"])
    _choose_their_country(before["api"]["segments/"]["results"])
    lost += [f"API: {words}" for words in _missing(before["api"], after["api"])]
    assert not lost, "\n".join(lost)


def _differences(before, after, role):
    for address, then in before["people"][role].items():
        now = after["people"][role].get(address, {})
        where = f"{role} at {address}"
        if now.get("status") != then["status"]:
            yield f"{where}: {now.get('status')} instead of {then['status']}"
            continue
        words, seen = set(then.get("words", [])), set(now.get("words", []))
        yield from (f"{where} does not see: {one}" for one in sorted(words - seen))
        if address in LISTS:
            yield from (f"{where} sees besides: {one}" for one in sorted(seen - words))
        numbers = Counter(then.get("numbers", [])) - Counter(map(_plain, now.get("numbers", [])))
        if numbers and (role, address) not in OF_THEIRS_SINCE:
            yield f"{where} misses the numbers {sorted(numbers.elements())}"


def _plain(number):
    """Return an amount that a sentence tells in euros and cents since as it was told before."""
    return number.removesuffix(".00")


def _choose_their_country(segments):
    """Let a country that was written be one that is chosen, as it is since."""
    rules = [segment["rule"] for segment in segments]
    while rules:
        rule = rules.pop()
        if rule.get("field") == "country":
            rule["is"], rule["value"] = "one_of", [rule["value"]]
        rules += [*rule.get("all", []), *rule.get("any", [])]


def _end_with_their_days(then, now):
    """Let what was promised for a day be due when that day is over, as it is since; the day itself is compared."""
    told = {one["id"]: one for one in now}
    for one in then:
        for which in ("due", "first_due"):
            day = told.get(one["id"], {}).get(f"{which}_on")
            if day == datetime.fromisoformat(one[f"{which}_at"]).astimezone(ROME).date().isoformat():
                one[f"{which}_at"] = told[one["id"]][f"{which}_at"]
    then.sort(key=lambda one: (one["due_at"], one["id"]))


def _missing(then, now, where=""):
    """Yield what an answer said then and does not say now; new fields are welcome."""
    if isinstance(then, dict) and isinstance(now, dict):
        for name, value in then.items():
            yield from _missing(value, now.get(name), f"{where}/{name}")
    elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        for number, value in enumerate(then):
            yield from _missing(value, now[number], f"{where}/{number}")
    elif then != now:
        yield f"{where}: {now!r} instead of {then!r}"


def _load(sql, database):
    there = connect(database)
    there.autocommit = True
    with there.cursor() as cursor:
        cursor.execute(sql)
    there.close()


def _run(*words, env):
    done = subprocess.run([sys.executable, "-W", "ignore", *words], cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def _unpacked(name):
    return gzip.decompress((FILES / name).read_bytes()).decode()
