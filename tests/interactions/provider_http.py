"""How the provider of provider.py speaks HTTP: accounts, messages and their list, and every way to misbehave."""

import base64
import json
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from time import sleep
from urllib.parse import parse_qs, urlencode, urlsplit

WORDS = {
    20003: "Authenticate", 20404: "The requested resource was not found", 20429: "Too Many Requests",
    20500: "Internal Server Error", 20503: "Service unavailable", 21211: "Invalid 'To' Phone Number",
    21408: "Permission to send an SMS has not been enabled for the region indicated by the 'To' number",
    21606: "The 'From' phone number provided is not a valid message-capable Twilio phone number",
    21610: "Attempt to send to unsubscribed recipient", 21612: "The 'To' phone number is not currently reachable",
    21614: "'To' number is not a valid mobile number",
    21617: "The concatenated message body exceeds the 1600 character limit",
}  # fmt: skip
LONGEST_BODY = 1600


class Handler(BaseHTTPRequestHandler):
    """provider: set on a class of its own for each Provider."""

    provider = None
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    drip = 0.0

    def setup(self):
        super().setup()
        self.provider.lines += 1

    def handle(self):
        try:
            super().handle()
        except OSError:  # the other side hung up
            self.close_connection = True

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        if not self._is_known():
            return
        provider, parts = self.provider, urlsplit(self.path)
        base = f"/2010-04-01/Accounts/{provider.account}"
        if parts.path == f"{base}.json":
            self._say(200, {"sid": provider.account, "status": "active", "type": "Full", "friendly_name": "Meridiana"})
        elif parts.path == f"{base}/Messages.json" and provider.page:
            self.wfile.write(provider.page)
            self.close_connection = True
        elif parts.path == f"{base}/Messages.json":
            self._list(base, parts.query)
        elif found := next((one for one in provider.taken if parts.path == f"{base}/Messages/{one.sid}.json"), None):
            self._say(200, found.shown(provider.account))
        else:
            self._refuse(404, 20404)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self._is_known():
            return
        provider = self.provider
        if urlsplit(self.path).path != f"/2010-04-01/Accounts/{provider.account}/Messages.json":
            self._refuse(404, 20404)
            return
        form = {name: values[0] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()}
        self._answer(form, provider.mood_for(form))

    def _answer(self, form, mood):
        sleep(mood.stall)
        self.drip = mood.drip
        if mood.hang_up == "before":
            self.close_connection = True
        elif refusal := mood.refuse or self._refusal(form):
            self._refuse(*refusal, retry_after=mood.retry_after)
        elif mood.raw:
            self.wfile.write(mood.raw)
            self.close_connection = True
        else:
            self._take(form, mood)

    def _take(self, form, mood):
        for _ in range(2 if mood.doubles else 1):
            taken = self.provider.take(
                to=form["To"], sender=form["From"], body=form["Body"], callback=form.get("StatusCallback", ""),
                is_listed=not mood.unlisted,
            )  # fmt: skip
        sleep(mood.late)
        if mood.hang_up == "after":
            self.close_connection = True
            return
        for _ in range(2 if mood.twice else 1):
            self._say(201, taken.shown(self.provider.account))

    def _refusal(self, form):
        if form.get("From") not in self.provider.numbers:
            return 400, 21606
        if not form.get("To", "").startswith("+"):
            return 400, 21211
        return (400, 21617) if len(form.get("Body", "")) > LONGEST_BODY else None

    def _is_known(self) -> bool:
        self.provider.asked.append(f"{self.command} {self.path}")
        expected = base64.b64encode(f"{self.provider.account}:{self.provider.token}".encode()).decode()
        if self.headers.get("Authorization") == f"Basic {expected}":
            return True
        self._refuse(401, 20003)
        return False

    def _list(self, base: str, query: str):
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        found = [one for one in reversed(self.provider.taken) if one.is_listed and _fits(one, asked)]
        page, size = int(asked.get("Page", 0)), min(int(asked.get("PageSize", 50)), 1000)
        end = (page + 1) * size
        following = None
        if end < len(found):
            last = found[end - 1].sid
            following = f"{base}/Messages.json?{urlencode(asked | {'Page': page + 1, 'PageToken': f'PA{last}'})}"
            following = self.provider.pages_at + following
        shown = [one.shown(self.provider.account) for one in found[page * size : end]]
        self._say(200, {"messages": shown, "page": page, "page_size": size, "next_page_uri": following})

    def _refuse(self, status: int, code: int, retry_after: int | str | None = None):
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        words = {"code": code, "message": WORDS.get(code, "Trouble"), "status": status}
        self._say(status, words | {"more_info": f"https://www.twilio.com/docs/errors/{code}"}, headers)

    def _say(self, status: int, answer: dict, headers=()):
        body = json.dumps(answer).encode()
        lines = [f"HTTP/1.1 {status} So", "Content-Type: application/json", f"Content-Length: {len(body)}"]
        lines.append(f"Date: {format_datetime(self.provider.now(), usegmt=True)}")
        lines += [f"{name}: {value}" for name, value in dict(headers).items()]
        whole = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
        for place in range(0, len(whole), 1 if self.drip else len(whole)):
            self.wfile.write(whole[place : place + 1] if self.drip else whole)
            sleep(self.drip)


def _fits(one, asked: dict[str, str]) -> bool:
    day = f"{one.at:%Y-%m-%d}"
    return (
        asked.get("To", one.to)[-8:] == one.to[-8:]  # it knows a number again, however it is written
        and asked.get("From", one.sender)[-8:] == one.sender[-8:]
        and asked.get("DateSent>", "") <= day <= asked.get("DateSent<", "9")
        and asked.get("DateSent", day) == day
    )
