"""What came of a campaign: kept figures, few counts, and words whose field went away."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import now

from campaigns import audience, drafting, jobs, launching, results, sending
from campaigns.models import Campaign, Recipient
from crm import apart
from customers import consenting
from customers.models import Customer
from insights import refreshing, segments
from insights.models import Segment
from interactions import rendering, templating
from interactions.models import Message
from staff.roles import Role
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def mara():
    make.make_organisation()
    return make.make_user("Mara", Role.MARKETING)


@pytest.fixture
def campaign(mara):
    for number, language in enumerate(["it", "it", "es"]):
        customer = make.make_customer(f"Carla {number}", email=f"c{number}@example.com", language=language)
        consenting.give(customer, "offers", "email", source="test")
    everybody = segments.save(Segment(), name="Everybody", rule={"all": []}, by=mara)
    refreshing.refresh()
    campaign = drafting.create(name="Spring", by=mara, segment=everybody)
    drafting.write(campaign, "it", subject="Ciao", body="Ciao {{ first_name }}")
    drafting.write(campaign, "es", subject="Hola", body="Hola")
    campaign.refresh_from_db()
    return campaign


def launch(campaign, mara):
    launching.launch(campaign, by=mara)
    audience.freeze(campaign)
    campaign.refresh_from_db()


def as_if_to_many(campaign):
    Campaign.objects.filter(pk=campaign.pk).update(recipient_count=results.FEW + 3)
    campaign.refresh_from_db()


def test_one_to_many_is_counted_once_in_a_few_seconds_however_many_watch(
    client, campaign, mara, django_assert_num_queries
):
    launch(campaign, mara)
    sending.next_batch(campaign.pk)
    as_if_to_many(campaign)
    assert results.figures(campaign, mara).sent == 0
    Message.objects.update(status="sent", bounced_at=now())
    with django_assert_num_queries(0):
        assert results.figures(
            Campaign(**{f.attname: getattr(campaign, f.attname) for f in campaign._meta.fields}), mara
        )
    Campaign.objects.filter(pk=campaign.pk).update(counted_at=now() - timedelta(seconds=6))
    watching, another = Campaign.objects.get(pk=campaign.pk), Campaign.objects.get(pk=campaign.pk)
    assert (results.figures(watching, mara).sent, results.figures(watching, mara).bounced) == (3, 3)
    Message.objects.update(bounced_at=None)
    assert results.figures(another, mara).bounced == 3, "somebody else has just counted"
    client.force_login(mara)
    page = client.get(reverse("campaigns:results", args=[campaign.pk])).content.decode()
    assert "counted at" in page and f'datetime="{another.counted_at:%Y-%m-%dT%H:%M}' in page


def test_a_mail_that_was_refused_at_the_door_is_lost_once(client, campaign, mara):
    launch(campaign, mara)
    sending.next_batch(campaign.pk)
    refused, came_back, _arrived = Message.objects.order_by("pk")
    Message.objects.update(status="sent")
    Message.objects.filter(pk__in=[refused.pk, came_back.pk]).update(bounced_at=now())
    Message.objects.filter(pk=refused.pk).update(status="failed", reason="No such mailbox")
    Campaign.objects.update(status="finished")
    campaign.refresh_from_db()
    figures = results.figures(campaign, mara)
    assert (figures.sent, figures.failed, figures.bounced, figures.lost) == (2, 1, 1, 2)
    assert len(results.failures(campaign, mara)) == 2
    client.force_login(mara)
    assert "2 failed or came back" in client.get(reverse("interactions:today")).content.decode()


def test_one_to_few_is_counted_whenever_somebody_looks(client, campaign, mara):
    launch(campaign, mara)
    sending.next_batch(campaign.pk)
    for sent in (0, 3):
        assert results.figures(campaign, mara).sent == sent
        Message.objects.update(status="sent")
    client.force_login(mara)
    assert "counted at" not in client.get(reverse("campaigns:results", args=[campaign.pk])).content.decode()


def test_it_is_counted_when_it_is_finished_and_again_for_what_comes_after(campaign, mara, client):
    launch(campaign, mara)
    sending.next_batch(campaign.pk)
    as_if_to_many(campaign)
    results.count(campaign)
    Message.objects.update(status="sent")
    jobs.go_on(campaign.pk)
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.FINISHED and campaign.counted["by_status"] == {"sent": 3}
    Recipient.objects.update(answered_at=now())
    Campaign.objects.filter(pk=campaign.pk).update(counted_at=now() - timedelta(minutes=2))
    jobs.drive()
    campaign.refresh_from_db()
    assert campaign.counted["answered"] == 3


def test_the_list_counts_no_messages(campaign, mara, client, django_assert_num_queries):
    launch(campaign, mara)
    sending.next_batch(campaign.pk)
    Message.objects.update(status="sent")
    results.count(campaign)
    with django_assert_num_queries(0):
        assert results.counts_by_status([campaign], mara) == {(campaign.pk, "sent"): 3}
    client.force_login(mara)
    page = client.get(reverse("campaigns:campaigns")).content.decode()
    assert "Spring" in page and ">3<" in page


def test_a_manager_reads_what_came_of_it_for_those_of_their_team(campaign, mara, client):
    boris = make.make_boris()
    Customer.objects.filter(name__in=["Carla 0", "Carla 1"]).update(team=boris.team)
    refused = make.make_customer("Rui", email="rui@example.com", team=boris.team)
    make.make_customer("Ugo", email="ugo@example.com")
    refreshing.refresh()
    launch(campaign, mara)
    sending.next_batch(campaign.pk)
    Message.objects.filter(customer__team=boris.team).update(status="sent")
    Message.objects.exclude(customer__team=boris.team).update(status="failed", reason="Nobody is called c2")
    Recipient.objects.filter(reason="").update(answered_at=now(), unsubscribed_at=now())
    for many in (False, True):  # of one to many it is kept for a few seconds, for each apart
        if many:
            as_if_to_many(campaign)
        mine, all_of_it = results.figures(campaign, boris), results.figures(campaign, mara)
        assert (mine.recipients, mine.sent, mine.failed, mine.answered, mine.unsubscribed) == (2, 2, 0, 2, 2)
        assert (all_of_it.sent, all_of_it.failed, all_of_it.answered, all_of_it.unsubscribed) == (2, 1, 3, 3)
        assert results.counts_by_status([campaign], boris) == {(campaign.pk, "sent"): 2}
        assert results.audiences([campaign], boris) == {campaign.pk: 2}
    assert results.failure_reasons(campaign, boris) == [] != results.failure_reasons(campaign, mara)
    assert [n for _words, n in results.excluded(campaign, boris)] == [1]
    assert [n for _words, n in results.excluded(campaign, mara)] == [2]
    Message.objects.update(status="failed")
    assert results.figures(campaign, boris).sent == 2, "as it was a few seconds ago"
    assert results.figures(campaign, make.make_user("Lea", Role.MANAGER, refused.team)).failed == 2
    client.force_login(boris)
    page = client.get(reverse("campaigns:results", args=[campaign.pk])).content.decode()
    assert "Numbers are of the customers whom you may see." in page and "2 of 2 sent" in page
    client.force_login(mara)
    assert "whom you may see" not in client.get(reverse("campaigns:results", args=[campaign.pk])).content.decode()


def test_what_one_person_s_record_raised_is_read_by_who_sees_everybody(campaign, mara, client):
    launch(campaign, mara)
    apart.note(results.GOING_ON, campaign.pk, "DataError: rui@example.com")
    for user, is_told in ((mara, True), (make.make_boris(), False)):
        client.force_login(user)
        page = client.get(reverse("campaigns:results", args=[campaign.pk])).content.decode()
        assert "It does not go on" in page and ("rui@example.com" in page) is is_told


# ---- a field of the words goes away after the launch


def words(campaign, body):
    templating.field("roast", "Their roast", sql="'dark'")
    drafting.write(campaign, "it", subject="Ciao", body=body)


@pytest.fixture
def forget():
    yield lambda: templating._fields.pop("roast")
    templating._fields.pop("roast", None)


def test_a_field_that_went_away_is_what_the_words_say_instead(campaign, mara, forget):
    words(campaign, "Il tuo {{ roast | upcase | default: 'caffè' }}{% if roast != '' %} preferito{% endif %}")
    launch(campaign, mara)
    forget()
    sending.next_batch(campaign.pk)
    mail = Message.objects.filter(wording__language="it").first()
    assert rendering.words_of(mail) == "Il tuo caffè"


def test_who_would_read_a_gap_is_left_out_and_counted_and_the_campaign_ends(campaign, mara, forget, client):
    words(campaign, "Il tuo {{ roast }} e {{ roast | default: 'caffè' }}")
    launch(campaign, mara)
    forget()
    jobs.go_on(campaign.pk)
    assert [mail.wording.language for mail in Message.objects.select_related("wording")] == ["es"]
    campaign.refresh_from_db()
    assert (campaign.recipient_count, campaign.excluded) == (1, {"field_gone": 2})
    Message.objects.update(status="sent")
    jobs.go_on(campaign.pk)
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.FINISHED
    client.force_login(mara)
    page = client.get(reverse("campaigns:results", args=[campaign.pk])).content.decode()
    assert "a field of it does not exist any more" in page


def test_a_draft_says_that_its_field_went_away(campaign, forget):
    words(campaign, "Il tuo {{ roast }}")
    forget()
    assert any("does not exist any more" in one for one in drafting.missing(campaign))
