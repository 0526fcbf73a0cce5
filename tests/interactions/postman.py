"""Mails of the tests: theirs as bytes that arrive, ours as messages that wait or left, and as a server has them."""

import email
from email import policy

from django.utils.timezone import now

from customers import consenting
from interactions import concluding, outbox, rendering
from interactions.channels.mail import links, receiving
from interactions.channels.mail.gateway import reading
from interactions.models import Message, Wording
from tests import make

_refs = iter(range(1, 10_000))


def mail(sender="Mira <mira@example.com>", to="ciao@meridiana.example", subject="Ciao", words="Hello there", **headers):
    headers = {"Message-ID": f"<{next(_refs)}@example.com>"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    lines = [f"From: {sender}", f"To: {to}", f"Subject: {subject}"]
    lines += [f"{name}: {value}" for name, value in headers.items() if value]
    return "\r\n".join([*lines, "Content-Type: text/plain; charset=utf-8", "", words, ""]).encode()


def receive(raw, mailbox=None):
    return receiving.receive(reading.read(raw), raw, mailbox)


def sent(conversation, by, text="Our answer"):
    """A personal mail of ours that has left."""
    message = outbox.queue(channel="email", conversation=conversation, text=text, by=by)
    Message.objects.filter(pk=message.pk).update(status="sending", worker="w")
    concluding.mark_sent({message.pk: ""}, worker="w", subjects={message.pk: message.subject})
    message.refresh_from_db()
    return message


def sent_to_many(customer, origin_id=12, *, is_written=True):
    """One message of a campaign that has left."""
    wording = Wording.objects.create(language="it", subject="Per {{ first_name }}", body="Caro {{ first_name }}")
    point = customer.contact_points.get(channel="email")
    to = outbox.Recipient(
        customer.pk, point.pk, point.value, wording.pk, f"campaign:{origin_id}:{customer.pk}", customer.name,
        values={"first_name": customer.first_name},
    )  # fmt: skip
    outbox.queue_many([to], channel="email", purpose="service", origin="campaign", origin_id=origin_id)
    message = Message.objects.get(dedupe_key=to.dedupe_key)
    Message.objects.filter(pk=message.pk).update(status="sending", worker="w")
    if is_written:
        concluding.mark_sent({message.pk: ""}, worker="w", subjects=rendering.subjects_of([message]))
    message.refresh_from_db()
    return message


def bounce(message, status, words, to=None):
    return (
        f"From: MAILER-DAEMON@mx.example.com\r\nTo: {to or links.return_path(message.pk)}\r\n"
        f"Message-ID: <{next(_refs)}@mx.example.com>\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/plain\r\n\r\nI could not deliver your mail.\r\n{words}\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.com\r\n\r\n"
        f"Final-Recipient: rfc822; {message.to_address}\r\nAction: failed\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; {words}\r\n\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <{message.message_ref}>\r\n\r\nx\r\n--b--\r\n"
    ).encode()


def mails(folder):
    return [email.message_from_bytes(path.read_bytes(), policy=policy.default) for path in sorted(folder.glob("*.eml"))]


def personal(anna, address="mira@example.com", **fields):
    make.make_organisation()
    customer = make.make_customer("Mira Kovač", email=address)
    conversation = make.make_conversation(customer, "The grinder", waiting_since=now())
    return outbox.queue(
        channel="email", conversation=conversation, text="It ships **today**.\n\nAnna", by=anna, **fields
    )


def campaign(*names, body="Cara {{ first_name | default: 'amica' }}, ecco [tutto](https://x.example)", **fields):
    make.make_organisation(cap_messages=99)
    wording = Wording.objects.create(language="it", subject="Per {{ first_name }}", body=body)
    rows = []
    for name in names:
        customer = make.make_customer(f"{name} Rossi", email=f"{name.lower()}@example.com")
        consenting.give(customer, "offers", "email", source="x")
        point = customer.contact_points.get()
        rows.append(
            outbox.Recipient(
                customer.pk,
                point.pk,
                point.value,
                wording.pk,
                f"campaign:1:{customer.pk}",
                customer.name,
                values={"first_name": name},
            )  # fmt: skip
        )
    outbox.queue_many(rows, channel="email", purpose="offers", origin="campaign", origin_id=1, **fields)
    return list(Message.objects.order_by("id"))
