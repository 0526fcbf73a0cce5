"""What a segment may ask about a customer: each field is a column of the profile row, with its operators.

Of a family of fields the members are data: consents are one field for each purpose on each channel that is asked about.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db.models import TextChoices
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.words import Words
from customers import channels
from customers.models import Customer, CustomField, Purpose
from insights.models import Profile
from staff.models import Team, User


class Kind(TextChoices):
    TEXT = "text"
    CHOICE = "choice"
    NUMBER = "number"
    MONEY = "money"  # asked in units of the organisation's currency, kept in its cents
    DAY = "day"
    MOMENT = "moment"
    YES_NO = "yes_no"
    CONSENT = "consent"  # yes, no, never asked


Choices = Callable[[], Iterable[tuple[str, str]]]
IS_ONE = "{c} = ANY(%s)"
IS_SPOKEN = "({c} = ANY(%s) OR split_part({c}, '-', 1) = ANY(%s))"  # who asks for pt means pt-BR too, not the reverse


@dataclass(frozen=True)
class Field:
    """One thing to ask. `column` is SQL over the profile row `p`; `chosen`: when it ({c}) is one of some choices."""

    key: str
    label: Words
    kind: Kind
    column: str
    group: Words
    choices: Choices | None = None
    chosen: str = IS_ONE
    is_retired: bool = False  # not offered any more; segments that ask it go on


Family = Callable[[], Iterable[Field]]
_fields: list[Field | Family] = []  # in the order of the menu


def field(
    key: str,
    label: Words,
    kind: Kind,
    *,
    column: str = "",
    group: Words,
    choices: Choices | None = None,
    chosen: str = IS_ONE,
) -> None:
    """Register a field; the column is p.<key> unless it says otherwise. Trusted code only: it becomes SQL."""
    _fields.append(Field(key, label, kind, column or f"p.{key}", group, choices, chosen))


def family(members: Family) -> None:
    """Register fields that are data. Trusted code only, as `field`."""
    _fields.append(members)


def every() -> dict[str, Field]:
    """Return all fields by key, the organisation's own among them, in the order of the menu.

    The retired ones too: their values stay, and one of them must not stop the segments of everybody.
    """
    own = map(_custom, CustomField.objects.order_by("position", "pk"))
    known = (one for each in _fields for one in ([each] if isinstance(each, Field) else each()))
    return {one.key: one for one in (*known, *own)}


CUSTOM_KINDS = {
    "text": Kind.TEXT,
    "number": Kind.NUMBER,
    "day": Kind.DAY,
    "choice": Kind.CHOICE,
    "yes_no": Kind.YES_NO,
}


def _day(text: str) -> str:
    """Return SQL for the day that a text says, NULL where it says none: 31 February is an error of PostgreSQL's."""
    first, rest = f"(left({text}, 7) || '-01')::date", f"(right({text}, 2)::int - 1)"
    is_one = f"{text} ~ '^(?!0000)\\d{{4}}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$'"
    day = f"CASE WHEN date_trunc('month', {first} + {rest}) = {first} THEN {first} + {rest} END"
    return f"CASE WHEN {is_one} THEN {day} END"


def _custom(own: CustomField) -> Field:
    kind, name = CUSTOM_KINDS[own.kind], own.key.replace("'", "").replace("%", "")
    column = {
        # A value of another type than the field's is not known, and never an error in somebody's segment.
        Kind.NUMBER: f"CASE WHEN jsonb_typeof(p.custom->'{name}') = 'number' THEN (p.custom->>'{name}')::numeric END",
        Kind.DAY: _day(f"(p.custom->>'{name}')"),
        Kind.YES_NO: f"COALESCE(p.custom->'{name}' = 'true'::jsonb, false)",
    }.get(kind, f"(p.custom->>'{name}')")
    chosen = [(value, value) for value in own.choices]
    group = gettext("Your own fields")
    return Field(f"custom.{own.key}", own.label, kind, column, group, lambda: chosen, is_retired=own.is_retired)


def _kinds():
    return Customer.Kind.choices


def _languages():
    return settings.LANGUAGES


def _keepers():
    return [(str(user.pk), user.name) for user in User.objects.at_work()]


def _teams():
    return [(str(team.pk), team.name) for team in Team.objects.order_by("name")]


