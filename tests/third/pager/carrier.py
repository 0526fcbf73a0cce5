"""Pages leave as JSON, one request each, to the server that CHANNEL_PAGER_URL names."""

import json
import os
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from django.conf import settings

from customers.models import Purpose
from interactions import addressing, links, rendering
from interactions.addressing import Addressee, Head
from interactions.carriers import Carrier, Letter, carrier, wrapped
from interactions.gateways.contract import Answer, Result
from interactions.templating import Rendered
from staff.models import Organisation

TIMEOUT_SECONDS = 5


@carrier
class Pager(Carrier):
    channel = "pager"
    most_at_once = 20
    tells_delivery = True

    def is_set_up(self):
        return bool(os.environ.get("CHANNEL_PAGER_URL"))

    def trouble(self):
        is_half = self.is_set_up() and not os.environ.get("CHANNEL_PAGER_SECRET")
        return "Say in CHANNEL_PAGER_SECRET what their pages are signed with." if is_half else ""

    def head_of_answer(self, conversation, purpose=Purpose.SERVICE):
        return self.head_of_first(conversation.customer, purpose) if conversation.customer else Head(Addressee(), "")

    def head_of_first(self, customer, purpose=Purpose.SERVICE):
        return Head(addressing.best(customer, self.channel, purpose), "")

    def can_reach(self, address):
        return address.startswith("+")

    def as_it_leaves(self, words, language):
        return Rendered("", _ended(words.text, f"{settings.PUBLIC_URL}/s/…"), "")

    def wrap(self, messages):
        return wrapped(messages, self._letter)

    def _letter(self, message):
        text = rendering.words_of(message)
        if message.is_marketing:
            text = _ended(text, links.short_preferences_url(message))
        said = json.dumps({"number": message.pk, "to": message.to_address, "text": text}).encode()
        return Letter(message.pk, said, len(said))

    def carry(self, letters, begun, accepted):
        for letter in letters:
            begun(letter.number)
            asked = Request(os.environ["CHANNEL_PAGER_URL"], letter.content, {"Content-Type": "application/json"})
            try:
                with urlopen(asked, timeout=TIMEOUT_SECONDS) as answer:
                    ref = json.load(answer)["id"]
            except HTTPError as error:
                yield Result(letter.number, Answer.REFUSED, code=error.code, reason=error.reason)
            except (OSError, ValueError, KeyError) as error:
                yield Result(letter.number, Answer.UNKNOWN, reason=str(error))
            else:
                accepted(letter.number)
                yield Result(letter.number, Answer.ACCEPTED, ref=ref)


def _ended(text, link):
    """Say who we are, and where they stop what they get: a page of one to many owes both."""
    return f"{text}\n{Organisation.current().name}: {link}"
