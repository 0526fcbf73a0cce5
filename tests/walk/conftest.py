"""The walk's own Filo, and browsers that look at it."""

import os

import pytest

from crm.running.build import build
from tests.browser.chromium import FLAGS, MISSING, find_chromium
from tests.browser.conftest import Watch
from tests.walk.stage import Stage
from tests.walk.walk import Shots, Walk


def pytest_collection_modifyitems(items):
    for item in items:
        if "browse" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
            item.add_marker(pytest.mark.skipif(not find_chromium() and "CI" not in os.environ, reason=MISSING))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    if not find_chromium():
        pytest.fail(MISSING)
    return {**browser_type_launch_args, "executable_path": find_chromium(), "args": FLAGS}


@pytest.fixture
def stage(tmp_path):
    """A running Filo with an organisation and its administrator."""
    build()
    stage = Stage(tmp_path)
    try:
        stage.start()
        stage.set_up()
        yield stage
    finally:
        stage.stop()


@pytest.fixture
def browse(stage, browser):
    """Return a function that opens a browser of its own, as one more person would."""
    shots, contexts, watches = Shots(), [], []

    def open_browser() -> Walk:
        context = browser.new_context(
            base_url=stage.url, viewport={"width": 1440, "height": 900}, locale="en-GB", timezone_id="Europe/Rome",
            reduced_motion="reduce",
        )  # fmt: skip
        watch = Watch()
        context.on("console", watch.hear)
        context.on("weberror", lambda trouble: watch.complaints.append(f"script error: {trouble.error}"))
        contexts.append(context)
        watches.append(watch)
        page = context.new_page()
        page.set_default_timeout(30_000)
        return Walk(page, shots)

    yield open_browser
    for context in contexts:
        context.close()
    complaints = [line for watch in watches for line in watch.complaints]
    assert not complaints, "the browser complained:\n" + "\n".join(complaints)