def _consents() -> Iterator[Field]:
    """Yield what may be asked about consents: purposes × channels, in the order of their lists."""
    words = {
        Purpose.SERVICE: gettext("service messages by %(channel)s"),
        Purpose.OFFERS: gettext("offers by %(channel)s"),
        Purpose.SURVEYS: gettext("surveys by %(channel)s"),
    }
    columns = {each.name for each in Profile._meta.fields}
    for purpose in Purpose:
        for channel in channels.asked():
            key, said = f"{purpose}_{channel.key}", words[purpose] % {"channel": channel.mid_sentence}
            column = f"p.{key}" if key in columns else _said(purpose, channel)
            yield Field(key, said, Kind.CONSENT, column, ALLOW)


def _said(purpose: str, channel: channels.Channel) -> str:
    """Return SQL for what somebody says of a purpose on a channel, as the columns have it; NULL: never asked.

    It looks into the states of each customer, some 3 µs; a column of the profile is a hundred times as fast.
    """
    theirs = f"t.customer_id = p.customer_id AND t.channel = '{channel.spoken_over}'"
    theirs += " AND t.line <> 'fixed'" if channel.needs_mobile else ""
    return f"""(
        SELECT CASE
            WHEN bool_or(s.is_given) THEN bool_or(s.is_given AND s.contact_point_id IS NOT NULL)
                OR count(s.contact_point_id) = 0  -- the rest: allowed, but for these addresses
                OR count(s.contact_point_id) < (SELECT count(*) FROM customers_contactpoint t WHERE {theirs})
            WHEN count(*) > 0 THEN false END
        FROM customers_consentstate s
        WHERE s.customer_id = p.customer_id AND s.purpose = '{purpose}' AND s.channel = '{channel.key}')"""


WHO, ALLOW, TOUCH, BUY, OPEN = _("Who they are"), _("What they allow"), _("Contact"), _("Purchases"), _("Open matters")

field("kind", _("kind"), Kind.CHOICE, group=WHO, choices=_kinds)
field("language", _("language"), Kind.CHOICE, group=WHO, choices=_languages, chosen=IS_SPOKEN)
field("country", _("country (two letters)"), Kind.TEXT, group=WHO)
field("city", _("town"), Kind.TEXT, group=WHO)
field("born_on", _("date of birth"), Kind.DAY, group=WHO)
field("keeper", _("keeper"), Kind.CHOICE, column="p.keeper_id::text", group=WHO, choices=_keepers)
field("team", _("team"), Kind.CHOICE, column="p.team_id::text", group=WHO, choices=_teams)
field("registered_on", _("first known to us"), Kind.DAY, group=WHO)
field("has_email", _("an e-mail address that works"), Kind.YES_NO, group=WHO)
field("has_phone", _("a phone number"), Kind.YES_NO, group=WHO)
family(_consents)
field("last_touch_at", _("last contact"), Kind.MOMENT, group=TOUCH)
field("last_in_at", _("last heard from them"), Kind.MOMENT, group=TOUCH)
field("last_out_at", _("last word from us"), Kind.MOMENT, group=TOUCH)
field("last_email_in_at", _("last e-mail from them"), Kind.MOMENT, group=TOUCH)
field("last_email_out_at", _("last e-mail from us"), Kind.MOMENT, group=TOUCH)
field("last_phone_in_at", _("last call from them"), Kind.MOMENT, group=TOUCH)
field("last_phone_out_at", _("last call from us"), Kind.MOMENT, group=TOUCH)
field("last_visit_at", _("last visit"), Kind.MOMENT, group=TOUCH)
field("interactions_12m", _("contacts in 12 months"), Kind.NUMBER, group=TOUCH)
field("first_purchase_on", _("first purchase"), Kind.DAY, group=BUY)
field("last_purchase_on", _("last purchase"), Kind.DAY, group=BUY)
field("orders", _("orders in all"), Kind.NUMBER, group=BUY)
field("spent", _("money spent in all"), Kind.MONEY, column="p.spent_cents", group=BUY)
field("orders_12m", _("orders in 12 months"), Kind.NUMBER, group=BUY)
field("spent_12m", _("money spent in 12 months"), Kind.MONEY, column="p.spent_12m_cents", group=BUY)
field("has_open_conversation", _("an open conversation"), Kind.YES_NO, group=OPEN)
field("has_open_complaint", _("an open complaint"), Kind.YES_NO, group=OPEN)
field("has_open_promise", _("an open promise from us"), Kind.YES_NO, group=OPEN)
field("has_late_promise", _("a late promise from us"), Kind.YES_NO, group=OPEN)
