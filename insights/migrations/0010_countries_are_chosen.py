"""A country is one of some now, by its code, and no text any more: rules that were saved select whom they selected.

Nobody is redone: the rules hold for the same customers. Codes that rules begin or hold are those that there are, and
those that customers have.
"""

from django.db import migrations
from phonenumbers import SUPPORTED_REGIONS

CHOSEN = {"is": "one_of", "begins": "one_of", "contains": "one_of", "is_not": "none_of"}
HOLDS = {
    "is": str.__eq__,
    "is_not": str.__eq__,
    "begins": str.startswith,
    "contains": str.__contains__,
}


def chosen(rule, codes):
    """Return a rule tree with its countries chosen among `codes`, which are in capitals; another one as it is."""
    if not isinstance(rule, dict):
        return rule
    if rule.get("field") == "country" and rule.get("is") in CHOSEN:
        text = str(rule.get("value") or "").strip()
        found = [code for code in sorted(codes) if HOLDS[rule["is"]](code.lower(), text.lower())] if text else []
        return {"field": "country", "is": CHOSEN[rule["is"]], "value": found or [text.upper()] * bool(text)}
    return {key: [chosen(row, codes) for row in rows] if key in ("all", "any") and isinstance(rows, list) else rows
            for key, rows in rule.items()}  # fmt: skip


def choose(apps, schema_editor):
    segments = apps.get_model("insights", "Segment").objects.all()
    known = (
        apps.get_model("insights", "Profile").objects.exclude(country="").order_by().values_list("country", flat=True)
    )
    codes = {*SUPPORTED_REGIONS, *known.distinct()}
    for segment in segments:
        rule = chosen(segment.rule, codes)
        if rule != segment.rule:
            segments.filter(pk=segment.pk).update(rule=rule)


class Migration(migrations.Migration):
    dependencies = [("insights", "0009_towns_as_they_are_compared")]

    operations = [migrations.RunPython(choose, migrations.RunPython.noop, elidable=True)]
