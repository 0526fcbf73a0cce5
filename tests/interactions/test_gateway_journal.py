"""The sender's journal: a killed worker leaves at most one mail in doubt, and its journal to whoever looks."""

import os
import resource
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from interactions.gateways import journal
from interactions.gateways.journal import Journal
from tests.interactions.test_gateway_sending import Postman, free_port

WORKER = """
import sys
from pathlib import Path
from interactions.channels.mail.gateway.contract import Envelope
from interactions.gateways.journal import Journal
from interactions.channels.mail.gateway.sending import Sender
notes = Journal(Path(sys.argv[1]), "worker-1")
sender = Sender("127.0.0.1", int(sys.argv[2]), hello="filo.example")
def mail(n):
    return Envelope(n, "b@filo.example", "mira@cafe.example", b"X-Number: %d\\r\\n\\r\\nCiao\\r\\n" % n)
for _ in sender.send(map(mail, range(1, 100_000)), before_data=notes.begun, after_accept=notes.accepted):
    pass
"""


def test_it_tells_sent_from_in_doubt_from_never_begun(tmp_path):
    with Journal(tmp_path, "worker-1") as notes:
        notes.begun(1)
        notes.accepted(1)
        notes.begun(2)
        findings = notes.findings()
    assert findings.sent == {1}
    assert findings.in_doubt == {2}


def test_a_torn_last_line_says_nothing(tmp_path):
    path = tmp_path / "worker-1.journal"
    path.write_bytes(b"I 12\nS 12\nI 13\nS 1")
    assert journal.read(path) == journal.Findings(sent=frozenset({12}), in_doubt=frozenset({13}))
    path.write_bytes(b"I 12\nS 12\nI 1")
    assert journal.read(path) == journal.Findings(sent=frozenset({12}), in_doubt=frozenset())


def test_a_cleared_journal_forgets_and_goes_on(tmp_path):
    with Journal(tmp_path, "worker-1") as notes:
        notes.begun(1)
        notes.clear()
        notes.begun(2)
        notes.accepted(2)
        assert notes.findings().sent == {2}


def test_two_workers_cannot_hold_the_same_journal(tmp_path):
    with Journal(tmp_path, "worker-1"), pytest.raises(BlockingIOError):
        Journal(tmp_path, "worker-1")


def test_nobody_takes_the_journal_of_a_living_worker(tmp_path):
    with Journal(tmp_path, "worker-1") as notes:
        notes.begun(1)
        assert journal.workers(tmp_path) == ["worker-1"] and journal.take_over(tmp_path, "worker-1") is None


def test_an_empty_journal_goes_away_and_a_full_one_stays_for_the_next(tmp_path):
    with Journal(tmp_path, "worker-1"):
        pass
    assert list(tmp_path.iterdir()) == []
    with Journal(tmp_path, "worker-1") as notes:
        notes.begun(7)
    [worker] = journal.workers(tmp_path)
    left = journal.take_over(tmp_path, worker)
    assert (worker, left.findings().in_doubt) == ("worker-1", {7})
    assert not left.findings().is_final
    left.end()
    left.end()
    found = left.findings()
    assert found.in_doubt == {7} and time.time() - 60 < found.ended <= time.time() and not found.is_final
    assert journal.Findings(found.sent, found.in_doubt, ended=found.ended - 60).is_final
    left.close(remove=True)
    assert journal.workers(tmp_path) == []


def test_what_was_torn_off_says_nothing_after_it_was_settled_either(tmp_path):
    with Journal(tmp_path, "worker-1") as notes:
        notes.accepted(7)
        os.write(notes._file, b"S 12")  # of "S 123"
    left = journal.take_over(tmp_path, "worker-1")
    left.end()
    assert (left.findings().sent, left.findings().ended) == ({7}, None)
    left.end()
    assert left.findings().sent == {7} and left.findings().ended
    left.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_stops_the_sending_before_the_mail(tmp_path):
    notes = Journal(tmp_path, "worker-1")
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, notes._file)
    with pytest.raises(OSError, match="No space"):
        notes.begun(1)


def test_many_threads_write_whole_lines_and_none_after_one_that_was_torn(tmp_path):
    notes, numbers = Journal(tmp_path, "worker-1"), range(1, 2_001)

    def carry(number):
        notes.begun(number)
        if number % 3:
            notes.accepted(number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(carry, numbers))
    assert notes.findings() == journal.Findings({n for n in numbers if n % 3}, {n for n in numbers if not n % 3})
    size = notes.path.stat().st_size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 4, before[1]))
        with pytest.raises(OSError, match="No room"):
            notes.begun(12_345)  # "I 12" found room
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    with pytest.raises(OSError, match="No room"):
        notes.begun(6_789)  # of another thread, when there is room again
    assert notes.findings().in_doubt == {n for n in numbers if not n % 3}


@pytest.mark.parametrize("pipelines", [True, False])
def test_kill_9_in_the_middle_loses_nothing_and_doubts_at_most_one(tmp_path, pipelines):
    postman, port = Postman(pipelines=pipelines, mails_per_connection=10**9), free_port()
    server = Controller(postman, hostname="127.0.0.1", port=port)
    server.start()
    worker = subprocess.Popen([sys.executable, "-c", WORKER, str(tmp_path), str(port)])
    try:
        deadline = time.monotonic() + 30
        while len(postman.received) < 200 and time.monotonic() < deadline:
            time.sleep(0.01)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        time.sleep(0.2)  # the server reads what was on its way
    finally:
        worker.kill()
        server.stop()
    arrived = {int(content.split()[1]) for _, content in postman.received}
    [dead] = journal.workers(tmp_path)
    left = journal.take_over(tmp_path, dead)
    findings = left.findings()
    assert len(arrived) >= 200
    assert findings.sent <= arrived, "said to be sent, never arrived"
    assert arrived <= findings.sent | findings.in_doubt, "would be sent a second time"
    assert len(findings.in_doubt) <= 1
    assert len(postman.received) == len(arrived), "arrived twice"
    left.close(remove=True)
