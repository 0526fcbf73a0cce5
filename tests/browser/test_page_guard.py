"""The guard itself must be able to fail."""

import pytest

from tests.browser.looking import assert_accessible, assert_fits, phone, set_shade


@pytest.fixture
def page(page):
    """Without a favicon: plain text has none, and the browser would complain of a 404."""
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    return page


def test_errors_broken_scripts_and_refusals_are_complaints_unless_expected(page, watch):
    assert page.goto("/healthz").status == 200
    page.evaluate("console.error('spilt milk')")
    assert [complaint.split("  ")[0] for complaint in watch.complaints] == ["spilt milk"]
    watch.complaints.clear()
    with page.context.expect_event("weberror"):
        page.evaluate("setTimeout(() => { throw new Error('burnt toast') })")
    assert "burnt toast" in watch.complaints.pop()
    with page.expect_console_message():
        page.evaluate("fetch('/static/nothing.css')")
    assert "404" in watch.complaints.pop()
    watch.expect(404)
    with page.expect_console_message():
        page.evaluate("fetch('/static/nothing.css')")
    assert not watch.complaints


def test_axe_a_phone_and_the_dark_tell_what_they_see(page):
    page.set_content("<html lang='en'><title>x</title><main><img src='data:,'></main></html>")
    with pytest.raises(AssertionError, match="image-alt"):
        assert_accessible(page)
    phone(page)
    page.set_content("<div style='width: 500px'>wide</div>")
    with pytest.raises(AssertionError, match="110|118"):
        assert_fits(page)
    set_shade(page, "dark")
    assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
