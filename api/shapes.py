"""How things look that several resources show."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crm.http import LARGEST_ID

PERSON = {"type": "object", "properties": {"name": {"type": "string"}, "email": {"type": "string"}}}


@extend_schema_field(PERSON)
class ColleagueShown(serializers.Field):
    """A colleague as {"name", "email"}, or null."""

    def to_representation(self, user) -> dict[str, str]:
        return {"name": user.name, "email": user.email}


class Brief(serializers.Serializer):
    """A customer in short."""

    id = serializers.IntegerField(max_value=LARGEST_ID)
    name = serializers.CharField()
    kind = serializers.CharField()
    company = serializers.SerializerMethodField(help_text="Who buys for them; empty if they do so themselves.")
    town = serializers.CharField(source="city")

    def get_company(self, customer) -> str:
        return customer.account.name if customer.account_id != customer.pk else ""


class InteractionShape(serializers.Serializer):
    """One touch: a call, a mail, a note."""

    id = serializers.IntegerField(max_value=LARGEST_ID)
    customer = serializers.IntegerField(source="customer_id", allow_null=True)
    conversation = serializers.IntegerField(source="conversation_id", allow_null=True)
    channel = serializers.CharField()
    direction = serializers.CharField(help_text="in: they said; out: we said; inside: among us.")
    kind = serializers.CharField()
    occurred_at = serializers.DateTimeField()
    author = ColleagueShown(allow_null=True)
    subject = serializers.CharField(allow_blank=True)
    words = serializers.CharField(allow_blank=True)
    outcome = serializers.CharField(allow_blank=True)
    duration_seconds = serializers.IntegerField(allow_null=True)


class PromiseShape(serializers.Serializer):
    """What one of us said we would do, by when."""

    id = serializers.IntegerField(max_value=LARGEST_ID)
    customer = serializers.IntegerField(source="customer_id", allow_null=True)
    conversation = serializers.IntegerField(source="conversation_id", allow_null=True)
    what = serializers.CharField()
    kind = serializers.CharField()
    channel = serializers.CharField(allow_blank=True)
    due_on = serializers.DateField(allow_null=True, help_text="The day by which it is due; null: it is due at a time.")
    due_at = serializers.DateTimeField(help_text="Later it is late. Of a day its end in your organisation's time zone.")
    has_time = serializers.BooleanField(help_text="false: due by the end of a day.")
    first_due_on = serializers.DateField(allow_null=True)
    first_due_at = serializers.DateTimeField(help_text="When it was due first, before anybody moved it.")
    owner = ColleagueShown(allow_null=True)
    status = serializers.CharField(help_text="open, kept or dropped.")
    is_late = serializers.SerializerMethodField()
    closed_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()

    def get_is_late(self, task) -> bool:
        return task.is_late()


class SayingShape(serializers.Serializer):
    words = serializers.CharField(allow_blank=True)
    channel = serializers.CharField()
    at = serializers.DateTimeField()
    who = serializers.CharField(allow_blank=True)


class StepShape(serializers.Serializer):
    kind = serializers.CharField(help_text="answer, complaint, late, today, ask or nothing.")
    words = serializers.CharField()
    because = serializers.CharField(allow_blank=True)


class CardShape(serializers.Serializer):
    """The thread card: where the last conversation ended, what is promised, what to do next."""

    conversation = serializers.IntegerField(source="conversation.pk", allow_null=True, default=None)
    they = SayingShape(allow_null=True, help_text="What the customer said last.")
    we = SayingShape(allow_null=True, help_text="What we said last.")
    is_waiting = serializers.BooleanField(help_text="Their last words have no answer yet.")
    has_complaint = serializers.BooleanField()
    late = PromiseShape(many=True)
    promised = PromiseShape(many=True)
    next_step = StepShape(source="step")
