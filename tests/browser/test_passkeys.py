"""Passkeys, with Chromium's own virtual authenticator: add one, sign in by it alone, as a second step, remove it."""

import re

import pytest
from allauth.mfa.models import Authenticator

from tests.browser.looking import look
from tests.make import PASSWORD, make_anna, make_organisation

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def reader(page):
    """A laptop with a fingerprint reader; `cdp.send` of the session can make the finger refuse."""
    make_organisation()
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return cdp, made["authenticatorId"]


@pytest.fixture
def anna(page, reader):
    """Anna signed in by password, with a passkey called Laptop."""
    anna = make_anna()
    by_password(page, anna)
    add_passkey(page)
    return anna


def by_password(page, user):
    page.goto("/accounts/login/?next=/settings/profile/")
    page.get_by_label("E-mail").fill(user.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(r"^[^?]*(/settings/profile/|/2fa/authenticate/)"))


def add_passkey(page):
    page.goto("/accounts/passkeys/add/")
    page.get_by_label("Password", exact=True).fill(PASSWORD)  # what opens the account is changed by who knows it now
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Name of the passkey").fill("Laptop")
    page.get_by_role("button", name="Add a passkey").click()
    page.wait_for_url(re.compile(r"^[^?]*/recovery-codes/$"))  # the first one brings them


def sign_out(page):
    page.context.clear_cookies()


def test_a_passkey_alone_signs_in(page, anna):
    sign_out(page)
    page.goto("/accounts/login/?next=/settings/profile/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(re.compile(r"^[^?]*/settings/profile/$"))
    assert page.get_by_text(anna.email).count()


@pytest.mark.long
def test_after_the_password_the_passkey_is_the_second_step(page, anna):
    sign_out(page)
    by_password(page, anna)
    assert page.get_by_text("Your account asks for your passkey.").is_visible()
    look(page, "passkey-asked")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(re.compile(r"^[^?]*/settings/profile/$"))


@pytest.mark.long
def test_a_finger_that_is_not_known_opens_nothing_and_says_so(page, reader, anna):
    cdp, authenticator = reader
    sign_out(page)
    cdp.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False})
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_text("No passkey was used.").wait_for()
    assert page.get_by_role("button", name="Use a passkey").is_enabled()
    page.goto("/settings/profile/")
    assert "/accounts/login/" in page.url


@pytest.mark.long
def test_the_same_device_twice_is_told_apart(page, anna):
    page.goto("/accounts/passkeys/add/")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_text("This device has a passkey for your account already.").wait_for()
    assert Authenticator.objects.filter(user=anna, type=Authenticator.Type.WEBAUTHN).count() == 1


@pytest.mark.long
def test_a_passkey_is_renamed_and_removed(page, anna):
    page.goto("/accounts/2fa/")
    page.get_by_role("link", name="Rename Laptop").click()
    page.get_by_label("Name").fill("Old laptop")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Remove Old laptop").click()
    page.get_by_role("button", name="Remove it").click()
    page.wait_for_url(re.compile(r"^[^?]*/accounts/2fa/$"))
    assert not Authenticator.objects.filter(user=anna, type=Authenticator.Type.WEBAUTHN).exists()


@pytest.mark.long
def test_its_pages_are_accessible_and_fit(page, anna):
    passkey = Authenticator.objects.get(user=anna, type=Authenticator.Type.WEBAUTHN)
    for path in ("2fa", "passkeys/add", f"passkeys/{passkey.pk}/edit", f"passkeys/{passkey.pk}/remove"):
        page.goto(f"/accounts/{path}/")
        look(page, path.replace("/", "-"))


@pytest.mark.long
def test_at_an_address_of_numbers_it_says_what_to_do(page, live_server):
    page.goto(live_server.url.replace("localhost", "127.0.0.1") + "/accounts/login/")
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_text("Passkeys belong to a name").wait_for()
