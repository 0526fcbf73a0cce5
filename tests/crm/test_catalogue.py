"""The list of facts promises nothing that nobody tells."""

import ast
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from crm.events.catalogue import KINDS

ROOMS = ("crm", "staff", "customers", "interactions", "sales", "insights", "campaigns", "portal", "api")


def said(node: ast.AST) -> Iterator[str]:
    """Every text in this code but those to which a reaction listens."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "on":
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    for child in ast.iter_child_nodes(node):
        yield from said(child)


def test_every_fact_in_the_catalogue_is_recorded_somewhere():
    files = [path for room in ROOMS for path in Path(settings.BASE_DIR, room).rglob("*.py")]
    texts = {text for path in files if path.name != "catalogue.py" for text in said(ast.parse(path.read_text()))}
    assert sorted(set(KINDS) - texts) == []
