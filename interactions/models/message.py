from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.joins import MOVES, STAYS
from customers import channels
from customers.models import ContactPoint, Customer, Purpose
from interactions.models.conversation import Conversation
from interactions.models.interaction import Interaction
from interactions.models.wording import Wording


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, user) -> "MessageQuerySet":
        """Those to customers whom this colleague may see; those to nobody we know are for who sees all."""
        if user.scope("customers") == "all":
            return self
        return self.filter(customer__in=Customer.objects.visible_to(user))

    def failed(self) -> "MessageQuerySet":
        """Those of us to one customer that could not be sent, and that nobody has seen to yet."""
        return self.filter(status=Message.Status.FAILED, is_marketing=False, conversation__isnull=False)

    def in_doubt(self) -> "MessageQuerySet":
        """Those of which nobody knows whether they arrived."""
        return self.filter(status=Message.Status.IN_DOUBT)

    def answering(self) -> "MessageQuerySet":
        """Those to one customer that have arrived, or will: they answer what was said before they were queued."""
        gone = (Message.Status.FAILED, Message.Status.REFUSED, Message.Status.CANCELLED)
        return self.filter(is_marketing=False, bounced_at=None).exclude(status__in=gone)


class Message(models.Model):
    """Something on its way to a customer. Queued by outbox, sent by delivering; then also an Interaction.

    queued → sending (worker, lease) → sent | in_doubt | failed; refused and cancelled never left.
    """

    # A key that was used stays used: who wrote to the loser does not write to the winner again by another key.
    joins = {"customer": MOVES, "contact_point": MOVES, "origin_id": STAYS, "dedupe_key": STAYS}

    class Status(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        SENDING = "sending", _("Sending")
        SENT = "sent", _("Sent")
        IN_DOUBT = "in_doubt", _("In doubt")
        FAILED = "failed", _("Failed")
        REFUSED = "refused", _("Not sent")
        CANCELLED = "cancelled", pgettext_lazy("message", "Cancelled")

    customer = models.ForeignKey(Customer, null=True, on_delete=models.CASCADE, related_name="messages")
    contact_point = models.ForeignKey(
        ContactPoint, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    conversation = models.ForeignKey(
        Conversation, null=True, on_delete=models.SET_NULL, related_name="messages", db_index=False
    )
    interaction = models.OneToOneField(Interaction, null=True, on_delete=models.SET_NULL, related_name="message")
    channel = models.CharField(max_length=20, choices=channels.choices)
    account = models.CharField(max_length=100, blank=True, default="", db_default="")  # which of ours it leaves from
    to_address = models.CharField(max_length=320)
    to_name = models.CharField(max_length=200, blank=True, default="")
    sender_name = models.CharField(max_length=150, blank=True, default="")  # else the author's or the organisation's
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    is_marketing = models.BooleanField(default=False)  # one to many: in doubt it is never sent again by itself
    subject = models.CharField(max_length=250, blank=True, default="")
    body_text = models.TextField(blank=True, default="")
    body_html = models.TextField(blank=True, default="")
    wording = models.ForeignKey(Wording, null=True, on_delete=models.PROTECT, related_name="+")  # else: subject, bodies
    values = models.JSONField(default=dict, blank=True)  # of the wording's merge fields, for this recipient
    in_reply_to = models.CharField(max_length=250, blank=True, default="")
    references = models.TextField(blank=True, default="")
    message_ref = models.CharField(max_length=250, blank=True, default="", db_collation="C")  # given when it leaves
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    origin = models.CharField(max_length=20, blank=True, default="")
    origin_id = models.BigIntegerField(null=True)
    dedupe_key = models.CharField(max_length=100, blank=True, default="", db_collation="C")  # "campaign:12:345"
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    due_at = models.DateTimeField()  # in doubt: since when
    attempts = models.PositiveSmallIntegerField(default=0)
    rounds = models.PositiveSmallIntegerField(db_default=0)  # how often sending a batch that held it raised
    worker = models.CharField(max_length=100, blank=True, default="")
    lease_until = models.DateTimeField(null=True)  # in doubt: when its provider is asked next; None: it is not
    reason = models.CharField(max_length=500, blank=True, default="")  # why refused, failed or in doubt
    bounced_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)  # as the other side reported
    parts = models.PositiveSmallIntegerField(null=True)  # that it is sent and paid in; None: as a whole
    part_cost = models.DecimalField(max_digits=10, decimal_places=5, null=True)  # None: nobody said
    cost_currency = models.CharField(max_length=3, blank=True, default="", db_default="")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dedupe_key"], condition=~Q(dedupe_key=""), name="one_message_per_dedupe_key"
            )
        ]
        indexes = [
            # personal ones first: nobody waits behind a campaign
            models.Index(
                fields=["channel", "account", "is_marketing", "due_at", "id"],
                condition=Q(status="queued"),
                name="message_due_by_channel",
            ),
            models.Index(fields=["conversation", "created_at"], name="message_of_conversation"),
            models.Index(fields=["lease_until"], condition=Q(status="sending"), name="message_leased"),
            models.Index(fields=["lease_until"], condition=Q(status="in_doubt"), name="message_in_doubt"),
            models.Index(fields=["origin", "origin_id", "status"], name="message_of_origin"),
            models.Index(fields=["origin", "origin_id"], condition=Q(bounced_at__isnull=False), name="message_bounced"),
            models.Index(fields=["message_ref"], condition=~Q(message_ref=""), name="message_by_ref"),
            models.Index(fields=["author"], condition=Q(status="failed", is_marketing=False), name="message_failed"),
            models.Index(fields=["customer", "-sent_at"], condition=Q(is_marketing=True), name="message_cap"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} to {self.to_address}"
