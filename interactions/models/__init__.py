from interactions.models.call import Call, HookDelivery
from interactions.models.conversation import Conversation
from interactions.models.interaction import Direction, Interaction, Original
from interactions.models.mailbox import Mailbox
from interactions.models.message import Message
from interactions.models.task import Task, TaskMove
from interactions.models.unfiled import Unfiled
from interactions.models.wording import Wording

__all__ = [
    "Call",
    "Conversation",
    "Direction",
    "HookDelivery",
    "Interaction",
    "Mailbox",
    "Message",
    "Original",
    "Task",
    "TaskMove",
    "Unfiled",
    "Wording",
]
