"""A file of people comes in: guessed, checked, taken; killed at any moment, nothing is lost and nothing doubled."""

import io
from dataclasses import replace

import pytest
from django.core.files.storage import default_storage
from django.db import transaction
from django.urls import reverse

from crm.events.models import Event
from crm.problems import Invalid
from customers import batching, importing, jobs, people_files, skipping
from customers.models import ConsentState, ContactPoint, Customer, ImportFile, SkippedRow
from tests import make

pytestmark = pytest.mark.django_db
PEOPLE = """customer_id,first_name,last_name,email,phone,city,country,language,birth_date,newsletter
1,Mira,Kovač,MIRA@Example.com,081 805 0452,Amalfi,IT,it,1984-10-14,yes
2,Natividad,Barral,natividad@example.net,696-995.588,Ávila,ES,es,,no
3,Rui,Alves,,00351 910677052,Porto,PT,pt,,
"""


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def boris():
    make.make_organisation()
    return make.make_boris()


def receive(text, boris=None, **fields):
    raw = text if isinstance(text, bytes) else text.encode()
    return importing.receive(
        io.BytesIO(raw), **{"name": "people.csv", "kind": "people", "system": "shop", "by": boris, **fields}
    )


def take_in(text, boris=None, mapping=None, **fields):
    file = receive(text, boris, **fields)
    importing.check(file, mapping=mapping or file.mapping)
    importing.start(file, by=boris)
    while batching.take_batch(file.pk):
        pass
    file.refresh_from_db()
    return file


def counts(file):
    return file.made_count, file.updated_count, file.same_count, file.skipped_count


def test_people_land_with_phones_days_and_consents(boris):
    file = take_in(PEOPLE, boris)
    assert (file.status, counts(file)) == ("finished", (3, 0, 0, 0))
    mira = Customer.objects.get(first_name="Mira")
    assert (mira.city, mira.born_on.isoformat(), mira.language) == ("Amalfi", "1984-10-14", "it")
    phones = set(ContactPoint.objects.filter(channel="phone").values_list("value", flat=True))
    assert phones == {"+390818050452", "+34696995588", "+351910677052"}
    said = ConsentState.objects.values_list("customer__first_name", "contact_point__value", "is_given")
    assert set(said) == {("Mira", "mira@example.com", True), ("Natividad", "natividad@example.net", False)}
    assert Event.objects.filter(kind="import.finished", about_id=file.pk).count() == 1


def test_the_same_file_again_changes_nothing(boris):
    take_in(PEOPLE, boris)
    before = list(Customer.objects.order_by("pk").values())
    file = take_in(PEOPLE, boris)
    assert counts(file) == (0, 0, 3, 0)
    assert list(Customer.objects.order_by("pk").values()) == before


def test_rows_without_number_or_address_land_each_once(boris):
    text = "nome,cognome,città\nMario,Rossi,Roma\nMario,Rossi,Roma\nAda,Bruni,Lecce\n"
    assert counts(take_in(text, boris)) == (3, 0, 0, 0)
    assert counts(take_in(text, boris)) == (0, 0, 3, 0)
    assert Customer.objects.filter(name="Mario Rossi", city="Roma").count() == 2


@pytest.mark.parametrize(
    "header, expected",
    [
        ("Codice cliente;Nome;Cognome;E-mail;Cellulare;Città", "reference first_name last_name email mobile city"),
        ("ID;Nombre;Apellidos;Correo electrónico;Teléfono;Ciudad", "reference first_name last_name email phone city"),
        ("Número de cliente;Nome;Apelido;E-mail;Telemóvel;Cidade", "reference first_name last_name email mobile city"),
        ("Customer ID;First Name;Surname;Email address;Phone;Town", "reference first_name last_name email phone city"),
        ("n;Whole name;x;mail;y;z", "name email"),
    ],
)
def test_columns_are_guessed_from_their_names(header, expected):
    file = receive(header + "\n1;Mira;Kovač;mira@example.com;a;b\n")
    assert set(file.mapping) >= set(expected.split())
    assert len(set(file.mapping.values())) == len(file.mapping)


