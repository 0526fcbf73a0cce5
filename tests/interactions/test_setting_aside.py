"""One mail never stops the others: begun twice and not filed, or not to be had, it is set aside and told."""

import pytest

from crm import locks
from crm.health import SOON
from interactions.channels.mail import checks, jobs, polling, setting_aside
from interactions.gateways.errors import GatewayError
from interactions.models import HookDelivery, Interaction, Mailbox, Unfiled
from tests.interactions.imap import MAILS, died, mail, words
from tests.interactions.test_hooks import post
from tests.permuting import rarely

pytestmark = pytest.mark.django_db


class TestPoll:
    def test_what_is_filed_was_not_begun(self, serve):
        assert polling.poll(serve().pk) == 5 and not Unfiled.objects.exists()

    def test_after_one_death_the_batch_is_read_again_one_by_one_and_all_of_it_is_filed(self, serve):
        box = serve()
        died(box, 1, 2, 3)
        assert polling.poll(box.pk) == 5 and not Unfiled.objects.exists()

    def test_a_mail_that_was_begun_twice_is_set_aside_and_those_behind_it_are_filed(self, serve, settings):
        box = serve()
        died(box, 1, 2, 3, 4, 5)
        Mailbox.objects.update(uid_validity=7, last_uid=1)  # the second poll filed one, and died of the second
        Unfiled.objects.filter(uid=1).delete()
        died(box, 2)
        assert polling.poll(box.pk) == 3
        assert words() == ["Hello 3", "Hello 4", "Hello 5"]
        row = Unfiled.objects.get()
        assert (row.uid, row.sender, row.subject, row.is_kept) == (2, "Mira <mira@example.com>", "Ciao", True)
        assert row.set_aside_at and "begun twice" in row.why
        assert setting_aside.path_of(row.name).read_bytes() == MAILS[2]
        assert checks.mailboxes().state == SOON
        box.refresh_from_db()
        assert box.last_uid == 5 and polling.poll(box.pk) == 0

    def test_it_is_set_aside_also_in_a_mailbox_that_was_never_read_to_its_end(self, serve):
        box = serve()
        died(box, 1, times=2)
        assert polling.poll(box.pk) == 4 and Unfiled.objects.get().uid == 1

    def test_one_that_kills_already_when_it_is_fetched_stays_in_its_mailbox(self, serve):
        box = serve()
        died(box, 1, times=3)
        assert polling.poll(box.pk) == 4
        row = Unfiled.objects.get()
        assert row.set_aside_at and not row.is_kept and not setting_aside.path_of(row.name).exists()

    @pytest.mark.parametrize("uid_validity", [7, *rarely(6)])  # 6: the numbers mean other mails now
    def test_one_that_was_deleted_meanwhile_is_forgotten(self, serve, uid_validity):
        box = serve({2: MAILS[2], 3: MAILS[3]})
        died(box, 1, times=2)
        Unfiled.objects.update(uid_validity=uid_validity)
        assert polling.poll(box.pk) == 2 and not Unfiled.objects.exists()

    @pytest.mark.parametrize("how", ["no", *rarely("nil", "cut")])
    def test_one_that_the_server_does_not_give_holds_nobody_up_for_long(self, serve, how):
        box = serve(spoilt={3: how})
        with pytest.raises(GatewayError):
            polling.poll(box.pk)
        assert words() == ["Hello 1", "Hello 2"]
        box.refresh_from_db()
        assert box.trouble
        polls = 1 + _polls_until_quiet(box)
        assert polls <= 3 and words()[2:] == ["Hello 4", "Hello 5"]
        row = Unfiled.objects.get()
        assert (row.uid, row.is_kept) == (3, False) and row.set_aside_at
        box.refresh_from_db()
        assert not box.trouble

    def test_a_server_that_is_down_counts_against_no_mail(self, serve, settings):
        box = serve()
        died(box, 1, times=2)
        url, settings.IMAP_URL = settings.IMAP_URL, "imap://m:p@127.0.0.1:9"
        for _ in range(3):
            with pytest.raises(GatewayError):
                polling.poll(box.pk)
        settings.IMAP_URL = url
        assert polling.poll(box.pk) == 4 and Unfiled.objects.get().is_kept

    def test_trouble_of_the_database_counts_against_no_mail(self, serve, fail_at):
        box = serve()
        fail_at("Hello 2", "deadlock_detected")
        for _ in range(3):
            with pytest.raises(Exception, match="deadlock"):
                polling.poll(box.pk)
        assert not Unfiled.objects.exists() and words() == []
        fail_at("no such words")
        assert polling.poll(box.pk) == 5

    @pytest.mark.parametrize("state", ["query_canceled", *rarely("program_limit_exceeded", "raise_exception")])
    def test_a_mail_that_asks_too_much_of_the_database_is_set_aside_at_once(self, serve, state, fail_at):
        box = serve()
        fail_at("Hello 2", state)
        assert polling.poll(box.pk) == 4 and Unfiled.objects.get().set_aside_at

    def test_a_mail_that_is_too_large_is_told(self, serve, monkeypatch):
        monkeypatch.setattr("interactions.channels.mail.gateway.fetching.LARGEST", 1_000)
        box = serve({**MAILS, 3: mail(3) + b"x" * 1_000})
        assert polling.poll(box.pk) == 4
        assert "too large" in Unfiled.objects.get().why and checks.mailboxes().state == SOON

    def test_who_polls_meanwhile_does_nothing(self, serve):
        box = serve()
        with locks.alone("mailbox", box.pk) as is_mine:
            assert is_mine and polling.poll(box.pk) == 0
        assert polling.poll(box.pk) == 5


