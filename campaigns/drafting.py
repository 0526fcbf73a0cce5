"""Writing a campaign: its name, whom it asks, what it says in each language. Only while it is a draft."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from campaigns.models import Campaign, CampaignWording
from crm.problems import Invalid, Problem
from customers import channels
from customers.channels import Channel
from customers.choices import language_name
from customers.identity import normalise
from insights import segments
from insights.models import Segment
from interactions import carriers, gaps, templating
from interactions.models import Wording
from staff.models import Organisation

LONGEST_SUBJECT = 250  # characters
CHANGEABLE = ("name", "channel", "segment", "purpose", "sender_name", "planned_at")
# A plan that is later than this asks: what was meant for the morning may not go out at night.
IN_TIME = timedelta(hours=2)
NOT_BEGUN = (Campaign.Status.DRAFT, Campaign.Status.PLANNED, Campaign.Status.UNDECIDED)  # may still be changed


class AlreadyLaunched(Problem):
    """This campaign was launched already: what it says can no longer be changed."""

    code = "already_launched"


def offered() -> list[Channel]:
    """Return the channels that a campaign can go out on: set up, and customers were asked about them."""
    keys = {carrier.channel for carrier in carriers.ready()}
    return [channel for channel in channels.asked() if channel.key in keys]


@transaction.atomic
def create(*, name: str, by: Any, segment: Segment | None = None, channel: str = "") -> Campaign:
    """Begin a campaign, with an empty wording in the organisation's first language.

    channel: "" the first that is set up. Raises Invalid without a name, or for a channel that is not offered.
    """
    if not name.strip():
        raise Invalid(_("Give the campaign a name."))
    organisation = Organisation.current()
    campaign = Campaign.objects.create(
        channel=_channel(channel), name=name.strip()[:150], by=by, segment=segment,
        sender_name=organisation.sender_name,
    )  # fmt: skip
    add_language(campaign, (organisation.languages or ["en"])[0])
    return campaign


def _channel(wanted: str) -> str:
    """Return the channel that is wanted, or the first. Raises Invalid unless it is offered."""
    keys = [channel.key for channel in offered()]
    if not wanted:
        return (keys or [carrier.channel for carrier in carriers.every()])[0]
    if wanted not in keys:
        raise Invalid(_("Choose a channel that is set up."))
    return wanted


@transaction.atomic
def change(campaign: Campaign, **fields: Any) -> None:
    """Change what `CHANGEABLE` names. Raises AlreadyLaunched, Invalid.

    Another channel keeps the words; of subjects see `words_of`.
    """
    campaign = draft(campaign)
    if fields.get("channel", campaign.channel) != campaign.channel:
        _channel(fields["channel"])
    for name, value in fields.items():
        if name not in CHANGEABLE:
            raise ValueError(f"{name} is not changed here.")
        setattr(campaign, name, value)
    if not campaign.name.strip():
        raise Invalid(_("Give the campaign a name."))
    campaign.save(update_fields=[*fields, "changed_at"])


@transaction.atomic
def add_language(campaign: Campaign, language: str) -> CampaignWording:
    """Add a wording in `language`, or return the one that is there; the first is the fallback for all others."""
    campaign = draft(campaign)
    known = campaign.wordings.filter(language=language).first()
    if known:
        return known
    wording = Wording.objects.create(language=language, name=campaign.name)
    is_first = not campaign.wordings.exists()
    return CampaignWording.objects.create(campaign=campaign, wording=wording, language=language, is_fallback=is_first)


@transaction.atomic
def remove_language(campaign: Campaign, language: str) -> None:
    """Take a language's wording away. Raises Invalid for the last one."""
    campaign = draft(campaign)
    rows = list(campaign.wordings.order_by("id"))
    gone = [row for row in rows if row.language == language]
    left = [row for row in rows if row.language != language]
    if not left:
        raise Invalid(_("A campaign says something in at least one language."))
    for row in gone:
        row.delete()
        row.wording.delete()
    if gone and gone[0].is_fallback:
        CampaignWording.objects.filter(pk=left[0].pk).update(is_fallback=True)


@transaction.atomic
def write(campaign: Campaign, language: str, *, body: str, subject: str | None = None) -> CampaignWording:
    """Write what the campaign says in `language`; subject: None leaves it. Raises AlreadyLaunched, BadWording."""
    campaign = draft(campaign)
    row = add_language(campaign, language)
    if subject is not None:
        row.wording.subject = subject.strip()[:LONGEST_SUBJECT]
    row.wording.body = body
    templating.check(*words_of(campaign, row))
    row.wording.save()
    return row


