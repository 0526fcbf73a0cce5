"""What the customers list can be narrowed by: one definition for screen and API."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django import forms
from django.db.models import Q, Value
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from crm.folding import Folded
from crm.http import id_in
from crm.words import Words
from customers import allowing, channels
from customers.choices import countries, language_name, languages
from customers.identity import codes
from customers.models import Customer, Purpose
from customers.models.customer import CustomerQuerySet
from staff.models import Team, User

ME, NOBODY = "me", "nobody"
Narrow = Callable[[CustomerQuerySet, Any, User], CustomerQuerySet]


def _kept_by(rows: CustomerQuerySet, value: str, user: User) -> CustomerQuerySet:
    if value == NOBODY:
        return rows.filter(keeper=None)
    return rows.filter(keeper=user.pk if value == ME else int(value))


def _of_town(rows: CustomerQuerySet, value: str, user: User) -> CustomerQuerySet:
    """As segments compare towns: without capitals and accents."""
    return rows.filter(Exact(Folded("city"), Folded(Value(value))))


def _allowing_offers(rows: CustomerQuerySet, value: str, user: User) -> CustomerQuerySet:
    return allowing.those_who_allow(rows, Purpose.OFFERS, value)


@dataclass(frozen=True)
class Filter:
    """One way to narrow: `words` is the chip's text with %(value)s in it.

    spelt: what somebody wrote, as it stands in our rows; None for what there is not.
    """

    name: str
    narrow: Narrow
    words: Words
    spelt: Callable[[str], str | None] = str


FILTERS = [
    Filter("keeper", _kept_by, _("Kept by %(value)s")),
    Filter("team", lambda rows, value, user: rows.filter(team=int(value)), _("Team is %(value)s")),
    Filter("kind", lambda rows, value, user: rows.filter(kind=value), _("Kind is %(value)s")),
    Filter("town", _of_town, _("Town is %(value)s")),
    Filter("country", lambda rows, value, user: rows.filter(country=value), _("Country is %(value)s"), codes.country),
    Filter("language", lambda rows, value, user: rows.speaking(value), _("Speaks %(value)s"), codes.language),
    Filter("offers", _allowing_offers, _("Allows offers by %(value)s")),
]


class FilterForm(forms.Form):
    """The filters as somebody chooses them. Anything else than a known value is an error, not a guess."""

    keeper = forms.ChoiceField(label=_("Kept by"), required=False)
    team = forms.ChoiceField(label=_("Team"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("Any")), *Customer.Kind.choices])
    town = forms.CharField(label=_("Town"), required=False, max_length=100)
    country = forms.ChoiceField(label=_("Country"), required=False)
    language = forms.ChoiceField(label=_("Language"), required=False)
    offers = forms.ChoiceField(label=_("Allows offers by"), required=False)

    def __init__(self, asked: Mapping[str, str], *, user: User):
        super().__init__(asked, auto_id="filter-%s")
        anybody = ("", _("Anybody"))
        of_them = Q(is_active=True) | Q(pk=id_in(asked.get("keeper", "")))  # who left may still keep some
        keepers = [(str(one.pk), one.name) for one in User.objects.filter(of_them).order_by("name").only("name")]
        teams = [(str(team.pk), team.name) for team in Team.objects.order_by("name")]
        mine = (ME, _("me")), (NOBODY, _("nobody"))
        self._offer("keeper", [anybody, *mine, *(one for one in keepers if one[0] != str(user.pk))])
        self._offer("team", [("", _("Any")), *teams])
        self._offer("country", [("", _("Any")), *_with(countries(), asked.get("country"), str)])
        self._offer("offers", [("", _("Any")), *((one.key, one.mid_sentence) for one in channels.asked())])
        self._offer("language", [("", _("Any")), *_with(languages(), asked.get("language"), language_name)])

    def sentences(self) -> list[tuple[forms.BoundField, str, str]]:
        """Return each filter as a sentence: its field, and the words before and after it."""
        parted = [(each.name, str(each.words % {"value": "\0"}).partition("\0")) for each in FILTERS]
        return [(self[name], before.strip(), after.strip()) for name, (before, _gap, after) in parted]

    def _offer(self, name: str, choices: Sequence[tuple[str, Words]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


def _with(choices: list[tuple[str, str]], asked: str | None, named: Callable[[str], str]) -> list[tuple[str, str]]:
    """Return the choices, and what is asked if it is none of them: customers may have it all the same."""
    return choices if not asked or asked in dict(choices) else [*choices, (asked, named(asked))]


class Filters:
    """The filters of one request: what they say, and whom they leave. Unknown values are left out."""

    def __init__(self, asked: Any, user: User):
        self.user = user
        self._asked = {f.name: f.spelt(asked.get(f.name, "")) or "" for f in FILTERS}
        if self._asked["keeper"] == str(user.pk):
            self._asked["keeper"] = ME
        self.is_asked = any(self._asked.values())
        self.values: dict[str, str] = {}
        if self.is_asked:
            self.form.is_valid()
            self.values = {name: value for name, value in self.form.cleaned_data.items() if value}

    @cached_property
    def form(self) -> FilterForm:
        """Made only where it is needed: its choices cost a fifth of the list."""
        return FilterForm(self._asked, user=self.user)

    def __bool__(self) -> bool:
        return bool(self.values)

    def narrow(self, rows: CustomerQuerySet) -> CustomerQuerySet:
        """Return those of `rows` who pass every filter."""
        for each in FILTERS:
            if each.name in self.values:
                rows = each.narrow(rows, self.values[each.name], self.user)
        return rows

    def chips(self) -> list[tuple[str, str]]:
        """Return [(name, words)] of the filters in use."""
        return [
            (each.name, each.words % {"value": self._said(each.name)}) for each in FILTERS if each.name in self.values
        ]

    def _said(self, name: str) -> str:
        value = self.values[name]
        return str(dict(getattr(self.form.fields[name], "choices", ())).get(value, value))