def _polls_until_quiet(box):
    for polls in range(1, 5):
        try:
            polling.poll(box.pk)
            return polls
        except GatewayError:
            pass
    raise AssertionError("It never moved on.")


class TestHook:
    @pytest.fixture(autouse=True)
    def folder(self, settings, tmp_path):
        settings.VAR = tmp_path

    def send(self, client, settings, ref="one", raw=MAILS[1]):
        return post(client, settings, raw.decode(), url="/hooks/mail/", ref=ref)

    def test_one_that_cannot_be_filed_is_taken_and_not_sent_for_ever(self, client, settings, fail_at):
        fail_at("Hello 1", "raise_exception")
        answer = self.send(client, settings)
        row = Unfiled.objects.get()
        assert answer.status_code == 202 and answer.json() == {"set_aside": row.name}
        assert row.is_kept and setting_aside.path_of(row.name).read_bytes() == MAILS[1]
        assert self.send(client, settings).json() == {"repeated": True}
        assert self.send(client, settings, "two").status_code == 202 and Unfiled.objects.count() == 1

    def test_one_that_was_begun_twice_is_not_read_again(self, client, settings):
        for _ in range(2):
            setting_aside._begin([setting_aside._posted(MAILS[1])], None, None, [None])
        assert self.send(client, settings).status_code == 202
        assert not Interaction.objects.exists() and "begun twice" in Unfiled.objects.get().why

    def test_what_is_filed_or_refused_leaves_nothing_behind(self, client, settings):
        assert self.send(client, settings).status_code == 200
        assert self.send(client, settings).json() == {"repeated": True}
        assert self.send(client, settings, "two", b"garbage").status_code == 422
        assert not Unfiled.objects.exists()

    def test_trouble_of_the_database_is_told_and_the_sender_comes_again(self, client, settings, fail_at):
        client.raise_request_exception = False
        fail_at("Hello 1", "deadlock_detected")
        for number in range(3):
            assert self.send(client, settings, f"try-{number}").status_code == 500
        fail_at("no such words")
        assert self.send(client, settings, "try-2").status_code == 200 and not Unfiled.objects.exists()

    def test_the_same_mail_at_the_same_time_is_to_come_later(self, client, settings):
        with locks.alone("mail posted", setting_aside._posted(MAILS[1])):
            answer = self.send(client, settings)
        assert answer.status_code == 503 and not Unfiled.objects.exists() and not HookDelivery.objects.exists()

    def test_what_was_begun_long_ago_and_never_came_again_is_forgotten(self, time_machine):
        time_machine.move_to("2026-01-01T08:00Z")
        setting_aside._begin(["hook-x"], None, None, [None])
        time_machine.move_to("2026-01-04T08:00Z")
        jobs.poll_mailboxes()
        assert not Unfiled.objects.exists()


def test_what_no_database_takes_keeps_no_mail_from_being_set_aside(settings, tmp_path):
    settings.VAR = tmp_path
    row = setting_aside.set_aside("hook-1", why="Half \ud800 and \x00", raw=b"Subject: =?utf-7?q?+2AA-?=\n\nx")
    assert (row.why, row.subject) == ("Half ? and ", "?")
