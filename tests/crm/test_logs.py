"""What stands in the logs: enough to find a trouble, and no secret."""

import json
import logging

import pytest
import structlog

from crm.logs import LOGGING
from interactions import links

TOKEN = links.make(links.Link(customer_id=7, message_id=12))


@pytest.fixture
def formatter():
    given = LOGGING["formatters"]["json"]
    return structlog.stdlib.ProcessorFormatter(
        processors=given["processors"], foreign_pre_chain=given["foreign_pre_chain"]
    )


def line(formatter, words, *values, **more):
    record = logging.LogRecord("django.request", logging.WARNING, "views.py", 1, words, values, None)
    record.__dict__.update(more)
    return json.loads(formatter.format(record))


@pytest.mark.parametrize(
    "path",
    [
        f"/p/{TOKEN}/",
        "/s/0a1b2c3d4e5f6g",
        "/p/0a1b2c3d4e5f6g/",
        "/accounts/password/reset/key/mq-cx3vw2-0123456789abcdef0123456789/",
    ],
    ids=[
        "preferences",
        "in short",
        "page of the short",
        "reset",
    ],  # a token in a test's name would differ between the processes that run them
)
def test_the_token_of_a_link_is_not_logged(formatter, path):
    said = line(formatter, "Not Found: %s", path)["event"]
    assert path.rstrip("/").split("/")[-1] not in said and said.startswith(f"Not Found: {path[:3]}") and "…" in said


def test_a_request_is_logged_without_what_was_looked_for(formatter):
    record = logging.LogRecord("django_structlog", logging.INFO, "request.py", 1, "", (), None)
    record.msg = {"event": "request_finished", "request": "GET /customers/7/?q=%2B390895550147", "code": 200}
    record._logger, record._name = None, "info"
    said = json.loads(formatter.format(record))
    assert (said["request"], said["code"]) == ("GET /customers/7/", 200)
