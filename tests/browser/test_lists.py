"""Lists: customers chosen by keys and mouse go on one; what is pasted is looked at first."""

import pytest
from playwright.sync_api import expect

from insights import refreshing, segments
from insights.models import ListedCustomer, Segment
from staff.roles import Role
from tests import make
from tests.browser.looking import look

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mara(sign_in):
    make.make_organisation()
    user = make.make_user("Mara", Role.MARKETING)
    sign_in(user)
    return user


def names(segment):
    return sorted(ListedCustomer.objects.filter(segment=segment).values_list("customer__name", flat=True))


def test_rows_chosen_by_key_and_by_shift_go_on_a_list_and_come_off_again(page, mara):
    for name in ("Ada Alba", "Bea Bruni", "Clio Costa", "Dora Dini", "Eva Elia"):
        make.make_customer(name, city="Amalfi", keeper=mara)
    guests = segments.save_list(Segment(), name="Guests of the harvest dinner", by=mara)
    page.goto("/customers/")
    bar = page.get_by_role("region", name="With the chosen")
    expect(bar).to_be_hidden()
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(bar).to_contain_text("1 chosen")
    page.get_by_label("Choose Bea Bruni").click()
    page.get_by_label("Choose Dora Dini").click(modifiers=["Shift"])
    expect(bar).to_contain_text("4 chosen")
    page.get_by_label("Choose Clio Costa").press("Space")
    expect(bar).to_contain_text("3 chosen")
    look(page, "customers-chosen")
    page.keyboard.press("l")
    expect(page.get_by_label("List", exact=True)).to_be_focused()
    page.get_by_label("List", exact=True).select_option("Guests of the harvest dinner")
    look(page, "customers-chosen-menu")
    page.get_by_role("button", name="Put them on the list").click()
    expect(page.get_by_text("3 customers are new on “Guests of the harvest dinner”.")).to_be_visible()
    assert names(guests) == ["Ada Alba", "Bea Bruni", "Dora Dini"]
    page.get_by_label("Choose all on this page").check()
    expect(bar).to_contain_text("5 chosen")
    bar.get_by_role("button", name="Choose nobody").click()
    expect(bar).to_be_hidden()

    page.goto(f"/segments/{guests.pk}/members/")
    page.get_by_label("Choose Bea Bruni").check()
    look(page, "list-members")
    page.get_by_role("button", name="Take off the list").click()
    expect(page.get_by_text("1 customer is off")).to_be_visible()
    assert names(guests) == ["Ada Alba", "Dora Dini"]


def test_what_is_pasted_is_looked_at_corrected_and_being_added_is_seen(page, mara):
    make.make_mira(city="Amalfi")
    make.make_customer("Rui Teles", email="rui@example.com")
    for name in ("Ana Reis", "Ida Costa"):
        make.make_contact_point(make.make_customer(name, city="Lisboa"), "bar@example.com", is_shared=True)
    page.goto("/segments/")
    page.get_by_role("link", name="Ask your own").click()
    page.get_by_role("link", name="A list").click()
    page.get_by_label("Name").fill("Harvest dinner")
    page.get_by_label("Customers", exact=True).fill(
        "mira@example.com\nMIRA@example.com\nbar@example.com\nrui@exmple.com"
    )
    look(page, "list-new")
    page.get_by_role("button", name="Look whom this means").click()
    look(page, "list-preview")
    page.get_by_label("Ida Costa").check()
    page.get_by_label("Not found").fill("rui@example.com")
    page.get_by_role("button", name="Look again").click()
    expect(page.get_by_label("Ida Costa")).to_be_checked()
    page.get_by_role("button", name="Put them on the list").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Harvest dinner")
    expect(page.get_by_text("3 of them are being added")).to_be_visible()
    assert names(Segment.objects.get()) == ["Ida Costa", "Mira Kovač", "Rui Teles"]
    look(page, "list")
    refreshing.refresh_all_touched()
    expect(page.get_by_text("being added")).to_have_count(0)
    look(page, "list-done")
    page.goto("/segments/")
    look(page, "lists-index")
