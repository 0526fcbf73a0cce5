"""The message as one real customer would read it, and a test of it to whoever writes."""

import re
from dataclasses import dataclass
from email.utils import formataddr
from html import escape
from smtplib import SMTPException
from typing import Any

import nh3
from django.core.mail import EmailMultiAlternatives
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from markupsafe import Markup

from campaigns import drafting, reviewing
from campaigns.models import Campaign, CampaignWording
from crm.problems import Problem
from customers import searching
from customers.identity import codes
from customers.models import Customer
from insights.models import Membership
from interactions import carriers, gaps, templating
from interactions.carriers import Parts
from interactions.templating import Rendered
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
    """What one customer would read, as it leaves: its end included. html is safe to draw.

    refused: why they will not get it, in words; "" for those who will. parts: what it is paid in; None: as a whole.
    """

    customer: Customer
    refused: str
    language: str
    sender: str
    leaves: Rendered
    html: Markup
    parts: Parts | None

    @property
    def subject(self) -> str:
        return self.leaves.subject

    @property
    def text(self) -> str:
        return self.leaves.text


@dataclass(frozen=True)
class Whom:
    """Whose message to show: the one called `name`, else customer `pk`, else the next after `after` who will get it.

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
    words = drafting.words_of(campaign, row)
    values = _values(customer, templating.check(*words))
    carrier = carriers.ready_on(campaign.channel)
    leaves = carrier.as_it_leaves(templating.compiled(*words).render(values), row.language)
    marked = carrier.as_it_leaves(_marked(words, values), row.language)
    return Preview(
        customer=customer,
        refused=reviewing.refused(campaign, [customer.pk]).get(customer.pk, ""),
        language=row.language,
        sender=reviewing.sender(campaign) or campaign.sender_name or Organisation.current().sender_name,
        leaves=leaves,
        html=_drawn(marked.html or f"<p>{escape(marked.text)}</p>"),
        parts=carrier.parts_of(leaves.text),
    )


def _drawn(html: str) -> Markup:
    shown = html.replace(OPEN, '<span class="merge">').replace(SHUT, "</span>")
    return Markup(nh3.clean(shown, tags=TAGS, attributes={"span": {"class"}}))


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


def _marked(words: tuple[str, str], values: dict[str, str]) -> Rendered:
    """Return it with marks around the words that came from the customer's record."""
    subject, body = words
    return templating.compiled(subject, gaps.TOKEN.sub(_between, body)).render(values)


def _between(token: re.Match[str]) -> str:
    """Put a field between marks where it has a value: the values themselves stay as conditions compare them."""
    if not (name := token[3]):
        return token[0]
    return f"{{% if {name} %}}{OPEN}{{% endif %}}{token[0]}{{% if {name} %}}{SHUT}{{% endif %}}"


def send_test(campaign: Campaign, shown: Preview, *, to: Any) -> None:
    """Send what the preview shows to a colleague, by mail whatever the channel: it does not go through the outbox.

    Raises SendingFailed.
    """
    organisation = Organisation.current()
    message = EmailMultiAlternatives(
        subject=_("Test: %(subject)s") % {"subject": shown.subject or campaign.name},
        body=shown.text,
        from_email=formataddr((campaign.sender_name or organisation.sender_name, organisation.sender_email))
        if organisation.sender_email
        else None,
        to=[to.email],
    )
    if shown.leaves.html:
        message.attach_alternative(shown.leaves.html, "text/html")
    try:
        message.send()
    except (OSError, SMTPException) as error:
        raise SendingFailed from error
