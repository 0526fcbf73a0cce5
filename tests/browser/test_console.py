"""A call from ring to log, by keyboard alone."""

import re

import pytest
from django.utils.timezone import now
from playwright.sync_api import expect

from customers import searching
from customers.models import Customer
from interactions import ringing
from interactions.gateways.calls.contract import Ring, State
from interactions.models import Call, Interaction, Task
from tests import make
from tests.browser.looking import look
from tests.browser.scene import NUMBER, make_day
from tests.browser.test_conversations import Keys

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def anna(sign_in):
    anna = make_day()
    sign_in(anna)
    return anna


def ring(number=NUMBER, ref="one", state=State.RINGING):
    return ringing.ring(Ring(ref, state, number, "+390895550100", None, now()))


def test_a_known_call_is_logged_with_five_keys(page, anna):
    page.goto("/console/")
    expect(page.get_by_role("heading", name="Nobody is calling")).to_be_visible()
    look(page, "console-nobody")
    ring()
    expect(page.get_by_role("button", name="Answer")).to_be_visible(timeout=2_500)
    keys = Keys(page)
    keys.press("F2")
    expect(page.get_by_role("heading", name="How did it end?")).to_be_visible()
    page.locator("body").click(position={"x": 5, "y": 5})
    page.keyboard.type("s")  # stray letters go to the notes
    page.keyboard.insert_text("amples never arrived, and she wants the trial")
    expect(page.get_by_label("Call notes")).to_have_value("samples never arrived, and she wants the trial")
    look(page, "console-live")
    keys.press("F4")
    expect(page.get_by_role("button", name="End")).to_be_hidden()
    expect(page.get_by_label("Call notes")).to_have_value("samples never arrived, and she wants the trial")
    keys.press("Alt+Digit3")
    keys.press("Control+Enter")
    expect(page.get_by_text("Logged: Question answered")).to_be_visible()
    assert keys.count <= 5
    logged = Interaction.objects.get(kind="call", direction="in", outcome="answered")
    assert logged.words.startswith("samples never arrived")
    expect(page.get_by_label("Number", exact=True)).to_be_focused()
    page.keyboard.press("z")  # what Undo says works from there
    expect(page.get_by_role("heading", name="How did it end?")).to_be_visible()
    assert Call.objects.get().status == "ended"


@pytest.mark.long
def test_escape_and_a_digit_choose_and_a_promise_is_made(page, anna):
    ring()
    page.goto("/console/")
    page.keyboard.press("F2")
    notes = page.get_by_label("Call notes")
    notes.fill("wants it")
    page.keyboard.press("Escape")
    page.keyboard.press("5")
    expect(page.get_by_text("Without one of these: tomorrow, 10:00.")).to_be_visible()
    expect(page.get_by_text("Not needed")).to_be_hidden()
    page.keyboard.press("1")
    expect(page.get_by_text("Not needed")).to_be_visible()
    expect(page.get_by_role("radio", name="Wants it, to confirm")).to_be_checked()
    page.get_by_label("We promise").fill("Ship samples")
    page.locator("label.tag").first.click()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Logged: Wants it, to confirm")).to_be_visible()
    assert set(Task.objects.filter(interaction__outcome="wants_it").values_list("what", flat=True)) == {
        "Ship samples",
        "Call back",
    }


@pytest.mark.long
def test_a_call_that_somebody_else_took_says_so(page, anna, watch):
    watch.expect(409)
    call = ring()
    page.goto("/console/")
    page.route("**/console/part/**", lambda route: route.abort())  # the poll has not told us yet
    expect(page.get_by_role("button", name="Answer")).to_be_visible()
    ringing.take(call, by=make.make_boris())
    page.keyboard.press("F2")
    expect(page.get_by_text("Boris took this call.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Boris took this call.")).to_be_hidden()
    watch.complaints.clear()  # the aborted polls


def test_several_at_one_number_are_chosen_by_digit(page, anna):
    for name in ("João Sebastião", "Helena Paixão"):
        one = make.make_customer(name, team=anna.team, language="pt")
        make.make_contact_point(one, "+351215550163", channel="phone", is_shared=True)
    ring("+351215550163")
    page.goto("/console/")
    page.keyboard.press("F2")
    expect(page.get_by_role("heading", name="Who is calling?")).to_be_visible()
    look(page, "console-ambiguous")
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    expect(page.get_by_role("heading", name="Helena Paixão")).to_be_visible()
    expect(page.get_by_role("heading", name="How did it end?")).to_be_visible()


