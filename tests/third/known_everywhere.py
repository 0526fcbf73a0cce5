"""Run in the copy that tests/test_third_channel.py makes: what knows a channel of one line and one folder."""

import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlencode

import pytest
from django.core.management import call_command
from django.utils.timezone import now

from api import issuing
from api.scopes import SCOPES
from campaigns import drafting, launching
from campaigns.models import Campaign
from crm import health, queues
from customers import channels, consenting, importing, people_files
from customers.models import ConsentState
from insights import refreshing, segments
from insights.models import Segment
from insights.wording import in_words
from interactions import jobs, links
from interactions.models import Conversation, Interaction, Message
from staff.roles import Role
from tests import make

MARK = 'class="icon ch ch-pager'
SECRET = "a secret of the pager's own"
NUMBER = "+390895550147"


class Server(BaseHTTPRequestHandler):
    """Takes pages and gives each a name."""

    def do_POST(self):
        page = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.pages.append(page)
        said = json.dumps({"id": f"page-{page['number']}"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *words):
        pass


@pytest.fixture
def pager(monkeypatch):
    """The provider, and the channel's settings."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    server.pages = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("CHANNEL_PAGER_URL", f"http://127.0.0.1:{server.server_port}/pages")
    monkeypatch.setenv("CHANNEL_PAGER_SECRET", SECRET)
    yield server
    jobs._workers.clear()
    server.shutdown()
    server.server_close()


@pytest.fixture
def gianna(db):
    make.make_organisation()
    return make.make_user("Gianna", Role.ADMINISTRATOR)


@pytest.fixture
def mira(gianna):
    return make.make_mira(keeper=gianna)


@pytest.fixture
def signed_in(client, gianna):
    client.force_login(gianna)
    return client


@pytest.fixture
def shop(db, client):
    _key, text = issuing.issue("Web shop", list(SCOPES), by=None)
    return lambda method, path, body=None: client.generic(
        method, f"/api/v1/{path}", json.dumps(body or {}), "application/json",
        headers={"Authorization": f"Bearer {text}"},
    )  # fmt: skip


def told(client, name, **form):
    """Post what the provider signs; return the status of our answer."""
    said = urlencode(form)
    signed = {"X-Pager-Signature": hmac.new(SECRET.encode(), said.encode(), "sha256").hexdigest()}
    kind = "application/x-www-form-urlencoded"
    return client.post(f"/hooks/pager/{name}/", said, content_type=kind, headers=signed).status_code


def page(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_no_migration_is_needed(db):
    call_command("makemigrations", check_changes=True, dry_run=True)
    assert channels.of("pager") and "deliver.pager.personal" in queues.every()


def test_consents_are_asked_drawn_and_imported(signed_in, mira):
    assert f"/customers/{mira.pk}/consents/pager/offers/" in page(signed_in, mira.get_absolute_url())
    said = {"answer": "yes", "how": "phone", "proof": "She said so"}
    signed_in.post(f"/customers/{mira.pk}/consents/pager/offers/", said)
    state = ConsentState.objects.get()
    assert (state.channel, state.purpose, state.is_given) == ("pager", "offers", True)
    assert "pager" in page(signed_in, f"/customers/{mira.pk}/consents/").lower()
    listed = page(signed_in, "/customers/?offers=pager")
    assert "Mira" in listed and MARK in listed
    assert "offers.pager" in {field.name for field in people_files.fields()} and importing


def test_the_customer_chooses_it_on_their_own_page(client, mira):
    address = f"/p/{links.make(links.Link(mira.pk, None, None))}/"
    shown = page(client, address)
    assert 'value="offers.pager"' in shown and MARK in shown
    client.post(address, {"on": ["offers.pager", "service.pager"]})
    assert ConsentState.objects.get(channel="pager", is_given=True).purpose == "offers"


def test_a_segment_asks_about_it(signed_in, mira):
    refreshing.refresh()
    rule = {"all": [{"field": "offers_pager", "is": "yes"}]}
    segment = segments.save(Segment(), name="By pager", rule=rule, by=None)
    consenting.give(mira, "offers", "pager", source="test")
    refreshing.refresh_all_touched()
    shown = page(signed_in, f"/segments/{segment.pk}/")
    assert "offers by pager are allowed" in shown and "surveys by pager" in shown
    assert segment.memberships.count() == 1


def test_when_they_were_last_reached_is_asked_told_and_shown(signed_in, shop, mira):
    make.make_interaction(mira, channel="pager", direction="out")
    refreshing.refresh()
    last, asked = (
        {"field": "last_pager_out_at", "is": "in_last", "value": 1},
        {"field": "offers_pager", "is": "unasked"},
    )
    rule = {"all": [last, asked]}
    assert segments.counts(rule)[()] == 1
    words = "last word from us by pager was in the last 1 days and offers by pager were never asked about"
    assert words in in_words(rule)
    segment = segments.save(Segment(), name="By pager", rule=rule, by=None)
    offered = page(signed_in, f"/segments/{segment.pk}/")
    assert "last heard from them by pager" in offered and "last word from us by pager" in offered
    assert "Last word from us by pager" in page(signed_in, f"/customers/{mira.pk}/figures/")
    told = {one["key"]: one["value"] for one in shop("GET", f"customers/{mira.pk}/figures/").json()["figures"]}
    assert told["last_pager_out_at"] and told["last_pager_in_at"] is None and told["offers_pager"] is None


@pytest.mark.django_db(transaction=True)
def test_the_composer_offers_it_and_what_is_written_leaves(signed_in, pager, mira, run_jobs):
    place = make.make_conversation(mira, owner=mira.keeper, their_channel="pager", their_at=now(), their_words="Hello?")
    for path in (mira.get_absolute_url(), f"/conversations/{place.pk}/"):
        assert "send-pager" in page(signed_in, path), path
    written = {"kind": "send", "channel": "pager", "words": "Call 7, please", "shown_to": NUMBER}
    answer = signed_in.post(f"/conversations/{place.pk}/words/", written)
    assert answer.status_code in (204, 302), answer.content
    run_jobs(*queues.every())
    message = Message.objects.get()
    assert pager.pages == [{"number": message.pk, "to": NUMBER, "text": "Call 7, please"}]
    assert (message.status, message.channel, message.message_ref) == ("sent", "pager", f"page-{message.pk}")
    assert Interaction.objects.get().channel == "pager"
    for path in (mira.get_absolute_url(), f"/conversations/{place.pk}/", "/customers/"):
        assert MARK in page(signed_in, path), path
    assert told(signed_in, "report", id=message.message_ref, state="no such pager") == 200
    assert mira.contact_points.get(channel="phone").dead_on == {"pager": "no such pager"}
    assert told(signed_in, "report", id=message.message_ref, state="read") == 200
    message.refresh_from_db()
    assert message.delivered_at and mira.contact_points.get(channel="phone").dead_on == {}


@pytest.mark.django_db(transaction=True)
def test_a_campaign_goes_out_on_it(signed_in, pager, mira, run_jobs):
    assert 'value="pager"' in page(signed_in, "/campaigns/new/")
    consenting.give(mira, "offers", "pager", source="test")
    refreshing.refresh()
    everybody = segments.save(Segment(), name="Everybody", rule={"all": []}, by=mira.keeper)
    signed_in.post("/campaigns/new/", {"name": "Pages", "channel": "pager", "segment": everybody.pk})
    campaign = Campaign.objects.get()
    drafting.write(campaign, "it", subject="", body="Notturno is back, {{ first_name }}")
    launching.launch(campaign, by=mira.keeper)
    run_jobs(*queues.every())
    jobs.deliver_due.delay()  # as the clock does
    run_jobs(*queues.every())
    (sent,) = pager.pages
    words, end = sent["text"].split("\n")
    assert (sent["to"], words) == (NUMBER, "Notturno is back, Mira")
    who, _space, link = end.partition(": ")
    assert who and "Mira" in page(signed_in, link[link.index("/s/") :])
    assert Interaction.objects.get().subject == "Notturno is back, Mira"  # in the history nothing else says what it was
    campaign.refresh_from_db()
    assert (campaign.get_channel_display(), campaign.recipient_count) == ("Pager", 1)
    for path in ("/campaigns/", f"/campaigns/{campaign.pk}/results/"):
        assert page(signed_in, path)
    assert MARK in page(signed_in, "/campaigns/")


def test_the_page_of_the_channels_and_health_say_how_it_stands(signed_in, pager, monkeypatch):
    def state():
        assert "Pager" in page(signed_in, "/settings/channels/")
        return dict(health.examine())["pager"].state

    assert state() == health.WELL
    monkeypatch.delenv("CHANNEL_PAGER_SECRET")
    assert state() == health.STOPPED
    monkeypatch.delenv("CHANNEL_PAGER_URL")
    assert state() == health.OFF


def test_what_they_say_on_it_is_filed_once_and_drawn(client, signed_in, pager, mira):
    place = make.make_conversation(mira, owner=mira.keeper)
    assert client.post("/hooks/pager/incoming/").status_code == 401
    said = {"id": "their-1", "from": NUMBER, "text": "The grinder is loud again"}
    assert [told(client, "incoming", **said) for _ in range(2)] == [200] * 2
    theirs = Interaction.objects.get(channel="pager")
    assert (theirs.customer, theirs.conversation) == (mira, place)
    assert Conversation.objects.get().their_channel == "pager"
    for path in (mira.get_absolute_url(), f"/conversations/{place.pk}/", "/conversations/"):
        shown = page(signed_in, path)
        assert MARK in shown and 'aria-label="Pager"' in shown and "The grinder is loud again" in shown, path


def test_the_api_takes_filters_and_describes_it(signed_in, shop, mira):
    consent = {"purpose": "offers", "channel": "pager", "is_given": True}
    taken = shop("POST", "customers/", {"emails": ["mira@example.com"], "consents": [consent]})
    assert taken.status_code == 200, taken.content
    many = {"rows": [{"emails": ["ugo@example.com"], "phones": ["+393200000001"], "consents": [consent]}]}
    assert shop("POST", "customers/bulk/", many).json()["made"] == 1
    assert ConsentState.objects.filter(channel="pager", is_given=True).count() == 2
    touch = {"customer": mira.pk, "kind": "message", "channel": "pager", "direction": "in", "words": "Call me"}
    assert shop("POST", "interactions/", touch).status_code == 201
    assert shop("POST", "interactions/", {**touch, "channel": "phone"}).status_code == 201
    found = shop("GET", f"customers/{mira.pk}/interactions/?channel=pager").json()["results"]
    assert [one["words"] for one in found] == ["Call me"]
    promise = {"customer": mira.pk, "what": "Page her", "due_at": "2099-01-01T10:00:00Z", "channel": "pager"}
    assert shop("POST", "promises/", promise).status_code == 201
    described = signed_in.get("/api/schema/?format=json").content.decode()
    assert described.count('"pager"') >= 3
