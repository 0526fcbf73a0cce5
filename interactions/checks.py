"""Does what waits leave? Walked by the health page and `manage.py doctor`.

Whether its server answers is a check of each channel's own.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import product

from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm import formats, health
from crm.health import OFF, SOON, WELL, Finding
from customers import channels
from interactions import carriers, claiming, delivering, sleeping
from interactions.models import Message
from staff.models import Organisation

LATE = timedelta(minutes=10)  # a due message that waits for longer has nobody who sends it
COUNTED = 100  # messages; a count goes no further
OFTEN = 3  # times in vain, after some minutes: a server may say "later" to a stranger once or twice


@health.check("outbox")
def outbox() -> Finding:
    """Nothing due is left lying on any channel, and nothing is in doubt."""
    due = list(claiming.due(COUNTED + 1))
    if stuck := [(lane.channel, count) for lane, count in due if not delivering.can_leave(lane)]:
        return _stuck(stuck)
    for lane, _count in due:
        if oldest := claiming.due_in(lane, before=now() - LATE).order_by("due_at").first():
            about = {"channel": _name(lane.channel), "at": f"{oldest.due_at:%H:%M} UTC"}
            words = _("%(channel)s: a message that was due at %(at)s has not left.")
            return Finding(SOON, words % about, _("Look whether worker and clock are running."))
    if found := next(_put_off(), None):
        return found
    if Message.objects.in_doubt().exists():
        words = _("Some messages are in doubt: a worker died while they were taken, or a backup was restored.")
        return Finding(SOON, words, _("Settle them under Messages in doubt, or on the page of their campaign."))
    return Finding(WELL, _("What is due leaves."))


def _put_off() -> Iterator[Finding]:
    """Tell what is tried in vain though its server answers: a sender that is not ours there, a limit used up."""
    for carrier in carriers.ready():
        for account, is_marketing in product(carrier.accounts(), (False, True)):
            lane = {"channel": carrier.channel, "account": account, "is_marketing": is_marketing}
            latest = Message.objects.filter(status=Message.Status.QUEUED, **lane).order_by("-due_at", "-id")[:COUNTED]
            tried = [row.reason for row in latest.only("attempts", "reason") if row.attempts >= OFTEN and row.reason]
            if tried:
                words = _("%(channel)s: the server puts off what we send: %(reason)s")
                advice = _("Mend what it says. Each message is tried again for two days; none is lost till then.")
                yield Finding(SOON, words % {"channel": _name(carrier.channel), "reason": tried[0]}, advice)


def _stuck(found: list[tuple[str, int]]) -> Finding:
    """Tell how many wait on channels that nothing leaves on."""
    counts: Counter[str] = Counter()
    for channel, count in found:
        counts[channel] += count
    words = [
        ngettext("%(channel)s: %(count)s message waits.", "%(channel)s: %(count)s messages wait.", count)
        % {"channel": _name(channel), "count": formats.number(min(count, COUNTED)) + "+" * (count > COUNTED)}
        for channel, count in counts.items()
    ]
    nobody = _("Nothing can be sent there: it is not set up.")
    advice = _("Set it up (Channels and mailboxes says how), or take them back. Nothing is lost meanwhile.")
    return Finding(SOON, " ".join([*words, nobody]), advice)


def _name(channel: str) -> str:
    return str(channels.of(channel) or channel)


@health.check("quiet hours")
def quiet_hours() -> Finding:
    """How many offers wait for their end: what does not leave has a reason."""
    organisation = Organisation.current()
    if organisation.quiet_from is None or organisation.quiet_until is None:
        return Finding(OFF, _("None are set: offers leave at any hour."))
    hours = {"start": f"{organisation.quiet_from:%H:%M}", "end": f"{organisation.quiet_until:%H:%M}"}
    dues = list(sleeping.asleep().order_by("due_at").values_list("due_at", flat=True)[: sleeping.COUNTED])
    if not dues:
        words = _("%(start)s to %(end)s in each customer's time zone. Nothing waits for their end.")
        return Finding(WELL, words % hours)
    count = formats.number(len(dues)) + ("+" if len(dues) == sleeping.COUNTED else "")
    words = _("%(start)s to %(end)s in each customer's time zone. %(count)s offers wait, the first until %(at)s.")
    return Finding(WELL, words % {**hours, "count": count, "at": formats.clock(dues[0])})
