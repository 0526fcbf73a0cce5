"""A campaign's batches on their way into the outbox."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns import audience, drafting, jobs, launching, sending
from campaigns.models import Campaign, Recipient
from customers import consenting
from insights import refreshing, segments
from insights.models import Segment
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
