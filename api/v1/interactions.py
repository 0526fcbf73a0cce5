"""What was said: read by customer, logged from elsewhere."""

from django.db.models import Q
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.idempotency import idempotent
from api.resource import ChannelChoice, Choice, Colleague, Id, PageQuery, Resource, Text
from api.schema import paged
from api.shapes import InteractionShape
from interactions import noting, outcomes
from interactions.models import Conversation, Direction, Interaction

LONGEST_CALL = 24 * 3600  # seconds


class InteractionsQuery(PageQuery):
    channel = ChannelChoice(required=False)


class InteractionIn(serializers.Serializer):
    """One touch that happened. Without a conversation it joins the only open one, else it opens one."""

    customer = Id()
    conversation = Id(required=False, allow_null=True)
    kind = Choice(choices=list(noting.KINDS))
    channel = ChannelChoice(required=False)
    direction = Choice(required=False, choices=Direction.values)
    words = Text(required=False, default="", allow_blank=True, max_length=100_000)
    outcome = Choice(required=False, choices=[one.key for one in outcomes.OUTCOMES])
    subject = Text(required=False, allow_blank=True, max_length=250)
    occurred_at = serializers.DateTimeField(required=False, help_text="Now, if it is not given or in the future.")
    duration_seconds = serializers.IntegerField(required=False, min_value=0, max_value=LONGEST_CALL)
    author = Colleague(required=False, allow_null=True, help_text="Who of you; a colleague's e-mail address.")


class CustomerInteractions(Resource):
    scopes = {"GET": "interactions:read"}
    names = {"GET": "list_interactions"}

    @extend_schema(
        summary="List interactions of a customer", parameters=[InteractionsQuery], responses=paged(InteractionShape)
    )
    def get(self, request, pk):
        """List what was said with one customer, newest first."""
        asked = self.query(InteractionsQuery)
        rows = Interaction.objects.filter(customer=self.customer(pk)).select_related("author")
        if "channel" in asked:
            rows = rows.filter(channel=asked["channel"])
        return self.page(rows, order=("-occurred_at", "-id"), asked=asked, draw=draw)


class Interactions(Resource):
    scopes = {"POST": "interactions:write"}
    names = {"POST": "log_interaction"}

    @extend_schema(summary="Log an interaction", request=InteractionIn, responses={201: InteractionShape})
    @idempotent
    def post(self, request):
        """Log a call, a note, a meeting, or a message that was sent elsewhere. Nothing is sent.

        Without a `conversation` it joins the customer's only open one; with none or several it opens one.
        """
        body = self.body(InteractionIn)
        customer, conversation = self.customer(body.pop("customer")), body.pop("conversation", None)
        if conversation is not None:
            mine = Q(customer=customer) | Q(customer=None)
            conversation = get_object_or_404(Conversation.objects.filter(mine), pk=conversation)
        author = body.pop("author", None)
        interaction = noting.log(customer=customer, conversation=conversation, by=author, **body)
        location = {"Location": f"/api/v1/interactions/{interaction.pk}/"}
        return Response(draw(interaction), status=201, headers=location)


class OneInteraction(Resource):
    scopes = {"GET": "interactions:read"}
    names = {"GET": "read_interaction"}

    @extend_schema(summary="Read an interaction", responses=InteractionShape)
    def get(self, request, pk):
        """Read one interaction."""
        seen = Q(conversation__in=Conversation.objects.visible_to(request.user))
        if request.user.scope("conversations") == "all":
            seen = Q()
        rows = Interaction.objects.filter(seen).select_related("author")
        return Response(draw(get_object_or_404(rows, pk=pk)))


def draw(interaction: Interaction) -> dict:
    return InteractionShape(interaction).data
