"""What kind of line answers stands at every phone, by whatever door it came."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.db import connection

from customers import contacting, filling
from customers.intake import Person, register_many
from customers.models import ContactPoint
from tests import make

pytestmark = pytest.mark.django_db
NUMBERS = {"+390895550147": "fixed", "+393335550192": "mobile", "+12015550123": "", "+34111111111": ""}


def lines():
    return dict(ContactPoint.objects.filter(channel="phone").values_list("value", "line"))


def test_by_file_and_by_hand():
    register_many([Person(name="Mira Kovač", phones=list(NUMBERS))], source="import 1", country="IT")
    assert lines() == NUMBERS
    ContactPoint.objects.all().delete()
    petar = make.make_customer("Petar Kovač", email="petar@example.com")
    for number in NUMBERS:
        contacting.add(petar, "phone", number, by=None)
    assert lines() == NUMBERS and ContactPoint.objects.get(channel="email").line == ""


def test_those_that_were_there_before_are_told_in_batches_once_and_again(monkeypatch):
    migration = import_module("customers.migrations.0007_what_kind_of_phone_answers")
    monkeypatch.setattr(migration, "BATCH", 2)
    mira = make.make_mira(phone=None)
    for number in [*NUMBERS, "no number at all"]:
        make.make_contact_point(mira, number, "phone", line="")
    for _twice in range(2):
        migration.tell(None, SimpleNamespace(connection=connection))
        assert lines() == NUMBERS | {"no number at all": ""}
    assert ContactPoint.objects.get(channel="email").line == ""


def test_a_big_base_is_told_as_by_hand():
    with connection.cursor() as cursor:
        values = {"first_id": 1, "from": 1, "to": 1, "towns": filling.TOWNS.split()}
        values |= {"first": filling.FIRST.split(), "pieces": filling.PIECES.split()}
        cursor.execute("SET LOCAL session_replication_role = replica")
        for sql in (filling.CUSTOMERS, filling.POINTS):
            cursor.execute(sql, values | {"keepers": [None], "teams": [None]})
    assert lines() == {"+393200000001": "mobile"}
