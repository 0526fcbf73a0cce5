"""Every model says what becomes of its rows when two customers are joined."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models

from crm.joins import FOLDS, MOVES, REFUSES, REMADE, STAYS, Join
from customers.models import Customer
from interactions.models import Message, Task
from tests.test_architecture import LAYERS, room

SPREADS = (FOLDS, REMADE)  # such a row goes, so what points at it must say its way too
SAY = (
    'Say in `joins` of {model} what becomes of "{name}" when two customers are joined: '
    "MOVES, FOLDS, REMADE, STAYS or REFUSES (crm/joins.py tells which)."
)


def ours() -> list[type[models.Model]]:
    return [model for model in apps.get_models(include_auto_created=True) if room(model) in LAYERS]


def said(model) -> dict[str, Join]:
    return vars(model).get("joins", {})


def pointing_at(model) -> Iterator[tuple[type[models.Model], str]]:
    """Yield (model, field) of every relation to `model`, hidden ones too."""
    for relation in model._meta.get_fields(include_hidden=True):
        if relation.is_relation and relation.auto_created and not relation.concrete:
            yield relation.related_model, relation.field.name


def related() -> set[tuple[type[models.Model], str]]:
    """Every relation to Customer, and to whatever goes or is made anew with one."""
    found, waiting = set(), [Customer]
    while waiting:
        for model, name in pointing_at(waiting.pop()):
            if (model, name) not in found:
                found.add((model, name))
                if said(model).get(name) in SPREADS:
                    waiting.append(model)
    return found


def ids(model) -> Iterator[str]:
    """Yield the columns that hold ids, one or many, without a foreign key."""
    for field in model._meta.concrete_fields:
        inner = field.base_field if isinstance(field, ArrayField) else field
        named = isinstance(field, ArrayField) or field.name.endswith("_id")
        if named and isinstance(inner, models.IntegerField) and not field.is_relation and not field.primary_key:
            yield field.name


def asked() -> set[tuple[type[models.Model], str]]:
    return related() | {(model, name) for model in ours() for name in ids(model)}


def silent() -> list[str]:
    return [
        SAY.format(model=model._meta.label, name=name)
        for model, name in sorted(asked(), key=str)
        if not isinstance(said(model).get(name), Join)
    ]


def test_every_relation_and_every_column_of_ids_says_its_way():
    assert len(asked()) > 30
    assert silent() == []


def test_nothing_is_said_of_columns_that_are_not_there():
    said_of = {(model, name) for model in ours() for name in said(model)}
    gone = {
        f"{model._meta.label}.{name}"
        for model, name in said_of
        if name not in {field.name for field in model._meta.concrete_fields}
    }
    assert gone == set()


@pytest.mark.parametrize("model", [Task, Message])
def test_whoever_says_nothing_is_told_what_to_write(monkeypatch, model):
    monkeypatch.delattr(model, "joins")
    assert silent()[0].startswith(f'Say in `joins` of {model._meta.label} what becomes of "')
    assert any('"customer"' in words for words in silent())


def test_a_word_that_is_none_of_the_five_is_no_answer(monkeypatch):
    monkeypatch.setattr(Task, "joins", {"customer": "wanders"})
    assert len(silent()) == 1


def test_what_points_at_a_folded_row_is_asked_too():
    names = {f"{model._meta.label}.{name}" for model, name in related()}
    assert {
        "customers.Consent.contact_point", "customers.ConsentState.contact_point",
        "interactions.Message.contact_point", "campaigns.Recipient.contact_point",
    } <= names  # fmt: skip


def unique_with(model, name) -> bool:
    """Tell whether this column is part of a unique key, which two rows could claim after a join."""
    alone = model._meta.get_field(name).unique
    return alone or any(
        isinstance(one, models.UniqueConstraint) and name in one.fields for one in model._meta.constraints
    )


def test_whose_key_may_collide_never_just_moves():
    colliding = {(model, name) for model, name in related() if unique_with(model, name)}
    assert {f"{model._meta.label}.{name}" for model, name in colliding if said(model)[name] == MOVES} == set()
    folding = {(model, name) for model, name in related() if said(model)[name] == FOLDS}
    assert folding <= colliding, "What collides with nothing moves."


def test_a_foreign_key_never_stays():
    """The loser's row goes: what points at it must not."""
    staying = {f"{model._meta.label}.{name}" for model, name in related() if said(model)[name] == STAYS}
    assert staying == set()
    assert said(Customer)["account"] == REFUSES
