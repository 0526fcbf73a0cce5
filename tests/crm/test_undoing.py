"""A deed is taken back as it was, once, in time, whole or not at all."""

import json
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils.timezone import now

from crm import undoing
from crm.jobs import forget_undos
from crm.models import Undo, UndoPiece
from crm.undoing import AlreadyUndone, ChangedMeanwhile, How, TooLate
from staff.models import Place, Team, User
from tests import make
from tests.racing import held

NAMES = "test.places_named"


@pytest.fixture(autouse=True)
def way(monkeypatch):
    """Of one kind of deed, for the length of a test: rooms register theirs beside the deed."""
    monkeypatch.setattr(undoing, "_ways", dict(undoing._ways))
    monkeypatch.setattr(undoing, "_partial", set(undoing._partial))
    undoing.undoes(NAMES)(lambda kept, by: undoing.put_back(kept))


@pytest.fixture
def anna(db):
    return make.make_anna()


def rows(model=Place):
    return list(model.objects.order_by("pk").values())


@transaction.atomic
def rename(anna, name="Ufficio"):
    """Give every place one name, make one more and remove the first."""
    kept = undoing.keep(NAMES, about=anna, by=anna)
    assert undoing.changing(kept, Place.objects.all(), "name") == Place.objects.count()
    for place in Place.objects.all():
        Place.objects.filter(pk=place.pk).update(name=f"{name} {place.pk}")
    undoing.made(kept, Place, [Place.objects.create(name="New").pk])
    first = Place.objects.order_by("pk")[:1]
    undoing.removing(kept, first)
    Place.objects.filter(pk=first[0].pk).delete()
    return kept


def test_what_was_made_changed_and_removed_stands_as_before(anna):
    for name in ("Roma", "Milano", "Città “alta”"):
        Place.objects.create(name=name)
    before = rows()
    kept = rename(anna)
    changed, (new,) = undoing.ids_of(kept, Place, How.CHANGED), undoing.ids_of(kept, Place, How.MADE)
    assert rows() != before and changed == [row["id"] for row in before]
    assert (Place.objects.get(pk=new).name, undoing.ids_of(kept, Place, How.REMOVED)) == ("New", changed[:1])
    undoing.undo(kept, by=anna)
    assert rows() == before
    kept.refresh_from_db()
    assert kept.undone_at and kept.undone_by == anna


def test_every_kind_of_column_comes_back_to_the_last_digit(anna):
    anna.seen = anna.last_login = now()
    anna.save()
    before = rows(User)
    with transaction.atomic():
        kept = undoing.keep(NAMES, about=anna, by=anna)
        names = [field.name for field in User._meta.concrete_fields]
        undoing.changing(kept, User.objects.all(), *names)
        User.objects.update(name="", last_login=None, is_active=False, team=None, state_changed_at=None)
    undoing.undo(kept, by=anna)
    assert rows(User) == before


def test_it_is_undone_once(anna):
    Place.objects.create(name="Roma")
    kept = rename(anna)
    undoing.undo(kept, by=anna)
    Place.objects.create(name="Napoli")
    with pytest.raises(AlreadyUndone):
        undoing.undo(kept, by=anna)
    assert set(Place.objects.values_list("name", flat=True)) == {"Roma", "Napoli"}


def test_a_later_deed_to_the_same_rows_is_undone_first(anna):
    roma, milano = Place.objects.create(name="Roma"), Place.objects.create(name="Milano")

    def name(place, word):
        with transaction.atomic():
            kept = undoing.keep(NAMES, about=anna, by=anna)
            undoing.changing(kept, Place.objects.filter(pk=place.pk), "name")
            Place.objects.filter(pk=place.pk).update(name=word)
        return kept

    first, other, second = name(roma, "a"), name(milano, "b"), name(roma, "c")
    with pytest.raises(ChangedMeanwhile):
        undoing.undo(first, by=anna)
    undoing.undo(other, by=anna)
    undoing.undo(second, by=anna)
    undoing.undo(first, by=anna)
    assert set(Place.objects.values_list("name", flat=True)) == {"Roma", "Milano"}


