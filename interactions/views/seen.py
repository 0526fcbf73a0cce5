"""What a page is about: a conversation, interaction or promise that this colleague may see, else 404."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from interactions.models import Conversation, Interaction, Message, Task


def conversation(request: HttpRequest, conversation_id: int) -> Conversation:
    rows = Conversation.objects.visible_to(request.user).select_related(
        "customer__account", "customer__keeper", "owner"
    )
    return get_object_or_404(rows, pk=conversation_id)


def interaction(request: HttpRequest, interaction_id: int) -> Interaction:
    """Return one whose conversation may be read; a message to many has none, then its customer decides."""
    rows = Interaction.objects.filter(conversation__in=Conversation.objects.visible_to(request.user))
    return get_object_or_404(rows.select_related("conversation", "customer"), pk=interaction_id)


def message(request: HttpRequest, message_id: int) -> Message:
    """Return a personal message of ours, of a conversation that may be read."""
    rows = Message.objects.filter(conversation__in=Conversation.objects.visible_to(request.user))
    return get_object_or_404(rows.select_related("conversation__customer", "customer"), pk=message_id)


def task(request: HttpRequest, task_id: int) -> Task:
    rows = Task.objects.visible_to(request.user).select_related("customer", "conversation", "owner", "offered_to")
    return get_object_or_404(rows, pk=task_id)
