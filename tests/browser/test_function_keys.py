"""Function keys of one's own, chosen in the profile, pressed in the console from inside a field."""

import pytest
from django.utils.timezone import now
from playwright.sync_api import expect

from interactions import ringing
from interactions.gateways.calls.contract import Ring, State
from tests.browser.scene import NUMBER, make_day

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.long
def test_keys_chosen_in_the_profile_answer_and_end_a_call(page, sign_in):
    sign_in(make_day())
    page.goto("/settings/profile/")
    page.get_by_label("Key that answers a call").select_option("F8")
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.get_by_label("Key that ends a call").select_option("F9")
    expect(page.get_by_label("Key that ends a call")).to_have_value("F9")
    page.goto("/console/")
    ringing.ring(Ring("one", State.RINGING, NUMBER, "+390895550100", None, now()))
    expect(page.get_by_role("button", name="Answer")).to_be_visible(timeout=5_000)
    page.keyboard.press("F2")  # the old one does nothing now
    page.keyboard.press("F8")
    notes = page.get_by_label("Call notes")
    notes.fill("wants the trial")
    notes.press("F9")
    expect(page.get_by_role("button", name="End")).to_be_hidden()
    expect(notes).to_have_value("wants the trial")
