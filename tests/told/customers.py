"""What is told of customers, their consents, files that come in, and what they buy."""

import io
from datetime import date
from decimal import Decimal

from customers import batching, changing, consenting, contacting, importing, intake, stopping
from customers.cleaning import Person
from customers.models import Customer
from sales import bookkeeping, exchanging, recording, recounting
from tests import make
from tests.told import fact, tells

ROW = b"customer_id,first_name,last_name,email\n1,Rui,Teles,rui@example.com\n"


@tells("customer.registered")
def registered(cast):
    yield
    rui, _ = intake.register(Person(name="Rui Teles", emails=["rui@example.com"]), source="call", by=cast.anna)
    yield fact("customer.registered", rui, rui, cast.anna)


@tells("customer.changed")
def changed(cast):
    yield
    changing.change(cast.mira, version=cast.mira.version, by=cast.anna, city="Amalfi")
    yield fact("customer.changed", cast.mira, cast.mira, cast.anna)


@tells("customers.imported")
def imported(cast):
    yield
    intake.register_many([Person(name="Rui Teles", emails=["rui@example.com"])], source="api", by=cast.anna)
    yield fact("customers.imported", Customer.objects.get(name="Rui Teles"), None, cast.anna)


def _file(cast):
    fields = {"name": "people.csv", "kind": "people", "system": "shop", "by": cast.boris}
    file = importing.receive(io.BytesIO(ROW), **fields)
    importing.check(file, mapping=file.mapping)
    return file


@tells("import.started")
def started(cast):
    file = _file(cast)
    yield
    importing.start(file, by=cast.boris)
    yield fact("import.started", file, None, cast.boris)


@tells("import.finished")
def finished(cast):
    file = _file(cast)
    importing.start(file, by=cast.boris)
    yield
    while batching.take_batch(file.pk):
        pass
    yield fact("customers.imported", file, None, cast.boris), fact("import.finished", file, None, cast.boris)


@tells("consent.given")
def given(cast):
    yield
    consenting.give(cast.mira, "offers", "email", source="customer page", by=cast.anna)
    yield fact("consent.given", cast.mira, cast.mira, cast.anna)


@tells("consent.withdrawn")
def withdrawn(cast):
    yield
    consenting.withdraw(cast.mira, "offers", "email", source="customer page", by=cast.anna)
    yield fact("consent.withdrawn", cast.mira, cast.mira, cast.anna)


@tells("contact_point.bounced")
def takes_no_texts(cast):
    point = cast.mira.contact_points.get(channel="phone")
    yield
    contacting.mark_dead(point, "sms", "Unknown handset")
    yield fact("contact_point.bounced", point, cast.mira)


@tells("consent.withdrawn")
def stopped(cast):
    number = cast.mira.contact_points.get(channel="phone").value
    yield
    stopping.withdraw_at(number, "sms", source="stop")
    yield fact("consent.withdrawn", cast.mira, cast.mira)


@tells("consent.given")
def given_back(cast):
    number = cast.mira.contact_points.get(channel="phone").value
    consenting.give(cast.mira, "offers", "sms", source="customer page")
    stopping.withdraw_at(number, "sms", source="stop")
    yield
    stopping.give_back_at(number, "sms", taken_by="stop", source="start")
    yield fact("consent.given", cast.mira, cast.mira)


@tells("purchases.recorded")
def recorded(cast):
    line = recording.Line(date(2024, 5, 2), 1200, "EUR", customer_id=cast.mira.pk)
    yield
    recording.record_many([line], source="api", by=cast.anna)
    yield fact("purchases.recorded", cast.mira, None, cast.anna)


@tells("exchange_rate.set")
def rated(cast):
    yield
    rate, _is_new = exchanging.set_rate("USD", from_on=date(2024, 5, 2), rate=Decimal("0.9"), by=cast.anna)
    yield fact("exchange_rate.set", rate, None, cast.anna)


@tells("exchange_rate.removed")
def rate_removed(cast):
    rate, _is_new = exchanging.set_rate("USD", from_on=date(2024, 5, 2), rate=Decimal("0.9"), by=cast.anna)
    yield
    exchanging.remove(rate, by=cast.anna)
    yield fact("exchange_rate.removed", rate, None, cast.anna)


@tells("currency.changed")
def counted_in_another_currency(cast):
    bookkeeping.take()
    make.make_organisation(currency="USD")
    yield
    recounting.follow()
    yield fact("currency.changed", ("sales.books", 1))
