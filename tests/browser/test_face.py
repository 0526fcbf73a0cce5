"""What the keyboard and the small behaviours do, on the page of components."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.looking import LOOKS_AT_ALL, assert_accessible, phone, picture
from tests.browser.test_gallery import anna, places  # noqa: F401


@pytest.fixture
def gallery(page, anna, places):  # noqa: F811
    page.goto("/gallery/")
    return page


def test_menus_dialogs_and_the_drawer_of_a_phone_keep_the_focus_and_give_it_back(gallery):
    summary = gallery.locator("#gallery-menus summary").first
    summary.focus()
    gallery.keyboard.press("Enter")
    expect(gallery.get_by_role("menuitem", name="You 7 open")).to_be_focused()
    gallery.keyboard.press("ArrowDown")
    gallery.keyboard.press("ArrowDown")
    expect(gallery.get_by_role("menuitem", name="Choose…")).to_be_focused()
    gallery.keyboard.press("ArrowDown")
    expect(gallery.get_by_role("menuitem", name="You 7 open")).to_be_focused()
    gallery.keyboard.press("End")
    expect(gallery.get_by_role("menuitem", name="Choose…")).to_be_focused()
    gallery.keyboard.press("Escape")
    expect(summary).to_be_focused()
    expect(summary).to_have_attribute("aria-expanded", "false")
    button = gallery.get_by_role("button", name="Forget Ottavia…")
    button.click()
    expect(gallery.get_by_role("alertdialog")).to_be_visible()
    picture(gallery, "dialog-1440-light")
    gallery.keyboard.press("Escape")
    expect(button).to_be_focused()
    # On a phone the navigation is a drawer.
    phone(gallery)
    assert gallery.locator("nav.nav").is_hidden()
    more = gallery.get_by_role("button", name="More", exact=True)
    more.click()
    expect(gallery.locator("nav.nav a").first).to_be_focused()
    expect(more).to_have_attribute("aria-expanded", "true")
    gallery.keyboard.press("Escape")
    expect(gallery.locator("nav.nav")).to_be_hidden()
    expect(more).to_be_focused()


def test_the_palette_finds_and_opens_by_keyboard_alone(gallery):
    gallery.keyboard.press("Control+k")
    field = gallery.get_by_role("combobox", name="Search")
    expect(field).to_be_focused()
    expect(gallery.get_by_role("option", name="New segment")).to_be_visible()
    gallery.keyboard.type("mari")
    found = gallery.get_by_role("option", name="Maria Castelnuovo")
    expect(found).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", "palette-found-1")
    if LOOKS_AT_ALL:
        assert_accessible(gallery)
    picture(gallery, "palette-1440-light")
    gallery.keyboard.press("Enter")
    expect(gallery).to_have_url(re.compile("Maria"))
    gallery.reload()
    gallery.keyboard.press("/")
    expect(gallery.get_by_role("option", name="Maria Castelnuovo")).to_be_visible()  # opened lately
    gallery.keyboard.press("Escape")
    expect(field).to_be_hidden()


def test_g_then_a_letter_goes_somewhere_and_typing_does_not_but_is_kept_and_the_sheet_tells(gallery):
    gallery.get_by_label("Words").first.fill("")
    gallery.get_by_label("Words").first.type("half a sent")
    gallery.evaluate("document.querySelector('[data-draft]').defaultValue = ''")
    assert (
        gallery.evaluate("localStorage.getItem(`filo:draft:${document.body.dataset.user ?? ''}:gallery`)")
        == "half a sent"
    )
    gallery.get_by_label("We promise").fill("")
    gallery.get_by_label("We promise").focus()
    gallery.keyboard.type("g?n")
    expect(gallery.get_by_label("We promise")).to_have_value("g?n")
    expect(gallery.get_by_role("dialog", name="Shortcuts")).to_be_hidden()
    gallery.locator("h1").click()
    gallery.evaluate(
        "document.addEventListener('click', e => { e.preventDefault(); window.went = e.target.closest('a')?.title })"
    )
    gallery.keyboard.press("g")
    gallery.keyboard.press("u")
    assert gallery.evaluate("window.went") == "Customers"
    # The sheet names only places that exist.
    gallery.keyboard.press("?")
    sheet = gallery.get_by_role("dialog", name="Shortcuts")
    expect(sheet.get_by_text("Conversations")).to_be_visible()
    expect(sheet.get_by_text("Promises")).to_have_count(0)
    picture(gallery, "shortcuts-1440-light")
    if LOOKS_AT_ALL:
        assert_accessible(gallery)
    gallery.keyboard.press("Escape")
    expect(sheet).to_be_hidden()


@pytest.mark.long
def test_single_keys_can_be_switched_off(page, anna, places):  # noqa: F811
    anna.has_single_keys = False
    anna.save()
    page.goto("/gallery/")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Shortcuts")).to_be_hidden()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Search")).to_be_focused()


@pytest.mark.long
def test_j_and_k_walk_the_rows_and_x_ticks_one(gallery):
    gallery.locator("#inbox a").nth(0).focus()
    gallery.keyboard.press("j")
    expect(gallery.locator("#inbox a").nth(1)).to_be_focused()
    gallery.keyboard.press("k")
    expect(gallery.locator("#inbox a").nth(0)).to_be_focused()
    gallery.get_by_label("Done: send the lease").focus()
    gallery.keyboard.press("x")
    expect(gallery.get_by_label("Done: send the lease")).to_be_checked()


@pytest.mark.long
def test_theme_and_language_change_and_are_kept(gallery, anna):  # noqa: F811
    gallery.get_by_role("button", name="Anna Bianchi, your menu").click()
    picture(gallery, "user-menu-1440-light")
    with gallery.expect_response("**/preferences/"):
        gallery.get_by_role("menuitemradio", name="Dark").click()
    expect(gallery.locator("html")).to_have_attribute("data-theme", "dark")
    anna.refresh_from_db()
    assert anna.theme == "dark"
    gallery.reload()
    expect(gallery.locator("html")).to_have_attribute("data-theme", "dark")
    gallery.get_by_role("button", name="Anna Bianchi, your menu").click()
    gallery.get_by_role("menuitemradio", name="Italiano").click()
    expect(gallery.locator("html")).to_have_attribute("lang", "it")


@pytest.mark.long
def test_a_toast_reports_and_takes_back(gallery):
    asked = []
    gallery.route("**/undo/7/", lambda route: (asked.append(route.request.method), route.fulfill(status=204)))
    gallery.evaluate("htmx.trigger(document.body, 'toast', {text: 'Call logged', undo: '/undo/7/'})")
    expect(gallery.get_by_role("status").get_by_text("Call logged")).to_be_visible()
    gallery.evaluate("htmx.trigger(document.body, 'toast', {text: 'Note kept', undo: '/undo/7/'})")
    expect(gallery.get_by_text("Call logged", exact=True)).to_have_count(0)  # one at a time
    gallery.locator("h1").click()
    with gallery.expect_response("**/undo/7/"):
        gallery.keyboard.press("z")
    assert asked == ["POST"]
    expect(gallery.get_by_text("Note kept")).to_have_count(0)


@pytest.mark.long
def test_a_toast_stays_while_somebody_looks_at_it(gallery):
    gallery.clock.install()
    gallery.reload()
    gallery.evaluate("htmx.trigger(document.body, 'toast', {text: 'Call logged', undo: '/undo/7/'})")
    toast = gallery.locator("#toasts .toast")
    toast.hover()
    gallery.clock.run_for(15_000)
    expect(toast).to_be_visible()
    gallery.mouse.move(5, 5)
    gallery.clock.run_for(11_000)
    expect(toast).to_have_count(0)


def test_when_the_server_does_not_answer_it_says_so_and_comes_back(page, anna, places, watch):  # noqa: F811
    # Before the page is there: one that is loaded hears of a new route some time later, and its next request passes.
    page.route("**/palette/**", lambda route: route.abort())
    page.route("**/healthz", lambda route: route.fulfill(status=503))
    page.goto("/gallery/")
    page.keyboard.press("Control+k")
    page.keyboard.press("Escape")
    notice = page.locator("#notices").get_by_text(re.compile(r"Filo has not answered since \d\d:\d\d\.( |$)"))
    expect(notice).to_be_visible()
    page.unroute("**/healthz")
    page.get_by_role("button", name="Try now").click()
    expect(notice).to_have_count(0)
    ours = [each for each in watch.complaints if not re.search("ERR_FAILED|status of 503|htmx:", each)]
    watch.complaints[:] = ours  # the browser's and htmx's own lines about the server that does not answer


def test_a_composer_changes_its_kind_and_outcomes_are_chosen_from_any_field(gallery):
    gallery.get_by_role("tab", name="Note").focus()
    gallery.keyboard.press("ArrowLeft")
    expect(gallery.get_by_role("tab", name="E-mail")).to_be_focused()
    expect(gallery.get_by_label("Subject")).to_be_visible()
    assert gallery.locator("#gallery-composer [name=channel]").input_value() == "email"
    gallery.get_by_role("tab", name="Note").click()
    expect(gallery.get_by_label("Subject")).to_be_hidden()
    expect(gallery.locator("#gallery-composer-words")).to_be_focused()
    # What is written on a channel that is paid by the part is counted as it is typed, and may be written plainly.
    gallery.get_by_role("tab", name="SMS").click()
    counted = gallery.locator("#gallery-composer .composer-below")
    gallery.keyboard.type("it’s ten past two")
    expect(counted).to_contain_text(
        "7 characters left in this part · 3 parts · €0.126’: a part holds 10 characters instead of 20."
    )
    gallery.get_by_role("button", name="Write it plainly").click()
    expect(gallery.locator("#gallery-composer-words")).to_have_value("it's ten past two")
    expect(counted.locator("[data-says]")).to_have_text("3 characters left · 1 part · €0.042")
    gallery.keyboard.press("Control+z")
    expect(gallery.locator("#gallery-composer-words")).to_have_value("it’s ten past two")
    # Outcomes: Alt and a digit from any field, or Esc and then the digit.
    gallery.locator("#gallery-composer-words").focus()
    gallery.keyboard.press("Alt+3")
    expect(gallery.get_by_label("Complaint")).to_be_checked()
    gallery.locator("#gallery-composer-words").focus()
    gallery.keyboard.type("1")
    expect(gallery.get_by_label("Complaint")).to_be_checked()
    gallery.keyboard.press("Escape")
    gallery.keyboard.press("1")
    expect(gallery.get_by_label("Wants it")).to_be_checked()


@pytest.mark.long
def test_a_form_is_sent_once(gallery):
    asked = []
    gallery.route("**/slow/", lambda route: asked.append(route.request.url))
    gallery.locator("#gallery-composer").evaluate(
        "form => { form.setAttribute('hx-post', '/slow/'); htmx.process(form) }"
    )
    gallery.locator("#gallery-composer-words").fill("twice")
    gallery.locator("#gallery-composer-words").focus()
    gallery.keyboard.press("Control+Enter")
    gallery.keyboard.press("Control+Enter")
    expect(gallery.locator("#gallery-composer [aria-busy]")).to_have_count(1)
    gallery.wait_for_timeout(200)
    assert len(asked) == 1
