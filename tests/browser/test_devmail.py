"""The development mailbox in the browser: what was caught, one mail in its frame, and the way it is found."""

from email.message import EmailMessage

import pytest
from playwright.sync_api import expect

from crm.devmail import boxes
from staff.roles import Role
from tests import make
from tests.browser.looking import look

pytestmark = pytest.mark.django_db(transaction=True)
SUBJECT = "Maria Giovanna, un decaffeinato per il dopocena che sa ancora di caffè"


@pytest.fixture
def caught(settings, tmp_path, sign_in):
    settings.VAR = tmp_path
    make.make_organisation()
    sign_in(make.make_user("Mara", Role.MARKETING))
    return boxes.open_box(tmp_path / "mail", boxes.THEIRS)


def letter(subject=SUBJECT, html="<p>Dear <b>Mira</b>,</p><script>alert(1)</script><p>we roasted one.</p>"):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Meridiana <ciao@meridiana.example>", "mira@locanda.example", subject
    mail["Reply-To"] = "reply+abc234def567ghi890jkl@meridiana.example"
    mail["Message-ID"] = "<1@meridiana.example>"
    mail.set_content("Dear Mira,\n\nwe roasted one.")
    if html:
        mail.add_alternative(html, subtype="html")
    return mail


@pytest.mark.long
def test_an_empty_mailbox_says_so_and_fills_by_itself(page, caught):
    page.goto("/devmail/")
    expect(page.get_by_text("Nothing has left yet.")).to_be_visible()
    look(page, "devmail-empty")
    caught.add(letter())
    expect(page.get_by_role("link", name="mira@locanda.example")).to_be_visible()
    look(page, "devmail")


@pytest.mark.long
def test_a_mail_opens_as_it_was_sent_and_nothing_in_it_runs(page, caught, watch):
    caught.add(letter())
    caught.add(letter("Only words", html=""))
    page.goto("/devmail/")
    page.get_by_role("link", name=SUBJECT).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(SUBJECT)
    expect(page.frame_locator("iframe").get_by_text("we roasted one.")).to_be_visible()
    refused = [words for words in watch.complaints if "sandbox" in words]  # the script in the mail, kept from running
    watch.complaints[:] = [words for words in watch.complaints if words not in refused]
    assert refused
    watch.is_over = True  # each look at the page loads the frame, and its script is refused again
    look(page, "devmail-message")


@pytest.mark.long
def test_a_mail_without_html_is_found_by_its_subject_and_read_on_a_phone(page, caught):
    caught.add(letter())
    caught.add(letter("Only words", html=""))
    page.goto("/devmail/")
    page.get_by_role("searchbox").fill("only")
    page.get_by_role("searchbox").press("Enter")
    expect(page.locator(".inbox-row")).to_have_count(1)
    page.locator(".inbox-row").click()
    look(page, "devmail-words")
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.get_by_role("link", name="Test mailbox").last).to_be_visible()
