"""The mailbox poll against a real IMAP server over a Maildir."""

import mailbox
import socket
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from passlib.hash import pbkdf2_sha256

from interactions.channels.mail.gateway import fetching
from interactions.channels.mail.gateway.contract import MailboxSettings
from interactions.gateways.errors import GatewayError, SignInRefused, Unreachable
from tests.interactions.imap import Rotten
from tests.interactions.test_gateway_sending import free_port
from tests.permuting import rarely

RAW = b"Message-ID: <%d@cafe.example>\r\nSubject: Ciao\r\n\r\nCiao %d\r\n"


START = [sys.executable, "-c", "from pymap.main import main; main()", "--no-tls"]
START += ["--no-service", "managesieve", "--no-service", "admin", "--host", "127.0.0.1"]
HASH = pbkdf2_sha256.using(rounds=1000).hash("caffè")


class Server:
    """An IMAP server over Maildirs."""

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        (folder / "pymap-etc-passwd").write_text("")
        (folder / "pymap-etc-shadow").write_text("")
        self.start()

    def start(self):
        command = [*START, "--port", str(self.port), "maildir", str(self.folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        self.stop()
        raise AssertionError("The IMAP server did not start.")

    def stop(self):
        self.process.kill()
        self.process.wait()

    def open_box(self, name):
        """Let somebody in who has a mailbox of their own."""
        with (
            (self.folder / "pymap-etc-passwd").open("a") as people,
            (self.folder / "pymap-etc-shadow").open("a") as words,
        ):
            people.write(f"{name}::::{name}:{name}:\r\n")
            words.write(f"{name}:{HASH}:::::::\r\n")
        return Box(self, name)


class Box:
    def __init__(self, server, name):
        self.mails = mailbox.Maildir(server.folder / name)
        self.settings = MailboxSettings("127.0.0.1", name, "caffè", server.port, "none", timeout_seconds=10)

    def put(self, *raws):
        for raw in raws:
            self.mails.add(raw)

    def put_numbers(self, *numbers):
        self.put(*[RAW % (number, number) for number in numbers])


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("imap"))
    yield server
    server.stop()


@pytest.fixture
def box(server, request):
    return server.open_box(f"mira{abs(hash(request.node.name))}")


def fetched(batch):
    return {int(raw.split(b"<")[1].split(b"@")[0]) for _, raw in batch.mails}


def test_it_reads_each_mail_once_and_begins_where_it_stopped(box):
    empty = fetching.fetch_since(box.settings, 0, 0)
    assert empty.mails == () and empty.last_uid == 0 and not empty.has_more
    box.put_numbers(1, 2, 3)
    first = fetching.fetch_since(box.settings, empty.uidvalidity, 0)
    assert fetched(first) == {1, 2, 3}
    assert [uid for uid, _ in first.mails] == sorted(uid for uid, _ in first.mails)
    # "n:*" holds the last mail even when it is below n
    assert fetching.fetch_since(box.settings, first.uidvalidity, first.last_uid).mails == ()
    assert fetching.fetch_since(box.settings, first.uidvalidity, first.last_uid).last_uid == first.last_uid
    box.put_numbers(4)
    second = fetching.fetch_since(box.settings, first.uidvalidity, first.last_uid)
    assert fetched(second) == {4} and not second.is_anew


def test_the_bytes_are_those_that_were_put_there(box):
    raw = b"Subject: x\r\n\r\n" + bytes(range(32, 127)) + b"\r\n.\r\n" + "è ☕\r\n".encode() * 20_000
    box.put(raw)
    [(_, got)] = fetching.fetch_since(box.settings, 0, 0).mails
    assert got.replace(b"\r\n", b"\n").rstrip() == raw.replace(b"\r\n", b"\n").rstrip()


def test_it_takes_a_limited_number_and_says_that_there_are_more(box):
    box.put_numbers(*range(1, 8))
    seen, cursor, rounds = [], (0, 0), 0
    while True:
        batch = fetching.fetch_since(box.settings, *cursor, limit=3)
        seen += [uid for uid, _ in batch.mails]
        cursor, rounds = (batch.uidvalidity, batch.last_uid), rounds + 1
        if not batch.has_more:
            break
    assert rounds == 3
    assert len(seen) == len(set(seen)) == 7


def test_it_marks_nothing_so_that_a_crash_before_the_commit_loses_nothing(box):
    box.put_numbers(1)
    for _ in range(2):
        assert fetched(fetching.fetch_since(box.settings, 0, 0)) == {1}
    assert not any("S" in message.get_flags() for message in box.mails)


def test_it_begins_anew_when_the_server_numbers_its_mails_afresh(box):
    box.put_numbers(1, 2)
    before = fetching.fetch_since(box.settings, 0, 0)
    batch = fetching.fetch_since(box.settings, before.uidvalidity + 1, 900)
    assert batch.is_anew and batch.uidvalidity == before.uidvalidity
    assert fetched(batch) == {1, 2}
    assert batch.last_uid == before.last_uid


def test_it_begins_anew_when_a_mailbox_came_back_with_a_backup():
    rotten = Rotten({1: b"one", 2: b"two"})
    try:
        batch = fetching.fetch_since(rotten.settings, 7, 900)
        assert batch.is_anew and [uid for uid, _raw in batch.mails] == [1, 2] and batch.last_uid == 2
        for next_uid in (3, 0):  # 0: it does not tell
            rotten.next_uid = next_uid
            assert not fetching.fetch_since(rotten.settings, 7, 2).is_anew
    finally:
        rotten.close()


def test_a_mail_too_large_is_named_and_does_not_stop_the_others(box, monkeypatch):
    monkeypatch.setattr(fetching, "LARGEST", 2_000)
    box.put_numbers(1)
    box.put(b"Subject: large\r\n\r\n" + b"x" * 5_000)
    box.put_numbers(2)
    batch = fetching.fetch_since(box.settings, 0, 0)
    assert fetched(batch) == {1, 2}
    assert len(batch.too_large) == 1
    assert fetching.fetch_since(box.settings, batch.uidvalidity, batch.last_uid).mails == ()


def test_it_holds_only_so_many_bytes_at_once(box, monkeypatch):
    monkeypatch.setattr(fetching, "BATCH_BYTES", 100)
    box.put_numbers(1, 2, 3)
    batch = fetching.fetch_since(box.settings, 0, 0)
    assert len(batch.mails) == 1 and batch.has_more


def test_a_wrong_password_is_for_a_person_to_mend(box):
    with pytest.raises(SignInRefused) as error:
        fetching.fetch_since(replace(box.settings, password="guess"), 0, 0)
    assert error.value.permanent and "guess" not in str(error.value)


def test_a_folder_that_is_not_there_is_for_a_person_to_mend(box):
    with pytest.raises(GatewayError, match='Città & "co"') as error:
        fetching.fetch_since(replace(box.settings, folder='Città & "co"'), 0, 0)
    assert error.value.permanent


def test_nobody_there_is_worth_another_try(server, box):
    server.stop()
    with pytest.raises(Unreachable) as error:
        fetching.fetch_since(box.settings, 0, 0)
    assert not error.value.permanent
    server.start()
    assert fetching.fetch_since(box.settings, 0, 0).mails == ()


def test_a_server_that_says_nothing_is_left_after_the_time_out():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = MailboxSettings("127.0.0.1", "m", "p", silent.getsockname()[1], "none", timeout_seconds=0.3)
        with pytest.raises(Unreachable) as error:
            fetching.fetch_since(settings, 0, 0)
    assert not error.value.permanent


@pytest.fixture
def rotten():
    servers = []

    def start(mails, spoilt):
        servers.append(Rotten(mails, spoilt))
        return servers[-1]

    yield start
    for one in servers:
        one.close()


MAILS = {uid: RAW % (uid, uid) + b"x" * 100 for uid in (3, 5, 8)}


@pytest.mark.parametrize("how", ["nil", "cut", *rarely("no", "bad", "short")])
def test_a_mail_that_the_server_does_not_give_takes_none_before_it_along(rotten, how):
    server = rotten(MAILS, {5: how})
    batch = fetching.fetch_since(server.settings, 7, 0)
    assert [uid for uid, _ in batch.mails] == [3] and batch.last_uid == 4 and batch.has_more
    with pytest.raises(GatewayError) as error:
        fetching.fetch_since(server.settings, 7, batch.last_uid)
    assert not error.value.permanent
    assert [uid for uid, _ in fetching.fetch_since(server.settings, 7, 5).mails] == [8]


def test_a_mail_whose_size_the_server_cannot_tell_hides_no_others(rotten, monkeypatch):
    monkeypatch.setattr(fetching, "LARGEST", 500)
    server = rotten({**MAILS, 9: b"x" * 600}, {5: "sizes"})
    batch = fetching.fetch_since(server.settings, 7, 0)
    assert [uid for uid, _ in batch.mails] == [3, 5, 8] and batch.too_large == (9,)


def test_it_tells_what_it_begins_before_it_asks_for_it(rotten):
    server, begun = rotten(MAILS, {}), []
    fetching.fetch_since(server.settings, 7, 3, begin=lambda *told: begun.append((*told, list(server.asked))))
    assert begun == [(7, [5, 8], [])]


def test_one_mail_is_fetched_by_its_number_while_that_means_the_same(rotten):
    server = rotten(MAILS, {3: "no"})
    assert fetching.fetch_one(server.settings, 7, 5) == MAILS[5]
    assert fetching.fetch_one(server.settings, 6, 5) is None
    with pytest.raises(GatewayError):
        fetching.fetch_one(server.settings, 7, 3)
