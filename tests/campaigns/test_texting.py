"""A campaign by text message: chosen, written, reviewed, queued behind the same gate, sent, answered, stopped."""

import re
from datetime import time, timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils.timezone import now

from campaigns import audience, drafting, jobs, launching, previewing, results, sending
from campaigns.models import Campaign
from crm.events import jobs as events
from crm.events.models import Wakeup
from crm.problems import Invalid
from customers import consenting, reach, searching
from customers.models import Customer
from insights import evaluating, refreshing, segments
from insights.models import Segment
from interactions import carriers, delivering, telling
from interactions.models import Conversation, Message
from interactions.timeline import Window
from staff.roles import Role
from tests import make
from tests.interactions import texting
from tests.interactions.provider import Provider

pytestmark = pytest.mark.django_db
BODY = "Ciao {{ first_name }}, **Notturno** è qui: [ecco](https://x.example)"
MOBILE = {"Ada": "+393331110001", "Mira": "+393331110002", "Ugo": "+393331110003"}


@pytest.fixture
def provider(monkeypatch):
    running = Provider()
    for name, value in {**running.settings, "CHANNEL_SMS_PART_COST": "0.042 EUR"}.items():
        monkeypatch.setenv(name, value)
    yield running
    running.close()


@pytest.fixture
def people(client):
    """Ada, Mira and Ugo allow offers by SMS and mail; of Rui a landline is known."""
    make.make_organisation(cap_messages=99)
    mara = make.make_user("Mara", Role.MARKETING)
    client.force_login(mara)
    for name, number in {**MOBILE, "Rui": "+390895550147"}.items():
        one = make.make_customer(f"{name} Rossi", email=f"{name.lower()}@example.com", phone=number, language="it")
        for channel in ("sms", "email"):
            consenting.give(one, "offers", channel, source="shop")
    everybody = segments.save(Segment(), name="Everybody", rule={"all": []}, by=mara)
    searching.store(Customer.objects.values_list("pk", flat=True))
    refreshing.refresh()
    evaluating.evaluate()
    return everybody


@pytest.fixture
def campaign(provider, people):
    made = drafting.create(name="Spring", by=people.by, segment=people, channel="sms")
    drafting.write(made, "it", body=BODY)
    return made


def form(campaign, **more):
    fields = {"name": "Spring", "segment": campaign.segment_id, "purpose": "offers", "channel": campaign.channel}
    return {**fields, "planned_at": "", "body.it": BODY, "language": "it", "drawn_for": campaign.channel, **more}


def save(client, campaign, **more):
    return client.post(reverse("campaigns:save", args=[campaign.pk]), form(campaign, **more), HTTP_HX_REQUEST="true")


def queue(campaign):
    launching.launch(campaign, by=campaign.by)
    audience.freeze(campaign)
    sending.next_batch(campaign.pk)
    campaign.refresh_from_db()
    return Message.objects.filter(channel="sms")


class TestChannel:
    def test_one_alone_is_not_asked_and_one_that_is_not_set_up_is_not_offered(self, client, people):
        new = reverse("campaigns:new")
        assert 'name="channel"' not in client.get(new).content.decode()
        client.post(new, {"name": "Spring", "segment": people.pk})
        assert Campaign.objects.get().channel == "email"
        with pytest.raises(Invalid):
            drafting.create(name="Spring", by=people.by, channel="sms")
        campaign = Campaign.objects.create(name="Old", channel="sms", segment=people)
        drafting.add_language(campaign, "it")
        assert any("SMS" in words and "not set up" in words for words in drafting.missing(campaign))

    def test_of_two_one_is_chosen_and_has_no_subject(self, client, provider, people):
        new = reverse("campaigns:new")
        assert 'value="sms"' in client.get(new).content.decode()
        client.post(new, {"name": "Spring", "segment": people.pk, "channel": "sms"})
        campaign = Campaign.objects.get()
        page = client.get(reverse("campaigns:campaign", args=[campaign.pk])).content.decode()
        assert 'name="subject.it"' not in page and "+39 089" in page and "sender_name" not in page
        assert drafting.missing(campaign) == ["Write the message in each language."]

    def test_a_draft_changes_over_and_keeps_its_subject_till_it_is_launched(self, client, campaign):
        drafting.change(campaign, channel="email")
        campaign.refresh_from_db()
        drafting.write(campaign, "it", subject="Notturno", body=BODY)
        answer = save(client, campaign, channel="sms", **{"subject.it": "Notturno {{ nobody }}", "sender_name": "M"})
        assert answer["HX-Refresh"] == "true"  # a field of the page is gone
        campaign.refresh_from_db()
        assert campaign.channel == "sms" and campaign.wordings.get().wording.subject == "Notturno {{ nobody }}"
        page = save(client, campaign).content.decode()
        assert "in the segment" in page and drafting.missing(campaign) == []
        launching.launch(campaign, by=campaign.by)
        assert campaign.wordings.get().wording.subject == ""
        with pytest.raises(drafting.AlreadyLaunched):
            drafting.change(campaign, channel="email")


