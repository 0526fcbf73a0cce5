"""Every menu of every main screen opens inside the window and over everything, wherever its button stands."""

from dataclasses import dataclass

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from campaigns import drafting
from customers.models import Customer
from interactions.models import Conversation
from staff.models import User
from staff.roles import Role
from tests import make
from tests.browser.looking import SIZES, set_size
from tests.browser.scene import make_day
from tests.browser.test_console import ring
from tests.permuting import rarely

pytestmark = pytest.mark.django_db(transaction=True)
COLLEAGUES = 40  # more than a window holds, in the menu "Give to" and as rows of the settings

# Opens each menu with its button at the top and at the bottom of what can be seen; of a long list the first and the
# last ones. Returns how many there are, and which have a side that is outside or covered.
MEASURE = """async () => {
  const lost = [];
  const press = (details, open) => new Promise((done) => {
    details.addEventListener("toggle", done, { once: true });
    details.open = open;
  });
  const menus = [...document.querySelectorAll("details[data-menu]")].filter((one) => one.checkVisibility());
  const ends = new Set([...menus.slice(0, 8), ...menus.slice(-4)]);
  for (const details of ends) {
    const [summary, menu] = [details.querySelector("summary"), details.querySelector(".menu")];
    const name = summary.getAttribute("aria-label") ?? summary.textContent.trim();
    for (const block of ["start", "end"]) {
      summary.scrollIntoView({ block, inline: "nearest" });
      await press(details, true);
      const { left, right, top, bottom, width, height } = menu.getBoundingClientRect();
      const isInside = left >= 0 && top >= 0 && right <= document.documentElement.clientWidth && bottom <= innerHeight;
      const [x, y] = [left + width / 2, top + height / 2];
      const sides = [[left + 2, y], [right - 2, y], [x, top + 2], [x, bottom - 2]];
      const isSeen = sides.every(([x, y]) => menu.contains(document.elementFromPoint(x, y)));
      const how = isInside ? "covered" : "outside";
      const box = [left, top, right, bottom].map(Math.round);
      if (!isInside || !isSeen) lost.push(`${name}, its button at the ${block}: ${how} ${box}`);
      await press(details, false);
    }
  }
  return [menus.length, lost];
}"""
IS_INSIDE = """(menu) => {
  const { left, right, top, bottom } = menu.getBoundingClientRect();
  return left >= 0 && top >= 0 && right <= document.documentElement.clientWidth && bottom <= innerHeight;
}"""


@dataclass
class Screen:
    name: str
    address: str
    least: int = 3  # menus: at least "New", one's own and one's state


@pytest.fixture
def screens(sign_in, live_server):
    """A full day and a full house, seen by an administrator, who has every menu."""
    anna = make_day()
    User.objects.filter(pk=anna.pk).update(role=Role.ADMINISTRATOR)
    for number in range(COLLEAGUES):
        make.make_user(f"Colleague {number:02}", Role.AGENT, anna.team)
    maria = Customer.objects.get(name__startswith="Maria Giovanna")
    for number in range(12):
        make.make_contact_point(maria, f"maria.{number}@locanda.example")
    decaf = Conversation.objects.get(subject__startswith="Decaf")
    spring = drafting.create(name="Spring", by=anna)
    sign_in(anna)
    return {
        "today": Screen("today", "/"),
        "customers": Screen("customers", "/customers/", 4),
        "customer": Screen("customer", maria.get_absolute_url(), 16),
        "conversation": Screen("conversation", decaf.get_absolute_url(), 30),
        "promises": Screen("promises", "/promises/"),
        "console": Screen("console", "/console/"),
        "campaign": Screen("campaign", reverse("campaigns:campaign", args=[spring.pk]), 4),
        "segment": Screen("segment", "/segments/new/"),
        "people": Screen("people", "/settings/people/", COLLEAGUES),
    }


def lost_menus(page, screen: Screen) -> list[str]:
    lost = []
    for width in SIZES:
        set_size(page, width)
        page.goto(screen.address)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        count, wrong = page.evaluate(MEASURE)
        assert count >= screen.least, f"{screen.name} has {count} menus"
        lost += [f"{screen.name} at {width}: {each}" for each in wrong]
    return lost


def test_every_menu_of_a_customer_opens_inside_the_window(page, screens):
    assert lost_menus(page, screens["customer"]) == []


@pytest.mark.long
def test_every_menu_of_every_main_screen_opens_inside_the_window(page, screens):
    assert [lost for screen in screens.values() for lost in lost_menus(page, screen)] == []


@pytest.mark.long
def test_menus_of_the_console_stay_inside_during_a_call(page, screens):
    ring()
    page.goto("/console/")
    page.keyboard.press("F2")
    expect(page.get_by_role("heading", name="How did it end?")).to_be_visible()
    assert lost_menus(page, screens["console"]) == []


@pytest.mark.parametrize("width", [390, *rarely(1440)])
def test_a_panel_that_is_filled_when_it_opens_stays_inside(page, screens, width):
    set_size(page, width)
    page.goto("/customers/")
    page.keyboard.press("f")
    expect(page.get_by_role("button", name="Show them")).to_be_in_viewport(ratio=1)
    expect(page.get_by_label("Kept by")).to_be_in_viewport(ratio=1)
    assert page.evaluate(IS_INSIDE, page.get_by_role("group", name="Filter", exact=True).element_handle())


@pytest.mark.long
@pytest.mark.parametrize("width", SIZES)
def test_a_list_of_values_scrolls_inside_the_window(page, screens, width):
    set_size(page, width)
    page.goto("/segments/new/")
    page.get_by_role("button", name="Rule", exact=True).click()
    values = page.locator("#values-0 > .menu")
    expect(values).to_be_visible()
    page.wait_for_function(IS_INSIDE, arg=values.element_handle())  # it came open, and floats once it has settled
    page.get_by_role("heading", level=1).click()
    expect(values).to_be_hidden()


def test_an_open_menu_follows_its_button_and_ends_with_it(page, screens):
    page.goto(screens["people"].address)
    button = page.get_by_role("button", name="Access of Colleague 20")
    button.click()
    item = page.get_by_role("menuitem").first
    expect(item).to_be_focused()
    page.mouse.wheel(0, 200)
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    expect(item).to_be_hidden()
