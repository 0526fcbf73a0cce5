"""Tests that press keys in Chromium. A console error, a script error or a CSP violation fails the test that saw it."""

import os
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from crm.running.build import build
from tests.browser.chromium import FLAGS, MISSING, find_chromium

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's own loop runs in the test's thread
BROKEN_OFF = ("htmx:sendAbort", "htmx:afterRequest")  # by the page itself: one leaves it, or a press replaces a request
HERE = Path(__file__).parent
# Who presses a key has seen the page: before its first frame a key may be lost, or the focus not be there yet.
SEEN = "new Promise((seen) => requestAnimationFrame(() => setTimeout(seen)))"
EXPECTED_REFUSAL = re.compile(r"Failed to load resource: the server responded with a status of (4\d\d)")


def pytest_collection_modifyitems(items):
    mine = [item for item in items if HERE in item.path.parents]
    for item in mine:
        item.add_marker("browser")
        item.add_marker(pytest.mark.skipif(not find_chromium() and "CI" not in os.environ, reason=MISSING))


def pytest_terminal_summary(terminalreporter):
    if not find_chromium():
        terminalreporter.write_line(f"\n!!! {MISSING}\n", red=True, bold=True)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    if not find_chromium():
        pytest.fail(MISSING)
    return {**browser_type_launch_args, "executable_path": find_chromium(), "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args, live_server):
    build()
    return {
        **browser_context_args,
        "base_url": live_server.url,
        "viewport": {"width": 1440, "height": 900},
        "locale": "en-GB",
        "timezone_id": "Europe/Rome",
        "reduced_motion": "reduce",
    }


class Watch:
    """What the browser complained about, and which refusals the test expects by status."""

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self.expected: set[str] = set()
        self.is_over = False

    def expect(self, *statuses: int) -> None:
        """A request of this test is meant to be refused with one of these statuses."""
        self.expected |= {str(status) for status in statuses}

    def hear(self, message) -> None:
        if self.is_over or message.text.startswith(BROKEN_OFF):
            return
        refusal = EXPECTED_REFUSAL.search(message.text)
        if message.type == "error" and not (refusal and refusal.group(1) in self.expected):
            self.complaints.append(f"{message.text}  ({message.location.get('url', '')})")


@pytest.fixture
def watch(context):
    """The complaints of every page of this test; `watch.expect(409)` names the refusals that belong to it."""
    watch = Watch()
    context.on("console", watch.hear)
    context.on("weberror", lambda trouble: watch.complaints.append(f"script error: {trouble.error}"))
    context.add_init_script(
        "addEventListener('securitypolicyviolation', e => console.error(`CSP: ${e.violatedDirective} ${e.blockedURI}`))"
    )
    yield watch
    assert not watch.complaints, "the browser complained:\n" + "\n".join(watch.complaints)


@pytest.fixture
def page(watch, context):
    """A page at 1440 × 900 whose relative addresses lead to the live server."""
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.set_default_navigation_timeout(30_000)  # the first page of a process compiles its templates
    go = page.goto

    def go_and_see(*args, **kwargs):
        answer = go(*args, **kwargs)
        page.evaluate(SEEN)
        return answer

    page.goto = go_and_see
    yield page
    watch.is_over = True
    go("about:blank")  # ends its polls before the tables are emptied


@pytest.fixture
def sign_in(context, live_server):
    """Return a function that signs a colleague in on every page of this test, without the sign-in form."""

    def sign_in(user) -> None:
        client = Client()
        client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])

    return sign_in
