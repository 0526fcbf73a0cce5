"""The guard itself must be able to fail."""

import pytest

from tests.browser.looking import assert_accessible, assert_fits, phone, set_shade


@pytest.fixture
def page(page):
    """Without a favicon: plain text has none, and the browser would complain of a 404."""
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    return page


def test_a_page_loads(page, watch):
    answer = page.goto("/healthz")
    assert answer.status == 200


def test_an_error_on_the_console_is_a_complaint(page, watch):
    page.goto("/healthz")
    page.evaluate("console.error('spilt milk')")
    assert [complaint.split("  ")[0] for complaint in watch.complaints] == ["spilt milk"]
    watch.complaints.clear()


def test_a_script_that_breaks_is_a_complaint(page, watch):
    page.goto("/healthz")
    page.evaluate("setTimeout(() => { throw new Error('burnt toast') })")
    page.wait_for_timeout(50)
    assert "burnt toast" in watch.complaints.pop()


def test_a_refusal_is_a_complaint_unless_expected(page, watch):
    page.goto("/healthz")
    page.evaluate("fetch('/static/nothing.css')")
    page.wait_for_timeout(200)
    assert "404" in watch.complaints.pop()
    watch.expect(404)
    page.evaluate("fetch('/static/nothing.css')")
    page.wait_for_timeout(200)


def test_axe_sees_a_picture_without_words(page):
    page.set_content("<html lang='en'><title>x</title><main><img src='data:,'></main></html>")
    with pytest.raises(AssertionError, match="image-alt"):
        assert_accessible(page)


def test_a_wide_thing_does_not_fit_a_phone(page):
    phone(page)
    page.set_content("<div style='width: 500px'>wide</div>")
    with pytest.raises(AssertionError, match="110|118"):
        assert_fits(page)


def test_dark_is_dark(page):
    set_shade(page, "dark")
    page.goto("/healthz")
    assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
