from django.db import models
from django.db.models import Q

from interactions.models.mailbox import Mailbox


class UnfiledQuerySet(models.QuerySet["Unfiled"]):
    def begun(self) -> "UnfiledQuerySet":
        """Those that are being read, or whose reader died."""
        return self.filter(set_aside_at=None)

    def set_aside(self) -> "UnfiledQuerySet":
        """Those that somebody has to look at."""
        return self.filter(set_aside_at__isnull=False)


class Unfiled(models.Model):
    """A mail that was begun and is not filed: noted before it is read, gone when it is filed, else set aside."""

    name = models.CharField(max_length=100, unique=True, db_collation="C")  # of its file in var/unfiled, without .eml
    mailbox = models.ForeignKey(  # None: it came by the hook
        Mailbox, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    uid_validity = models.BigIntegerField(null=True)
    uid = models.BigIntegerField(null=True)
    begun_count = models.PositiveSmallIntegerField(default=0)
    begun_at = models.DateTimeField()
    set_aside_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=500, blank=True, default="")
    sender = models.CharField(max_length=320, blank=True, default="")  # as its From says it
    subject = models.CharField(max_length=250, blank=True, default="")
    is_kept = models.BooleanField(default=False)  # in its file; False: it lies in the mailbox only
    is_wanted = models.BooleanField(default=False)  # somebody asked that it be read once more

    objects = UnfiledQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["mailbox", "uid"], condition=Q(set_aside_at=None), name="unfiled_begun")]

    def __str__(self) -> str:
        return self.name