def test_columns_without_a_known_name_are_guessed_from_what_is_in_them():
    file = receive("A,B,C\nx,mira@example.com,+39 081 805 0452\ny,ada@example.com,+34 696 995 588\n")
    assert file.mapping == {"email": "B", "phone": "C"}


def test_a_broken_row_is_set_aside_with_its_reason_and_the_rest_lands(boris):
    text = PEOPLE + '4,"Ada\n5,Ugo,Bassi,,,,,,,,too many,cells\n,,,,,Nowhere,IT,,,\n6,Eve,Bruni,eve@example.com,,,,,,\n'
    file = take_in(text, boris)
    assert counts(file) == (4, 0, 0, 3)
    assert list(SkippedRow.objects.order_by("number").values_list("number", "has_landed")) == [
        (5, False), (6, False), (7, False)
    ]  # fmt: skip
    lines = list(skipping.as_csv(file))
    assert "customer_id" in lines[0]
    assert "12 cells" in lines[2]
    assert lines[2].rstrip().endswith("too many,cells")


def test_a_row_lands_without_the_piece_that_nobody_can_read(boris):
    file = take_in("name,email,phone,newsletter\nMira Kovač,mira@example.com,call me,perhaps\n", boris)
    assert (counts(file), file.noted_count) == ((1, 0, 0, 0), 1)
    row = SkippedRow.objects.get()
    assert row.has_landed
    assert "call me" in row.reason
    assert "perhaps" in row.reason
    assert not ConsentState.objects.exists()


def test_each_channel_that_is_asked_about_has_a_column(boris):
    said = (
        "name,email,phone,mobile,sms opt-in,newsletter\nMira Kovač,mira@example.com,+39089555014,+393200000001,yes,no\n"
    )
    assert take_in(said, boris).mapping["offers.sms"] == "sms opt-in"
    states = ConsentState.objects.order_by("channel").values_list("channel", "contact_point__value", "is_given")
    assert list(states) == [("email", "mira@example.com", False), ("sms", "+393200000001", True)]


def test_a_check_shows_the_first_rows_and_what_is_wrong_before_anything_lands(boris):
    file = receive(PEOPLE + "4,Ada,Bruni,ada@,,,,,31.31.1990,\n5,Ugo\n", boris)
    found = importing.check(file, mapping=file.mapping)
    assert found.rows[0].values["first_name"] == "Mira"
    assert [number for number, _words in found.troubles] == [5, 5, 6]
    assert not Customer.objects.exists()
    assert ImportFile.objects.get().status == "checked"


def test_a_mapping_must_name_real_columns(boris):
    file = receive(PEOPLE, boris)
    for mapping in ({"email": "nowhere"}, {"shoe size": "email"}, {}):
        with pytest.raises(Invalid):
            importing.check(file, mapping=mapping)


@pytest.mark.parametrize(
    "raw, words",
    [(b"PK\x03\x04 rest", "spreadsheet"), (b"%PDF-1.7", "no CSV"), (b"", "nothing"), (b"\n \n", "nothing")],
)
def test_what_is_no_csv_is_refused_and_not_kept(raw, words, tmp_path):
    with pytest.raises(importing.UnreadableFile, match=words):
        receive(raw)
    assert not ImportFile.objects.exists()
    assert not list(tmp_path.glob("imports/*"))


def test_an_import_starts_once_and_can_be_stopped_and_go_on(boris, monkeypatch):
    monkeypatch.setattr(batching, "BATCH_SIZE", 2)
    file = receive(PEOPLE, boris)
    with pytest.raises(importing.WrongStatus):
        importing.start(file)
    importing.check(file, mapping=file.mapping)
    importing.start(file, by=boris)
    with pytest.raises(importing.WrongStatus):
        importing.start(file, by=boris)
    assert batching.take_batch(file.pk)
    importing.stop(file)
    assert not batching.take_batch(file.pk)
    assert Customer.objects.count() == 2
    importing.start(file, by=boris)
    while batching.take_batch(file.pk):
        pass
    assert Customer.objects.count() == 3


