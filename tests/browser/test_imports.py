"""An import, pressed through in the browser: file, columns, check, progress, rows that did not land."""

import pytest
from playwright.sync_api import expect

from customers import batching
from customers.models import Customer, ImportFile
from staff.roles import Role
from tests import make
from tests.browser.looking import look

pytestmark = pytest.mark.django_db(transaction=True)
LONG = "Gasthaus zum Goldenen Hirschen am Alten Marktplatz, Inhaberfamilie Featherstonehaugh-Lloyd"
PEOPLE = f"Codice;Nome;Cognome;Mail;Nota\n1;Ana;Lima;ana@lima.example;{LONG}\n2;Bo;Berg;bo(at)berg;\n;;;;only a note\n"


@pytest.fixture
def max_(sign_in, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    make.make_organisation()
    max_ = make.make_user("Max", Role.MARKETING)
    sign_in(max_)
    return max_


def hand_in(page):
    page.goto("/imports/new/")
    page.get_by_label("File", exact=True).set_input_files(
        {"name": "fiera_rimini_2026_con_un_nome_lungo.csv", "mimeType": "text/csv", "buffer": PEOPLE.encode()}
    )
    page.get_by_label("Whose numbers are these?").fill("fair")
    page.get_by_role("button", name="Read the file").click()
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_role("heading", name="What cannot be read")).to_be_visible()


@pytest.mark.long
def test_what_cannot_be_read_is_said_before_anything_is_written(page, max_):
    hand_in(page)
    look(page, "import-check")
    assert not Customer.objects.exists()


@pytest.mark.long
def test_a_file_is_brought_in(page, max_):
    hand_in(page)
    page.get_by_role("button", name="Import all rows").click()
    expect(page.get_by_role("button", name="Stop and keep what is done")).to_be_visible()
    while batching.take_batch(ImportFile.objects.get().pk):
        pass
    expect(page.get_by_role("link", name="See the customers")).to_be_visible()  # the part asked for itself again
    look(page, "import-done")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert "only a note" in download.value.path().read_text(encoding="utf-8-sig")


@pytest.mark.long
def test_the_way_in_fits_a_phone_and_pleases_axe(page, max_):
    for address in ("/imports/", "/imports/new/"):
        page.goto(address)
        look(page, address.strip("/").replace("/", "-"))
