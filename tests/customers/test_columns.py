"""What a cell leaves open is told by the other cells of its column."""

import io

import pytest

from customers import batching, customfields, importing
from customers.models import Customer, SkippedRow
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def take_in(text, country=""):
    file = importing.receive(io.BytesIO(text.encode()), name="p.csv", kind="people", system="shop", country=country)
    importing.check(file, mapping=file.mapping)
    importing.start(file)
    assert not batching.take_batch(file.pk)
    return file


@pytest.mark.parametrize(
    ("organisation", "country", "cells", "days"),
    [
        ("IT", "", ["03/04/1990", "12/31/1984"], ["1990-03-04", "1984-12-31"]),  # one of its rows tells
        ("US", "", ["03/04/1990", "31.12.1984"], ["1990-04-03", "1984-12-31"]),
        ("IT", "", ["03/04/1990", "05/05/1984"], ["1990-04-03", "1984-05-05"]),  # none does
        ("US", "", ["03/04/1990", "1984-12-31"], ["1990-03-04", "1984-12-31"]),
        ("US", "IT", ["03/04/1990", "12/13/1984", "13/12/1984"], ["1990-04-03", "1984-12-13", "1984-12-13"]),
    ],
)
def test_one_day_of_a_column_tells_what_the_others_begin_with(organisation, country, cells, days):
    make.make_organisation(country=organisation)
    customfields.define(label="Since", kind="day")
    rows = (f"{n},Mira,{cell},{cell},IT\n" for n, cell in enumerate(cells))
    take_in(f"customer_id,first_name,birth_date,since,country\n{''.join(rows)}", country)
    found = Customer.objects.order_by("pk").values_list("born_on", "custom__since")
    assert [(day.isoformat(), own) for day, own in found] == [(day, day) for day in days]


def test_a_number_of_ones_own_field_is_read_as_its_column_writes_numbers():
    make.make_organisation()
    customfields.define(label="Cups", kind="number")
    rows = enumerate(["1.000", "2.500.000", "12,5", "5 €"])
    file = take_in("customer_id,first_name,cups\n" + "".join(f'{n},Mira,"{cell}"\n' for n, cell in rows))
    assert [*Customer.objects.order_by("pk").values_list("custom__cups", flat=True)] == [1_000, 2_500_000, 12.5, None]
    assert SkippedRow.objects.get(file=file).number == 5
