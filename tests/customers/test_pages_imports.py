"""Imports on screen: a file, its columns, how far it is, and what did not land; and the fields of the settings."""

import csv
import io

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from customers import batching
from customers.models import Customer, CustomField, ImportFile
from sales.models import Purchase
from staff.roles import Role
from tests import make

pytestmark = pytest.mark.django_db
PEOPLE = "Codice;Nome;Cognome;Mail;Nota\n1;Ana;Lima;ana@lima.example;x\n2;Bo;Berg;bo(at)berg;\n;;;;only a note\n"
PURCHASES = (
    "customer_id,date,quantity,amount\n1,1997-12-12,2,29.33\n1,1997-12-12,2,29.33\n9,1997-12-13,1,5\n1,soon,1,5\n"
)


@pytest.fixture(autouse=True)
def max_(client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    make.make_organisation()
    max_ = make.make_user("Max", Role.MARKETING)
    client.force_login(max_)
    return max_


@pytest.fixture
def upload(client):
    def upload(content, kind="people", **changed):
        sent = {
            "file": SimpleUploadedFile("fair.csv", content.encode()),
            "kind": kind,
            "system": "fair",
            "country": "IT",
        }
        return client.post(reverse("customers:import"), sent | changed)

    return upload


def go_through(client, file):
    page = reverse("customers:import_file", args=[file.pk])
    sent = {f"column-{place}": dict(zip(file.mapping.values(), file.mapping, strict=True)).get(column, "")
            for place, column in enumerate(file.header)}  # fmt: skip
    assert client.post(page + "columns/", sent).status_code == 302
    assert client.post(page + "start/").status_code == 302
    while batching.take_batch(file.pk):
        pass
    file.refresh_from_db()
    return page


def test_a_file_goes_from_upload_to_its_result(client, upload):
    answer = upload(PEOPLE)
    file = ImportFile.objects.get()
    assert answer["Location"] == reverse("customers:import_file", args=[file.pk])
    page = client.get(answer["Location"]).content.decode()
    assert "Ana · Bo" in page and "row 3" in page and "“bo(at)berg” is no e-mail address." in page
    done = client.get(go_through(client, file)).content.decode()
    assert "3 rows read" in done and "New 2" in done and "Skipped 1" in done
    assert Customer.objects.count() == 2
    assert "fair.csv" in client.get(reverse("customers:imports")).content.decode()


def test_the_sums_add_up_and_a_bare_number_is_skipped(client, upload):
    upload("Codice;Nome;Mail;Telefono\n1;Ana;ana@lima.example;+39\n\n2;;;\n")
    file = ImportFile.objects.get()
    done = client.get(go_through(client, file)).content.decode()
    assert "3 rows read" in done and "New 1" in done and "Skipped 1" in done and "Blank 1" in done
    assert "This row gives a customer number and nothing else." in done and "Phone “+39”" in done


@pytest.mark.parametrize("rows, words", [("", "no row below the header"), ("1;2;3;4\n", "None of the first rows")])
def test_a_file_without_a_readable_row_says_so(client, upload, rows, words):
    page = client.get(upload(f"Codice;Nome\n{rows}")["Location"]).content.decode()
    assert words in page and "Import all rows" not in page


@pytest.mark.parametrize("status", ["uploaded", "checked", "stopped", "failed"])
def test_a_file_that_is_gone_is_told_and_to_be_uploaded_again(client, upload, status):
    page = upload(PEOPLE)["Location"]
    file = ImportFile.objects.get()
    default_storage.delete(file.path)
    ImportFile.objects.update(status=status)
    answer = client.get(page)
    assert answer.status_code == 200 and "The file is gone from our disk. Upload it again" in answer.content.decode()
    assert reverse("customers:import") in answer.content.decode() and "Go on" not in answer.content.decode()


def test_checking_a_file_that_is_gone_says_so(client, upload):
    page = upload(PEOPLE)["Location"]
    default_storage.delete(ImportFile.objects.get().path)
    answer = client.post(page + "columns/", {"column-0": "reference", "column-1": "first_name"})
    assert answer.status_code == 409 and "The file is gone from our disk" in answer.content.decode()
    assert ImportFile.objects.get().status == "uploaded"


def test_a_file_that_is_no_text_is_refused_in_words(client, upload):
    answer = upload("".join(map(chr, range(128))) * 9)
    assert answer.status_code == 422 and "it holds bytes that no text has" in answer.content.decode()
    assert not ImportFile.objects.exists()


def test_rows_that_did_not_land_are_downloaded_with_their_reason(client, upload):
    upload(PEOPLE)
    page = go_through(client, ImportFile.objects.get())
    lines = b"".join(client.get(page + "skipped.csv").streaming_content).decode()
    rows = list(csv.reader(io.StringIO(lines)))
    assert [row[0] for row in rows] == ["Row", "3", "4"]
    assert rows[2][1] == "There is neither a name nor an address in this row."
    assert rows[1][2:] == ["2", "Bo", "Berg", "bo(at)berg", ""]


def test_the_poll_is_left_alone_while_nothing_changed(client, upload):
    upload(PEOPLE)
    file = ImportFile.objects.get()
    client.post(
        reverse("customers:import_columns", args=[file.pk]), {"column-0": "reference", "column-1": "first_name"}
    )
    page = reverse("customers:import_file", args=[file.pk])
    client.post(page + "start/")
    part = client.get(page, headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode() and "every 1s" in part.content.decode()
    assert client.get(page + "?seen=running-0", headers={"HX-Request": "true"}).status_code == 204
    batching.take_batch(file.pk)
    ended = client.get(page + "?seen=running-0", headers={"HX-Request": "true"})
    assert ended.status_code == 200 and "every 1s" not in ended.content.decode()


def test_two_columns_cannot_become_the_same(client, upload):
    upload(PEOPLE)
    file = ImportFile.objects.get()
    sent = {"column-1": "first_name", "column-2": "first_name"}
    answer = client.post(reverse("customers:import_columns", args=[file.pk]), sent)
    assert answer.status_code == 422 and "“Nome” holds this already." in answer.content.decode()
    file.refresh_from_db()
    assert file.status == ImportFile.Status.UPLOADED


def test_what_is_no_csv_is_said_at_the_file(client, upload):
    answer = upload("", file=SimpleUploadedFile("book.xlsx", b"PK\x03\x04 a spreadsheet"))
    assert answer.status_code == 422 and "Save it as CSV" in answer.content.decode()
    assert "required" in client.post(reverse("customers:import"), {}).content.decode()


def test_purchases_land_every_identical_line_once_and_say_what_they_are_worth(client, upload):
    make.make_contact_point(make.make_mira(), "1", "reference", system="fair")
    for _again in range(2):
        upload(PURCHASES, kind="purchases")
        page = go_through(client, ImportFile.objects.latest("pk"))
    first, second = ImportFile.objects.order_by("pk")
    assert (first.made_count, first.skipped_count, first.figures) == (2, 2, {"EUR": 5866})
    assert (second.made_count, second.same_count) == (0, 2)
    assert Purchase.objects.count() == 2
    page = client.get(reverse("customers:import_file", args=[first.pk])).content.decode()
    assert "€58.66" in page and "There is no customer with the number “9”." in page and "“soon” is no day." in page


def test_a_purchases_file_must_say_who_when_and_how_much(client, upload):
    upload("who,what\n1,coffee\n", kind="purchases")
    file = ImportFile.objects.get()
    answer = client.post(reverse("customers:import_columns", args=[file.pk]), {"column-0": "customer"})
    assert answer.status_code == 422 and "Day of purchase" in answer.content.decode()


def test_an_agent_imports_nothing(client):
    client.force_login(make.make_anna())
    assert client.get(reverse("customers:imports")).status_code == 403


# ---- custom fields


def test_a_field_is_made_renamed_moved_retired_and_brought_back(client):
    client.post(reverse("customers:field_new"), {"label": "Rooms", "kind": "number"})
    client.post(reverse("customers:field_new"), {"label": "Roast", "kind": "choice", "choices": "Light\nDark"})
    rooms, roast = CustomField.objects.order_by("pk")
    assert (rooms.key, roast.choices) == ("rooms", ["Light", "Dark"])
    client.post(reverse("customers:field", args=[roast.pk]), {"label": "Roast they like", "choices": "Light\nDark\nNo"})
    client.post(reverse("customers:field_place", args=[roast.pk]), {"to": "up"})
    assert list(CustomField.objects.order_by("position").values_list("label", flat=True)) == [
        "Roast they like",
        "Rooms",
    ]
    client.post(reverse("customers:field_retirement", args=[rooms.pk]))
    page = client.get(reverse("customers:fields")).content.decode()
    assert "Bring back" in page and CustomField.objects.get(pk=rooms.pk).is_retired
    client.post(reverse("customers:field_retirement", args=[rooms.pk]))
    assert not CustomField.objects.get(pk=rooms.pk).is_retired


def test_a_choice_with_one_value_is_refused_at_its_field(client):
    answer = client.post(reverse("customers:field_new"), {"label": "Roast", "kind": "choice", "choices": "Dark"})
    assert answer.status_code == 422 and "two values at least" in answer.content.decode()
    assert not CustomField.objects.exists()


def test_who_sees_only_a_team_sees_only_their_own_files(client, upload):
    upload(PEOPLE)
    page = reverse("customers:import_file", args=[ImportFile.objects.get().pk])
    client.force_login(make.make_boris())
    assert "fair.csv" not in client.get(reverse("customers:imports")).content.decode()
    for address in (page, page + "skipped.csv"):
        assert client.get(address).status_code == 404
    assert client.post(page + "start/").status_code == 404
    upload(PEOPLE)
    assert "fair.csv" in client.get(reverse("customers:imports")).content.decode()