class TestReview:
    def test_it_says_who_is_left_out_how_many_parts_it_has_and_what_they_cost(self, client, campaign):
        page = save(client, campaign).content.decode()
        assert "1 part for most." in page and "€0.13" in page and "3 parts at €0.042" in page
        assert "makes" not in page and "more than" not in page
        seen = audience.look(campaign, campaign.by)
        assert (seen.everybody, seen.getting) == (4, 3) and (seen.excluded[0].reason, seen.excluded[0].example) == (
            "landline",
            "Rui Rossi",
        )

    def test_what_makes_it_dearer_is_named_and_who_would_get_none_counted(self, client, campaign):
        Customer.objects.filter(name="Ada Rossi").update(first_name="Zoş")
        page = save(client, campaign).content.decode()
        assert "1 message is dearer" in page and "<code>ş</code>" in page and "2 parts at most." in page
        page = save(client, campaign, **{"body.it": "Ciao “tu”"}).content.decode()
        assert "3 messages are dearer" in page and "<code>&#34;</code> instead of <code>“</code>" in page
        page = save(client, campaign, **{"body.it": "ciao " * 290 + "{{ first_name }}"}).content.decode()
        assert "10 parts for most." in page
        assert "The message to 1 person has more than 10 parts." in page

    def test_a_preview_is_the_text_as_it_leaves(self, client, campaign):
        mira = Customer.objects.get(name="Mira Rossi")
        shown = previewing.preview(campaign, campaign.by, previewing.Whom(pk=mira.pk))
        assert shown.text.startswith("Ciao Mira, Notturno è qui: ecco: https://x.example\nMeridiana. ")
        assert "STOP" in shown.text and (shown.subject, shown.sender, shown.parts.count) == ("", texting.OURS, 1)
        assert '<span class="merge">Mira</span>' in shown.html and "STOP" in shown.html


class TestGate:
    """What holds for mail holds for text messages."""

    def test_messages_leave_from_our_number_and_whoever_has_enough_of_any_channel_gets_none(self, campaign):
        make.make_organisation(cap_messages=1)
        ada = Customer.objects.get(name="Ada Rossi")
        at = now() - timedelta(days=1)
        Message.objects.create(
            customer=ada, channel="email", to_address="ada@example.com", purpose="offers", is_marketing=True,
            status="sent", sent_at=at, created_at=at, due_at=at,
        )  # fmt: skip
        rows = queue(campaign)
        assert {(one.account, one.to_address) for one in rows} == {
            (texting.OURS, MOBILE["Mira"]),
            (texting.OURS, MOBILE["Ugo"]),
        }
        assert campaign.excluded["cap"] == 1

    def test_offers_wait_for_the_end_of_quiet_hours_and_none_goes_into_a_complaint(self, campaign):
        make.make_organisation(quiet_from=time(0), quiet_until=time(23, 59), time_zone="UTC")
        make.make_conversation(Customer.objects.get(name="Ugo Rossi"), is_complaint=True)
        rows = queue(campaign)
        assert rows.count() == 2 and all(one.due_at.time() >= time(23, 59) for one in rows)
        assert campaign.excluded["complaint"] == 1