@pytest.mark.long
def test_an_unknown_caller_is_found_as_one_types(page, anna):
    ring("+34943555018")
    page.goto("/console/")
    page.keyboard.press("F2")
    field = page.get_by_label("Name, e-mail, company or order number")
    expect(field).to_be_focused()
    searching.store(Customer.objects.values_list("pk", flat=True))
    page.keyboard.type("etxe")
    expect(page.get_by_role("button", name="It is them")).to_be_visible()
    look(page, "console-unknown")
    page.keyboard.press("Escape")
    page.keyboard.press("Digit1")  # of an outcome that is not drawn: nobody is chosen by it
    expect(page.get_by_role("button", name="It is them")).to_be_visible()
    field.focus()
    page.keyboard.press("Alt+Digit1")
    expect(page.get_by_role("heading", level=1, name="Íñigo Etxeberria Goikoetxea")).to_be_visible()


@pytest.mark.long
def test_an_unknown_caller_is_chosen_with_an_arrow_and_enter(page, anna):
    ring("+34943555018")
    page.goto("/console/")
    page.keyboard.press("F2")
    field = page.get_by_label("Name, e-mail, company or order number")
    expect(field).to_be_focused()
    searching.store(Customer.objects.values_list("pk", flat=True))
    page.keyboard.type("etxe")
    first = page.get_by_role("button", name="It is them")
    expect(first).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(field).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Íñigo Etxeberria Goikoetxea")).to_be_visible()


def test_a_number_typed_and_enter_open_the_thread(page, anna):
    page.goto("/console/")
    expect(page.get_by_label("Number")).to_be_focused()  # autofocus comes with the first frame, after the load
    page.keyboard.insert_text("089 555 0147")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Where we left off")).to_be_visible()
    expect(page.get_by_label("Call notes")).to_be_focused()


@pytest.mark.long
def test_notes_typed_while_the_server_is_away_are_saved_when_it_is_back(page, anna, watch):
    call = ring()
    page.goto("/console/")
    page.keyboard.press("F2")
    notes = page.get_by_label("Call notes")
    notes.press_sequentially("First words")
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    page.route("**/notes/", lambda route: route.abort())
    notes.press_sequentially(", and more")
    expect(page.get_by_text("Not saved yet: kept on this device and sent again")).to_be_visible()
    assert Call.objects.get().notes == "First words"
    page.reload()
    expect(notes).to_have_value("First words, and more")  # the device's are newer than the server's
    page.unroute("**/notes/")
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    assert Call.objects.get().notes == "First words, and more"
    assert (
        page.evaluate(f"localStorage.getItem('filo:draft:' + document.body.dataset.user + ':call:{call.pk}')") is None
    )
    watch.complaints.clear()  # the aborted requests


@pytest.mark.long
def test_a_call_finished_while_the_server_is_away_is_logged_when_it_is_back(page, anna, watch):
    ring()
    page.goto("/console/")
    page.keyboard.press("F2")
    expect(page.get_by_role("heading", name="How did it end?")).to_be_visible()
    page.route(re.compile("/console/|/healthz"), lambda route: route.abort())
    page.keyboard.press("Alt+Digit3")
    page.keyboard.press("Control+Enter")
    away = page.locator("#notices").get_by_text("It is sent by itself when it answers.")
    expect(away).to_be_visible()
    look(page, "console-away")
    page.unroute_all()
    page.get_by_role("button", name="Try now").click()
    expect(page.get_by_text("Logged: Question answered")).to_be_visible()
    expect(away).to_be_hidden()
    assert Call.objects.get().outcome == "answered"
    watch.complaints.clear()  # the aborted requests


@pytest.mark.long
def test_a_call_that_ends_without_an_outcome_says_so_and_keeps_saying_it(page, anna, watch):
    watch.expect(422)
    ring("+34943555018")
    page.goto("/console/")
    page.keyboard.press("F2")
    field = page.get_by_label("Name, e-mail, company or order number")
    expect(field).to_be_focused()
    page.keyboard.type("nobody")
    page.keyboard.press("Control+Enter")  # from the field that takes Enter for itself
    missing = page.get_by_role("alert").filter(has_text="Say how it ended")
    expect(missing).to_be_visible()
    look(page, "console-no-outcome")
    with page.expect_response("**/console/part/**"):
        pass  # a poll
    expect(missing).to_be_visible()
    field.focus()
    page.keyboard.press("Escape")
    expect(field).to_have_value("nobody")
    page.keyboard.press("8")
    expect(missing).to_be_hidden()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="Nobody is calling")).to_be_visible()


@pytest.mark.long
def test_what_was_refused_stays_in_sight_while_the_console_polls(page, anna, watch):
    watch.expect(422)
    page.goto("/console/")
    page.get_by_label("Number", exact=True).fill("not a number")
    page.keyboard.press("Enter")
    refused = page.locator("#notices .notice-danger")
    expect(refused).to_be_visible()
    with page.expect_response("**/console/part/**"):
        pass
    expect(refused).to_be_visible()
    page.get_by_label("Number", exact=True).fill("+34943555018")
    page.keyboard.press("Enter")
    expect(refused).to_be_hidden()
