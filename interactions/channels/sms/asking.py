"""What the provider's own list says of messages in doubt.

It has no key of ours, so a message is known by its number, its sender, its words and its time; one of the list is one
of ours, and none that another row has already. That something is not in the list counts only when nothing else is in
it that could be it, and when it had time to come there: then it was never taken, and can be sent again.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import structlog
from django.utils.timezone import now

from crm import apart
from interactions import holding
from interactions.channels.sms.gateway.answers import as_listed
from interactions.channels.sms.gateway.api import Client, Listed
from interactions.gateways.contract import Answer, Result
from interactions.gateways.errors import GatewayError, Unreachable
from interactions.models import Message

CLOCKS = timedelta(minutes=2)  # by which theirs may be behind ours
FAR_BEHIND = timedelta(days=1)  # what has the same words and stands there before we wrote it may be it: a wrong clock
IN_THE_LIST_AFTER = timedelta(minutes=3)  # whatever was on its way when the line broke
Status = Message.Status
Address = tuple[str, str]  # to, from
log = structlog.get_logger("filo.sms")


def ask(
    messages: Sequence[Message], client: Client, *, hands: int, text_of: Callable[[Message], str]
) -> dict[int, Result]:
    """Return what is known of messages in doubt, by number; those of whom nothing can be told are left out.

    text_of: a message as it left; what it raises leaves that message out.
    """
    by_address: dict[Address, list[Message]] = defaultdict(list)
    for message in messages:
        by_address[message.to_address, message.account].append(message)
    listed = _lists(by_address, client, hands)
    taken = _taken(one.ref for found in listed.values() for one in found)
    results: dict[int, Result] = {}
    for address, found in listed.items():
        free = [one for one in found if one.ref not in taken]
        results |= _matched(by_address[address], _unnamed(address, by_address[address]), free, text_of)
    return results


def _lists(by_address: Mapping[Address, list[Message]], client: Client, hands: int) -> dict[Address, list[Listed]]:
    """Ask for the list of each number, several at once; those that cannot be had are left out.

    Of a server that left as many questions open as are asked at once nothing more is asked: each would take its time.
    """
    silent: list[Unreachable] = []

    def one(address: Address) -> list[Listed] | GatewayError:
        if len(silent) >= hands:
            return silent[0]
        to, sender = address
        try:
            return client.listed(to=to, sender=sender, since=_since(by_address[address]))
        except Unreachable as error:
            silent.append(error)
            return error
        except GatewayError as error:
            return error

    with ThreadPoolExecutor(hands, thread_name_prefix="sms-asking") as pool:
        answers = dict(zip(by_address, pool.map(one, by_address), strict=True))
    for address, answer in answers.items():
        if isinstance(answer, GatewayError):
            log.warning("provider's list", address=address, trouble=str(answer))
    return {address: answer for address, answer in answers.items() if not isinstance(answer, GatewayError)}


def _since(messages: Iterable[Message]) -> datetime:
    return min(message.created_at for message in messages) - FAR_BEHIND


def _taken(refs: Iterable[str]) -> set[str]:
    """Return those of the provider's ids that one of our rows has already."""
    rows = Message.objects.filter(message_ref__in=list(refs))
    return set(rows.values_list("message_ref", flat=True))


def _unnamed(address: Address, messages: Sequence[Message]) -> list[Message]:
    """Return what went to the same number, by a worker that died before it could write down the id, or goes now."""
    to, sender = address
    others = Message.objects.filter(to_address=to, account=sender, channel=messages[0].channel, message_ref="")
    others = others.filter(created_at__gte=_since(messages), status__in=(Status.SENT, Status.SENDING, Status.IN_DOUBT))
    return list(others.exclude(pk__in=[message.pk for message in messages]).select_related("wording"))


def _matched(
    doubtful: list[Message], others: list[Message], free: list[Listed], text_of: Callable[[Message], str]
) -> dict[int, Result]:
    """Match one to one, oldest first; those that are sent already come before those in doubt."""
    results: dict[int, Result] = {}
    wanted = {message.pk for message in doubtful}
    left, missed = list(free), []
    order = sorted((*doubtful, *others), key=lambda one: (one.status != Status.SENT, one.created_at, one.pk))
    for message in order:
        found = _first(left, _text(message, text_of), since=message.created_at - CLOCKS)
        if found:
            left.remove(found)
            if message.pk in wanted:
                results[message.pk] = as_listed(message.pk, found.row, found.ref)
        elif message.pk in wanted:
            missed.append(message)
    results |= {
        message.pk: Result(message.pk, Answer.POSTPONED)
        for message in missed
        if _is_settled(message) and not any(_may_be(one, message, text_of) for one in left)
    }
    return results


def _first(listed: list[Listed], text: str | None, *, since: datetime) -> Listed | None:
    return next((one for one in listed if one.body == text and one.at >= since), None)


def _may_be(one: Listed, message: Message, text_of: Callable[[Message], str]) -> bool:
    """Tell whether one that is left may be this message: whatever it says, if it was taken since, else by its words."""
    return one.at >= message.created_at - CLOCKS or one.body == _text(message, text_of)


def _text(message: Message, text_of: Callable[[Message], str]) -> str | None:
    try:
        return text_of(message)
    except apart.MACHINERY:
        raise
    except Exception as error:  # its wording cannot be read any more: somebody decides
        log.warning("message cannot be compared", message=message.pk, exc_info=error)
        return None


def _is_settled(message: Message) -> bool:
    """Tell whether it has been in doubt for so long that the list has it, if ever."""
    return now() - holding.in_doubt_since(message) >= IN_THE_LIST_AFTER
