"""The builder by hand: numbers that are reckoned and then counted, one of many by keyboard, a rule that broke."""

import pytest
from django.utils.timezone import localdate
from playwright.sync_api import expect

from customers import searching
from customers.models import Customer
from insights import evaluating, refreshing, segments
from insights.models import Segment
from sales import recording
from sales.models import Product
from staff.roles import Role
from tests import make
from tests.browser.looking import look, phone, picture

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mara(sign_in):
    make.make_organisation()
    mara = make.make_user("Mara", Role.MARKETING)
    Product.objects.bulk_create(Product(name=f"Coffee {number:03}", sku=f"C-{number}") for number in range(300))
    Product.objects.create(name="Notturno decaf, ground for the moka pot, in bags of 250 grams", sku="N-1")
    decaf = Product.objects.get(sku="N-1")
    for number in range(12):
        one = make.make_customer(f"Clara Núñez {number}", email=f"c{number}@example.com", city="Amalfi")
        if number % 3 == 0:
            lines = [recording.Line(localdate(), 4_200, "EUR", customer_id=one.pk, product=decaf.name, sku="N-1")]
            recording.record_many(lines, source="till")
    refreshing.refresh()
    sign_in(mara)
    return mara


def test_one_of_many_is_found_and_chosen_by_keyboard_and_the_list_stays_open(page, mara):
    page.goto("/segments/new/")
    page.get_by_role("button", name="Rule", exact=True).click()
    page.locator("#field-0").select_option("product")
    values, search = page.locator("#values-0"), page.locator("#q-0")
    expect(search).to_be_visible()
    values.locator("summary").press("Enter")  # it came open
    values.locator("summary").press("Enter")
    expect(search).to_be_focused()
    page.keyboard.type("coffee 29")
    expect(page.locator("#found-0 label")).to_have_count(10)
    expect(page.locator("#found-said-0")).to_have_text("10 found")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.locator("#taken-0")).to_have_text("Coffee 291")
    expect(page.locator("#segment-result output")).to_have_text("0")
    page.keyboard.press("Home")
    expect(search).to_be_focused()
    search.fill("notturno")
    expect(page.locator("#found-0 label")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#segment-result output")).to_have_text("4")
    expect(page.locator("#count-0")).to_have_text("4")
    expect(page.locator("#segment-said")).to_contain_text("4 of 12 customers")
    expect(page.locator("#taken-0")).to_contain_text("Coffee 291, Notturno decaf, ground for the moka pot")
    look(page, "segment-choices")
    phone(page)
    picture(page, "segment-choices-phone")
    page.keyboard.press("Escape")
    expect(values).not_to_have_attribute("open", "")
    expect(values.locator("summary")).to_be_focused()


def test_some_are_chosen_by_mouse_money_has_its_currency_and_the_shown_key_saves(page, mara):
    page.goto("/segments/new/")
    add, values = page.get_by_role("button", name="Rule", exact=True), page.locator("#values-0")
    add.click()
    page.locator("#field-0").select_option("product")
    expect(values).to_have_attribute("open", "")
    add.click()
    expect(page.locator("#values-1")).to_have_attribute("open", "")
    expect(values).not_to_have_attribute("open", "")  # what nobody answered yet lies over nothing
    page.locator("#field-1").select_option("spent")
    expect(page.locator("#unit-1")).to_have_text("€")
    page.locator("#value-1").fill("42")
    values.locator("summary").click()
    for text, found in (("coffee 291", "Coffee 291"), ("notturno", "Notturno decaf")):
        page.locator("#q-0").fill(text)
        expect(page.locator("#found-0 label")).to_have_count(1)
        page.locator("#found-0 label", has_text=found).click()
    page.locator("[data-chosen] label", has_text="Coffee 291").click()
    expect(page.locator("#taken-0")).to_have_text("Notturno decaf, ground for the moka pot, in bags of 250 grams")
    expect(page.locator("#segment-words")).to_contain_text("money spent in all is at least €42.00.")
    expect(page.locator("#counts-mean")).to_have_text("People left after each rule")
    page.locator("label", has_text="any").first.click()
    expect(page.locator("#counts-mean")).to_have_text("People whom each rule adds")
    look(page, "segment-any")
    page.get_by_role("textbox", name="Name").fill("Decaf")
    page.keyboard.press("Control+s")
    expect(page.get_by_role("heading", level=1)).to_have_text("Decaf")


def test_another_operator_is_drawn_whatever_is_typed_and_counted_meanwhile(page, mara):
    page.goto("/segments/new/")
    page.get_by_role("button", name="Rule", exact=True).click()
    page.locator("#field-0").select_option("city")
    town, operator, words = page.locator("input#value-0"), page.locator("#is-0"), page.locator("#segment-words")
    town.fill("Amalfi")  # counted in .4 seconds
    page.route("**/segments/builder/", lambda route: (page.wait_for_timeout(500), route.continue_()))
    operator.select_option("known")  # on its way in .2 seconds, for .5
    expect(words).to_contain_text("town is known")
    expect(town).to_have_count(0)
    page.get_by_role("button", name="Rule", exact=True).click()
    page.locator("#field-1").select_option("city")
    expect(page.locator("input#value-1")).to_be_visible()
    with page.expect_request("**/segments/builder/"):
        page.locator("#is-1").select_option("begins")
    page.locator("input#value-1").press_sequentially("Ama", delay=100)  # breaks it off
    expect(words).to_contain_text("town begins with “Ama”")
    page.unroute("**/segments/builder/")


def test_a_number_is_reckoned_at_once_and_counted_when_nobody_types(page, mara, monkeypatch):
    monkeypatch.setattr(segments, "EXACT_UP_TO", 5)
    asked = []
    page.on("request", lambda request: asked.append(request.url.split("/segments/")[-1]))
    page.goto("/segments/new/")
    page.get_by_role("button", name="Rule", exact=True).click()
    page.locator("#field-0").select_option("city")
    town, count = page.locator("input#value-0"), page.locator("#segment-count")
    town.fill("Amal")
    expect(count).to_contain_text("about 0")
    town.press_sequentially("fi", delay=300)
    expect(count).to_contain_text("about 12")
    expect(page.locator("#count-0")).to_contain_text("about 12")
    assert page.locator("#segment-said").inner_text() == ""
    assert "builder/counts/" not in asked
    picture(page, "segment-about")
    expect(page.locator("#segment-result output")).to_have_text("12")
    expect(page.locator("#count-0")).to_have_text("12")
    expect(page.locator("#segment-said")).to_contain_text("12 of 12 customers")
    expect(town).to_be_focused()
    assert asked.count("builder/counts/") == 1

    waiting = []
    page.route("**/builder/counts/", lambda route: waiting.append(route))  # a count that takes its time
    with page.expect_request("**/builder/counts/"):
        town.fill("Amal")
    town.press_sequentially("fi")
    expect(count).to_contain_text("about 12")
    page.unroute("**/builder/counts/")
    page.get_by_role("textbox", name="Name").press_sequentially("Inns of Amalfi", delay=100)  # no answer to a rule
    expect(page.locator("#segment-result output")).to_have_text("12")

    inns = Segment.objects.create(name="Inns", rule={"all": [{"field": "city", "is": "is", "value": "Amalfi"}]})
    page.goto(f"/segments/{inns.pk}/")
    expect(count).to_contain_text("about 12")
    expect(page.locator("#segment-result output")).to_have_text("12")


def test_a_rule_that_broke_says_so_where_it_stands_and_goes_by_keyboard(page, mara):
    rooms = {"field": "custom.rooms", "is": "at_least", "value": "3"}
    town = {"field": "city", "is": "is", "value": "Amalfi"}
    inns = Segment.objects.create(name="Inns", rule={"all": [town, {"any": [rooms]}, rooms]})
    page.goto(f"/segments/{inns.pk}/")
    expect(page.locator("#lacks-2")).to_contain_text("There is no field “custom.rooms”.")
    expect(page.locator("#lacks-0")).to_have_text("")
    look(page, "segment-broken")
    page.locator("#remove-2").press("Enter")
    expect(page.locator("#remove-2")).to_have_count(0)
    expect(page.locator("#remove-1")).to_be_focused()
    page.locator("#remove-1-0").press("Enter")
    expect(page.locator("#add-rule-1")).to_be_focused()
    expect(page.locator("#segment-result output")).to_have_text("12")


def test_somebody_is_found_by_keyboard_and_each_rule_says_yes_or_no(page, mara):
    clara = Customer.objects.get(name="Clara Núñez 3")
    searching.store(Customer.objects.values_list("pk", flat=True))
    spent = {"field": "spent", "is": "at_least", "value": "42"}
    inner = segments.save(
        Segment(), name="Amalfi coast", by=mara, rule={"all": [{"field": "city", "is": "is", "value": "Amalfi"}]}
    )
    pieces = [spent, {"any": [{"field": "offers_email", "is": "yes"}, {"field": "has_email", "is": "yes"}]}]
    nested = {"field": "segment", "is": "one_of", "value": [str(inner.pk)]}
    good = segments.save(Segment(), name="Good customers of the coast", rule={"all": [*pieces, nested]}, by=mara)
    evaluating.evaluate()
    page.goto(f"/segments/{good.pk}/")
    page.get_by_label("Is somebody in it?").press_sequentially("nunez 3")
    expect(page.locator("#somebody-found a").first).to_contain_text("Clara Núñez 3")
    expect(page.locator("#somebody-said")).to_have_text("8 found")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/segments/{good.pk}/why/{clara.pk}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Why is Clara Núñez 3 in “Good customers of the coast”?")
    look(page, "why")
    other = Customer.objects.get(name="Clara Núñez 4")
    page.goto(f"/segments/{good.pk}/why/{other.pk}/")
    expect(page.get_by_text("All of these have to be true: 2 of 3 are.")).to_be_visible()
    look(page, "why-not")
    page.get_by_role("link", name="in “Amalfi coast”: why").click()
    page.wait_for_url(f"**/segments/{inner.pk}/why/{other.pk}/")
    page.get_by_role("link", name="Ask about another segment").click()
    look(page, "segments-of-customer")
