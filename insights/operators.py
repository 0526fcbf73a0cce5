"""What may be asked of each kind of field, and how that is SQL."""

from typing import Any

from django.utils.translation import gettext_lazy

from insights.kinds import Kind

# operator → (words, how many values, SQL with {c} for the column, {chosen} for Field.chosen and %s for each value;
# a span of days has two, its first and its last, or of moments the first one that is not in it any more)
KNOWN = {
    "known": (gettext_lazy("is known"), 0, "{c} IS NOT NULL"),
    "unknown": (gettext_lazy("is not known"), 0, "{c} IS NULL"),
}
TEXT = {
    "is": (gettext_lazy("is"), 1, "lower({c}) = lower(%s)"),
    "is_not": (gettext_lazy("is not"), 1, "COALESCE(lower({c}), '') <> lower(%s)"),
    "contains": (gettext_lazy("contains"), 1, "strpos(lower({c}), lower(%s)) > 0"),
    "begins": (gettext_lazy("begins with"), 1, "starts_with(lower({c}), lower(%s))"),
    "known": (gettext_lazy("is known"), 0, "COALESCE({c}, '') <> ''"),
    "unknown": (gettext_lazy("is not known"), 0, "COALESCE({c}, '') = ''"),
}
CHOICE = {
    "one_of": (gettext_lazy("is one of"), 1, "{chosen}"),
    "none_of": (gettext_lazy("is none of"), 1, "NOT COALESCE({chosen}, false)"),
    "known": TEXT["known"],
    "unknown": TEXT["unknown"],
}
SET = {
    **CHOICE,
    "known": (TEXT["known"][0], 0, "cardinality({c}) > 0"),
    "unknown": (TEXT["unknown"][0], 0, "cardinality({c}) = 0"),
}
NUMBER = {
    "at_least": (gettext_lazy("is at least"), 1, "{c} >= %s"),
    "at_most": (gettext_lazy("is at most"), 1, "{c} <= %s"),
    "is": (gettext_lazy("is exactly"), 1, "{c} = %s"),
    **KNOWN,
}
# A day is compared with days, a moment with the first moments of days: crm/days says when those are. So an index helps.
WAS = {
    "known": (gettext_lazy("has ever been"), 0, "{c} IS NOT NULL"),
    "unknown": (gettext_lazy("has never been"), 0, "{c} IS NULL"),
}
DAY = {
    "in_last": (gettext_lazy("was in the last"), 1, "{c} BETWEEN %s AND %s"),
    "not_in_last": (gettext_lazy("was not in the last"), 1, "NOT COALESCE({c} BETWEEN %s AND %s, false)"),
    "before": (gettext_lazy("was before"), 1, "{c} < %s"),
    "after": (gettext_lazy("was on or after"), 1, "{c} >= %s"),
    **WAS,
}
MOMENT = {
    **DAY,
    "in_last": (DAY["in_last"][0], 1, "({c} >= %s AND {c} < %s)"),
    "not_in_last": (DAY["not_in_last"][0], 1, "NOT COALESCE({c} >= %s AND {c} < %s, false)"),
}
YES_NO = {
    "yes": (gettext_lazy("yes"), 0, "{c}"),
    "no": (gettext_lazy("no"), 0, "NOT {c}"),
}
CONSENT = {
    "yes": (gettext_lazy("are allowed"), 0, "p.allowed & {c} <> 0"),
    "no": (gettext_lazy("are refused"), 0, "p.refused & {c} <> 0"),
    "unasked": (gettext_lazy("were never asked about"), 0, "(p.allowed | p.refused) & {c} = 0"),
}
SEGMENT = {
    "one_of": (gettext_lazy("that they are in is"), 1, "{chosen}"),
    "none_of": (gettext_lazy("that they are in is not"), 1, "NOT COALESCE({chosen}, false)"),
}
OPERATORS: dict[Kind, dict[str, tuple[Any, int, str]]] = {
    Kind.TEXT: TEXT,
    Kind.CHOICE: CHOICE,
    Kind.SET: SET,
    Kind.SEGMENT: SEGMENT,
    Kind.NUMBER: NUMBER,
    Kind.MONEY: NUMBER,
    Kind.DAY: DAY,
    Kind.MOMENT: MOMENT,
    Kind.YES_NO: YES_NO,
    Kind.CONSENT: CONSENT,
}
