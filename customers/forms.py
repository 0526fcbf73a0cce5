"""Forms of the customer pages: shape and words; the rules are the deeds'."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.problems import Invalid
from customers import customfields
from customers.choices import countries, language_name, languages
from customers.cleaning import Person
from customers.identity import normalise
from customers.models import ContactPoint, Customer, CustomField
from staff.models import Organisation, Team, User

PERSON = Customer.Kind.PERSON
OF_PERSONS = ("first_name", "last_name", "pronoun", "born_on", "company", "role")  # a company has none of them
PRONOUNS = [
    ("", gettext_lazy("not known")),
    ("she", gettext_lazy("she")),
    ("he", gettext_lazy("he")),
    ("they", gettext_lazy("they")),
]
CUSTOM = "custom-"


class CustomerForm(forms.Form):
    """What both forms ask: who somebody is. A company or household is asked less than a person."""

    first_name = forms.CharField(label=gettext_lazy("First name"), max_length=100, required=False)
    last_name = forms.CharField(label=gettext_lazy("Last name"), max_length=100, required=False)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200, required=False)
    pronoun = forms.ChoiceField(label=gettext_lazy("We say"), choices=PRONOUNS, required=False)
    company = forms.CharField(label=gettext_lazy("Company or household"), max_length=200, required=False)
    role = forms.CharField(label=gettext_lazy("Role there"), max_length=100, required=False)
    city = forms.CharField(label=gettext_lazy("Town"), max_length=100, required=False)
    country = forms.ChoiceField(label=gettext_lazy("Country"), required=False)
    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    address = forms.CharField(
        label=gettext_lazy("Postal address"), required=False, max_length=1_000, widget=forms.Textarea({"rows": 2})
    )
    born_on = forms.DateField(
        label=gettext_lazy("Born on"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    keeper = forms.ModelChoiceField(
        label=gettext_lazy("Kept by"), queryset=User.objects.none(), required=False, empty_label=gettext_lazy("nobody")
    )
    team = forms.ModelChoiceField(
        label=gettext_lazy("Team"), queryset=Team.objects.none(), required=False, empty_label=gettext_lazy("none")
    )

    def __init__(self, *args: Any, kind: str, user: User, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.fields["country"].choices = [("", _("not known")), *countries()]
        self.fields["language"].choices = [("", _("not known")), *languages()]
        self.fields["keeper"].queryset = User.objects.at_work()
        self.fields["team"].queryset = Team.objects.order_by("name")
        if kind != PERSON:
            for name in OF_PERSONS:
                self.fields.pop(name, None)
        else:
            self.fields["name"].help_text = _("As they write it themselves, where that differs")
        if not user.may("customers.keep"):
            del self.fields["keeper"], self.fields["team"]

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if not any(said.get(name) for name in ("name", "first_name", "last_name")):
            self.add_error("first_name" if self.kind == PERSON else "name", _("Give a name."))
        return said


class NewCustomerForm(CustomerForm):
    email = forms.CharField(
        label=gettext_lazy("E-mail"), max_length=320, required=False, widget=forms.EmailInput({"inputmode": "email"})
    )
    phone = forms.CharField(
        label=gettext_lazy("Phone"), max_length=60, required=False, widget=forms.TextInput({"type": "tel"})
    )
    field_order = ("first_name", "last_name", "name", "pronoun", "email", "phone", "company", "role")

    def clean_email(self) -> str:
        return _email(self.cleaned_data["email"])

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        country = said.get("country") or Organisation.current().country
        if said.get("phone") and normalise.phone(said["phone"], country) is None:
            self.add_error("phone", normalise.phone_trouble(said["phone"], country))
        return said

    def person(self) -> Person:
        """Return what was written, as intake takes it."""
        said = dict(self.cleaned_data)
        keeper, team = said.pop("keeper", None), said.pop("team", None)
        return Person(
            kind=self.kind,
            emails=[said.pop("email")],
            phones=[said.pop("phone")],
            keeper_id=keeper.pk if keeper else None,
            team_id=team.pk if team else keeper.team_id if keeper else None,
            **said,
        )


class ChangeForm(CustomerForm):
    """Who a customer is, with the version that the reader saw, and the organisation's own fields."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.custom = list(CustomField.objects.filter(is_retired=False).order_by("position", "pk"))
        for field in self.custom:
            self.fields[CUSTOM + field.key] = _control(field)
        self._offer_what_they_have()

    def _offer_what_they_have(self) -> None:
        """A keeper who left, a language or choice that is not in the menu: saving must not take it away unseen."""
        for name, field in self.fields.items():
            here = self.initial.get(name)
            if not here or not isinstance(field, forms.ChoiceField):
                continue
            if isinstance(field, forms.ModelChoiceField):
                field.queryset |= field.queryset.model.objects.filter(pk=here.pk)
            elif here not in dict(field.choices):
                field.choices = [*field.choices, (here, language_name(here) if name == "language" else here)]

    def custom_bound(self) -> list[forms.BoundField]:
        return [self[CUSTOM + field.key] for field in self.custom]

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        values = {}
        for field in self.custom:
            written = said.pop(CUSTOM + field.key, "")
            if field.kind == CustomField.Kind.CHOICE and written and written == self.initial.get(CUSTOM + field.key):
                values[field.key] = written  # as it was, even if it cannot be chosen any more
                continue
            try:
                values[field.key] = customfields.check(field, written) if written != "" else None
            except Invalid as trouble:
                self.add_error(CUSTOM + field.key, str(trouble))
        return {**said, "custom": values}

    def changes(self, customer: Customer) -> dict[str, Any]:
        """Return only what differs from `customer`, by the names of its fields; without version and account."""
        said = {n: v for n, v in self.cleaned_data.items() if n not in ("version", "company", "role", "custom")}
        if self.kind == PERSON and not said["name"]:
            said["name"] = f"{said['first_name']} {said['last_name']}".strip()
        said |= {"custom": {**customer.custom, **self.cleaned_data["custom"]}}
        said["custom"] = {key: value for key, value in said["custom"].items() if value is not None}
        return {name: value for name, value in said.items() if getattr(customer, name) != value}


