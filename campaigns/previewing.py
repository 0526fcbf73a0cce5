"""The message as one real customer would read it, and a test of it to whoever writes."""

import re
from dataclasses import dataclass
from email.utils import formataddr
from smtplib import SMTPException
from typing import Any

import nh3
from django.core.mail import EmailMultiAlternatives
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _
from markupsafe import Markup

from campaigns import reviewing
from campaigns.models import Campaign, CampaignWording
from crm.problems import Problem
from customers import searching
from customers.identity import codes
from customers.models import Customer
from insights.models import Membership
from interactions import gaps, templating
from interactions.channels.mail import wrapping
from staff.models import Organisation

JUDGED = 500  # customers looked through for one who will get it
OPEN, SHUT = "\ue000", "\ue001"  # private characters: nobody is called so, and escaping leaves them alone
TAGS = {"p", "br", "ul", "li", "h1", "strong", "em", "u", "small", "hr", "span"}  # links lead nowhere in a preview


class NothingToShow(Problem):
    """Choose a segment with somebody in it whom you may see."""

    code = "nothing_to_show"
    status = 422


class SendingFailed(Problem):
    """The test could not be sent: the mail server does not take it. Look under Settings, Health, then try again."""

    code = "sending_failed"


@dataclass(frozen=True)
class Preview:
    """What one customer would read. html is safe to draw; text is the plain part, footer included.

    refused: why they will not get it, in words; "" for those who will.
    """

    customer: Customer
    refused: str
    language: str
    sender: str
    subject: str
    text: str
    html: Markup


@dataclass(frozen=True)
class Whom:
    """Whose mail to show: the one called `name`, else customer `pk`, else the next after `after` who will get it.

    With `language` one of that language is looked for first.
    """

    language: str = ""
    after: int = 0
    pk: int = 0
    name: str = ""


def preview(campaign: Campaign, user: Any, whom: Whom) -> Preview:
    """Return what one customer of the segment would read. Only customers whom `user` may see.

    Raises NothingToShow, and BadWording when the words cannot be read.
    """
    customer = _reader(campaign, user, whom)
    language = whom.language
    row = wording_for(campaign, language or customer.language)
    used = templating.check(row.wording.subject, row.wording.body)
    values = _values(customer, used)
    rendered = templating.compiled(row.wording.subject, row.wording.body).render(values)
    marked = _marked(row, values)
    organisation = Organisation.current()
    with translation.override(row.language):
        text, html = (_plain(part) for part in wrapping.footer(organisation))
    return Preview(
        customer=customer,
        refused=reviewing.refused(campaign, [customer.pk]).get(customer.pk, ""),
        language=row.language,
        sender=campaign.sender_name or organisation.sender_name,
        subject=rendered.subject,
        text=rendered.text + text,
        html=Markup(nh3.clean(marked + html, tags=TAGS, attributes={"span": {"class"}})),
    )


def _values(customer: Customer, names: list[str]) -> dict[str, str]:
    values, bad = templating.values_of_each([customer.pk], names)
    if bad:
        words = _("What is known of %(name)s cannot be put into the message. They will not get it.")
        raise NothingToShow(words % {"name": customer})
    return values[customer.pk]


def wording_for(campaign: Campaign, language: str) -> CampaignWording:
    """Return the wording of `language`, else of its base (pt for pt-BR), else the fallback."""
    rows = {row.language: row for row in campaign.wordings.select_related("wording")}
    return rows.get(codes.nearest(language, rows)) or next(row for row in rows.values() if row.is_fallback)


def _reader(campaign: Campaign, user: Any, whom: Whom) -> Customer:
    if campaign.segment_id is None:
        raise NothingToShow(_("Choose a segment to see the message as one of its people."))
    inside = Membership.objects.filter(segment=campaign.segment_id).values("customer_id")
    rows = Customer.objects.visible_to(user).filter(pk__in=inside).order_by("pk")
    if whom.name:
        return _called(rows, whom.name, user)
    found = rows.filter(pk=whom.pk).first() if whom.pk else None
    for wanted in (rows.speaking(whom.language), rows):
        found = found or _welcome(campaign, wanted, whom.after)
    found = found or rows.filter(pk__gt=whom.after).first() or rows.first()
    if found is None:
        raise NothingToShow(_("Nobody is in this segment yet, or nobody whom you may see."))
    return found


def _called(rows: QuerySet[Customer], name: str, user: Any) -> Customer:
    hits = [hit.customer_id for hit in searching.find(name, user)]
    inside = {one.pk: one for one in rows.filter(pk__in=hits)}
    if not inside:
        raise NothingToShow(_("Nobody in this segment is called “%(name)s”.") % {"name": name})
    return next(inside[pk] for pk in hits if pk in inside)


def _welcome(campaign: Campaign, rows: QuerySet[Customer], after: int) -> Customer | None:
    """Return the first after number `after` who will get it, round and round; None if the next many will not."""
    for turn in (rows.filter(pk__gt=after), rows):
        some = list(turn[:JUDGED])
        refused = reviewing.refused(campaign, [one.pk for one in some])
        for one in some:
            if one.pk not in refused:
                return one
    return None


def _marked(row: CampaignWording, values: dict[str, str]) -> str:
    """Return the body as HTML with the words that came from the customer's record underlined."""
    body = gaps.TOKEN.sub(_between, row.wording.body)
    html = templating.compiled(row.wording.subject, body).render(values).html
    return html.replace(OPEN, '<span class="merge">').replace(SHUT, "</span>")


def _between(token: re.Match[str]) -> str:
    """Put a field between marks where it has a value: the values themselves stay as conditions compare them."""
    if not (name := token[3]):
        return token[0]
    return f"{{% if {name} %}}{OPEN}{{% endif %}}{token[0]}{{% if {name} %}}{SHUT}{{% endif %}}"


def _plain(part: Any) -> str:
    return "".join(piece if isinstance(piece, str) else "#" for piece in part)


def send_test(campaign: Campaign, shown: Preview, *, to: Any) -> None:
    """Send what the preview shows to a colleague. Staff mail: it does not go through the outbox.

    Raises SendingFailed.
    """
    organisation = Organisation.current()
    message = EmailMultiAlternatives(
        subject=_("Test: %(subject)s") % {"subject": shown.subject},
        body=shown.text,
        from_email=formataddr((shown.sender, organisation.sender_email)) if organisation.sender_email else None,
        to=[to.email],
    )
    message.attach_alternative(wrapping.dressed(shown.html), "text/html")
    try:
        message.send()
    except (OSError, SMTPException) as error:
        raise SendingFailed from error
