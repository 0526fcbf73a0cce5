"""What a segment may ask about a customer: the figures, and the organisation's own fields."""

from dataclasses import replace

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers.models import CustomField
from insights import figures
from insights.kinds import Field, Kind, Said
from insights.nesting import SEGMENT, Nesting

SEGMENTS = _("Segments")  # a group
IN_SEGMENTS = Said(_("they are in %(values)s"), _("they are not in %(values)s"), name=_("“%s”"))
ASKED_SEGMENT = Field(SEGMENT, _("a segment"), Kind.SEGMENT, "p.segments", SEGMENTS, said=IN_SEGMENTS)
CUSTOM_KINDS = {
    "text": Kind.TEXT,
    "number": Kind.NUMBER,
    "day": Kind.DAY,
    "choice": Kind.CHOICE,
    "yes_no": Kind.YES_NO,
}


def every(writing: int = 0) -> dict[str, Field]:
    """Return all fields by key, the organisation's own among them, in the order of the menu.

    The retired ones too: their values stay, and one of them must not stop the segments of everybody. writing: the
    segment whose rule is being written, if it has been saved. What there is to choose is read when it is asked for.
    """
    own = map(_custom, CustomField.objects.order_by("position", "pk"))
    segments = replace(ASKED_SEGMENT, lookup=Nesting(writing))
    return {one.key: one for one in (*figures.fields(), segments, *own)}


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
    label = gettext("%(field)s (retired)") % {"field": own.label} if own.is_retired else own.label
    return Field(f"custom.{own.key}", label, kind, column, group, lambda: chosen, is_retired=own.is_retired)