def test_what_is_undone_in_part_leaves_what_somebody_has_in_hand(anna):
    undoing.undoes(PART := "test.place_named", in_part=True)(lambda kept, by: undoing.put_back(kept))
    Place.objects.create(name="Milano")
    roma = Place.objects.filter(pk=Place.objects.create(name="Roma").pk)
    with transaction.atomic():
        part = undoing.keep(PART, about=anna, by=anna)
        undoing.changing(part, roma, "name")
    rename(anna)
    undoing.undo(part, by=anna)
    assert roma.get().name == "Roma"


def test_some_columns_may_stay_as_they_are_now(anna):
    team = Team.objects.get()
    with transaction.atomic():
        kept = undoing.keep(NAMES, about=anna, by=anna)
        undoing.changing(kept, Team.objects.all(), "name", "place")
        Team.objects.update(name="Lazio", place=Place.objects.create(name="Roma"))
    undoing.write_back(kept.pieces.get(), but={"place_id"})
    team.refresh_from_db()
    assert (team.name, team.place.name) == ("Campania", "Roma")


@pytest.mark.parametrize(("seconds", "waited"), [(10, 10), (0, 0), (3, 4)])
def test_after_its_time_it_is_too_late(anna, settings, time_machine, seconds, waited):
    settings.UNDO_SECONDS = seconds
    time_machine.move_to(at := now(), tick=False)
    Place.objects.create(name="Roma")
    kept = rename(anna)
    time_machine.move_to(at + timedelta(seconds=waited), tick=False)
    with pytest.raises(TooLate):
        undoing.undo(kept, by=anna)
    if seconds:
        time_machine.move_to(at + timedelta(seconds=seconds - 0.001), tick=False)
        undoing.undo(kept, by=anna)


def test_what_a_way_refuses_leaves_everything_as_it_is(anna):
    Place.objects.create(name="Roma")
    kept = rename(anna)
    after = rows()

    @undoing.undoes(NAMES)
    def half(kept, by):
        undoing.put_back(kept)
        raise ChangedMeanwhile

    with pytest.raises(ChangedMeanwhile):
        undoing.undo(kept, by=anna)
    kept.refresh_from_db()
    assert rows() == after and kept.undone_at is None


def test_a_row_that_went_meanwhile_and_one_that_is_needed_are_told_in_words(anna):
    Place.objects.create(name="Roma")
    Place.objects.create(name="Milano")
    kept = rename(anna)
    removed = Place.objects.get(name__startswith="Ufficio")
    Place.objects.filter(pk=removed.pk).delete()
    with pytest.raises(ChangedMeanwhile):
        undoing.undo(kept, by=anna)


def test_a_row_whose_key_is_taken_again_is_told_in_words(anna):
    Place.objects.create(name="Roma")
    kept = rename(anna)
    Place.objects.create(name="Roma")  # a name is unique
    with pytest.raises(ChangedMeanwhile):
        undoing.undo(kept, by=anna)


def test_what_it_pointed_at_is_gone_is_told_before_the_commit(anna):
    place = Place.objects.create(name="Roma")
    Team.objects.update(place=place)
    with transaction.atomic():
        kept = undoing.keep(NAMES, about=anna, by=anna)
        undoing.changing(kept, Team.objects.all(), "place")
        Team.objects.update(place=None)
    place.delete()
    with pytest.raises(ChangedMeanwhile):
        undoing.undo(kept, by=anna)
    assert Team.objects.get().place is None


