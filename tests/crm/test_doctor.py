from datetime import timedelta

import pytest
import redis
from django.core.management import call_command
from django.utils.timezone import now

from crm import apart
from crm.events.models import Event, Heartbeat, Wakeup

pytestmark = pytest.mark.django_db


@pytest.fixture
def examine(capsys):
    """Return a function that runs the doctor and returns {part: its line} and whether it found all well."""

    def examine():
        try:
            call_command("doctor", no_color=True)
            well = True
        except SystemExit:
            well = False
        lines = [line for line in capsys.readouterr().out.splitlines() if not line.startswith(" ")]
        return {line[5:].partition(":")[0]: line for line in lines}, well

    return examine


def test_a_heart_that_beats_is_well_and_one_that_fell_silent_is_down(examine):
    Heartbeat.objects.create(part="worker", seen_at=now())
    Heartbeat.objects.create(part="clock", seen_at=now() - timedelta(hours=1))
    lines, well = examine()
    assert lines["worker"].startswith("ok") and lines["clock"].startswith("DOWN") and not well


def test_a_reaction_that_fails_again_and_again_is_named(examine):
    event = Event.objects.create(kind="customer.registered", about="customers.customer", about_id=1)
    lines, _ = examine()
    assert lines["reactions"].startswith("ok")
    trouble = "ValueError: no such day\nand more"
    Wakeup.objects.create(event=event, reaction="insights.reactions.learn", due_at=now(), attempts=12, trouble=trouble)
    lines, _ = examine()
    assert (
        lines["reactions"].startswith("soon")
        and "insights.reactions.learn fails: ValueError: no such day" in lines["reactions"]
    )


def test_what_was_put_aside_is_named(examine):
    assert examine()[0]["put aside"].startswith("ok")
    for key in ("7", "8"):
        with apart.apart("missed call", key):
            raise LookupError("nobody")
    lines, _ = examine()
    assert lines["put aside"].startswith("soon") and "2 items fail" in lines["put aside"]
    assert "missed call 7: LookupError: nobody" in lines["put aside"]


def test_what_can_be_asked_is_asked(examine):
    lines, _ = examine()
    assert lines["database"].startswith("ok") and "PostgreSQL" in lines["database"]
    assert lines["migrations"].startswith("ok")
    assert lines["broker"].startswith("ok")
    assert lines["worker"].startswith("DOWN")
    assert {"disk", "email", "sms", "backup", "cache", "test mailbox"} <= set(lines)


def test_a_mail_server_that_does_not_answer_is_down(examine, settings):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    lines, well = examine()
    assert lines["email"].startswith("DOWN") and not well and lines["sms"].startswith("off")


def test_a_broker_that_may_forget_jobs_is_told(examine, settings):
    with redis.Redis.from_url(settings.CELERY_BROKER_URL) as broker:
        broker.config_set("maxmemory-policy", "allkeys-lru")
        try:
            lines, _ = examine()
        finally:
            broker.config_set("maxmemory-policy", "noeviction")
    assert lines["broker"].startswith("soon")
