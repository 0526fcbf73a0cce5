"""What an amount in a file means: its column or somebody's word decides where three digits leave it open."""

import io
from datetime import date

import pytest

from crm import money
from customers import batching, importing
from customers.models import SkippedRow
from sales.models import Purchase
from tests import make

HEAD = "customer_id;date;amount;currency;quantity\n"


@pytest.fixture
def shop(settings, tmp_path, db):
    settings.MEDIA_ROOT = tmp_path
    make.make_organisation()
    make.make_contact_point(make.make_mira(), "7", "reference", system="shop")


def take_in(*cells, sign="", currency="EUR", quantities=()):
    """Take a file in; return {cell: cents} of what landed, and what is said of the rest."""
    Purchase.objects.all().delete()
    counts = [*quantities, *[""] * (len(cells) - len(quantities))]
    rows = [
        f"7;2026-03-{n:02};{cell};{currency};{count}"
        for n, (cell, count) in enumerate(zip(cells, counts, strict=True), 1)
    ]
    text = HEAD + "\n".join(rows)
    file = importing.receive(io.BytesIO(text.encode()), name="p.csv", kind="purchases", system="shop")
    looked = importing.check(file, mapping=file.mapping, sign=sign)
    importing.start(file)
    while batching.take_batch(file.pk):
        pass
    skipped = {
        number: reason for number, reason in SkippedRow.objects.filter(file=file).values_list("number", "reason")
    }
    assert dict(looked.troubles) == skipped
    landed = Purchase.objects.order_by("purchased_on").values_list("purchased_on__day", "amount_cents")
    return {cells[day - 1]: cents for day, cents in landed}, [*skipped.values()]


@pytest.mark.parametrize(
    ("cells", "cents"),
    [
        (["1.000,00"], [100_000]),
        (["1,000.00"], [100_000]),
        (["1 000,00", "1\u202f000,00", "1\u00a0000.50"], [100_000, 100_000, 100_050]),
        (["1'000.00", "1’000.00"], [100_000] * 2),
        (["1000"], [100_000]),
        (["0,125", "1 234,500", "1234,500"], [13, 123_450, 123_450]),  # no thousand is written so
        (["1,000", "12.50"], [100_000, 1_250]),
        (["1.000", "12.50"], [100, 1_250]),
        (["1,000", "12,50"], [100, 1_250]),
        (["1.000", "2.000.000"], [100_000, 200_000_000]),
    ],
)
def test_what_has_one_meaning_is_read_and_its_column_decides_for_the_others(shop, cells, cents):
    assert take_in(*cells) == (dict(zip(cells, cents, strict=True)), [])


def test_what_may_be_a_thousand_or_a_one_is_set_aside_until_somebody_says_which(shop):
    words = "“%s” may be a thousand, or a number with three decimals. Choose the file's decimal sign."
    for cell in ("1,000", "1.000", "−1,250", "€ 1.250"):
        landed, reasons = take_in("1000", cell, "7")
        assert (landed, reasons) == ({"1000": 100_000, "7": 700}, [words % cell])
    landed, reasons = take_in("1,000", "12.50", "12,50")  # two who write otherwise in one column
    assert (landed, reasons) == ({"12.50": 1_250, "12,50": 1_250}, [words % "1,000"])
    assert take_in("1,000", "12,50", sign=".") == ({"1,000": 100_000, "12,50": 1_250}, [])
    assert take_in("1,000", sign=",") == ({"1,000": 100}, [])


def test_it_is_told_by_a_row_far_behind_those_that_are_looked_at_first(shop, monkeypatch):
    monkeypatch.setattr(batching, "BATCH_SIZE", 2)
    monkeypatch.setattr(importing, "CHECKED_ROWS", 2)
    assert take_in("1.000", "1", "2", "3", "4", "0.50")[0]["1.000"] == 100


def test_a_currency_without_decimals_means_thousands_and_one_with_three_must_be_told(shop):
    assert take_in("1,000", "1.000", "1.000.000", currency="JPY")[0] == {
        "1,000": 1_000,
        "1.000": 1_000,
        "1.000.000": 10**6,
    }
    assert take_in("1,000", currency="JPY", sign=",")[0] == {"1,000": 1}
    assert take_in("1.000", currency="KWD") == ({}, [SkippedRow.objects.get().reason])
    assert take_in("1.000", "0.500", currency="KWD")[0] == {"1.000": 1_000, "0.500": 500}
    assert take_in("1.000", currency="KWD", sign=",")[0] == {"1.000": 1_000_000}


