"""What docs/architecture.md promises and import-linter cannot see."""

import ast
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.urls import URLPattern, get_resolver

ROOT = Path(settings.BASE_DIR)
LAYERS = [
    "crm",
    "staff",
    "customers",
    "interactions",
    "sales",
    "insights",
    "campaigns",
    "portal",
    "api",
]  # lowest first
SIDE_BY_SIDE = {frozenset({"portal", "api"})}
OURS = [*LAYERS, "tests", "bench"]
LONGEST_FILE, LONGEST_TEMPLATE, LONGEST_BEHAVIOUR = 300, 120, 60  # lines
LONGEST_FUNCTION = 50
TWICE = {  # names that still mean two things; may become fewer. A command is Django's word, too
    "Address", "Choice", "Command", "Condition", "Consent", "Dialect", "Envelope", "Figures", "Kind",
    "Letter", "Line", "Outcome", "Recipient", "Result", "Row", "Said",
}  # fmt: skip
# The end of a day, or which day a moment is on, spelt by hand: crm/days.py says it.
A_DAY_BY_HAND = re.compile(
    r"""localdate|date\.today\(|current_date\b|datetime\.combine|\btime\.m(ax|in)\b|\.replace\(hour|\b23, ?59|23:59"""
    r"""|__date\b|Trunc(Date|Day)|date_trunc\(|(_at|now\(\))::date|now\(\) *- *(interval|make_interval)""",
    re.I,
)
NO_DAY_OF_OURS = {
    "crm/days.py": "it is the one place",
    "crm/gallery.py": "draws a clock",
    "interactions/pacing.py": "quiet hours are on the customer's clock",
    "insights/fields.py": "asks whether a text writes a day that there is",
    "insights/kinds.py": "the same",
    "sales/purchase_files.py": "asks whether a program wrote a day as its midnight",
}
BY_SETTING = {
    f"{name} → staff.User" for name in ("events.Event.actor", "crm.Undo.by", "crm.Undo.undone_by")
}  # through AUTH_USER_MODEL, which names no room


def room(model):
    """Return the folder that a model lives in."""
    return model.__module__.partition(".")[0]


def relations():
    """Yield (from room, to room, words) of every foreign key and many-to-many of ours."""
    for model in apps.get_models(include_auto_created=True):
        if room(model) in LAYERS:
            for field in model._meta.get_fields():
                target = field.related_model if field.is_relation and not field.auto_created else None
                if target and room(target) in LAYERS:
                    yield room(model), room(target), f"{model._meta.label}.{field.name} → {target._meta.label}"


def test_foreign_keys_point_down():
    found = list(relations())
    assert len(found) > 20
    upward = [words for below, above, words in found if LAYERS.index(below) < LAYERS.index(above)]
    upward = [words for words in upward if words not in BY_SETTING]
    sideways = [words for one, other, words in found if frozenset({one, other}) in SIDE_BY_SIDE]
    assert upward + sideways == []


def test_the_contract_of_imports_has_the_same_layers():
    contract = re.search(r'layers = \["portal \| api", (.*?)\]', (ROOT / "pyproject.toml").read_text())
    assert contract and re.findall(r'"(\w+)"', contract.group(1)) == LAYERS[-3::-1]


def routes(patterns=None, prefix=""):
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        here = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield here, pattern.callback
        else:
            yield from routes(pattern.url_patterns, here)


def test_every_route_of_ours_names_its_access():
    mine = [(route, view) for route, view in routes() if view.__module__.partition(".")[0] in LAYERS]
    assert len(mine) > 30
    silent = [route for route, view in mine if not (getattr(view, "access", None) or _by_key(view))]
    assert silent == []


def _by_key(view):
    """Views of the API are guarded by DRF's default permission: a key with the scope of the resource."""
    return bool(getattr(getattr(view, "cls", None), "permission_classes", None))


def test_psycopg_3_stays_out():
    """Django would silently use it instead of psycopg2."""
    for lock in ("requirements.lock", "requirements-dev.lock"):
        names = re.findall(r"^([\w.-]+)(?:\[.*?\])?==", (ROOT / lock).read_text(), re.MULTILINE)
        assert "psycopg2-binary" in names
        assert not {"psycopg", "psycopg-binary", "psycopg-c"} & set(names)


def test_locks_name_no_address():
    for lock in ("requirements.lock", "requirements-dev.lock"):
        assert not re.search(r"https?://|--index-url|--find-links", (ROOT / lock).read_text())


def test_every_secret_that_the_baseline_knows_was_looked_at():
    known = json.loads((ROOT / ".secrets.baseline").read_text())["results"]
    assert [one for found in known.values() for one in found if one.get("is_secret") is not False] == []


@pytest.mark.parametrize(
    ("pattern", "most"),
    [
        *((f"{folder}/**/*.py", LONGEST_FILE) for folder in OURS),
        ("templates/**/*.html", LONGEST_TEMPLATE),
        ("static/js/behaviours/*.js", LONGEST_BEHAVIOUR),
    ],
)
def test_files_are_short(pattern, most):
    lengths = {
        path: len(path.read_text().splitlines()) for path in ROOT.glob(pattern) if "migrations" not in path.parts
    }
    assert {str(path.relative_to(ROOT)): length for path, length in lengths.items() if length > most} == {}


def test_nobody_spells_a_day_by_hand():
    """Not in Python, not in SQL; the demo company and the big base make up days of their own."""
    found = [
        f"{path.relative_to(ROOT)}:{number} {line.strip()}"
        for folder in LAYERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "migrations" not in path.parts and path.name not in ("story.py", "filling.py")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if A_DAY_BY_HAND.search(line) and str(path.relative_to(ROOT)) not in NO_DAY_OF_OURS
    ]
    assert found == []


def definitions(*kinds: type[ast.AST]) -> Iterator[tuple[Path, ast.AST]]:
    """Yield (file, node) of every node of these kinds in our rooms."""
    for folder in LAYERS:
        for path in (ROOT / folder).rglob("*.py"):
            if "migrations" not in path.parts:
                nodes = ast.walk(ast.parse(path.read_text()))
                yield from ((path.relative_to(ROOT), node) for node in nodes if isinstance(node, kinds))


def test_functions_are_short():
    long = [
        f"{path}:{node.lineno} {node.name} has {node.end_lineno - node.lineno + 1} lines"
        for path, node in definitions(ast.FunctionDef, ast.AsyncFunctionDef)
        if node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert long == []


def test_the_name_of_a_class_means_one_thing():
    names = Counter(node.name for _path, node in definitions(ast.ClassDef) if node.col_offset == 0)  # not in another
    assert {name for name, count in names.items() if count > 1} == TWICE
