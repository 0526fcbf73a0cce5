"""Sign-in, second factor and error pages: by keyboard, light and dark, wide and on a phone."""

import re

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.test import override_settings
from django.urls import path
from playwright.sync_api import expect

from crm.access import open_to_all
from crm.problems import Problem
from crm.urls import *  # noqa: F403
from tests.browser.looking import look
from tests.browser.test_gallery import anna, places  # noqa: F401
from tests.make import PASSWORD, make_anna


class TooSlow(Problem):
    """Boris took this call two seconds ago."""


@open_to_all("A page that breaks, for a test.")
def broken(request):
    raise ZeroDivisionError


@open_to_all("A page that somebody else changed, for a test.")
def taken(request):
    raise TooSlow


urlpatterns = [path("broken/", broken), path("taken/", taken), *urlpatterns]  # noqa: F405


@pytest.fixture
def staff(transactional_db):
    return make_anna(email="anna@meridiana.example")


def fill_in(page, password):
    page.goto("/accounts/login/?next=/gallery/")
    expect(page.get_by_label("E-mail")).to_be_focused()
    page.keyboard.type("anna@meridiana.example")
    page.keyboard.press("Tab")
    page.keyboard.type(password)


def test_a_wrong_password_is_said_above_the_form_and_tied_to_both_fields(page, staff):
    page.goto("/accounts/login/")
    look(page, "signin")
    fill_in(page, "not the password")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_label("Password")).to_have_attribute("type", "text")
    page.get_by_label("Password").press("Enter")
    said = page.get_by_role("alert").first
    expect(said).to_have_text("This e-mail and password do not belong together.")
    for label in ("E-mail", "Password"):
        expect(page.get_by_label(label, exact=True)).to_have_attribute("aria-describedby", "wrong")
    look(page, "signin-wrong")
    page.get_by_role("combobox", name="Language").select_option("it")
    expect(page.locator("html")).to_have_attribute("lang", "it")


@pytest.mark.long
def test_the_second_step_is_switched_on_and_asked_for(page, staff):
    fill_in(page, PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"//[^/]+/gallery/$"))
    page.goto("/accounts/2fa/")
    look(page, "mfa-off")
    page.get_by_role("link", name="Switch on").click()
    expect(page.get_by_role("heading", name="Is it still you?")).to_be_visible()
    look(page, "reauthenticate")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    look(page, "totp")
    secret = page.locator(".code").text_content()
    page.get_by_label("Code", exact=True).fill(code(secret))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    look(page, "recovery-codes")
    recovery = page.locator("main li").first.text_content()
    page.goto("/accounts/logout/")
    expect(page.get_by_role("heading", name="Sign out?")).to_be_visible()
    look(page, "signout")
    page.get_by_role("button", name="Sign out").click()
    fill_in(page, PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Code", exact=True)).to_be_focused()
    look(page, "signin-code")
    page.keyboard.type("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").first).to_be_visible()
    page.get_by_label("Code", exact=True).focus()
    page.keyboard.type(recovery)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"//[^/]+/gallery/$"))


def code(secret):
    return totp.format_hotp_value(totp.hotp_value(secret, next(totp.yield_hotp_counters_from_time())))


@pytest.mark.long
def test_a_forgotten_password_is_asked_for(page, staff):
    page.goto("/accounts/login/")
    page.get_by_role("link", name="Forgot it?").click()
    look(page, "password-reset")
    page.goto("/accounts/password/reset/done/")
    look(page, "password-reset-done")
    page.goto("/accounts/password/reset/key/1-nonsense/")
    expect(page.get_by_role("link", name="Ask for a new link")).to_be_visible()


@pytest.mark.long
@override_settings(ROOT_URLCONF="tests.browser.test_pages_alone")
def test_what_went_wrong_is_said_and_what_to_do(page, watch, anna, places):  # noqa: F811
    watch.expect(403, 404, 409)
    page.goto("/nowhere/")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing at this address")
    look(page, "404")
    page.goto("/gallery/")
    page.evaluate("location.href = '/taken/'")
    expect(page.get_by_text("Boris took this call two seconds ago.")).to_be_visible()
    expect(page.get_by_role("link", name="Back to where you were")).to_have_attribute("href", re.compile("/gallery/$"))
    look(page, "409")
    page.context.clear_cookies(name="csrftoken")
    answer = page.request.post("/preferences/", form={"theme": "dark"})
    assert answer.status == 403
    page.set_content(answer.text())
    expect(page.get_by_role("heading", level=1)).to_have_text("This form was open too long")


@pytest.mark.long
@override_settings(ROOT_URLCONF="tests.browser.test_pages_alone")
def test_a_page_that_broke_needs_nobody(page, watch, client, transactional_db):
    client.raise_request_exception = False
    answer = client.get("/broken/")
    assert answer.status_code == 500
    page.route("**/broken/", lambda route: route.fulfill(status=200, body=answer.content, content_type="text/html"))
    page.goto("/broken/")
    expect(page.get_by_role("heading", level=1)).to_have_text("This page broke, and it is our fault")
    look(page, "500")
