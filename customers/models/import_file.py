from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.joins import FOLDS
from customers.models.customer import Customer


class ImportFileQuerySet(models.QuerySet["ImportFile"]):
    def visible_to(self, user) -> "ImportFileQuerySet":
        """A file shows customers of everybody: who sees only some customers sees only their own files."""
        return self if user.scope("customers") == "all" else self.filter(by=user)


class ImportFile(models.Model):
    """A file on its way in: which kind, which column is what, how far we are."""

    class Status(models.TextChoices):
        UPLOADED = "uploaded", _("Waiting for its columns")
        CHECKED = "checked", _("Checked")
        RUNNING = "running", _("Running")
        FINISHED = "finished", _("Finished")
        STOPPED = "stopped", _("Stopped")
        FAILED = "failed", _("Failed")

    kind = models.CharField(max_length=40)  # a key of customers.importing's registry: "people", "purchases"
    name = models.CharField(max_length=250)  # of the file, as uploaded
    system = models.CharField(max_length=60)  # whose numbers its id column holds
    path = models.CharField(max_length=300)  # under MEDIA_ROOT
    size_bytes = models.BigIntegerField()
    dialect = models.JSONField(default=dict)  # encoding, delimiter, quote
    header = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)  # our field → their column
    options = models.JSONField(default=dict)  # country of phones, purpose of consent …
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.UPLOADED)
    cursor_bytes = models.BigIntegerField(default=0)  # rows before this byte are in
    row_number = models.BigIntegerField(default=0)  # rows read so far, without the header
    made_count = models.BigIntegerField(default=0)
    updated_count = models.BigIntegerField(default=0)
    same_count = models.BigIntegerField(default=0)  # rows that were in already, unchanged
    skipped_count = models.BigIntegerField(default=0)
    noted_count = models.BigIntegerField(default=0)  # rows that landed without a piece that could not be read
    figures = models.JSONField(default=dict)  # what the kind wants to say at the end, e.g. a sum in cents
    trouble = models.TextField(blank=True, default="")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    beat_at = models.DateTimeField(null=True)  # a worker was here
    finished_at = models.DateTimeField(null=True)

    objects = ImportFileQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class SkippedRow(models.Model):
    """A row that could not be taken, or landed without a piece of it: as it was, and why. The rest went on."""

    file = models.ForeignKey(ImportFile, on_delete=models.CASCADE, related_name="skipped_rows")
    number = models.BigIntegerField()  # in the file, the header is 1
    cells = models.JSONField()
    reason = models.TextField()
    has_landed = models.BooleanField(default=False)  # only a piece of it could not be read

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="skipped_once")]

    def __str__(self) -> str:
        return f"row {self.number}: {self.reason}"


class ImportedCustomer(models.Model):
    """A customer whom rows of a file made or found, changed or not. Written by customers/batching.py only."""

    joins = {"customer": FOLDS}

    file = models.ForeignKey(  # imported_once is its index
        ImportFile, on_delete=models.CASCADE, related_name="imported", db_index=False
    )
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "customer"], name="imported_once")]

    def __str__(self) -> str:
        return f"{self.customer_id} by import {self.file_id}"
