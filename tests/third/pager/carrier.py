"""Pages leave as JSON, one request each, to the server that CHANNEL_PAGER_URL names."""

import json
import os
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from customers.models import Purpose
from interactions import addressing, rendering
from interactions.addressing import Addressee, Head
from interactions.carriers import Carrier, Letter, carrier, wrapped
from interactions.gateways.contract import Answer, Result

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

    def wrap(self, messages):
        return wrapped(messages, self._letter)

    def _letter(self, message):
        text = rendering.words_of(message)
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
            except (URLError, ValueError) as error:
                yield Result(letter.number, Answer.UNKNOWN, reason=str(error))
            else:
                accepted(letter.number)
                yield Result(letter.number, Answer.ACCEPTED, ref=ref)
