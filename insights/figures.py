"""The list of figures about a customer, one declaration each.

A figure says what it is called, of which kind it is, from which source it comes (insights/sources.py) and how. From
that follow the column that is written (its type stands in the model and its migration), what the builder asks, the
sentence, the customer's page and the API. Of a family the members are data, and no column each.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm import days
from crm.words import Words
from customers import channels
from customers.choices import countries
from customers.models import Purpose
from insights import choices
from insights.kinds import HAS_ONE, IS_CHOSEN, IS_ONE, IS_SPOKEN, Choices, Field, Kind, Lookup, Said
from insights.sources import bit_of, place_of, spoken

CUSTOMER = ""  # the source of what stands in the customer's own row, `c`


@dataclass(frozen=True)
class Figure:
    """One figure: `sql` over its source's rows, kept in `column` of the profile, `empty` where the source has none.

    sql "": nothing is kept, it is read from what others keep. asked: what a page shows and a rule compares, if any.
    """

    source: str
    column: str = ""
    sql: str = ""
    empty: str = "NULL"
    asked: Field | None = None


Family = Callable[[], Iterable[Field]]
_every: list[Figure | Family] = []  # in the order of the menu


def figure(
    key: str,
    label: Words,
    kind: Kind,
    group: Words,
    *,
    source: str = CUSTOMER,
    sql: str = "",
    column: str = "",
    asked: str = "",
    empty: str = "NULL",
    choices: Choices | None = None,
    lookup: Lookup | None = None,
    chosen: str = IS_ONE,
    said: Said = IS_CHOSEN,
    folded_from: str = "",
) -> None:
    """Declare a figure. Trusted code only: it becomes SQL.

    sql: an aggregate over its source's rows, or an expression over the customer's row `c`; column: where it is kept, if
    not under its key. asked: SQL over the profile row `p`, if not its column; without `sql` it reads what others keep.
    folded_from: of a text that is kept folded, SQL for what a page shows.
    """
    column = column or key
    if source == CUSTOMER and not asked:
        sql = sql or f"c.{column}"
    asked = asked or f"p.{column}"
    asked_of = Field(
        key,
        label,
        kind,
        asked,
        group,
        choices,
        chosen,
        source=source,
        lookup=lookup,
        folded_from=folded_from,
        said=said,
    )
    _every.append(Figure(source, column if sql else "", sql, empty, asked_of))


def kept(column: str, sql: str, *, source: str = CUSTOMER, empty: str = "NULL") -> None:
    """Declare a column of the profile that nobody asks by itself. Trusted code only, as `figure`."""
    _every.append(Figure(source, column, sql, empty))


def family(members: Family) -> None:
    """Declare figures that are data, read from columns that are kept. Trusted code only, as `figure`."""
    _every.append(members)


def columns() -> list[Figure]:
    """Return those that are kept, each in its column."""
    return [one for one in _every if isinstance(one, Figure) and one.column]


def fields() -> Iterator[Field]:
    """Yield what may be asked, in the order of the menu."""
    for one in _every:
        if not isinstance(one, Figure):
            yield from one()
        elif one.asked:
            yield one.asked


def _consents() -> Iterator[Field]:
    """Yield what may be asked about consents: purposes × channels, in the order of their lists."""
    words = {
        Purpose.SERVICE: gettext("service messages by %(channel)s"),
        Purpose.OFFERS: gettext("offers by %(channel)s"),
        Purpose.SURVEYS: gettext("surveys by %(channel)s"),
    }
    for purpose in Purpose:
        for one in channels.asked():
            said = words[purpose] % {"channel": one.mid_sentence}
            bit = str(bit_of(purpose, one))
            yield Field(f"{purpose}_{one.key}", said, Kind.CONSENT, bit, ALLOW, source="consents")


def _last_contacts() -> Iterator[Field]:
    """Yield the last contact on each channel: one each way, or one of a place to which they come."""
    words = {
        "in": gettext("last heard from them by %(channel)s"),
        "out": gettext("last word from us by %(channel)s"),
        "": gettext("last contact by %(channel)s"),
    }
    for channel in spoken():
        both = {way: f"p.last_contacts[{place_of(channel, way)}]" for way in ("in", "out")}
        if not (channel.spoken_over or channel.is_written):
            both = {"": f"GREATEST({both['in']}, {both['out']})"}
        for way, column in both.items():
            key = f"last_{channel.key}_{way}_at" if way else f"last_{channel.key}_at"
            said = words[way] % {"channel": channel.mid_sentence}
            yield Field(key, said, Kind.MOMENT, column, TOUCH, source="touch")


WHO, ALLOW, TOUCH, BUY, OPEN = _("Who they are"), _("What they allow"), _("Contact"), _("Purchases"), _("Open matters")

_BOTH = [(place_of(channel, way), way) for channel in (None, *spoken()) for way in ("in", "out")]
_BY_PLACE = {place: f"max(occurred_at) FILTER (WHERE place = {place})" for place, _way in _BOTH}
_IN = ", ".join(_BY_PLACE[place] for place, way in _BOTH if way == "in")
_OUT = ", ".join(_BY_PLACE[place] for place, way in _BOTH if way == "out")
_PLACES = ", ".join(_BY_PLACE.get(place, "NULL") for place in range(1, max(_BY_PLACE) + 1))

kept("account_id", "c.account_id")
figure("kind", _("kind"), Kind.CHOICE, WHO, choices=choices.kinds)
figure("language", _("language"), Kind.CHOICE, WHO, choices=choices.languages, chosen=IS_SPOKEN)
figure("country", _("country"), Kind.CHOICE, WHO, choices=countries)
town_as_written = "(SELECT c.city FROM customers_customer c WHERE c.id = p.customer_id)"
figure("city", _("town"), Kind.TEXT, WHO, column="town", sql="folded(c.city)", folded_from=town_as_written)
figure("born_on", _("date of birth"), Kind.DAY, WHO)
figure("keeper", _("keeper"), Kind.CHOICE, WHO, asked="p.keeper_id::text", lookup=choices.KEEPERS)
figure("team", _("team"), Kind.CHOICE, WHO, asked="p.team_id::text", lookup=choices.TEAMS)
kept("keeper_id", "c.keeper_id")
kept("team_id", "c.team_id")
kept("custom", "c.custom")
figure("registered_on", _("first known to us"), Kind.DAY, WHO, sql=days.sql_of("c.created_at"))
figure(
    "has_email",
    _("an e-mail address that works"),
    Kind.YES_NO,
    WHO,
    source="points",
    sql="bool_or(channel = 'email' AND bounced_at IS NULL AND complained_at IS NULL)",
    empty="false",
)
has_phone = "bool_or(channel = 'phone')"
figure("has_phone", _("a phone number"), Kind.YES_NO, WHO, source="points", sql=has_phone, empty="false")

kept("allowed", "bit_or(bit) FILTER (WHERE is_given)", source="consents", empty="0")
kept("refused", "bit_or(bit) FILTER (WHERE NOT is_given)", source="consents", empty="0")
family(_consents)

last = f"GREATEST({_IN}, {_OUT})"
figure("last_touch_at", _("last contact"), Kind.MOMENT, TOUCH, source="touch", sql=last)
figure("last_in_at", _("last heard from them"), Kind.MOMENT, TOUCH, source="touch", sql=f"GREATEST({_IN})")
figure("last_out_at", _("last word from us"), Kind.MOMENT, TOUCH, source="touch", sql=f"GREATEST({_OUT})")
kept("last_contacts", f"ARRAY[{_PLACES}]", source="touch", empty="'{}'")
family(_last_contacts)
in_year = "occurred_at >= %(year_begins)s"
counted = f"count(*) FILTER (WHERE {in_year})"
figure("interactions_12m", _("contacts in 12 months"), Kind.NUMBER, TOUCH, source="touch", sql=counted, empty="0")
first = days.sql_of(f"min(occurred_at) FILTER (WHERE {in_year})")
kept("interactions_until_on", f"({first} + interval '12 months')::date", source="touch")

bought = "purchased_on <= %(today)s"
in_year = f"{bought} AND purchased_on > %(year_from)s"
bought_then = f"{bought} AND NOT is_return"  # a return is no purchase of its day, and no order
first, last = (f"{end}(purchased_on) FILTER (WHERE {bought_then})" for end in ("min", "max"))
figure("first_purchase_on", _("first purchase"), Kind.DAY, BUY, source="purchases", sql=first)
figure("last_purchase_on", _("last purchase"), Kind.DAY, BUY, source="purchases", sql=last)
counted = f"count(*) FILTER (WHERE is_order AND {bought})"
figure("orders", _("orders in all"), Kind.NUMBER, BUY, source="purchases", sql=counted, empty="0")
figure(
    "spent",
    _("money spent in all"),
    Kind.MONEY,
    BUY,
    source="purchases",
    column="spent_cents",
    sql=f"(sum(cents) FILTER (WHERE {bought}))::bigint",
    empty="0",
)
counted = f"count(*) FILTER (WHERE is_order AND {bought} AND cents IS NULL)"  # in no sum
unrated = _("orders of an amount without a rate")
figure("orders_without_rate", unrated, Kind.NUMBER, BUY, source="purchases", sql=counted, empty="0")
counted = f"count(*) FILTER (WHERE is_order AND {in_year})"
figure("orders_12m", _("orders in 12 months"), Kind.NUMBER, BUY, source="purchases", sql=counted, empty="0")
figure(
    "spent_12m",
    _("money spent in 12 months"),
    Kind.MONEY,
    BUY,
    source="purchases",
    column="spent_12m_cents",
    sql=f"(sum(cents) FILTER (WHERE {in_year}))::bigint",
    empty="0",
)
some = "array_agg(DISTINCT {each} ORDER BY {each}) FILTER (WHERE {when})"
figure(  # what went back was bought all the same
    "product",
    _("a product bought"),
    Kind.SET,
    BUY,
    source="purchases",
    column="products",
    sql=some.format(each="product_id", when=f"product_id IS NOT NULL AND {bought}"),
    empty="'{}'",
    lookup=choices.PRODUCTS,
    chosen=HAS_ONE,
    said=choices.BOUGHT,
)
figure(
    "month_bought",
    _("a month of a purchase"),
    Kind.SET,
    BUY,
    source="purchases",
    column="months_bought",
    sql=some.format(
        each="(extract(year FROM purchased_on) * 100 + extract(month FROM purchased_on))::bigint", when=bought_then
    ),
    empty="'{}'",
    lookup=choices.MONTHS_BOUGHT,
    chosen=HAS_ONE,
    said=choices.BOUGHT_IN,
)
figure(
    "season_bought",
    _("a calendar month of a purchase, in any year"),
    Kind.SET,
    BUY,
    source="purchases",
    column="seasons_bought",
    sql=some.format(each="extract(month FROM purchased_on)::bigint", when=bought_then),
    empty="'{}'",
    choices=choices.seasons,
    chosen=HAS_ONE,
    said=choices.BOUGHT_IN_ANY_YEAR,
)
kept("lists", "array_agg(segment_id ORDER BY segment_id)", source="lists", empty="'{}'")
kept(  # one that is dated in the future counts from its day on; the oldest of the twelve months leaves them
    "purchases_until_on",
    "LEAST(min(purchased_on) FILTER (WHERE purchased_on > %(today)s),"
    f" (min(purchased_on) FILTER (WHERE {in_year}) + interval '12 months')::date)",
    source="purchases",
)

figure(
    "has_open_conversation", _("an open conversation"), Kind.YES_NO, OPEN, source="matters", sql="true", empty="false"
)
figure(
    "has_open_complaint",
    _("an open complaint"),
    Kind.YES_NO,
    OPEN,
    source="matters",
    sql="bool_or(is_complaint)",
    empty="false",
)
kept("first_due_at", "min(due_at)", source="promises")
open_promise, late_promise = "(p.first_due_at IS NOT NULL)", "COALESCE(p.first_due_at < now(), false)"
figure("has_open_promise", _("an open promise from us"), Kind.YES_NO, OPEN, source="promises", asked=open_promise)
figure("has_late_promise", _("a late promise from us"), Kind.YES_NO, OPEN, source="promises", asked=late_promise)
