from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from crm.joins import MOVES
from customers.models import Customer, Opening


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def visible_to(self, user) -> "ConversationQuerySet":
        """Those whose words this colleague may read; Nobody's are everybody's to pick up."""
        scope = user.scope("conversations")
        if scope == "all":
            return self
        if scope == "none":
            return self.none()
        mine = Q(owner=user) | Q(customer=None) | Q(customer__keeper=user)
        mine |= Q(Exists(Opening.objects.filter(customer=OuterRef("customer"), user=user)))
        if scope == "team" and user.team_id:
            mine |= Q(team_id=user.team_id) | Q(customer__team_id=user.team_id)
        return self.filter(mine)

    def open(self) -> "ConversationQuerySet":
        return self.exclude(status=Conversation.Status.SETTLED)

    def waiting(self) -> "ConversationQuerySet":
        """Those whose last words are the customer's and unanswered."""
        return self.open().filter(waiting_since__isnull=False)


class Conversation(models.Model):
    """The interactions about one matter, over all channels and any gap.

    It carries its own thread card, which thread.py writes; the rest is written by conversations/.
    """

    joins = {"customer": MOVES}
    RIGHT = "interactions.view"  # of staff/access.py: who has it may own one

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        SETTLED = "settled", _("Settled")

    customer = models.ForeignKey(Customer, null=True, on_delete=models.CASCADE, related_name="conversations")
    subject = models.CharField(max_length=250, blank=True, default="")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    is_complaint = models.BooleanField(default=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="conversations"
    )
    team = models.ForeignKey("staff.Team", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    mailbox = models.ForeignKey(
        "interactions.Mailbox", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    opened_at = models.DateTimeField()
    touched_at = models.DateTimeField()  # the last interaction
    waiting_since = models.DateTimeField(null=True)  # their first unanswered words; None: the next word is not ours
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    # The thread card: the last thing each side said.
    their_words = models.TextField(blank=True, default="")
    their_channel = models.CharField(max_length=20, blank=True, default="")
    their_at = models.DateTimeField(null=True)
    our_words = models.TextField(blank=True, default="")
    our_channel = models.CharField(max_length=20, blank=True, default="")
    our_at = models.DateTimeField(null=True)
    our_author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    interaction_count = models.PositiveIntegerField(default=0)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["customer", "-touched_at", "-id"], name="conversation_of_customer"),
            models.Index(
                fields=["waiting_since", "id"],
                condition=Q(status="open", waiting_since__isnull=False),
                name="conversation_waiting",
            ),
            models.Index(fields=["-touched_at", "-id"], name="conversation_by_touch"),
            models.Index(fields=["owner", "-touched_at", "-id"], name="conversation_of_owner"),
            models.Index(fields=["customer"], condition=Q(status="open"), name="conversation_open"),
        ]

    def __str__(self) -> str:
        return self.subject or f"Conversation {self.pk}"

    def get_absolute_url(self) -> str:
        return f"/conversations/{self.pk}/"

    @property
    def heard(self) -> str:
        """Up to where they were heard: another text once they have said something more."""
        return self.their_at.isoformat() if self.their_at else "nothing"

    @property
    def is_open(self) -> bool:
        return self.status != self.Status.SETTLED