def has_subject(campaign: Campaign) -> bool:
    """Tell whether its messages have a subject."""
    carrier = carriers.of(campaign.channel)
    return carrier is not None and carrier.has_subject


def words_of(campaign: Campaign, row: CampaignWording) -> tuple[str, str]:
    """Return subject and body of a wording as they go out.

    A draft keeps the subjects that its channel does not have, until it is launched: somebody may change it back.
    """
    return row.wording.subject if has_subject(campaign) else "", row.wording.body


def forget_subjects(campaign: Campaign) -> None:
    """Empty the subjects of a campaign that is launched on a channel without."""
    if not has_subject(campaign):
        Wording.objects.filter(pk__in=campaign.wordings.values("wording")).update(subject="")


def draft(campaign: Campaign) -> Campaign:
    """Return `campaign`, locked, while it may still be changed. Raises AlreadyLaunched."""
    locked = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if locked.status not in NOT_BEGUN:
        raise AlreadyLaunched
    return locked


def missing(campaign: Campaign) -> list[str]:
    """Return, in words, what is still to do before it can be launched; empty when it is ready."""
    rows = list(campaign.wordings.select_related("wording"))
    words = [words_of(campaign, row) for row in rows]
    organisation = Organisation.current()
    dots = _dots(words)
    checks = [
        (campaign.segment is not None, _("Choose a segment.")),
        (
            campaign.segment is None or not segments.trouble(campaign.segment),
            _("The rules of this segment cannot be asked any more. Open the segment to mend them, or choose another."),
        ),
        (
            not has_subject(campaign) or all(subject.strip() for subject, _body in words),
            _("Write a subject in each language."),
        ),
        (
            all(normalise.words(body) for _subject, body in words) and bool(rows),
            _("Write the message in each language."),
        ),
        (not dots, _("Write what stands after default: instead of “…”: %(fields)s.") % {"fields": dots}),
        (
            bool(organisation.legal_name and organisation.postal_address),
            _("Say in the settings who sends this: legal name and postal address."),
        ),
    ]
    todo = [_not_set_up(campaign.channel), *(words for is_done, words in checks if not is_done)]
    faults = (_fault(row.language, *text) for row, text in zip(rows, words, strict=True))
    return list(dict.fromkeys(filter(None, [*todo, *faults])))


def _not_set_up(channel: str) -> str:
    try:
        carriers.ready_on(channel)
    except carriers.NotSetUp as problem:
        return str(problem)
    return ""


def _fault(language: str, subject: str, body: str) -> str:
    """Return why nobody can be written to in these words, "" if everybody can."""
    try:
        templating.check(subject, body)
    except templating.UnknownField:
        return _("A field in the words does not exist any more. Take it out.")
    except templating.BadWording as problem:
        return f"{language_name(language)}: {problem}"
    return ""


def _dots(words: list[tuple[str, str]]) -> str:
    """Name the fields whose default nobody has written."""
    names = {name for subject, body in words for name in gaps.unwritten(subject, body)}
    return ", ".join(str(field.label) for field in templating.fields() if field.name in names)


def too_late(at: datetime | None) -> str:
    """Return, in words, that nothing can be planned for this hour any more; "" if it can, or for none."""
    is_over = at is not None and at < now() - IN_TIME
    return _("That hour is over. Choose a later one, or none to send it now.") if is_over else ""


def plan(campaign: Campaign, at: datetime | None) -> None:
    """Set when it is to start by itself; None: not planned any more. Raises AlreadyLaunched, NotReady, Invalid."""
    if over := too_late(at):
        raise Invalid(over)
    with transaction.atomic():
        locked = draft(campaign)
        if at is not None and (todo := missing(locked)):
            raise NotReady(" ".join(todo))
        locked.planned_at = at
        locked.status = Campaign.Status.PLANNED if at else Campaign.Status.DRAFT
        locked.stopped_because = ""
        locked.save(update_fields=["planned_at", "status", "stopped_because", "changed_at"])
    campaign.refresh_from_db()


class NotReady(Problem):
    """Something is still missing before this campaign can start."""

    code = "not_ready"
    status = 422
