from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.timezone import now


class KeyQuerySet(models.QuerySet["Key"]):
    def working(self) -> "KeyQuerySet":
        """Those that open anything: neither revoked nor expired."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=now()), revoked_at=None)


class Key(models.Model):
    """An integrator's key: only its hash is kept, its beginning helps to tell keys apart."""

    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16)
    digest = models.CharField(max_length=64, unique=True)  # SHA-256, hexadecimal
    scopes = ArrayField(models.CharField(max_length=40), default=list)  # "customers:read" …
    team = models.ForeignKey(  # whose customers it sees; None: all
        "staff.Team", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True)

    objects = KeyQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class IdempotentRequest(models.Model):
    """A request that carried an Idempotency-Key, and its answer: the same again gets the same answer."""

    key = models.ForeignKey(Key, on_delete=models.CASCADE, related_name="+")
    idempotency_key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)  # of method, path and body
    status = models.PositiveSmallIntegerField()
    body = models.JSONField(null=True)
    location = models.CharField(max_length=300, blank=True, default="")  # of what was made
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "idempotency_key"], name="one_idempotent_request")]
        indexes = [models.Index(fields=["at"], name="idempotent_request_by_age")]

    def __str__(self) -> str:
        return self.idempotency_key
