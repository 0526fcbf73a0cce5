"""What staff type about themselves, their colleagues and their organisation."""

from functools import lru_cache
from zoneinfo import available_timezones

import phonenumbers
from babel import Locale
from babel.numbers import get_territory_currencies
from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from crm.jinja2 import THEMES
from staff.models import Organisation, Team, User
from staff.models.user import DEFAULT_KEYS, FUNCTION_KEYS
from staff.roles import Role

INTERFACE = [("en", "English"), ("it", "Italiano")]
CUSTOMER_LANGUAGES = [("it", "Italiano"), ("es", "Español"), ("pt", "Português"), ("en", "English")]
THEME_WORDS = {"system": _("As this device"), "light": _("Light"), "dark": _("Dark")}
KEY_WORDS = {"answer": _("Key that answers a call"), "end": _("Key that ends a call")}
AREAS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


@lru_cache
def time_zones() -> list[tuple[str, str]]:
    names = sorted(name for name in available_timezones() if name.split("/")[0] in AREAS)
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in names)]


def countries() -> list[tuple[str, str]]:
    return _countries((get_language() or "en")[:2])


@lru_cache
def _countries(language: str) -> list[tuple[str, str]]:
    names = Locale(language).territories
    return sorted(((code, names.get(code, code)) for code in phonenumbers.SUPPORTED_REGIONS), key=lambda row: row[1])


@lru_cache
def currencies() -> list[tuple[str, str]]:
    codes = {code for region in phonenumbers.SUPPORTED_REGIONS for code in get_territory_currencies(region)}
    return [(code, code) for code in sorted(codes)]


class ProfileForm(forms.ModelForm):
    language = forms.ChoiceField(
        label=_("Language"), choices=INTERFACE, help_text=_("Names and quotes stay in their own language.")
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zones)
    theme = forms.ChoiceField(label=_("Theme"), choices=[(name, THEME_WORDS[name]) for name in THEMES])

    class Meta:
        model = User
        fields = ["name", "language", "time_zone", "theme", "has_single_keys"]

    def __init__(self, *args, **kwargs):
        """Whoever takes calls chooses the keys for it."""
        super().__init__(*args, **kwargs)
        for deed, words in KEY_WORDS.items() if self.instance.may("interactions.console") else ():
            initial = self.instance.function_key(deed)
            choices = [(key, key) for key in FUNCTION_KEYS]
            self.fields[f"{deed}_key"] = forms.ChoiceField(
                label=words, choices=choices, initial=initial, required=False
            )

    def clean(self) -> dict:
        """Keep which keys differ from the defaults; one key cannot do two deeds."""
        cleaned = super().clean()
        keys = {deed: cleaned.get(f"{deed}_key") or self.instance.function_key(deed) for deed in KEY_WORDS}
        if len(set(keys.values())) < len(keys):
            self.add_error("end_key", _("This key answers already. Choose another."))
        else:
            self.instance.function_keys = {deed: key for deed, key in keys.items() if key != DEFAULT_KEYS[deed]}
        return cleaned


class PersonForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    team = forms.ModelChoiceField(
        label=_("Team"), queryset=Team.objects.order_by("name"), required=False, empty_label=_("No team")
    )


class InvitationForm(PersonForm):
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    name = forms.CharField(label=_("Name"), max_length=150, required=False, help_text=_("They can correct it."))
    field_order = ["email", "name", "role", "team"]


class TeamForm(forms.ModelForm):
    class Meta:
        model = Team
        fields = ["name"]
        labels = {"name": _("Name")}


class JoiningForm(forms.Form):
    name = forms.CharField(label=_("Your name"), max_length=150)
    password = forms.CharField(
        label=_("Password"), max_length=200, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, *args, user: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["password"].help_text = password_validators_help_texts()[1]

    def clean_password(self) -> str:
        validate_password(self.cleaned_data["password"], self.user)
        return self.cleaned_data["password"]


class OrganisationForm(forms.ModelForm):
    country = forms.ChoiceField(
        label=_("Country"), choices=countries, help_text=_("Phone numbers without a prefix are read as of there.")
    )
    currency = forms.ChoiceField(label=_("Currency"), choices=currencies)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zones)
    languages = forms.MultipleChoiceField(
        label=_("Languages of your customers"), choices=CUSTOMER_LANGUAGES, widget=forms.CheckboxSelectMultiple
    )
    website = forms.URLField(label=_("Website"), required=False, assume_scheme="https")
    fallback = forms.ChoiceField(
        label=_("When we do not know somebody's language"), choices=CUSTOMER_LANGUAGES, required=False
    )

    class Meta:
        model = Organisation
        fields = [
            "name",
            "legal_name",
            "legal_number",
            "postal_address",
            "country",
            "currency",
            "time_zone",
            "languages",
            "sender_name",
            "sender_email",
            "website",
            "quiet_from",
            "quiet_until",
            "cap_messages",
            "cap_days",
        ]
        labels = {
            "name": _("Name"),
            "legal_name": _("Legal name"),
            "legal_number": _("VAT or register number"),
            "postal_address": _("Postal address"),
            "sender_name": _("Sender's name"),
            "sender_email": _("Sender's e-mail"),
            "quiet_from": _("Nothing after"),
            "quiet_until": _("Nothing before"),
            "cap_messages": _("At most so many messages"),
            "cap_days": _("in so many days"),
        }
        widgets = {
            "postal_address": forms.Textarea(attrs={"rows": 3}),
            "quiet_from": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "quiet_until": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["fallback"] = (self.instance.languages or [""])[0]
        for name in ("cap_messages", "cap_days"):
            self.fields[name].min_value = 1
            self.fields[name].widget.attrs["min"] = 1

    def clean(self) -> dict:
        """Put the fallback first among the languages; quiet hours need both ends or neither."""
        cleaned = super().clean()
        spoken, fallback = cleaned.get("languages") or [], cleaned.get("fallback")
        if fallback and fallback not in spoken:
            self.add_error("fallback", _("Choose one of the languages above."))
        cleaned["languages"] = sorted(spoken, key=lambda code: code != fallback)
        if (cleaned.get("quiet_from") is None) != (cleaned.get("quiet_until") is None):
            self.add_error("quiet_until", _("Give both hours, or neither."))
        for name in ("cap_messages", "cap_days"):
            if cleaned.get(name) == 0:
                self.add_error(name, _("At least 1."))
        return cleaned


assert [code for code, _name in INTERFACE] == settings.INTERFACE_LANGUAGES
