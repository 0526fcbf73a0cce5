from collections.abc import Iterable

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.timezone import now

from crm.joins import STAYS

LABEL = 100  # characters of a model's label, such as "interactions.interaction"


class UndoQuerySet(models.QuerySet["Undo"]):
    def about(self, row: models.Model) -> "UndoQuerySet":
        """Of what was done to this row."""
        return self.filter(about=row._meta.label_lower, about_id=row.pk)


class Undo(models.Model):
    """A deed that can be taken back for a while; its pieces tell what it changed. Written by crm/undoing.py."""

    joins = {"about_id": STAYS}

    kind = models.CharField(max_length=60)  # the fact that the deed told, such as "promise.kept"
    about = models.CharField(max_length=LABEL)  # model label
    about_id = models.BigIntegerField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )  # None: the machine
    at = models.DateTimeField()
    until = models.DateTimeField()  # from then on it is too late
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    objects = UndoQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["about", "about_id", "-id"], name="undo_of_row")]

    def __str__(self) -> str:
        return f"{self.kind} {self.about_id}"

    @property
    def is_open(self) -> bool:
        """It can still be undone."""
        return self.undone_at is None and self.until > now()


class UndoPieceQuerySet(models.QuerySet["UndoPiece"]):
    def about(self, model: type[models.Model], ids: Iterable[int]) -> "UndoPieceQuerySet":
        """Those that hold any of these rows of a model, and so perhaps what somebody wants erased."""
        return self.filter(model=model._meta.label_lower, ids__overlap=list(ids))


class UndoPiece(models.Model):
    """Some rows of one model that a deed made, changed or removed. It holds personal data until it is forgotten."""

    joins = {"ids": STAYS}

    class How(models.TextChoices):
        MADE = "made"
        CHANGED = "changed"
        REMOVED = "removed"

    undo = models.ForeignKey(Undo, on_delete=models.CASCADE, related_name="pieces", db_index=False)
    number = models.PositiveIntegerField()  # 1, 2, 3 … in the order of the deed
    model = models.CharField(max_length=LABEL)  # label
    how = models.CharField(max_length=8, choices=How.choices)
    ids = ArrayField(models.BigIntegerField())  # of the rows, rising
    # [{column: value}] in the order of `ids`, the key among them: of a changed row the columns that were kept, of a
    # removed one all of them, as PostgreSQL writes them into JSON. None: the deed made these rows.
    before = models.JSONField(null=True)

    objects = UndoPieceQuerySet.as_manager()

    class Meta:
        db_table = "crm_undo_piece"
        constraints = [models.UniqueConstraint(fields=["undo", "number"], name="one_undo_piece_a_number")]

    def __str__(self) -> str:
        return f"{self.how} {self.model}"