def test_many_rows_are_kept_piece_by_piece_in_one_statement(anna, django_assert_num_queries):
    Place.objects.bulk_create(Place(name=f"Place {number:05}") for number in range(4_500))
    before = rows()
    with transaction.atomic():
        kept = undoing.keep(NAMES, about=anna, by=anna)
        with django_assert_num_queries(1):
            assert undoing.changing(kept, Place.objects.all(), "name") == 4_500
        undoing.made(kept, User, range(1, 2_002))
    pieces = kept.pieces.order_by("number").values_list("number", "model", "how")
    assert list(pieces) == [
        (1, "staff.place", "changed"), (2, "staff.place", "changed"), (3, "staff.place", "changed"),
        (4, "staff.user", "made"), (5, "staff.user", "made"),
    ]  # fmt: skip
    sizes = [len(piece.ids) for piece in kept.pieces.order_by("number")]
    assert sizes == [2_000, 2_000, 500, 2_000, 1]
    one = kept.pieces.get(number=2)
    assert one.ids == sorted(one.ids) == [row["id"] for row in one.before]
    assert one.before[0] == {"id": before[2_000]["id"], "name": "Place 02000"}


def test_a_piece_tells_whose_rows_it_holds(anna):
    place = Place.objects.create(name="Roma")
    kept = rename(anna)
    found = UndoPiece.objects.about(Place, [place.pk, 10**9])
    assert {piece.undo for piece in found} == {kept} and found.count() == 2
    assert "Roma" in json.dumps([piece.before for piece in found])
    assert not UndoPiece.objects.about(User, [place.pk]).exists()


def test_nothing_to_keep_leaves_no_piece(anna):
    with transaction.atomic():
        kept = undoing.keep(NAMES, about=anna, by=None)
        assert undoing.changing(kept, Place.objects.none(), "name") == 0
        assert undoing.changing(kept, Place.objects.filter(name="x"), "name") == 0
        undoing.made(kept, Place, [])
    assert not kept.pieces.exists() and kept.by is None


def test_the_clock_forgets_it_a_week_after_it_was_too_late(anna, time_machine):
    time_machine.move_to(at := now(), tick=False)
    Place.objects.create(name="Roma")
    kept = rename(anna)
    time_machine.move_to(at + timedelta(days=7), tick=False)
    forget_undos()
    assert Undo.objects.count() == 1
    time_machine.move_to(at + timedelta(days=7, seconds=11), tick=False)
    forget_undos()
    assert not Undo.objects.exists() and not UndoPiece.objects.exists()
    with pytest.raises(TooLate):
        undoing.undo(kept, by=anna)
    assert undoing.last(anna, NAMES) is None


def test_it_is_kept_in_the_transaction_of_a_deed_that_somebody_undoes(anna):
    with pytest.raises(ValueError, match="Nobody says how"):
        undoing.keep("test.unheard_of", about=anna, by=anna)


@pytest.mark.django_db(transaction=True)
def test_of_two_clicks_at_once_one_undoes():
    anna = make.make_anna()
    Place.objects.create(name="Roma")
    kept = rename(anna)
    with held(lambda: Undo.objects.select_for_update().get(pk=kept.pk)) as start:
        clicks = [start(lambda: undoing.undo(kept, by=anna)) for _ in range(2)]
    ends = [click.exception(10) for click in clicks]
    assert sorted(type(end).__name__ for end in ends) == ["AlreadyUndone", "NoneType"]
    assert [place.name for place in Place.objects.all()] == ["Roma"]
    with pytest.raises(transaction.TransactionManagementError):
        undoing.keep(NAMES, about=anna, by=anna)


@pytest.mark.django_db(transaction=True)
def test_the_rows_are_locked_from_the_keeping_on():
    anna, place = make.make_anna(), Place.objects.create(name="Roma")

    def keep():
        undoing.changing(undoing.keep(NAMES, about=anna, by=anna), Place.objects.filter(pk=place.pk), "name")

    with held(keep) as start:
        start(lambda: Place.objects.filter(pk=place.pk).update(name="Milano"))
