"""Segments ask who got a campaign, who answered it and who did not: what has left counts, not what was meant to."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from campaigns import drafting
from campaigns.models import Campaign, Recipient
from customers.models import Customer, Touched
from insights import refreshing, showing
from insights.fields import every
from insights.rules import compile_rule
from insights.wording import in_words
from tests import make
from tests.campaigns.test_answers import follow
from tests.insights.test_segments import ask, rule
from tests.interactions.postman import mail, receive, sent_to_many

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    make.make_organisation()
    names = "Mira Carla Dora Edda".split()
    return {name: make.make_customer(f"{name} X", email=f"{name.lower()}@example.com") for name in names}


def sent(name, age, people, written=(), queued=()):
    campaign = drafting.create(name=name, by=None, segment=None)
    Campaign.objects.filter(pk=campaign.pk).update(launched_at=now() - timedelta(days=age))
    Recipient.objects.bulk_create(Recipient(campaign=campaign, customer=one) for one in people.values())
    for one in (*written, *queued):
        message = sent_to_many(people[one], campaign.pk, is_written=one in written)
        people[one].message_ref = message.message_ref
    return campaign


def who(field, operator, *campaigns):
    held = compile_rule(rule(ask(field, operator, [str(one.pk) for one in campaigns])))
    sql = f"SELECT c.* FROM customers_customer c JOIN insights_profile p ON p.customer_id = c.id WHERE {held.sql}"
    return " ".join(one.first_name for one in Customer.objects.raw(f"{sql} ORDER BY c.id", held.values))


def test_who_got_it_answered_it_and_did_not(people):
    autumn = sent("Autumn", 90, people, written=["Mira"])
    spring = sent("Spring", 3, people, written=["Mira", "Carla"], queued=["Dora"])
    draft = drafting.create(name="Summer", by=None, segment=None)
    refreshing.refresh()
    assert who("campaign_got", "one_of", spring) == "Mira Carla"  # Dora's waits, Edda was left out
    assert who("campaign_got", "one_of", spring, autumn) == "Mira Carla"
    assert who("campaign_got", "none_of", autumn) == "Carla Dora Edda"
    assert who("campaign_unanswered", "one_of", spring) == who("campaign_unanswered", "known") == "Mira Carla"
    assert who("campaign_answered", "known") == ""

    Touched.objects.all().delete()
    receive(mail("Mira <mira@example.com>", In_Reply_To=f"<{people['Mira'].message_ref}>"))
    refreshing.refresh_all_touched()
    follow()  # that it is an answer is noted by a reaction, after the profile was redone
    assert set(Touched.objects.values_list("customer_id", flat=True)) == {people["Mira"].pk}
    refreshing.refresh_all_touched()
    assert who("campaign_answered", "one_of", spring) == "Mira"
    assert who("campaign_answered", "none_of", spring) == "Carla Dora Edda"
    assert who("campaign_unanswered", "one_of", spring) == "Carla"
    assert who("campaign_unanswered", "one_of", spring, autumn) == "Mira Carla"
    assert who("campaign_unanswered", "none_of", autumn) == "Carla Dora Edda"
    assert who("campaign_got", "one_of", draft) == who("campaign_unanswered", "one_of", draft) == ""
    Recipient.objects.filter(campaign=autumn, customer=people["Mira"]).update(answered_at=now())
    refreshing.refresh()
    assert (who("campaign_unanswered", "known"), who("campaign_unanswered", "unknown")) == ("Carla", "Mira Dora Edda")

    shown = {one.field.key: showing.in_words(one) for one in showing.of_customer(people["Mira"])}
    assert shown["campaign_got"] == shown["campaign_answered"] == "Spring and Autumn"
    assert shown["campaign_unanswered"] == ""


def test_how_it_is_told_and_found(people):
    autumn, spring = sent("Autumn", 90, people), sent("Spring", 3, people)
    drafting.create(name="Summer", by=None, segment=None)

    def told(field, operator, *campaigns):
        return in_words(rule(ask(field, operator, [str(pk) for pk in campaigns])))[
            len("Customers for whom this is true: ") : -1
        ]

    assert told("campaign_unanswered", "one_of", spring.pk) == "they got and did not answer “Spring”"
    assert told("campaign_unanswered", "none_of", spring.pk) == "they did not leave “Spring” unanswered"
    assert told("campaign_got", "none_of", spring.pk, autumn.pk) == "they did not get “Spring” or “Autumn”"
    assert told("campaign_answered", "one_of", spring.pk, 4_000_000_000) == (
        "they answered “Spring” or one that no longer exists"
    )
    assert told("campaign_answered", "unknown") == "they answered no campaign"
    assert told("campaign_unanswered", "known") == "they got a campaign and did not answer it"
    known = every()
    assert [name for _pk, name in known["campaign_got"].find("", 9)] == ["Spring", "Autumn"]  # what went out
    assert [name for _pk, name in known["campaign_got"].find("aut", 9)] == ["Autumn"]
