"""The provider of text messages posts to our hooks, as Django's test client carries it."""

from datetime import timedelta
from itertools import count

from django.conf import settings
from django.utils.timezone import now

from interactions.channels.sms import links
from interactions.models import Interaction, Message
from tests import make
from tests.interactions.provider import Provider, Taken

OURS, MIRAS = "+390899951234", "+393331112233"
INCOMING = "http://localhost:8000/hooks/sms/incoming/"
_sids = count(1)


class Phone:
    """Whoever has this number writes to us."""

    def __init__(self, client, provider: Provider, number=MIRAS):
        self.client, self.provider, self.number = client, provider, number

    def post(self, body="", *, sender=None, **more):
        """Return the answer of the hook."""
        url, raw, headers = self.provider.writes(self.number if sender is None else sender, body, INCOMING, **more)
        kind = headers.pop("Content-Type")
        return self.client.post("/hooks/sms/incoming/", raw, content_type=kind, headers=headers)

    def write(self, body="", **more) -> Interaction:
        answer = self.post(body, **more)
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/xml; charset=utf-8"), answer.content
        return Interaction.objects.filter(direction="in").order_by("-pk").first()


def sent(customer, conversation=None, *, ago=timedelta(hours=1), number=MIRAS, **more) -> Message:
    """Return a text message of ours that has left: personal, or one to many without a conversation."""
    at, is_marketing = now() - ago, conversation is None
    more = {"status": "sent", "account": OURS, "body_text": "Domani alle 9?", "sent_at": at, "channel": "sms", **more}
    message = Message.objects.create(
        customer=customer, conversation=conversation, to_address=number, is_marketing=is_marketing,
        purpose="offers" if is_marketing else "service", due_at=at, created_at=at, **more,
    )  # fmt: skip
    if message.status == "sent":
        said = {"channel": "sms", "direction": "out", "occurred_at": at, "words": "" if is_marketing else "Alle 9?"}
        Message.objects.filter(pk=message.pk).update(
            interaction=make.make_interaction(customer, conversation, message_ref=f"SMout{next(_sids)}", **said)
        )
    message.refresh_from_db()
    return message


def report(client, provider: Provider, message: Message, status: str, code: int | None = None, sid="SM7", **more):
    """Let the provider report on a message of ours, as it would; return the answer."""
    taken = Taken(sid, message.to_address, message.account, message.body_text, callback=links.report_url(message))
    url, raw, headers = provider.reports(taken, status, code, **more)
    kind = headers.pop("Content-Type")
    return client.post(url.removeprefix(settings.PUBLIC_URL), raw, content_type=kind, headers=headers)
