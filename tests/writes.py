"""Who writes what: every place in our modules that writes rows of a model, read from the source.

Found are `create`, `save`, `update`, `delete` … on a model, its managers, querysets, instances and related managers
(`conversation.interactions.create`), as far as names, annotations and assignments say what something is; and every
string with INSERT INTO, UPDATE or DELETE FROM of a table. What cannot be told is found too, with model "?".
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.apps import apps
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
ROOMS = ("crm", "staff", "customers", "interactions", "sales", "insights", "campaigns", "portal", "api")
EXEMPT = ("migrations", "story.py", "filling.py", "demo_people.py")  # the demo company, the big base: told in bulk
ROWS = "rows"  # made or removed
ALL = "*"  # nobody can tell which fields
Models = frozenset[str]  # their names
NONE: Models = frozenset()
NOTHING = ast.Constant(None)
PARTS: dict[type, tuple[str, ...]] = {  # of an expression, those that say what it is
    ast.IfExp: ("body", "orelse"), ast.BoolOp: ("values",), ast.BinOp: ("left", "right"), ast.Subscript: ("value",),
    ast.Starred: ("value",), ast.NamedExpr: ("value",), ast.List: ("elts",), ast.Tuple: ("elts",), ast.Set: ("elts",),
    ast.ListComp: ("elt",), ast.SetComp: ("elt",), ast.GeneratorExp: ("elt",),
}  # fmt: skip
MAKES = {"create", "get_or_create", "update_or_create", "bulk_create", "delete", "_raw_delete", "raw_delete"}
RELATES = {"add", "set", "remove", "clear"}  # of a related manager
SQL = re.compile(r"\b(INSERT\s+INTO|UPDATE|DELETE\s+FROM|MERGE\s+INTO|COPY|TRUNCATE)\s+(?:ONLY\s+)?\"?(\w+)\"?", re.I)
SET = re.compile(r"\bSET\b(.*?)(?:\bFROM\b|\bWHERE\b|\bRETURNING\b|$)", re.I | re.S)


@dataclass(frozen=True)
class Write:
    """One place that writes. what: ROWS, ALL, or the name of a field. model: its name; "?": it cannot be told.

    among: the models that its module imports, one of which it may be.
    """

    model: str
    what: str
    path: str  # from the root, with slashes
    line: int
    among: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.path}:{self.line} writes {self.what} of {self.model}"


def writes() -> list[Write]:
    """Return every write in our rooms, but for what is exempt by name."""
    trees = {path: ast.parse(path.read_text()) for path in _modules()}
    everywhere = _returns(*trees.values())
    everywhere |= _forms(trees.values())
    return [one for path, tree in trees.items() for one in _read(tree, str(path.relative_to(ROOT)), everywhere)]


def read(source: str, path: str = "here.py") -> list[Write]:
    """Return every write in one piece of source."""
    seen = ast.parse((ROOT / "interactions/views/seen.py").read_text())
    return _read(ast.parse(source), path, _returns(seen))


def _read(tree: ast.Module, path: str, everywhere: dict[str, Models]) -> list[Write]:
    module = Module(path, everywhere | _returns(tree))
    module.visit(tree)
    return module.found


def _modules() -> Iterator[Path]:
    for room in ROOMS:
        yield from (path for path in sorted((ROOT / room).rglob("*.py")) if not {*path.parts} & {*EXEMPT})


def _models() -> dict[str, type]:
    return {model.__name__: model for model in apps.get_models() if model.__module__.partition(".")[0] in ROOMS}


def _relations() -> dict[str, dict[str, str]]:
    """Return model → name of a relation, forward or back → the model at its other end."""
    found: dict[str, dict[str, str]] = {}
    for name, model in _models().items():
        ends = found.setdefault(name, {})
        for one in model._meta.get_fields():
            if one.is_relation and one.related_model:
                accessor = one.get_accessor_name() if one.auto_created else one.name
                if accessor:
                    ends[accessor] = one.related_model.__name__
    return found


def _returns(*trees: ast.Module) -> dict[str, Models]:
    """Return the name of a function → the models that it returns, by its annotation, where all of that name agree."""
    found: dict[str, set[Models]] = {}
    for tree in trees:
        aliases = {
            node.targets[0].id: _of_annotation(node.value)  # Anybodys = QuerySet[Task] | QuerySet[Call]
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                found.setdefault(node.name, set()).add(_of_annotation(node.returns, aliases))
    return {name: some.pop() for name, some in found.items() if len(some) == 1}


def _forms(trees: Iterable[ast.Module]) -> dict[str, Models]:
    """Return the name of a form → the model of its Meta: to save it is to save that."""
    forms = [node for tree in trees for node in tree.body if isinstance(node, ast.ClassDef)]
    metas = [(form.name, meta) for form in forms for meta in form.body if getattr(meta, "name", "") == "Meta"]
    found: dict[str, Models] = {}
    for name, meta in metas:
        for said in meta.body:
            if isinstance(said, ast.Assign) and getattr(said.targets[0], "id", "") == "model":
                found[name] = _of_annotation(said.value)
    return found


def _of_annotation(node: ast.AST | None, aliases: dict[str, Models] | None = None) -> Models:
    """Return the models that an annotation names: Conversation, Conversation | None, list[QuerySet[Conversation]] …"""
    named = [
        one.id if isinstance(one, ast.Name) else str(getattr(one, "value", "")) for one in ast.walk(node or NOTHING)
    ]
    words = {re.sub(r"QuerySet$", "", word) for name in named for word in re.findall(r"\w+", name)}
    return frozenset(words & {*MODELS}).union(*((aliases or {}).get(word, NONE) for word in words))


@dataclass
class Module(ast.NodeVisitor):
    """Reads one module; a variable is what it was last said to be."""

    path: str
    returns: dict[str, Models]
    found: list[Write] = field(default_factory=list)
    known: dict[str, Models] = field(default_factory=dict)
    imported: frozenset[str] = NONE

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.imported |= {one.name for one in node.names} & {*MODELS}

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        outside = dict(self.known)
        for one in (*node.args.args, *node.args.kwonlyargs):
            self.known[one.arg] = _of_annotation(one.annotation, self.returns)  # a form is what it saves
        if node.args.args and node.args.args[0].arg == "self":
            self.known["self"] = self.known.get("class", NONE)
        self.generic_visit(node)
        self.known = outside

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        outside = dict(self.known)
        self.known["class"] = frozenset({node.name}) & {*MODELS}
        self.generic_visit(node)
        self.known = outside

    def visit_Assign(self, node: ast.Assign) -> None:
        self.generic_visit(node)
        for target in node.targets:
            pairs = [(target, node.value)]
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = list(zip(target.elts, node.value.elts, strict=False))
            for one, value in pairs:
                self._say(one, self.what(value))

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.generic_visit(node)
        self._say(node.target, _of_annotation(node.annotation))

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.generic_visit(node)
        self._say(node.target, self.what(node.value))

    def visit_For(self, node: ast.For) -> None:
        self._say(node.target, self.what(node.iter))
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        self._say(node.target, self.what(node.iter))
        self.generic_visit(node)

    def _comprehend(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        for one in node.generators:  # before what is said of their variables
            self.visit(one)
        self.generic_visit(node)

    visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = _comprehend

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self._read_sql(node.value, node.lineno)

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute):
            models, method = self.what(node.func.value), node.func.attr
            for what in _written(method, node, is_known=bool(models)):
                for model in models or {"?"}:
                    self.found.append(Write(model, what, self.path, node.lineno, self.imported))

    def what(self, node: ast.AST) -> Models:
        """Return the models that an expression may be, or may be a manager, queryset, class, list or instance of."""
        match node:
            case ast.Name():
                return self.known.get(node.id) or frozenset({node.id} & {*MODELS})
            case ast.Call():
                return self._called(node)
            case ast.Attribute():
                of = self.what(node.value)
                if node.attr in ("objects", "_default_manager", "_base_manager"):
                    return of
                return frozenset(RELATIONS[one][node.attr] for one in of if node.attr in RELATIONS[one])
        parts = [getattr(node, name) for name in PARTS.get(type(node), ())]
        inside = [one for part in parts for one in (part if isinstance(part, list) else [part])]
        return NONE.union(*(self.what(one) for one in inside))

    def _called(self, node: ast.Call) -> Models:
        if isinstance(node.func, ast.Attribute):
            return self.what(node.func.value) or self.returns.get(node.func.attr, NONE)
        if isinstance(node.func, ast.Name):
            name = node.func.id
            if name in ("get_object_or_404", "list", "next", "iter", "reversed", "sorted", "tuple", "set"):
                return self.what(node.args[0]) if node.args else NONE
            return frozenset({name} & {*MODELS}) or self.returns.get(name, NONE)
        return NONE

    def _say(self, target: ast.AST, models: Models) -> None:
        if isinstance(target, ast.Name):
            self.known[target.id] = models

    def _read_sql(self, text: str, line: int) -> None:
        self.found += [Write(model, what, self.path, line, self.imported) for model, what in written_by(text)]


def written_by(sql: str) -> Iterator[tuple[str, str]]:
    """Yield (model, field or ROWS or ALL) of all that a statement writes."""
    for match in SQL.finditer(sql):
        model = TABLES.get(match[2].lower())
        if model:
            fields = _set_in(sql[match.end() :]) if match[1].upper() == "UPDATE" else [ROWS]
            yield from ((model, field) for field in fields)


def _set_in(text: str) -> list[str]:
    """Return the columns that an UPDATE sets, ids without their `_id`."""
    clause = SET.search(text)
    names = re.findall(r"(?:^|,|\()\s*\"?(\w+)\"?\s*=", clause[1]) if clause else []
    return [name.removesuffix("_id") for name in names] or [ALL]


def _written(method: str, node: ast.Call, *, is_known: bool) -> list[str]:
    """Return what a call writes: ROWS, ALL or names of fields. Of something unknown only what no dict or set has."""
    named = [one.arg.removesuffix("_id") for one in node.keywords if one.arg]
    is_open = any(one.arg is None for one in node.keywords)
    if method == "update":
        is_ours = is_known or (not node.args and node.keywords)
        return (named + [ALL] * is_open or [ALL]) if is_ours else []
    if method == "save":
        return _saved(node) if is_known or not node.args else []
    if method == "bulk_update":
        fields = node.args[1] if len(node.args) > 1 else None
        return _texts(fields) or [ALL]
    if method in MAKES:
        return [ROWS] if is_known or method not in ("create", "delete") else []
    return [ALL] if method in RELATES and is_known else []


def _saved(node: ast.Call) -> list[str]:
    options = {one.arg: one.value for one in node.keywords}
    if "force_insert" in options:
        return [ROWS]
    return _texts(options.get("update_fields")) or [ALL]


def _texts(node: ast.AST | None) -> list[str]:
    elements = node.elts if isinstance(node, ast.List | ast.Tuple | ast.Set) else []
    return [str(one.value) for one in elements if isinstance(one, ast.Constant)]


MODELS = _models()
RELATIONS = _relations()
TABLES = {model._meta.db_table: name for name, model in MODELS.items()}
