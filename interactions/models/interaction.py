from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.joins import MOVES, STAYS
from customers import channels
from customers.models import Customer
from interactions.models.conversation import Conversation


class Direction(models.TextChoices):
    IN = "in", _("They said")
    OUT = "out", _("We said")
    INSIDE = "inside", _("Among us")  # a note: the customer never sees it


class Interaction(models.Model):
    """One touch: a call, a mail, a visit, a note. Written by conversations.filing; then history."""

    joins = {"customer": MOVES, "origin_id": STAYS}

    customer = models.ForeignKey(Customer, null=True, on_delete=models.CASCADE, related_name="interactions")
    conversation = models.ForeignKey(Conversation, null=True, on_delete=models.SET_NULL, related_name="interactions")
    channel = models.CharField(max_length=20, choices=channels.choices)
    direction = models.CharField(max_length=6, choices=Direction.choices)
    kind = models.CharField(max_length=20, default="message")  # message, call, note, meeting, automatic, bounce
    occurred_at = models.DateTimeField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )  # who of us; None: the customer or the machine
    from_address = models.CharField(max_length=320, blank=True, default="")
    reply_to = models.CharField(max_length=320, blank=True, default="", db_default="")  # where not to from_address
    to_address = models.CharField(max_length=320, blank=True, default="")
    subject = models.CharField(max_length=250, blank=True, default="")
    words = models.TextField(blank=True, default="")  # what is new in it, as text
    quoted = models.TextField(blank=True, default="")  # what it repeats of former words
    html = models.TextField(blank=True, default="")  # cleaned; shown in a frame of its own
    language = models.CharField(max_length=8, blank=True, default="")
    outcome = models.CharField(max_length=40, blank=True, default="")  # a key of interactions/outcomes.py
    duration_seconds = models.PositiveIntegerField(null=True)
    attachments = models.JSONField(default=list, blank=True)  # [{"name", "size", "type"}]; bytes are in the original
    message_ref = models.CharField(max_length=250, blank=True, default="", db_collation="C")  # Message-ID, normal form
    # What above caused it: a short name and a number, no foreign key ("campaign", 12).
    origin = models.CharField(max_length=20, blank=True, default="")
    origin_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "message_ref"], condition=~Q(message_ref=""), name="one_interaction_per_message"
            )
        ]
        indexes = [
            models.Index(
                fields=["customer", "-occurred_at", "-id"],
                include=["channel", "direction", "kind", "subject", "origin", "origin_id"],
                name="timeline",
            ),
            models.Index(fields=["conversation", "occurred_at", "id"], name="interaction_in_conversation"),
            models.Index(
                fields=["customer"],
                include=["origin", "origin_id", "direction"],
                condition=~Q(origin=""),
                name="interaction_of_origin",
            ),
        ]

    def __str__(self) -> str:
        return self.subject or f"{self.channel} {self.direction}"

    @property
    def their_address(self) -> str:
        """The address or number of who spoke: a form sends for others."""
        return self.reply_to or self.from_address


class Original(models.Model):
    """The raw message, byte for byte, so that no attachment is lost."""

    interaction = models.OneToOneField(Interaction, on_delete=models.CASCADE, related_name="original")
    raw = models.BinaryField()

    def __str__(self) -> str:
        return f"original of {self.interaction_id}"