def test_a_currency_beside_the_amount_is_that_of_the_row_unless_its_column_says_another(shop):
    def bought(*cells, currency=""):
        skipped = take_in(*cells, currency=currency)[1]
        lines = Purchase.objects.order_by("purchased_on")
        return [(one.amount_cents, one.currency) for one in lines], skipped

    dollars = [(1_250, "USD"), (-1_250, "USD"), (123_450, "USD")]
    assert bought("$12.50", "(12.50 USD)", "US$ 1,234.50") == (dollars, [])
    assert bought("12,50 €", "5", "¥1,000") == ([(1_250, "EUR"), (500, "EUR"), (1_000, "JPY")], [])
    assert bought("$12.50", currency="CAD") == ([(1_250, "CAD")], [])
    assert bought("US$12.50", currency="$") == ([(1_250, "USD")], [])
    assert bought("12,50 €", "7", currency="GBP") == (
        [(700, "GBP")],
        ["“12,50 €” says another currency than GBP."],
    )
    make.make_organisation(currency="CAD")
    assert bought("$12.50", "12.50 USD") == ([(1_250, "CAD"), (1_250, "USD")], [])


def test_a_quantity_is_read_by_its_own_column(shop):
    take_in("5,00", "5,00", quantities=["1.000", "2.500,5"])
    assert [*Purchase.objects.order_by("purchased_on").values_list("quantity", flat=True)] == [1_000, 2_500.5]
    assert take_in("5,00", quantities=["1.000"])[0] == {}
    assert take_in("5,00", quantities=["12 USD"]) == ({}, ["“12 USD” is no quantity."])


def test_the_page_asks_for_the_sign_of_purchases_alone(shop, client):
    client.force_login(make.make_user("Max", make.Role.MARKETING))
    body = f"{HEAD}7;2026-03-01;1,000;EUR;1\n".encode()
    file = importing.receive(io.BytesIO(body), name="p.csv", kind="purchases", system="shop")
    address = f"/imports/{file.pk}/"
    columns = {
        f"column-{place}": name for name, column in file.mapping.items() for place in [file.header.index(column)]
    }
    for sign, is_told in (("", True), (".", False)):
        client.post(f"{address}columns/", {**columns, "sign": sign})
        page = client.get(address).content.decode()
        assert ("“1,000” may be a thousand" in page, "Decimal sign" in page) == (is_told, True)
    assert '<option value="." selected' in page
    assert client.post(f"{address}columns/", {**columns, "sign": ";"}).status_code == 422
    people = importing.receive(io.BytesIO(b"name\nMira\n"), name="p.csv", kind="people", system="shop")
    assert "Decimal sign" not in client.get(f"/imports/{people.pk}/").content.decode()


def test_the_day_of_a_purchase_is_read_as_its_column_writes_days(shop):
    for last, day in (
        ("12/31/2025", date(2026, 3, 4)),
        ("31/12/2025", date(2026, 4, 3)),
        ("2025-12-31", date(2026, 4, 3)),
    ):
        Purchase.objects.all().delete()
        text = f"customer_id;date;amount\n7;03/04/2026 10:15;5\n7;{last};5\n"
        file = importing.receive(io.BytesIO(text.encode()), name="p.csv", kind="purchases", system="shop")
        importing.check(file, mapping=file.mapping)
        importing.start(file)
        assert not batching.take_batch(file.pk)
        days = [*Purchase.objects.order_by("purchased_on").values_list("purchased_on", flat=True)]
        assert days == [date(2025, 12, 31), day]


@pytest.mark.parametrize("written", ["12.03.2026", "1.2.3", "1,23,4"])
def test_a_date_is_no_amount(written):
    assert money.number(written) is None


def test_which_sign_a_number_tells():
    told = {
        "1.000,00": ",",
        "1,000.00": ".",
        "12,5": ",",
        "1.000.000": ",",
        "1,00,000": ".",
        "1'000.500": ".",
        ".50": ".",
    }
    told |= dict.fromkeys(["1,000", "1.000", "1000", "1 000", "soon", "1.2.3", "", "999,999"], "")
    assert {written: money.sign_in(written) for written in told} == told
