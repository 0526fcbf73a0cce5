"""A row of the outbox → the mail's bytes: sender, answer address, footer, headers.

One-to-many mail: one skeleton for each wording and sender, values spliced in. It carries the sender's legal identity,
a plain link to what the reader allows, and the one-click headers of RFC 8058, in the wording's language.
"""

from html import escape

from django.utils import translation
from django.utils.translation import gettext as _

from interactions import marking, templating
from interactions.carriers import Letter
from interactions.channels.mail import links
from interactions.channels.mail.gateway import composing
from interactions.channels.mail.gateway.composing import Copy, Skeleton
from interactions.channels.mail.gateway.contract import Address, Envelope, Outgoing
from interactions.channels.mail.links import Seals
from interactions.gateways.slots import Slot
from interactions.links import Link, preferences_url
from interactions.models import Message, Wording
from interactions.rendering import LONGEST_SUBJECT
from staff.models import Organisation

PREFERENCES = Slot("filo preferences")  # a name that no merge field can have
Pieces = list[str | Slot]
# A mail has no style sheet: without a font of its own, mail programs show their serif.
FONT = "font-family: system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
START, END = f'<div style="{FONT}; line-height: 1.5">\n', "\n</div>\n"


class Wrapper:
    """Wraps the messages of one batch; skeletons are made once for each wording and sender."""

    def __init__(self, organisation: Organisation) -> None:
        self._organisation = organisation
        self._skeletons: dict[tuple, tuple[Skeleton, templating.Compiled]] = {}

    def letter(self, message: Message) -> Letter:
        """Return what SMTP needs. Raises BadWording, or Unreadable when an address cannot be written."""
        seals = links.seals_of(message.pk)
        if message.wording:
            data, subject = self._one_of_many(message, message.wording, seals)
        else:
            data, subject = self._personal(message, seals), message.subject
        envelope = Envelope(message.pk, seals.return_path, message.to_address, data, seals.message_ref)
        return Letter(message.pk, envelope, len(data), subject)

    def _one_of_many(self, message: Message, wording: Wording, seals: Seals) -> tuple[bytes, str]:
        """Return the mail, and the subject that its reader sees."""
        skeleton, compiled = self._skeleton(message, wording)
        subject = compiled.subject_of(message.values)[:LONGEST_SUBJECT]
        link = Link(message.customer_id or 0, message.contact_point_id, message.pk)
        preferences = preferences_url(link)
        copy = Copy(
            to=Address(message.to_address, message.to_name),
            message_ref=seals.message_ref,
            values=compiled.slots(message.values) | {PREFERENCES.name: preferences},
            reply_to=Address(seals.answer_address),
            headers=composing.unsubscribe_headers(f"{preferences}unsubscribe/"),
        )
        return skeleton.fill(copy), subject

    def _skeleton(self, message: Message, wording: Wording) -> tuple[Skeleton, templating.Compiled]:
        key = (wording.pk, message.sender_name)
        if key not in self._skeletons:
            compiled = templating.compiled(wording.subject, wording.body)
            subject, text, html = compiled.pieces
            with translation.override(wording.language or "en"):
                footer_text, footer_html = footer(self._organisation)
            name = message.sender_name or self._organisation.sender_name
            skeleton = Skeleton(
                sender=Address(self._organisation.sender_email, name),
                subject=subject,
                text=[*text, *footer_text],
                html=[START, *html, *footer_html, END],
            )
            self._skeletons[key] = (skeleton, compiled)
        return self._skeletons[key]

    def _personal(self, message: Message, seals: Seals) -> bytes:
        outgoing = Outgoing(
            number=message.pk,
            sender=self._sender(message),
            to=Address(message.to_address, message.to_name),
            subject=message.subject,
            text=message.body_text + "\n",
            html=dressed(message.body_html or marking.html(message.body_text, has_fields=False)),
            message_ref=seals.message_ref,
            reply_to=Address(seals.answer_address, self._organisation.sender_name),
            in_reply_to=links.said_ref(message.in_reply_to),
            references=tuple(message.references.split()),
        )
        return composing.compose(outgoing)

    def _sender(self, message: Message) -> Address:
        ours = self._organisation
        mailbox = message.conversation.mailbox if message.conversation else None
        name = f"{message.author.name}, {ours.sender_name}" if message.author else ours.sender_name
        return Address(mailbox.address if mailbox else ours.sender_email, message.sender_name or name)


def dressed(html: str) -> str:
    """Return the body of a mail in our font."""
    return f"{START}{html}{END}"


def footer(organisation: Organisation) -> tuple[Pieces, Pieces]:
    """Return the end of a one-to-many mail, as text and as HTML, in the active language."""
    legal = [organisation.legal_name or organisation.name, *organisation.postal_address.splitlines()]
    if organisation.legal_number:
        legal.append(organisation.legal_number)
    identity = ", ".join(line.strip() for line in legal if line.strip())
    because = _("You get this because you allowed %(name)s to write to you.") % {"name": organisation.name}
    choose = _("Unsubscribe or choose what you get")
    text: Pieces = [f"\n\n-- \n{because}\n{choose}: ", PREFERENCES, f"\n{identity}\n"]
    start = f'\n<hr>\n<p><small>{escape(because)}<br>\n<a href="'
    return text, [start, PREFERENCES, f'">{escape(choose)}</a><br>\n{escape(identity)}</small></p>\n']
