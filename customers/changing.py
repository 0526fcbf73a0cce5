"""Change who a customer is, by hand: two editors at once are told, and neither overwrites the other unseen."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.timezone import now
from django.utils.translation import gettext as _

from crm.events.recording import record
from crm.problems import Invalid, Problem
from customers import history, intake, searching
from customers.identity import normalise
from customers.models import Affiliation, Customer
from customers.touch import touch

CHANGEABLE = {
    "name", "first_name", "last_name", "pronoun", "language", "country", "time_zone", "city", "address", "born_on",
    "custom", "keeper", "team",
}  # fmt: skip
NAMES = frozenset({"name", "first_name", "last_name"})


class EditedMeanwhile(Problem):
    """Somebody else changed this customer while you were writing."""

    code = "edited_meanwhile"


class AlreadyLeft(Problem):
    """This person is not with that account any more."""

    code = "already_left"


class StillThere(Problem):
    """This person is with that account."""

    code = "still_there"


@transaction.atomic
def change(
    customer: Customer,
    *,
    by: Any,
    version: int,
    account: Customer | None = None,
    role: str | None = None,
    **fields: Any,
) -> Customer:
    """Change `fields` of a customer, the account that buys for them (None: as it is) and their role there.

    `version` is the one that the editor saw. The customer themselves as `account` makes them a person alone.
    Raises EditedMeanwhile if it is no longer the present one, Invalid for an account that cannot buy.
    """
    if unknown := fields.keys() - CHANGEABLE:
        raise ValueError(f"{', '.join(sorted(unknown))} cannot be changed here.")
    if account is not None:
        _check_account(customer, account, by)
        fields["account"] = account
    was = {name: getattr(customer, name) for name in fields}
    _affiliate(customer, account, role)
    _update(customer, version, fields, by)
    if fields or role is not None:
        searching.store([customer.pk])
        touch([customer.pk, customer.account_id, was["account"].pk if "account" in was else None])
        told = {name: [_plain(old), _plain(getattr(customer, name))] for name, old in was.items()}
        record("customer.changed", about=customer, customer=customer, by=by, source="form", fields=told)
    return customer


def _update(customer: Customer, version: int, fields: dict[str, Any], by: Any) -> None:
    if fields.keys() & NAMES:
        names = {name: fields.get(name, getattr(customer, name)) for name in NAMES}
        fields = fields | {"sort_key": normalise.sort_key(is_person=customer.kind == Customer.Kind.PERSON, **names)}
    mine, at = Customer.objects.filter(pk=customer.pk, version=version), now()
    was = mine.select_for_update(no_key=True).values(*_columns(fields)).first()
    if was is None:
        raise EditedMeanwhile(_("Somebody else changed this customer while you were writing."))
    mine.update(**fields, version=F("version") + 1, changed_at=at)
    customer.refresh_from_db()
    is_now = {name: getattr(customer, name) for name in was}
    history.write([history.difference(customer.pk, was, is_now)], at=at, source="form", by=by)


def _columns(fields: Iterable[str]) -> list[str]:
    """Return the columns of some fields: "keeper" → "keeper_id"."""
    columns = {field.name: field.attname for field in Customer._meta.concrete_fields}
    return [columns[name] for name in fields]


def _check_account(customer: Customer, account: Customer, by: Any) -> None:
    if account.pk in (customer.pk, customer.account_id):
        return
    if by is not None and not Customer.objects.visible_to(by).filter(pk=account.pk).exists():
        raise Invalid(_whom_to_ask(account), fields={"company": True})
    if customer.kind != Customer.Kind.PERSON:
        raise Invalid(_("Only a person can belong to somebody else's account."), fields={"company": True})
    if account.kind == Customer.Kind.PERSON or not account.is_account:
        raise Invalid(_("Only a company or a household can buy for somebody."), fields={"company": True})


def _affiliate(customer: Customer, account: Customer | None, role: str | None) -> None:
    """Write down the place with `account` (None: with the present one); who is said to be there has not left."""
    said: dict[str, Any] = {} if role is None else {"role": role}
    if account is not None:
        said["until_on"] = None
    account = account or customer.account
    if account.pk != customer.pk:
        Affiliation.objects.update_or_create(person=customer, account=account, defaults=said)


@transaction.atomic
def leave(place: Affiliation, *, by: Any, on: date) -> bool:
    """End a person's place with an account; if that bought for them, they are a person alone from now on.

    Returns whether it did buy for them: `come_back` needs to know. Raises AlreadyLeft.
    """
    if not Affiliation.objects.filter(pk=place.pk, until_on=None).update(until_on=on):
        raise AlreadyLeft(_("They left already."))
    person = Customer.objects.select_for_update().get(pk=place.person_id)
    was_main = person.account_id == place.account_id
    if was_main:
        _update(person, person.version, {"account": person}, by)
    _tell_of_place(place, by, left=on.isoformat())
    return was_main


@transaction.atomic
def come_back(place: Affiliation, *, by: Any, buys: bool) -> Customer:
    """Take a leaving back, and return who buys for the person now. Raises StillThere.

    buys: the account buys for them again, unless another was chosen since they left.
    """
    if not Affiliation.objects.filter(pk=place.pk).exclude(until_on=None).update(until_on=None):
        raise StillThere(_("They are there."))
    person = Customer.objects.select_for_update(of=("self",)).select_related("account").get(pk=place.person_id)
    if buys and person.is_account:
        _update(person, person.version, {"account": place.account}, by)
    _tell_of_place(place, by, left=None)
    return person.account


def _tell_of_place(place: Affiliation, by: Any, *, left: str | None) -> None:
    searching.store([place.person_id])
    touch([place.person_id, place.account_id])
    told = {"account": place.account.name, "left": left}
    record("customer.changed", about=place.person, customer=place.person, by=by, source="form", place=told)


def _plain(value: Any) -> Any:
    """Return a value as an event keeps it."""
    if hasattr(value, "pk"):
        return str(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


def account_named(name: str, *, by: Any) -> Customer:
    """Return the company or household that is called so, of those whom `by` sees; make the company if there is none.

    Raises Invalid if several are called so, or if others keep it.
    """
    folded = normalise.fold(name)[:250]
    called = Customer.objects.exclude(kind=Customer.Kind.PERSON).filter(sort_key=folded)
    found = list(called.visible_to(by)[:2])
    if len(found) > 1:
        raise Invalid(_("Several companies are called “%s”. Open the right one and add the person there.") % name)
    if found:
        return found[0]
    if theirs := called.select_related("keeper", "team").order_by("pk").first():
        raise Invalid(_whom_to_ask(theirs), fields={"company": True})
    return intake.register(intake.Person(kind=Customer.Kind.COMPANY, name=name), source="form", by=by, seer=by)[0]


def _whom_to_ask(company: Customer) -> str:
    who = company.keeper or company.team
    if who is None:
        return _("You may not see the company “%s”. Ask an administrator to add this person there.") % company
    words = _("The company “%(name)s” is kept by %(who)s. Ask them to add this person there.")
    return words % {"name": company, "who": who}
