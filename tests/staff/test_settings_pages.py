"""The pages of the settings, as an administrator and as Anna see them."""

import pytest

from crm.events.models import Event
from staff.models import Organisation, Team, User
from staff.roles import Role
from tests.make import make_anna, make_organisation, make_team, make_user

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def giulia(client):
    giulia = make_user("Giulia", Role.ADMINISTRATOR)
    client.force_login(giulia)
    return giulia


@pytest.mark.parametrize("page", ["profile", "people", "people/invite", "organisation", "health"])
def test_an_administrator_reads_every_page(client, giulia, page):
    make_organisation()
    make_anna()
    assert client.get(f"/settings/{page}/").status_code == 200


def test_what_works_in_the_background_stands_together(client, giulia):
    make_organisation()
    page = client.get("/settings/health/").content.decode()
    background = page[page.index("Work in the background") : page.index("to and from customers")]
    assert "Quick worker" in background and "Put aside" in background


def test_settings_open_with_the_profile(client, giulia):
    assert client.get("/settings/").url == "/settings/profile/"


def test_the_navigation_shows_only_what_one_may_open(client):
    client.force_login(make_anna())
    page = client.get("/settings/profile/").content.decode()
    assert "/settings/people/" not in page
    assert 'href="/settings/profile/"' in page


def test_anna_changes_her_profile_and_hears_that_it_is_saved(client):
    anna = make_anna()
    client.force_login(anna)
    fields = {"name": "Anna Bruni", "language": "en", "time_zone": "Europe/Lisbon", "theme": "system"}
    answer = client.post("/settings/profile/changes/", fields, **HTMX)
    assert "Saved" in answer["HX-Trigger"]
    anna.refresh_from_db()
    assert (anna.name, anna.time_zone, anna.has_single_keys) == ("Anna Bruni", "Europe/Lisbon", False)
    assert "HX-Refresh" not in answer


def test_another_theme_draws_the_page_anew_and_is_kept_for_the_sign_in_page(client):
    client.force_login(make_anna())
    fields = {"name": "Anna", "language": "it", "time_zone": "Europe/Rome", "theme": "dark"}
    answer = client.post("/settings/profile/changes/", fields, **HTMX)
    assert answer["HX-Refresh"] == "true"
    client.post("/accounts/logout/")
    assert 'data-theme="dark"' in client.get("/accounts/login/").content.decode()


def test_a_time_zone_that_does_not_exist_is_refused_next_to_its_field(client):
    anna = make_anna()
    client.force_login(anna)
    fields = {"name": "Anna", "language": "en", "time_zone": "Mars/Olympus", "theme": "system"}
    answer = client.post("/settings/profile/changes/", fields, **HTMX)
    assert answer.status_code == 422
    assert "id_time_zone-error" in answer.content.decode()
    anna.refresh_from_db()
    assert anna.time_zone == "Europe/Rome"


def test_the_organisation_is_saved_with_the_fallback_language_first(client, giulia):
    fields = {
        "name": "Meridiana", "legal_name": "Meridiana S.r.l.", "postal_address": "Amalfi", "country": "IT",
        "currency": "EUR", "time_zone": "Europe/Rome", "languages": ["it", "en"], "fallback": "en",
        "sender_name": "Meridiana", "sender_email": "ciao@meridiana.example", "quiet_from": "20:00",
        "quiet_until": "08:00", "cap_messages": "4", "cap_days": "30",
    }  # fmt: skip
    assert "Saved." in client.post("/settings/organisation/", fields, follow=True).content.decode()
    assert Organisation.current().languages == ["en", "it"]
    assert Event.objects.get(kind="organisation.changed").data["after"]["quiet_until"] == "08:00:00"
    again = client.post("/settings/organisation/", {**fields, "quiet_until": "", "cap_days": "0"})
    assert again.status_code == 422
    assert "Give both hours" in again.content.decode()
    assert "At least 1" in again.content.decode()
    assert Organisation.current().cap_days == 30


def test_an_administrator_gives_anna_another_role_and_team(client, giulia):
    anna, toscana = make_anna(), make_team("Toscana")
    fields = {f"p{anna.pk}-role": "manager", f"p{anna.pk}-team": toscana.pk}
    answer = client.post(f"/settings/people/{anna.pk}/", fields, **HTMX)
    assert f'id="person-{anna.pk}"' in answer.content.decode()
    anna.refresh_from_db()
    assert (anna.role, anna.team) == (Role.MANAGER, toscana)


def test_a_role_that_does_not_exist_is_refused(client, giulia):
    anna = make_anna()
    assert client.post(f"/settings/people/{anna.pk}/", {f"p{anna.pk}-role": "king"}).status_code == 422
    anna.refresh_from_db()
    assert anna.role == Role.AGENT


def test_teams_are_made_renamed_and_removed_when_empty(client, giulia):
    client.post("/settings/teams/", {"name": "Sicilia"}, **HTMX)
    sicilia = Team.objects.get(name="Sicilia")
    client.post(f"/settings/teams/{sicilia.pk}/", {"name": "Isole"}, **HTMX)
    User.objects.filter(pk=giulia.pk).update(team=sicilia)
    assert client.post(f"/settings/teams/{sicilia.pk}/dissolution/", **HTMX).status_code == 409
    User.objects.filter(pk=giulia.pk).update(team=None)
    assert client.post(f"/settings/teams/{sicilia.pk}/dissolution/", **HTMX).status_code == 200
    assert not Team.objects.filter(name="Isole").exists()


def test_two_teams_of_one_name_are_refused(client, giulia):
    make_team("Toscana")
    answer = client.post("/settings/teams/", {"name": "Toscana"}, **HTMX)
    assert answer.status_code == 422
    assert "already exists" in answer.content.decode()


def test_the_users_menu_changes_theme_and_language_for_good(client):
    anna = make_anna()
    client.force_login(anna)
    assert client.post("/preferences/", {"theme": "dark", "language": "it"}).status_code == 302
    anna.refresh_from_db()
    assert (anna.theme, anna.language) == ("dark", "it")


KEYS = {"name": "Irene", "language": "en", "time_zone": "Europe/Rome", "theme": "system"}


def test_an_agent_chooses_the_keys_that_answer_and_end_a_call(client):
    irene = make_user("Irene", Role.AGENT)
    client.force_login(irene)
    client.post("/settings/profile/changes/", KEYS | {"answer_key": "F8", "end_key": "F9"}, **HTMX)
    irene.refresh_from_db()
    assert (irene.function_key("answer"), irene.function_key("end")) == ("F8", "F9")
    client.post("/settings/profile/changes/", KEYS | {"answer_key": "F2", "end_key": "F9"}, **HTMX)
    irene.refresh_from_db()
    assert irene.function_keys == {"end": "F9"}


def test_one_key_cannot_both_answer_and_end(client):
    irene = make_user("Irene", Role.AGENT)
    client.force_login(irene)
    answer = client.post("/settings/profile/changes/", KEYS | {"answer_key": "F4", "end_key": "F4"}, **HTMX)
    assert answer.status_code == 422
    assert "This key answers already" in answer.content.decode()
    irene.refresh_from_db()
    assert irene.function_keys == {}


def test_who_takes_no_calls_is_not_asked_for_keys(client):
    client.force_login(make_user("Elena", Role.MARKETING))
    assert "Key that answers a call" not in client.get("/settings/profile/").content.decode()
