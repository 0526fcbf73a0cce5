"""Which customers a list is asked for: the filters of the screen, by the same definition, and exact addresses."""

from collections.abc import Callable
from typing import Any

from rest_framework import serializers

from api.resource import ChannelChoice, Choice, Id, PageQuery
from customers import filters
from customers.identity import codes, normalise
from customers.models import ContactPoint, Customer
from customers.models.customer import CustomerQuerySet
from staff.models import Organisation, Team, User

POINTS = ContactPoint.Channel


class KeeperAsked(serializers.CharField):
    """Who keeps them, as the list is narrowed by it."""

    default_error_messages = {"unknown": f"Must be “{filters.NOBODY}”, or the e-mail address of a colleague."}

    def to_internal_value(self, data: Any) -> str:
        asked = super().to_internal_value(data).lower().replace("\x00", "")
        if asked == filters.NOBODY:
            return asked
        keeper = User.objects.filter(email=asked).first()  # also one who left
        if keeper is None:
            self.fail("unknown")
        return str(keeper.pk)


class TeamAsked(serializers.CharField):
    """A team by its name, as the list is narrowed by it."""

    def to_internal_value(self, data: Any) -> str:
        teams = {team.name: str(team.pk) for team in Team.objects.order_by("name")}
        if (asked := super().to_internal_value(data)) not in teams:
            raise serializers.ValidationError(f"Must be one of {', '.join(teams)}.")
        return teams[asked]


class CodeAsked(serializers.CharField):
    """A code, in capitals or not, as it stands in our rows."""

    def __init__(self, spelt: Callable[[str], str | None], words: str, **options: Any):
        super().__init__(**options)
        self.spelt, self.words = spelt, words

    def to_internal_value(self, data: Any) -> str:
        if not (code := self.spelt(super().to_internal_value(data))):
            raise serializers.ValidationError(f"Must be {self.words}.")
        return code


class CustomersQuery(PageQuery):
    """Filters; several narrow further. With `q` the best matches come first and there is one page of 50 at most."""

    q = serializers.CharField(required=False, min_length=2, max_length=100, help_text="Name, address or four digits.")
    email = serializers.CharField(required=False, max_length=320)
    phone = serializers.CharField(required=False, max_length=40, help_text="In any form.")
    reference = serializers.CharField(required=False, max_length=200, help_text="Their number in `system`.")
    system = serializers.CharField(required=False, max_length=60, default="")
    kind = Choice(required=False, choices=Customer.Kind.values)
    country = CodeAsked(
        codes.country, "a country of ISO 3166, such as IT", required=False, max_length=2, help_text="ISO 3166."
    )
    language = CodeAsked(
        codes.language,
        "a language of BCP 47, such as pt or pt-BR",
        required=False,
        max_length=8,
        help_text="And its variants: pt for pt-BR.",
    )
    town = serializers.CharField(required=False, max_length=100, help_text="Without capitals and accents.")
    keeper = KeeperAsked(required=False, max_length=254, help_text="A colleague's e-mail address, or `nobody`.")
    team = TeamAsked(required=False, max_length=100, help_text="Its name.")
    offers = ChannelChoice(required=False, is_asked=True, help_text="Who allows offers on this channel.")
    account = Id(required=False, help_text="The people of this account, and itself.")


def narrowed(rows: CustomerQuerySet, asked: dict, user: User) -> CustomerQuerySet:
    """Return those of `rows` who pass every filter that was asked."""
    if asked["system"] and "reference" not in asked:
        raise serializers.ValidationError({"system": ["It goes with `reference`."]})
    if "account" in asked:
        rows = rows.filter(account=asked["account"])
    for each in filters.FILTERS:  # those of the screen, by the same definition
        if each.name in asked:
            rows = each.narrow(rows, asked[each.name], user)
    for channel, value in _addresses(asked):
        system = {"system": asked["system"]} if channel == POINTS.REFERENCE else {}
        values = normalise.spellings(value) if channel == POINTS.PHONE else [value]
        owners = ContactPoint.objects.filter(channel=channel, value__in=values, **system)
        rows = rows.filter(pk__in=owners.values("customer"))
    return rows


def _addresses(asked: dict) -> list[tuple[str, str]]:
    """Return [(channel, value in normal form)]; "" finds nobody."""
    given = []
    if "email" in asked:
        given.append((POINTS.EMAIL, normalise.email(asked["email"]) or ""))
    if "phone" in asked:
        phone = normalise.phone(asked["phone"], Organisation.current().country)
        given.append((POINTS.PHONE, phone.value if phone else ""))
    if "reference" in asked:
        given.append((POINTS.REFERENCE, normalise.words(asked["reference"])))
    return given
