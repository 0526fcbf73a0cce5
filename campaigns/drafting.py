"""Writing a campaign: its name, whom it asks, what it says in each language. Only while it is a draft."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from campaigns.models import Campaign, CampaignWording
from crm.problems import Invalid, Problem
from customers.choices import language_name
from insights import segments
from insights.models import Segment
from interactions import gaps, templating
from interactions.models import Wording
from staff.models import Organisation

LONGEST_SUBJECT = 250  # characters
CHANGEABLE = ("name", "segment", "purpose", "sender_name", "planned_at")
# A plan that is later than this asks: what was meant for the morning may not go out at night.
IN_TIME = timedelta(hours=2)
NOT_BEGUN = (Campaign.Status.DRAFT, Campaign.Status.PLANNED, Campaign.Status.UNDECIDED)  # may still be changed


class AlreadyLaunched(Problem):
    """This campaign was launched already: what it says can no longer be changed."""

    code = "already_launched"


@transaction.atomic
def create(*, name: str, by: Any, segment: Segment | None = None) -> Campaign:
    """Begin a campaign, with an empty wording in the organisation's first language. Raises Invalid without a name."""
    if not name.strip():
        raise Invalid(_("Give the campaign a name."))
    organisation = Organisation.current()
    campaign = Campaign.objects.create(
        channel="email", name=name.strip()[:150], by=by, segment=segment, sender_name=organisation.sender_name
    )
    add_language(campaign, (organisation.languages or ["en"])[0])
    return campaign


@transaction.atomic
def change(campaign: Campaign, **fields: Any) -> None:
    """Change what `CHANGEABLE` names. Raises AlreadyLaunched, Invalid."""
    campaign = draft(campaign)
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
def write(campaign: Campaign, language: str, *, subject: str, body: str) -> CampaignWording:
    """Write what the campaign says in `language`. Raises AlreadyLaunched, BadWording."""
    row = add_language(campaign, language)
    row.wording.subject, row.wording.body = subject.strip()[:LONGEST_SUBJECT], body
    templating.check(row.wording.subject, row.wording.body)
    row.wording.save()
    return row


def draft(campaign: Campaign) -> Campaign:
    """Return `campaign`, locked, while it may still be changed. Raises AlreadyLaunched."""
    locked = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if locked.status not in NOT_BEGUN:
        raise AlreadyLaunched
    return locked


def missing(campaign: Campaign) -> list[str]:
    """Return, in words, what is still to do before it can be launched; empty when it is ready."""
    rows = list(campaign.wordings.select_related("wording"))
    organisation = Organisation.current()
    checks = [
        (campaign.segment is not None, _("Choose a segment.")),
        (
            campaign.segment is None or not segments.trouble(campaign.segment),
            _("The rules of this segment cannot be asked any more. Open the segment to mend them, or choose another."),
        ),
        (all(row.wording.subject.strip() for row in rows) and bool(rows), _("Write a subject in each language.")),
        (all(row.wording.body.strip() for row in rows) and bool(rows), _("Write the message in each language.")),
        (not _dots(rows), _("Write what stands after default: instead of “…”: %(fields)s.") % {"fields": _dots(rows)}),
        (
            bool(organisation.legal_name and organisation.postal_address),
            _("Say in the settings who sends this: legal name and postal address."),
        ),
    ]
    return [words for is_done, words in checks if not is_done] + list(dict.fromkeys(filter(None, map(_fault, rows))))


def _fault(row: CampaignWording) -> str:
    """Return why nobody can be written to in these words, "" if everybody can."""
    try:
        templating.check(row.wording.subject, row.wording.body)
    except templating.UnknownField:
        return _("A field in the words does not exist any more. Take it out.")
    except templating.BadWording as problem:
        return f"{language_name(row.language)}: {problem}"
    return ""


def _dots(rows: list[CampaignWording]) -> str:
    """Name the fields whose default nobody has written."""
    names = {name for row in rows for name in gaps.unwritten(row.wording.subject, row.wording.body)}
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
