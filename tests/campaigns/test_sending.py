"""A campaign's batches on their way into the outbox."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import now

from campaigns import audience, drafting, jobs, launching, previewing, results, sending
from campaigns.models import Campaign, Recipient
from crm import apart
from customers import consenting
from customers.models import ContactPoint, Customer
from insights import refreshing, segments
from insights.models import Segment
from interactions import outbox, templating
from interactions.models import Message
from staff.roles import Role
from tests import make
from tests.racing import held_elsewhere

pytestmark = pytest.mark.django_db


def launched(*names, subject="Ciao", body="Cara {{ first_name }},"):
    """A campaign to customers of these names, its audience frozen."""
    make.make_organisation(cap_messages=99)
    mara = make.make_user("Mara", Role.MARKETING)
    for name in names:
        customer = make.make_customer(f"{name} Rossi", email=f"{name.lower()}@example.com", language="it")
        consenting.give(customer, "offers", "email", source="test")
    everybody = segments.save(Segment(), name="Everybody", rule={"all": []}, by=mara)
    refreshing.refresh()
    campaign = drafting.create(name="Spring", by=mara, segment=everybody)
    drafting.write(campaign, "it", subject=subject, body=body)
    launching.launch(campaign, by=mara)
    audience.freeze(campaign)
    campaign.refresh_from_db()
    return campaign


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_a_campaign_that_another_job_has_in_hand():
    campaign = launched("Ada")
    with held_elsewhere(lambda: Campaign.objects.select_for_update().get(pk=campaign.pk)):
        assert sending.next_batch(campaign.pk) is None
        jobs.go_on(campaign.pk)
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.RUNNING and sending.next_batch(campaign.pk)
    assert Message.objects.count() == 1


def test_what_became_of_a_batch_is_written_in_two_statements_however_many_they_are():
    campaign = launched(*[f"Ada{n}" for n in range(40)])
    gone = Recipient.objects.order_by("pk").first()
    consenting.withdraw(gone.customer, "offers", "email", source="test")
    with CaptureQueriesContext(connection) as asked:
        assert sending.next_batch(campaign.pk)
    written = [query["sql"] for query in asked if query["sql"].strip().startswith("UPDATE campaigns_recipient")]
    written += [query["sql"] for query in asked if query["sql"].startswith('UPDATE "campaigns_recipient"')]
    assert len(written) == 2 and max(map(len, written)) < 40 * 20  # an id for each, no condition for each
    assert list(Recipient.objects.filter(queued_at=None).values_list("pk", "reason")) == [(gone.pk, "refused")]
    assert Message.objects.count() == 39


def test_a_campaign_is_not_at_its_end_while_somebody_of_it_is_not_in_the_outbox():
    campaign = launched("Ada")
    assert not launching.finish(campaign)
    sending.next_batch(campaign.pk)
    Message.objects.update(status="sent")
    assert launching.finish(campaign)


@pytest.fixture
def share():
    """A merge field whose SQL fails for one who has no town."""
    templating.field("share", "Their share", sql="(100 / length(c.city))::text")
    yield
    templating._fields.pop("share")


def queued():
    return set(Message.objects.values_list("to_address", flat=True))


def test_who_makes_a_field_fail_is_left_out_alone_with_the_reason(share, client):
    campaign = launched("Ada", "Ugo", "Bea", "Leo", body="Cara {{ share }}")
    Customer.objects.exclude(name__startswith="Ugo").update(city="Bari")
    assert sending.next_batch(campaign.pk) and not sending.next_batch(campaign.pk)
    assert queued() == {"ada@example.com", "bea@example.com", "leo@example.com"}
    campaign.refresh_from_db()
    assert (campaign.recipient_count, campaign.excluded) == (3, {"spoilt": 1})
    client.force_login(campaign.by)
    page = client.get(reverse("campaigns:results", args=[campaign.pk])).content.decode()
    assert "Something in their record cannot be put into the message" in page


@pytest.mark.parametrize("text", ["\ud800 alone", "a \x00 in it"])
def test_a_value_that_no_database_takes_leaves_out_whom_it_belongs_to(text):
    @templating.field("odd", "Odd")
    def odd(ids):
        return dict.fromkeys(
            Customer.objects.filter(pk__in=ids, name__startswith="Ugo").values_list("pk", flat=True), text
        )

    try:
        campaign = launched("Ada", "Ugo", "Bea", body="Cara {{ odd }}")
        assert sending.next_batch(campaign.pk)
    finally:
        templating._fields.pop("odd")
    assert queued() == {"ada@example.com", "bea@example.com"}
    assert Recipient.objects.get(reason="spoilt").customer.name == "Ugo Rossi"


def test_an_address_that_cannot_be_written_on_a_mail_is_refused_before_it_is_queued():
    campaign = launched("Ada", "Ugo")
    ContactPoint.objects.filter(value="ugo@example.com").update(value="ugo,rossi@example.com")
    assert sending.next_batch(campaign.pk) and queued() == {"ada@example.com"}
    campaign.refresh_from_db()
    assert campaign.excluded == {"bad_address": 1} and outbox.reasons()["bad_address"]


def test_the_preview_and_the_review_do_not_stumble_over_one_customer(share, client):
    campaign = launched("Ada", "Ugo", body="Cara {{ share }}")
    Customer.objects.filter(name__startswith="Ada").update(city="Bari")
    Campaign.objects.update(status="draft")
    client.force_login(campaign.by)
    page = client.get(reverse("campaigns:campaign", args=[campaign.pk]), {"person": "Ugo"})
    assert page.status_code == 200
    with pytest.raises(previewing.NothingToShow, match="Ugo Rossi"):
        previewing.preview(campaign, campaign.by, previewing.Whom(pk=Customer.objects.get(name="Ugo Rossi").pk))


def test_what_everybody_raises_is_the_campaigns_fault_and_its_page_says_so(share, client):
    campaign = launched("Ada", "Ugo", body="Cara {{ share }}")
    other = Campaign.objects.create(
        channel="email", name="Other", by=campaign.by, status="running", last_recipient_id=10**9
    )
    jobs.go_on(campaign.pk)
    jobs.go_on(other.pk)
    other.refresh_from_db()
    assert not queued() and other.status == "finished"
    assert apart.resting("campaign") == [str(campaign.pk)]
    client.force_login(campaign.by)
    page = client.get(reverse("campaigns:results", args=[campaign.pk])).content.decode()
    assert "It does not go on: DataError: division by zero" in page
    Customer.objects.update(city="Bari")
    jobs.go_on(campaign.pk)
    assert len(queued()) == 2 and apart.resting("campaign") == []


@pytest.mark.django_db(transaction=True)
def test_one_campaign_that_raises_keeps_no_other_from_starting(run_jobs):
    campaign = launched("Ada")
    Campaign.objects.update(status="planned", planned_at=now(), launched_at=None)
    bad = Campaign.objects.create(
        channel="email", name="Bad", by=campaign.by, status="planned", planned_at=now(), segment=campaign.segment
    )
    row = drafting.add_language(bad, "it")
    row.wording.subject, row.wording.body = "Ciao", "Ciao"
    row.wording.save()
    Campaign.objects.filter(pk=bad.pk).update(segment=campaign.segment)
    with connection.cursor() as cursor:
        cursor.execute(
            f"ALTER TABLE campaigns_campaign ADD CONSTRAINT bad CHECK (id <> {bad.pk} OR status = 'planned')"
        )
    try:
        for _ in range(2):
            jobs.drive()
            run_jobs()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE campaigns_campaign DROP CONSTRAINT bad")
    assert queued() == {"ada@example.com"} and apart.resting("planned campaign") == [str(bad.pk)]


def test_who_said_no_while_it_waited_and_why_others_failed_stands_in_the_results(client):
    campaign = launched("Ada", "Ugo", "Bea", "Leo")
    sending.next_batch(campaign.pk)
    for address, change in {
        "ada@example.com": {"status": "refused", "reason": "complaint"},
        "ugo@example.com": {"status": "failed", "reason": "It could not be written: no"},
        "bea@example.com": {"status": "failed", "reason": "It could not be written: no"},
    }.items():
        Message.objects.filter(to_address=address).update(**change)
    assert results.failure_reasons(campaign, campaign.by) == [("It could not be written: no", 2)]
    assert results.excluded(campaign, campaign.by) == [("Has an open complaint", 1)]
    client.force_login(campaign.by)
    page = client.get(reverse("campaigns:results", args=[campaign.pk])).content.decode()
    assert page.count("It could not be written: no") == 3 and "Has an open complaint" in page