def initial_of(customer: Customer, role: str) -> dict[str, Any]:
    """Return what the change form shows at first."""
    shown = {name: getattr(customer, name) for name in CustomerForm.base_fields if hasattr(customer, name)}
    made = f"{customer.first_name} {customer.last_name}".strip()
    if customer.kind == PERSON and customer.name == made:
        shown["name"] = ""
    shown |= {"version": customer.version, "role": role}
    shown["company"] = "" if customer.is_account else customer.account.name
    for key, value in customer.custom.items():
        shown[CUSTOM + key] = {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
    return shown


def _control(field: CustomField) -> forms.Field:
    kinds = CustomField.Kind
    if field.kind == kinds.CHOICE:
        choices = [("", _("not known")), *((choice, choice) for choice in field.choices)]
        return forms.ChoiceField(label=field.label, choices=choices, required=False)
    if field.kind == kinds.YES_NO:
        choices = [("", _("not known")), ("yes", _("yes")), ("no", _("no"))]
        return forms.ChoiceField(label=field.label, choices=choices, required=False)
    kind = {kinds.DAY: "date", kinds.NUMBER: "text"}.get(field.kind, "text")
    return forms.CharField(label=field.label, required=False, widget=forms.TextInput({"type": kind}))


def _email(written: str) -> str:
    if written and normalise.email(written) is None:
        raise forms.ValidationError(_("This is not an e-mail address. It looks like name@example.com."))
    return written


class ContactPointForm(forms.Form):
    """One more address or number of a customer."""

    channel = forms.ChoiceField(label=gettext_lazy("Kind"), choices=ContactPoint.Channel.choices)
    value = forms.CharField(label=gettext_lazy("Address or number"), max_length=320)
    system = forms.CharField(
        label=gettext_lazy("Whose number it is"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("For a number in another system: the system's name"),
    )
    label = forms.CharField(
        label=gettext_lazy("What it is for"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("Such as: at home, accounts department"),
    )

    def __init__(self, *args: Any, country: str, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.country = country

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        channel, value = said.get("channel"), said.get("value", "")
        if channel == ContactPoint.Channel.EMAIL and value and normalise.email(value) is None:
            self.add_error("value", _("This is not an e-mail address. It looks like name@example.com."))
        if channel == ContactPoint.Channel.PHONE and value and normalise.phone(value, self.country) is None:
            self.add_error("value", normalise.phone_trouble(value, self.country))
        if channel == ContactPoint.Channel.REFERENCE and not said.get("system"):
            self.add_error("system", _("Say which system this number is from."))
        return said