def test_what_is_not_set_up_any_more_is_nobody_s_fault_who_would_get_it(client, campaign, monkeypatch):
    launching.launch(campaign, by=campaign.by)
    audience.freeze(campaign)
    monkeypatch.setenv("CHANNEL_SMS_FROM", "")
    jobs.go_on(campaign.pk)
    campaign.refresh_from_db()
    assert not Message.objects.exists() and campaign.excluded == {"landline": 1}
    page = client.get(reverse("campaigns:results", args=[campaign.pk])).content.decode()
    assert "It does not go on: Nothing can be sent by SMS" in page


@pytest.fixture
def worker(tmp_path):
    made = []

    def send():
        made.append(delivering.Worker(carriers.of("sms", carriers.of("sms").accounts()[0]), tmp_path / "journal"))
        return made[-1].deliver_batch()

    yield send
    for one in made:
        one.close()


def hook(client, url, body, headers):
    kind = headers.pop("Content-Type")
    answer = client.post(url.removeprefix(settings.PUBLIC_URL), body, content_type=kind, headers=headers)
    assert answer.status_code == 200, answer.content


def test_it_is_sent_delivered_answered_and_stopped(client, provider, campaign, worker):
    queue(campaign)
    assert worker() == 3
    texts = {one.to: one for one in provider.took()}
    assert texts[MOBILE["Mira"]].body.startswith("Ciao Mira, Notturno è qui") and len(texts) == 3
    hook(client, *provider.reports(texts[MOBILE["Mira"]], "delivered"))
    texting.Phone(client, provider, MOBILE["Mira"]).write("Volentieri, due sacchetti")
    texting.Phone(client, provider, MOBILE["Ugo"]).write("Stop.")
    hook(client, *provider.reports(texts[MOBILE["Ada"]], "undelivered", 30005))
    for wakeup in Wakeup.objects.filter(reaction__endswith="note_answer"):
        events.react(wakeup.pk)
    results.count(campaign)
    seen = results.figures(campaign, campaign.by)
    assert (seen.sent, seen.delivered, seen.answered, seen.unsubscribed, seen.bounced) == (3, 1, 1, 1, 1)
    assert [(one.cents, one.currency, one.parts) for one in seen.costs] == [(13, "EUR", 3)]
    line = telling.words(Customer.objects.get(name="Ada Rossi"), Window(5))
    assert [entry.words for entry in line] == ["Ciao Ada, Notturno è qui: ecco: https://x.example"]
    ours, theirs = Conversation.objects.get(customer__name="Mira Rossi").interactions.order_by("occurred_at")
    assert ours.words.startswith("Ciao Mira, Notturno") and theirs.words == "Volentieri, due sacchetti"
    page = client.get(reverse("campaigns:results", args=[campaign.pk])).content.decode()
    assert "1 answered" in page and "SMS to “Everybody”" in page and "€0.13" in page and "Delivered" in page
    assert reach.may_reach(Customer.objects.get(name="Ugo Rossi"), "sms", "offers") == "refused"


def test_a_name_of_letters_gives_a_link_that_stops_it(client, provider, campaign, worker, monkeypatch):
    provider.numbers[:] = ["Meridiana"]
    monkeypatch.setenv("CHANNEL_SMS_FROM", "Meridiana")
    queue(campaign)
    consenting.withdraw(Customer.objects.get(name="Ada Rossi"), "offers", "sms", source="test")  # while it waits
    assert worker() == 3 and len(provider.took()) == 2 and ("Refused", 1) in results.excluded(campaign, campaign.by)
    body = provider.took(MOBILE["Mira"])[0].body
    assert "STOP" not in body and (link := re.search(r"/s/\w+", body)[0])
    page = client.get(link).content.decode()
    mira = Customer.objects.get(name="Mira Rossi")
    assert reach.may_reach(mira, "sms", "offers") is None
    client.post(re.search(r'"(/p/\w+/unsubscribe/)"', page)[1])
    assert reach.may_reach(mira, "sms", "offers") == "refused" and reach.may_reach(mira, "email", "offers") is None
    assert results.figures(campaign, campaign.by).unsubscribed == 1
