"""The review of a draft says what a reader would stumble over; preview and test show who will get what is on screen."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.urls import reverse

from campaigns import drafting, launching, reviewing
from campaigns.models import Campaign
from crm.problems import Invalid
from customers import consenting, searching
from customers.models import Customer
from insights import evaluating, refreshing, segments
from insights.models import Segment
from interactions import gaps
from interactions.models import Wording
from staff.roles import Role
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(client):
    """To Ada, who complains, to Mira of the café, to Ugo of nowhere, and to Rui, who was never asked."""
    make.make_organisation()
    mara = make.make_user("Mara", Role.MARKETING)
    client.force_login(mara)
    cafe = make.make_customer("Café Saudade", kind="company")
    for name, account in (("Ada", None), ("Mira", cafe), ("Ugo", None)):
        one = make.make_customer(name, email=f"{name.lower()}@example.com", language="it", account=account)
        consenting.give(one, "offers", "email", source="test")
        if name == "Ada":
            make.make_conversation(one, is_complaint=True)
    make.make_customer("Rui Teles", email="rui@example.com", language="it")
    people = segments.save(Segment(), name="Everybody", rule={"all": []}, by=mara)
    searching.store(Customer.objects.values_list("pk", flat=True))
    refreshing.refresh()
    evaluating.evaluate()
    return drafting.create(name="Spring", by=mara, segment=people)


def words(campaign, **more):
    form = {"name": "Spring", "segment": campaign.segment_id, "purpose": "offers", "sender_name": "Meridiana"}
    return {**form, "planned_at": "", "subject.it": "Ciao", "body.it": "Caro amico", "language": "it", **more}


def save(client, campaign, **more):
    answer = client.post(reverse("campaigns:save", args=[campaign.pk]), words(campaign, **more), HTTP_HX_REQUEST="true")
    return answer.content.decode()


class TestGaps:
    def test_a_field_without_a_default_is_counted_over_those_who_will_get_it(self, client, campaign):
        page = save(client, campaign, **{"body.it": "Come va al {{ account }}?"})
        assert "1 person has no “Company or household”." in page  # Ugo; Ada and Rui will not get it
        assert "{{ account | default: &#39;…&#39; }}" in page and "Every field in the words is known" not in page
        launching.launch(campaign, by=campaign.by)  # it warns, it does not forbid

    def test_with_a_default_the_review_is_content(self, client, campaign):
        page = save(client, campaign, **{"body.it": "Come va {{ account | default: 'da voi' }}?"})
        assert "Every field in the words is known" in page and "They read a gap" not in page

    def test_a_default_that_nobody_has_written_keeps_it_from_starting(self, client, campaign):
        page = save(client, campaign, **{"body.it": "Come va al {{ account | default: '…' }}?"})
        assert "instead of “…”: Company or household." in page
        with pytest.raises(drafting.NotReady):
            launching.launch(campaign, by=campaign.by)

    def test_of_many_only_a_sample_is_looked_at(self, campaign, monkeypatch):
        drafting.write(campaign, "it", subject="Ciao", body="{{ account }}")
        monkeypatch.setattr(reviewing, "SAMPLE", 1)
        found = reviewing.find_gaps(campaign, everybody=2, user=campaign.by)
        assert all(gap.is_about and gap.count == 2 for gap in found)

    def test_each_language_has_its_own(self, campaign):
        drafting.write(campaign, "it", subject="Ciao", body="Ciao")
        drafting.write(campaign, "pt", subject="Olá", body="{{ account }}")
        assert reviewing.find_gaps(campaign, everybody=4, user=campaign.by) == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("{{ city }}", {"city"}),
        ("{{ city | upcase }}", {"city"}),
        ("{{ city | default: '' }}", set()),
        ("{{ city | default: 'x' }} {{ city }}", {"city"}),
        ("{% if city != '' %}a {{ city }}{% endif %}", set()),
        ("{% if keeper != '' %}a {{ city }}{% endif %}", {"city"}),
        ("{% if city != '' %}a{% endif %} {{ city }}", {"city"}),
    ],
)
def test_a_field_is_bare_where_nothing_stands_in_for_it(body, expected):
    assert gaps.bare("", body) == expected


class TestPreview:
    def shown(self, client, campaign, **asked):
        return client.get(
            reverse("campaigns:preview", args=[campaign.pk]), {"language": "it", **asked}
        ).content.decode()

    def test_it_walks_over_those_who_will_get_it(self, client, campaign):
        first = self.shown(client, campaign)
        mira = first.split("after=")[1].split('"')[0]
        assert "Mira" in first and "Will not get it" not in first
        ugo = self.shown(client, campaign, after=mira)
        assert "Ugo" in ugo and "Mira" in self.shown(client, campaign, after=ugo.split("after=")[1].split('"')[0])

    def test_others_are_reached_by_name_and_marked(self, client, campaign):
        assert "Will not get it: Has an open complaint" in self.shown(client, campaign, person="Ada")
        assert "Will not get it: never asked" in self.shown(client, campaign, person="Rui")
        assert "Nobody in this segment is called" in self.shown(client, campaign, person="Zoe")

    def test_who_is_shown_stays_while_words_are_written(self, client, campaign):
        ugo = self.shown(client, campaign, person="Ugo").split('name="as" value="')[1].split('"')[0]
        assert 'aria-label="Message as Ugo sees it"' in save(client, campaign, **{"as": ugo})


class TestTheTest:
    def test_it_is_what_stands_on_the_screen(self, client, campaign):
        sent = words(campaign, sender_name="La Tosta", **{"subject.it": "Per {{ first_name }}"})
        client.post(reverse("campaigns:test", args=[campaign.pk]), sent)
        assert mail.outbox[0].from_email.startswith("La Tosta <") and mail.outbox[0].subject == "Test: Per Mira"
        assert Campaign.objects.get().sender_name == "La Tosta"

    def test_words_that_cannot_be_kept_are_not_sent(self, client, campaign):
        sent = words(campaign, **{"body.it": "{{ shoe_size }}"})
        assert client.post(reverse("campaigns:test", args=[campaign.pk]), sent).status_code == 422
        assert mail.outbox == []


def test_the_review_says_before_the_launch_that_it_would_be_night(client, campaign, time_machine):
    time_machine.move_to(datetime(2026, 3, 1, 22, tzinfo=ZoneInfo("Europe/Rome")), tick=False)
    client.force_login(campaign.by)
    assert "quiet hours" not in save(client, campaign)
    make.make_organisation(quiet_from=time(20), quiet_until=time(8))
    assert save(client, campaign).count("quiet hours") == 2  # the review, and the question
    assert "quiet hours" not in save(client, campaign, planned_at="2026-03-02T09:00")


def test_an_hour_that_is_over_is_told_before_anybody_presses_launch(client, campaign, time_machine):
    time_machine.move_to(datetime(2026, 3, 1, 10, tzinfo=ZoneInfo("Europe/Rome")), tick=False)
    client.force_login(campaign.by)
    page = save(client, campaign, planned_at="2026-02-01T09:00")
    assert "That hour is over." in page and "It starts by itself" not in page
    assert "That hour is over." not in save(client, campaign, planned_at="2026-03-01T11:00")


def test_a_planned_campaign_stays_planned_while_it_is_changed(client, campaign):
    save(client, campaign)
    drafting.plan(campaign, datetime(2031, 1, 1, 9, tzinfo=ZoneInfo("Europe/Rome")))
    page = client.get(reverse("campaigns:campaign", args=[campaign.pk])).content.decode()
    assert 'value="2031-01-01T09:00"' in page


class TestWhatCannotBeFilledIn:
    BODY = "Cara {{ first_name | append }}"
    WORDS = "“{{ first_name | append }}” cannot be filled in"

    def test_it_is_not_saved_and_the_screen_says_where(self, client, campaign):
        sent = words(campaign, **{"body.it": self.BODY})
        answer = client.post(reverse("campaigns:save", args=[campaign.pk]), sent, HTTP_HX_REQUEST="true")
        assert answer.status_code == 422 and f"In the message, line 1, {self.WORDS}" in answer.content.decode()
        assert campaign.wordings.get().wording.body == ""

    def test_one_that_was_saved_before_is_named_by_the_review_and_not_launched(self, client, campaign):
        drafting.write(campaign, "it", subject="Ciao", body="Ciao")
        drafting.add_language(campaign, "es")
        Wording.objects.update(subject="Ciao", body=self.BODY)
        page = client.get(reverse("campaigns:campaign", args=[campaign.pk])).content.decode()
        assert f"Italian: In the message, line 1, {self.WORDS}" in page and "Spanish: In the message" in page
        with pytest.raises(drafting.NotReady, match="cannot be filled in"):
            launching.launch(campaign, by=campaign.by)

    def test_a_long_subject_is_not_cut_in_the_middle_of_a_field_unnoticed(self, campaign):
        with pytest.raises(Invalid):
            drafting.write(campaign, "it", subject="x" * 245 + "{{ first_name }}", body="Ciao")
