"""What is in doubt is settled by its provider's own list: sent, once more, or left to a person."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from crm.events.models import Setback
from interactions import carriers, claiming, concluding, delivering, holding, recovering
from interactions.models import Interaction, Message
from tests import make
from tests.interactions import pigeon

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def frozen(time_machine):
    time_machine.move_to(now(), tick=False)


@pytest.fixture
def post():
    with pigeon.flying() as provider:
        yield provider


def letters(mira, count, **fields):
    at = now()
    common = {"channel": "post", "to_address": "Via dei Limoni 1", "purpose": "service", "due_at": at, "created_at": at}
    rows = [Message(customer=mira, body_text=f"{n}", **(common | fields)) for n in range(count)]
    return Message.objects.bulk_create(rows)


def in_doubt(mira, count, **fields):
    messages = letters(mira, count, status="sending", worker="w", **fields)
    concluding.doubt([message.pk for message in messages], worker="w", reason="The worker died.")
    return messages


def states(messages):
    return [Message.objects.get(pk=message.pk).status for message in messages]


def test_what_it_has_is_sent_what_it_never_had_goes_again_and_the_rest_waits_for_longer_and_longer(
    post, mira, tmp_path, time_machine
):
    """Also what one of us wrote: who would get it twice is not written to twice."""
    conversation = make.make_conversation(mira)
    answer, never = in_doubt(mira, 2, conversation=conversation)
    has, untold = in_doubt(mira, 2, is_marketing=True)
    post.taken, post.unknown = {has.pk: "P-has", answer.pk: "P-answer"}, {untold.pk}
    recovering.ask()
    assert states([answer, has, never, untold]) == ["in_doubt"] * 4, "its list may not know yet what it just took"
    time_machine.shift(MINUTE)
    recovering.ask()
    assert states([answer, has, never, untold]) == ["sent", "sent", "queued", "in_doubt"]
    assert Message.objects.get(pk=has.pk).message_ref == "P-has" and Interaction.objects.count() == 2
    worker = delivering.Worker(post(), tmp_path)
    assert worker.deliver_batch() == 1 and post.taken[never.pk]
    worker.close()
    asked = []
    for _ in range(4):
        asked.append(Message.objects.get(pk=untold.pk).lease_until - now())
        time_machine.shift(asked[-1])
        recovering.ask()
    assert asked == [1 * MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE]
    post.unknown.clear()
    time_machine.shift(timedelta(days=1))
    recovering.ask()
    assert states([untold]) == ["queued"]


def test_a_provider_that_does_not_answer_rests_alone_and_none_that_is_not_set_up_is_asked(post, mira, time_machine):
    class Silent(pigeon.Pigeon):
        channel = "whatsapp"
        is_silent = True

    class Closed(pigeon.Pigeon):
        channel = "chat"

    for other in (Silent, Closed):
        carriers.carrier(other)
    (silent,), (gone,), (well,) = (
        in_doubt(mira, 1, **fields) for fields in ({"channel": "whatsapp"}, {"channel": "chat"}, {"account": "ours"})
    )
    time_machine.shift(MINUTE)
    for _ in range(2):
        recovering.ask()
    assert states([silent, gone, well]) == ["in_doubt", "in_doubt", "queued"]
    (setback,) = Setback.objects.all()
    assert (setback.key, setback.attempts) == ("whatsapp", 1) and "The loft is closed" in setback.trouble


def test_what_its_report_named_is_sent_and_nobody_is_asked(post, mira, time_machine):
    """Before its worker died, or after."""
    before, after = letters(mira, 2, status="sending", worker="w")
    recovering.heard_of(before, ref="P1")
    concluding.doubt([before.pk, after.pk], worker="w", reason="The worker died.")
    assert states([before, after]) == ["sent", "in_doubt"]
    Message.objects.filter(pk=after.pk).update(message_ref="P2")  # it came while the doubt was being written down
    post.is_silent = True
    time_machine.shift(MINUTE)
    recovering.ask()
    assert states([after]) == ["sent"] and Interaction.objects.count() == 2


def test_what_is_paused_or_restored_does_not_go_again_by_a_providers_word(post, mira, time_machine):
    (held,) = in_doubt(mira, 1, is_marketing=True, origin="campaign", origin_id=7)
    holding.hold_all(origin="campaign", origin_id=7)
    time_machine.shift(MINUTE)
    recovering.ask()
    assert states([held]) == ["queued"] and not list(claiming.due(9)), "it waits for its campaign"
    (old,), (waiting,) = in_doubt(mira, 1), letters(mira, 1)
    recovering.doubt_restored()
    time_machine.shift(timedelta(days=1))
    recovering.ask()
    assert states([old, waiting, held]) == ["in_doubt", "in_doubt", "queued"]
