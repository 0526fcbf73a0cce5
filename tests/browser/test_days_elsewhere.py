"""A colleague in Auckland, with a browser of there: a day that she chooses is that day, for her and in Rome."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from crm import days
from interactions.models import Task
from staff.models import User
from tests import make

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]


@pytest.fixture
def browser_context_args(browser_context_args):
    return browser_context_args | {"timezone_id": "Pacific/Auckland", "locale": "pt-PT"}


def test_a_day_chosen_in_a_browser_of_auckland_is_that_day_in_rome(page, sign_in, client):
    make.make_organisation()
    day = days.today() + timedelta(days=3)
    moana = make.make_boris(time_zone="Pacific/Auckland")
    sign_in(moana)
    page.goto("/promises/new/")
    page.get_by_label("What").fill("Call Mira")
    page.locator("input[name=day]").fill(day.isoformat())
    page.locator("input[name=day]").press("Enter")
    expect(page.get_by_text("Promised: Call Mira")).to_be_visible()
    said = Task.objects.get()
    assert (said.due_on, said.due_at) == (day, days.end(day))
    page.goto("/promises/")
    expect(page.get_by_text(f"{day.day} {day:%b}").first).to_be_visible()
    User.objects.update(time_zone="Europe/Rome")
    client.force_login(moana)
    assert f"{day.day} {day:%b}" in client.get("/promises/").content.decode()