def test_a_killed_batch_leaves_no_trace_and_is_taken_again(boris, monkeypatch):
    monkeypatch.setattr(batching, "BATCH_SIZE", 2)
    text = "name,city\n" + "Mario Rossi,Roma\n" * 5
    file = receive(text, boris)
    importing.check(file, mapping=file.mapping)
    importing.start(file, by=boris)
    assert batching.take_batch(file.pk)
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        batching.take_batch(file.pk)
        raise KeyboardInterrupt  # the worker dies before it commits
    assert Customer.objects.count() == 2
    batching._kept.clear()  # another worker knows nothing of the rows before
    while batching.take_batch(file.pk):
        batching._kept.clear()
    file.refresh_from_db()
    assert (Customer.objects.count(), file.made_count, file.row_number) == (5, 5, 5)
    assert counts(take_in(text, boris)) == (0, 0, 5, 0)


def test_one_row_that_the_database_refuses_does_not_stop_its_batch(boris, monkeypatch):
    people = importing._kinds["people"]

    def take(rows, file):
        if any(row.values["reference"] == "2" for row in rows):
            raise ValueError("a row that nobody thought of")
        return people.take(rows, file)

    monkeypatch.setitem(importing._kinds, "people", importing.Kind("people", "", people.fields, take))
    file = take_in(PEOPLE, boris)
    assert counts(file) == (2, 0, 0, 1)
    assert "nobody thought of" in SkippedRow.objects.get().reason


def test_a_row_over_which_the_code_itself_stumbles_is_skipped_alone(boris, monkeypatch):
    def stumble(rows, file):
        if any("Mira" in cell for row in rows for cell in row.cells):
            raise AttributeError("a bug")
        return people_files.take(rows, file)

    monkeypatch.setitem(importing._kinds, "people", replace(importing._kinds["people"], take=stumble))
    file = take_in(PEOPLE, boris)
    assert file.status == "finished" and counts(file)[0] == 2
    assert "a bug" in SkippedRow.objects.get().reason


def test_a_batch_that_raises_stops_its_import_and_the_page_says_why(boris, client):
    file = receive(PEOPLE, boris)
    importing.check(file, mapping=file.mapping)
    importing.start(file, by=boris)
    ImportFile.objects.filter(pk=file.pk).update(dialect={"no": "dialect"})
    jobs.run_import(file.pk)
    client.force_login(boris)
    page = client.get(reverse("customers:import_file", args=[file.pk])).content.decode()
    assert "A batch of it could not be taken: TypeError" in page
    jobs.drive_imports()
    file.refresh_from_db()
    assert file.status == "failed"


def test_a_file_that_is_gone_fails_in_words(boris):
    file = receive(PEOPLE, boris)
    importing.check(file, mapping=file.mapping)
    importing.start(file, by=boris)
    default_storage.delete(file.path)
    assert not batching.take_batch(file.pk)
    file.refresh_from_db()
    assert file.status == "failed"
    assert file.trouble.startswith("The file is gone from our disk. Upload it again")


@pytest.mark.django_db(transaction=True)
def test_starting_wakes_a_worker_and_the_clock_wakes_a_lost_one(boris, run_jobs):
    file = receive(PEOPLE, boris)
    importing.check(file, mapping=file.mapping)
    importing.start(file, by=boris)
    assert "customers.jobs.run_import" in run_jobs()
    assert Customer.objects.count() == 3
    lost = receive(PEOPLE.replace("@", "@mail."), boris, system="erp")
    importing.check(lost, mapping=lost.mapping)
    ImportFile.objects.filter(pk=lost.pk).update(status="running", beat_at="2020-01-01T00:00Z")
    jobs.drive_imports()
    run_jobs()
    lost.refresh_from_db()
    assert lost.status == "finished"


def test_figures_that_come_to_nothing_or_less_are_kept():
    assert importing.summed({"cents": 500}, {"cents": -500, "rows": 1}) == {"cents": 0, "rows": 1}
    assert importing.summed({}, {"cents": -200}) == {"cents": -200}
