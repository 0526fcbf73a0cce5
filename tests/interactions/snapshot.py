"""What stands in the tables of conversations, row by row, to be compared before a deed and after its undoing."""

from customers.models import Opening
from interactions.models import Call, Conversation, Interaction, Message, Task, TaskMove

MODELS = (Conversation, Interaction, Task, TaskMove, Message, Call, Opening)
GROWS = {"version"}  # consoles compare it: it never goes back


def everything():
    return {
        model.__name__: [
            {name: value for name, value in row.items() if name not in GROWS}
            for row in model.objects.order_by("pk").values()
        ]
        for model in MODELS
    }
