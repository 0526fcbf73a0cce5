"""Fields that the organisation makes up: define, change, retire; and check what is put into them."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from crm import money
from crm.problems import Invalid, Problem
from customers.identity import normalise
from customers.models import CustomField

LONGEST_TEXT = 2_000  # characters of one value
MOST_FIELDS = 200  # in use at once
YES = frozenset(
    ["yes", "y", "true", "t", "1", "x", "on", "si", "s", "sim", "ja", "oui", "vero", "verdadero", "verdadeiro"]
)
NO = frozenset(["no", "n", "false", "f", "0", "off", "nao", "nein", "non", "falso"])


class TooManyFields(Problem):
    """There are enough custom fields already. Retire one that nobody uses."""

    code = "too_many_fields"


def yes_no(text: Any) -> bool | None:
    """Return the yes or no that `text` says in en, it, es, pt; None if it says neither."""
    if isinstance(text, bool):
        return text
    word = normalise.fold(str(text))
    return True if word in YES else False if word in NO else None


def check(field: CustomField, value: Any) -> Any:
    """Return `value` as it is stored: text, number (int, float), ISO day, choice or bool. Raises Invalid."""
    stored = _read(field, value)
    if stored is None:
        raise Invalid(_complaint(field), fields={field.key: _complaint(field)})
    return stored


def _read(field: CustomField, value: Any) -> Any:
    kind = CustomField.Kind
    if field.kind == kind.TEXT:
        text = str(value).strip().replace("\x00", "")
        return text if len(text) <= LONGEST_TEXT else None
    if field.kind == kind.NUMBER:
        return _number(value)
    if field.kind == kind.DAY:
        day = value if isinstance(value, date) else normalise.day(str(value))
        return day.isoformat() if day else None
    if field.kind == kind.CHOICE:
        wanted = normalise.fold(str(value))
        return next((choice for choice in field.choices if normalise.fold(choice) == wanted), None)
    return yes_no(value)


def _number(value: Any) -> int | float | None:
    if isinstance(value, bool):
        return None
    text = str(value)
    number = None if money.named_in(text) else money.number(text)
    if number is None or abs(number) >= Decimal(10) ** 15:
        return None
    return int(number) if number == number.to_integral_value() else float(number)


def _complaint(field: CustomField) -> str:
    return {
        CustomField.Kind.TEXT: _("This text is too long."),
        CustomField.Kind.NUMBER: _("This is not a number."),
        CustomField.Kind.DAY: _("This is not a day."),
        CustomField.Kind.CHOICE: _("Choose one of: %s.") % ", ".join(map(str, field.choices)),
        CustomField.Kind.YES_NO: _("Say yes or no."),
    }[CustomField.Kind(field.kind)]


class Checker:
    """Checks the custom values of many rows against the fields in use, which are read once."""

    def __init__(self) -> None:
        self._fields: dict[str, CustomField] | None = None

    def check(self, values: Mapping[str, Any], notes: list[str]) -> dict[str, Any]:
        """Return what can be stored; what cannot is told in `notes`. Empty values are left out."""
        if not values:
            return {}
        if self._fields is None:
            self._fields = {field.key: field for field in CustomField.objects.filter(is_retired=False)}
        good = {}
        for key, value in values.items():
            if value is None or value == "":
                continue
            field = self._fields.get(key)
            try:
                good[key] = check(field, value) if field else None
            except Invalid as trouble:
                notes.append(f"{key}: {trouble}")
                continue
            if field is None:
                del good[key]
                notes.append(_("There is no custom field “%s”.") % key)
        return good


@transaction.atomic
def define(*, label: str, kind: str, choices: list[str] | None = None) -> CustomField:
    """Make a new field; its key is made of its label and stays. Raises Invalid, TooManyFields."""
    label, choices = _checked(label, kind, choices or [])
    with connection.cursor() as cursor:  # of two at once the second sees the first: its key, its place, the number
        cursor.execute("LOCK TABLE customers_customfield IN SHARE ROW EXCLUSIVE MODE")
    if CustomField.objects.filter(is_retired=False).count() >= MOST_FIELDS:
        raise TooManyFields(_("There are enough custom fields already. Retire one that nobody uses."))
    key = _free_key(label)
    last = CustomField.objects.order_by("-position").values_list("position", flat=True).first() or 0
    return CustomField.objects.create(key=key, label=label, kind=kind, choices=choices, position=last + 1)


def _checked(label: str, kind: str, choices: list[str]) -> tuple[str, list[str]]:
    label = normalise.words(label)
    wrong = {}
    if not label or len(label) > 80:
        wrong["label"] = _("Give the field a name of at most 80 characters.")
    if kind not in CustomField.Kind.values:
        wrong["kind"] = _("There is no such kind of field.")
    choices = list(dict.fromkeys(filter(None, map(normalise.words, choices))))
    if kind == CustomField.Kind.CHOICE and len(choices) < 2:
        wrong["choices"] = _("A choice needs two values at least.")
    if wrong:
        raise Invalid(" ".join(wrong.values()), fields=wrong)
    return label, choices if kind == CustomField.Kind.CHOICE else []


def _free_key(label: str) -> str:
    base = slugify(normalise.fold(label)).replace("-", "_")[:45] or "field"
    taken = set(CustomField.objects.filter(key__startswith=base).values_list("key", flat=True))
    return next(key for key in (base, *(f"{base}_{n}" for n in range(2, MOST_FIELDS * 10))) if key not in taken)


@transaction.atomic
def change(field: CustomField, *, label: str, choices: list[str] | None = None) -> CustomField:
    """Rename a field or change its choices (values that customers have stay). Kind and key never change."""
    label, kept = _checked(label, field.kind, field.choices if choices is None else choices)
    CustomField.objects.filter(pk=field.pk).update(label=label, choices=kept)
    field.refresh_from_db()
    return field


def retire(field: CustomField) -> None:
    """Hide a field; its values stay, and restore() brings them back."""
    CustomField.objects.filter(pk=field.pk).update(is_retired=True)
    field.refresh_from_db()


def restore(field: CustomField) -> None:
    CustomField.objects.filter(pk=field.pk).update(is_retired=False)
    field.refresh_from_db()
