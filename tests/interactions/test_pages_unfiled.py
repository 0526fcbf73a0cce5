"""Somebody looks at mails that were not filed: saved, read again, dealt with."""

import pytest
from django.db import InternalError
from django.urls import reverse

from interactions.channels.mail import jobs, polling, setting_aside
from interactions.models import Mailbox, Unfiled
from staff.roles import Role
from tests import make
from tests.interactions.imap import MAILS, died, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(serve, client):
    box = serve()
    died(box, 2, times=2)
    Mailbox.objects.update(uid_validity=7, last_uid=1)
    polling.poll(box.pk)
    client.force_login(make.make_user("Giulia", Role.ADMINISTRATOR))
    return Unfiled.objects.get()


def test_the_page_of_the_mailboxes_shows_it_and_saves_it(client, row):
    page = client.get(reverse("interactions:channels")).content.decode()
    assert "Mail that was not filed" in page and "begun twice" in page and "mira@example.com" in page
    assert client.get(reverse("interactions:unfiled_raw", args=[row.pk])).content == MAILS[2]


def test_nobody_forgets_a_mail_with_one_press(client, row):
    page = client.get(reverse("interactions:channels")).content.decode()
    question = page[page.index(f'<dialog class="dialog" id="dealt-{row.pk}"') :]
    assert f'data-open="dealt-{row.pk}"' in page and "In its mailbox it stays as it is." in question
    assert reverse("interactions:unfiled_settlement", args=[row.pk]) in question[: question.index("</dialog>")]


def test_it_is_read_again_when_somebody_asks(client, row, run_jobs):
    client.post(reverse("interactions:unfiled_reading", args=[row.pk]))
    jobs.poll_mailboxes()
    run_jobs()
    assert "Hello 2" in words() and not Unfiled.objects.exists()


def test_it_stays_when_that_fails_and_kills_once_only(client, row, fail_at):
    client.post(reverse("interactions:unfiled_reading", args=[row.pk]))
    fail_at("Hello 2")
    assert not polling.try_again(row.pk)
    row.refresh_from_db()
    assert InternalError.__name__ in row.why and not row.is_wanted
    assert not polling.try_again(row.pk), "nobody asked a second time"


def test_what_lies_in_its_mailbox_is_fetched_from_there(client, row):
    Unfiled.objects.update(is_kept=False)
    assert client.get(reverse("interactions:unfiled_raw", args=[row.pk])).status_code == 404
    client.post(reverse("interactions:unfiled_reading", args=[row.pk]))
    assert polling.try_again(row.pk) and "Hello 2" in words()


def test_what_is_dealt_with_is_gone(client, row, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("interactions:unfiled_settlement", args=[row.pk]))
    assert not Unfiled.objects.exists() and not setting_aside.path_of(row.name).exists()


def test_only_who_sets_up_channels_may(client, row):
    client.force_login(make.make_anna())
    for name in ("unfiled_raw", "unfiled_reading", "unfiled_settlement"):
        address = reverse(f"interactions:{name}", args=[row.pk])
        assert (client.get if name == "unfiled_raw" else client.post)(address).status_code == 403
