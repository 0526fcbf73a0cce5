"""A job that raises is shown by doctor until it succeeds."""

import pytest

from crm import failing_jobs, health
from crm.celery import app
from crm.events.models import Setback

pytestmark = pytest.mark.django_db


@pytest.fixture
def job(monkeypatch):
    """A job that raises what it is given, nothing for None."""
    monkeypatch.setattr(failing_jobs, "REMEMBERED_SECONDS", -1)

    @app.task(name="tests.a_job")
    def a_job(words):
        if words:
            raise LookupError(words)

    yield a_job
    del app.tasks["tests.a_job"]


def test_it_is_shown_while_it_fails_and_forgotten_when_it_does_not(job):
    for _ in range(2):
        job.apply(["nobody there"])
    setback = Setback.objects.get()
    assert (setback.deed, setback.key, setback.attempts) == ("job", "tests.a_job", 2)
    assert "job tests.a_job: LookupError: nobody there" in dict(health.examine())["put aside"].words
    job.apply([""])
    assert not Setback.objects.exists()


def test_success_costs_no_question_each_time(job, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(failing_jobs, "REMEMBERED_SECONDS", 30)
    failing_jobs._failing()
    with django_assert_num_queries(0):
        job.apply([""])
