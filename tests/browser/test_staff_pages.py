"""Sign-in, second factor, invitation, settings and the API's page: pressed, looked at, listened to."""

import pytest
from playwright.sync_api import expect

from staff import joining
from staff.models import User
from staff.roles import Role
from tests.browser.looking import look, phone, set_shade
from tests.make import PASSWORD, make_anna, make_organisation, make_team, make_user

pytestmark = pytest.mark.django_db(transaction=True)
SETTINGS = ["profile", "people", "people/invite", "organisation", "health", "keys", "keys/new"]


@pytest.fixture
def giulia(sign_in):
    make_organisation()
    giulia = make_user("Giulia Sartori", Role.ADMINISTRATOR, make_team())
    sign_in(giulia)
    return giulia


@pytest.mark.long
def test_pages_before_sign_in_are_accessible_and_fit(page):
    for name in ("inactive", "password/reset/key/1-2"):
        page.goto(f"/accounts/{name}/")
        look(page, name.replace("/", "-"))


@pytest.mark.long
def test_a_password_is_changed_after_it_was_given_once_more(page):
    anna = make_anna()
    page.goto("/accounts/login/?next=/settings/profile/")
    page.get_by_label("E-mail").fill(anna.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto("/accounts/password/change/")
    page.wait_for_url("**/accounts/password/change/")
    look(page, "password-change")


@pytest.mark.long
def test_settings_are_accessible_and_fit(page, giulia):
    make_anna()
    joining.invite("nadia@meridiana.example", role=Role.SALES, by=giulia)
    for name in SETTINGS:
        page.goto(f"/settings/{name}/")
        look(page, f"settings-{name}".replace("/", "-"))


@pytest.mark.long
def test_nadia_joins_by_her_link(page, live_server):
    make_organisation()
    giulia = make_user("Giulia Sartori", Role.ADMINISTRATOR)
    invitation = joining.invite("nadia@meridiana.example", role=Role.SALES, by=giulia)
    page.goto(joining.link(invitation).replace("http://localhost:8000", live_server.url))
    look(page, "invitation")
    page.get_by_label("Your name").fill("Nadia Greco")
    page.get_by_label("Choose a password").fill("a quite long sentence")
    page.get_by_role("button", name="Come in").click()
    page.goto("/settings/profile/")
    assert "Nadia Greco" in page.locator("main").inner_text()


def test_the_profile_saves_itself_and_the_theme_is_drawn_at_once(page, giulia):
    page.goto("/settings/profile/")
    page.get_by_label("Name", exact=True).fill("Giulia S.")
    page.get_by_label("Name", exact=True).press("Tab")
    page.get_by_text("Saved.", exact=False).first.wait_for()
    page.get_by_label("Theme").select_option("dark")
    page.locator("html[data-theme=dark]").wait_for()
    giulia.refresh_from_db()
    assert (giulia.name, giulia.theme) == ("Giulia S.", "dark")


@pytest.mark.long
def test_single_keys_can_be_switched_off(page, giulia):
    page.goto("/settings/profile/")
    page.get_by_role("switch", name="Single-key shortcuts").uncheck()
    page.get_by_text("Saved.", exact=False).first.wait_for()
    giulia.refresh_from_db()
    assert not giulia.has_single_keys


def test_an_administrator_changes_a_role_and_takes_access_away(page, giulia):
    anna = make_anna()
    page.goto("/settings/people/")
    page.get_by_label("Role of Anna").select_option("manager")
    page.get_by_text("Saved.").wait_for()
    row = page.locator(f"#person-{anna.pk}")
    row.get_by_role("button", name="Access of Anna").click()
    row.get_by_role("menuitem", name="Take access away").click()
    row.get_by_text("No access").wait_for()
    anna.refresh_from_db()
    assert (anna.role, anna.is_active) == (Role.MANAGER, False)
    look(page, "settings-people-changed")


@pytest.mark.long
def test_a_team_is_added_without_leaving_the_page(page, giulia):
    page.goto("/settings/people/")
    page.get_by_label("New team").fill("Sicilia")
    page.get_by_role("button", name="Add").click()
    page.get_by_label("Name of the team Sicilia").wait_for()


@pytest.mark.long
def test_the_last_administrator_hears_why_not(page, giulia, watch):
    watch.expect(409)
    page.goto("/settings/people/")
    page.get_by_label("Role of Giulia Sartori").select_option("sales")
    page.locator("#notices").get_by_text("Somebody must be able").wait_for()
    assert User.objects.get(pk=giulia.pk).role == Role.ADMINISTRATOR


@pytest.mark.long
def test_the_api_s_page_draws_itself_in_our_frame_and_follows_light_and_dark(page, giulia):
    page.goto("/api/docs/")
    page.get_by_text("/api/v1/recognise/").first.wait_for()
    look(page, "api-reference")
    ours, dark = page.locator("#swagger-ui .opblock-summary-path").first, "rgb(241, 239, 234)"
    expect(ours).not_to_have_css("color", dark)
    set_shade(page, "dark")
    expect(ours).to_have_css("color", dark)
    page.get_by_role("navigation", name="Where you are").get_by_role("link", name="API keys").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("API keys")


@pytest.mark.long
def test_a_key_is_made_and_shown_once(page, giulia):
    page.goto("/settings/keys/new/")
    page.get_by_label("Name").fill("Web shop")
    page.get_by_label("Read customers and find them").check()
    page.get_by_role("button", name="Make the key").click()
    assert page.locator("#new-key").inner_text().startswith("filo_")
    look(page, "settings-key")
    page.get_by_role("link", name="I have copied it").click()
    assert page.locator("#new-key").count() == 0
    assert "Web shop" in page.locator("main").inner_text()


@pytest.mark.long
def test_on_a_phone_the_open_section_is_in_sight(page, giulia):
    phone(page)
    page.goto("/settings/health/")
    box = page.get_by_role("navigation", name="Settings").get_by_role("link", name="Health").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
