"""A newsletter written, previewed, tested and launched in the browser's forms, without script."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.urls import reverse
from django.utils.timezone import now

from campaigns import audience, drafting, launching, sending
from campaigns.jobs import drive
from campaigns.models import Campaign, Recipient
from crm import restoring
from crm.engines.postgres import free_port
from customers import consenting
from insights import evaluating, refreshing, segments
from insights.models import Segment
from interactions.jobs import wake_sleepers
from interactions.models import Mailbox, Message
from staff.models import Organisation
from staff.roles import Role
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def mara(client):
    make.make_organisation()
    mara = make.make_user("Mara", Role.MARKETING)
    client.force_login(mara)
    mira = make.make_mira(language="it")
    consenting.give(mira, "offers", "email", source="test")
    make.make_customer("Rui Teles", email="rui@example.com", language="pt")
    refreshing.refresh()
    return mara


@pytest.fixture
def everybody(mara):
    return segments.save(Segment(), name="Everybody", rule={"all": []}, by=mara)


@pytest.fixture
def campaign(client, everybody):
    evaluating.evaluate()
    client.post(reverse("campaigns:new"), {"name": "Spring", "segment": everybody.pk})
    return Campaign.objects.get()


def words(campaign, **more):
    return {
        "name": "Spring",
        "segment": campaign.segment_id,
        "purpose": "offers",
        "sender_name": "Meridiana",
        "planned_at": "",
        "subject.it": "Ciao {{ first_name }}",
        "body.it": "Caro <b>{{ first_name }}</b>,\n\nè primavera.",
        **more,
    }


def test_what_is_written_is_kept_counted_and_previewed(client, campaign):
    page = client.post(reverse("campaigns:save", args=[campaign.pk]), words(campaign), HTTP_HX_REQUEST="true")
    text = page.content.decode()
    assert "1</output>" in text and "Never asked" in text  # Rui
    assert 'Caro &lt;b&gt;<span class="merge">Mira</span>&lt;/b&gt;' in text
    assert campaign.wordings.get().wording.subject == "Ciao {{ first_name }}"


def test_a_preview_takes_the_same_branch_as_the_mail(client, campaign):
    body = "{% if first_name == 'Mira' %}Per {{ first_name | upcase }}{% if city %} a {{ city }}{% endif %}{% endif %}"
    page = client.post(
        reverse("campaigns:save", args=[campaign.pk]), words(campaign, **{"body.it": body}), HTTP_HX_REQUEST="true"
    )
    assert '<p>Per <span class="merge">MIRA</span></p>' in page.content.decode()


def test_an_unknown_field_is_said_beside_the_words(client, campaign):
    sent = words(campaign, **{"body.it": "{{ shoe_size }}"})
    answer = client.post(reverse("campaigns:save", args=[campaign.pk]), sent)
    assert answer.status_code == 422 and "shoe_size" in answer.content.decode()


def test_a_draft_whose_segment_broke_says_so_and_waits(client, campaign):
    Segment.objects.update(rule={"all": [{"field": "custom.gone", "is": "known"}]})
    page = client.get(reverse("campaigns:campaign", args=[campaign.pk]))
    assert page.status_code == 200 and "cannot be asked any more" in page.content.decode()
    with pytest.raises(drafting.NotReady, match="cannot be asked any more"):
        launching.launch(campaign)


def test_a_language_is_added_and_taken_away(client, campaign):
    client.post(reverse("campaigns:languages", args=[campaign.pk]), words(campaign, add="pt"))
    assert set(campaign.wordings.values_list("language", flat=True)) == {"it", "pt"}
    client.post(reverse("campaigns:languages", args=[campaign.pk]), words(campaign, remove="it"))
    left = campaign.wordings.get()
    assert left.language == "pt" and left.is_fallback


def test_a_test_goes_to_whoever_writes_it(client, campaign, mara):
    client.post(reverse("campaigns:test", args=[campaign.pk]), words(campaign))
    assert mail.outbox[0].to == [mara.email] and mail.outbox[0].subject == "Test: Ciao Mira"
    assert "Meridiana S.r.l." in mail.outbox[0].body


def test_a_test_that_the_server_does_not_take_is_said_in_words(client, campaign, settings):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1"
    settings.EMAIL_PORT = free_port()  # nobody listens there
    answer = client.post(reverse("campaigns:test", args=[campaign.pk]), words(campaign), headers={"HX-Request": "true"})
    assert answer.status_code == 409 and "mail server" in answer.content.decode()


def test_a_name_in_quotes_stays_a_name(client, campaign):
    Organisation.objects.update(sender_email="ciao@meridiana.example")
    client.post(reverse("campaigns:test", args=[campaign.pk]), words(campaign, sender_name='Meridiana "La Tosta"'))
    assert mail.outbox[0].from_email == '"Meridiana \\"La Tosta\\"" <ciao@meridiana.example>'


def test_launching_saves_the_words_and_leads_to_the_results(client, campaign):
    answer = client.post(reverse("campaigns:launch", args=[campaign.pk]), words(campaign))
    assert answer["Location"] == reverse("campaigns:results", args=[campaign.pk])
    campaign.refresh_from_db()
    audience.freeze(campaign)
    page = client.get(answer["Location"]).content.decode()
    assert "0 of 1 sent" in page and "Never asked" in page
    assert client.get(reverse("campaigns:latest"))["Location"] == answer["Location"]
    assert Recipient.objects.count() == 2


def test_launching_for_later_plans_it(client, campaign):
    later = words(campaign, planned_at="2031-01-01T09:00")
    client.post(reverse("campaigns:launch", args=[campaign.pk]), later)
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.PLANNED and campaign.planned_at.year == 2031


@pytest.fixture
def late(client, campaign):
    """Planned for an hour at which nobody ran; the clock has looked since."""
    client.post(reverse("campaigns:launch", args=[campaign.pk]), words(campaign, planned_at="2031-01-01T09:00"))
    Campaign.objects.update(planned_at=now() - timedelta(hours=14))
    drive()
    return campaign


def test_a_late_campaign_asks_on_its_page_and_on_today_and_can_be_sent_now(client, late):
    page = client.get(reverse("campaigns:campaign", args=[late.pk])).content.decode()
    assert "could not. Filo sends nothing that is so late without asking." in page
    assert "Send now" in page and 'name="planned_at"' in page and "Needs your decision" in page
    for place in ("campaigns:campaigns", "interactions:today"):
        assert "Needs your decision" in client.get(reverse(place)).content.decode()
    answer = client.post(reverse("campaigns:launch", args=[late.pk]), words(late))  # what stands in the form
    assert answer["Location"] == reverse("campaigns:results", args=[late.pk])
    assert "without asking" not in client.get(answer["Location"]).content.decode()


def test_a_late_campaign_is_given_another_time(client, late):
    client.post(reverse("campaigns:launch", args=[late.pk]), words(late, planned_at="2032-01-01T09:00"))
    late.refresh_from_db()
    assert (late.status, late.stopped_because) == ("planned", "")


def test_a_late_campaign_is_cancelled_and_says_so(client, late):
    page = client.post(reverse("campaigns:cancel", args=[late.pk]), follow=True).content.decode()
    assert "Cancelled" in page and "nobody was written to" in page


def test_a_campaign_of_a_restored_backup_says_why_it_is_paused(client, campaign):
    results = client.post(reverse("campaigns:launch", args=[campaign.pk]), words(campaign))["Location"]
    restoring.stop_everything()
    page = client.get(results).content.decode()
    assert "came back with a backup and is paused" in page and "Go on" in page
    client.post(reverse("campaigns:resume", args=[campaign.pk]))
    assert "came back with a backup" not in client.get(results).content.decode()


def test_progress_answers_204_until_a_number_changes(client, campaign):
    client.post(reverse("campaigns:launch", args=[campaign.pk]), words(campaign))
    address = reverse("campaigns:progress", args=[campaign.pk])
    first = client.get(address)
    version = first.content.decode().split("version=")[1].split('"')[0]
    assert client.get(f"{address}?version={version}").status_code == 204
    campaign.refresh_from_db()
    audience.freeze(campaign)
    frozen = client.get(f"{address}?version={version}")
    shown = frozen.content.decode()
    assert "HX-Refresh" not in frozen and 'id="deeds" hx-swap-oob="true"' in shown and "Never asked" in shown
    version = shown.split("version=")[1].split('"')[0]
    client.post(reverse("campaigns:cancel", args=[campaign.pk]))
    assert client.get(f"{address}?version={version}")["HX-Refresh"] == "true"  # over: another page


def test_what_is_in_doubt_is_listed_with_its_two_buttons_and_settled_there(client, campaign):
    results = client.post(reverse("campaigns:launch", args=[campaign.pk]), words(campaign))["Location"]
    campaign.refresh_from_db()
    audience.freeze(campaign)
    sending.next_batch(campaign.pk)
    Message.objects.update(status="in_doubt", reason="The worker died.")
    page = client.get(results).content.decode()
    assert "The worker died." in page and "It arrived" in page and "Send again" in page
    settle = reverse("interactions:doubt_settle", args=[Message.objects.get().pk])
    assert client.post(settle, {"it": "arrived", "next": results})["Location"] == results
    assert "1 of 1 sent" in client.get(results).content.decode()
    assert client.post(settle, {"it": "again", "next": "https://elsewhere.example/"}).status_code == 409


def test_a_manager_sees_what_is_in_doubt_for_customers_of_the_team_only(client, campaign):
    results = client.post(reverse("campaigns:launch", args=[campaign.pk]), words(campaign))["Location"]
    campaign.refresh_from_db()
    audience.freeze(campaign)
    sending.next_batch(campaign.pk)
    Message.objects.update(status="in_doubt", reason="The worker died.")
    message = Message.objects.get()
    settle = reverse("interactions:doubt_settle", args=[message.pk])
    boris = make.make_boris()
    client.force_login(boris)
    for page in (results, reverse("interactions:doubt")):
        assert message.to_address not in client.get(page).content.decode()
    assert client.post(settle, {"it": "arrived"}).status_code == 404
    message.customer.team = boris.team
    message.customer.save()
    assert client.post(settle, {"it": "arrived"}).status_code == 302


def test_an_agent_does_not_see_campaigns(client, campaign):
    client.force_login(make.make_anna())
    for name in ("campaigns:campaign", "campaigns:results", "campaigns:preview"):
        assert client.get(reverse(name, args=[campaign.pk])).status_code == 403


def test_what_was_still_being_saved_when_it_was_launched_leads_to_the_results(client, campaign):
    client.post(reverse("campaigns:launch", args=[campaign.pk]), words(campaign))
    save = reverse("campaigns:save", args=[campaign.pk])
    late = client.post(save, words(campaign), HTTP_HX_REQUEST="true")
    assert late["HX-Redirect"] == reverse("campaigns:results", args=[campaign.pk])
    assert client.post(save, words(campaign)).status_code == 409


def test_the_results_say_that_it_waits_for_quiet_hours_until_they_are_changed(client, campaign, time_machine):
    make.make_organisation(quiet_from=time(20), quiet_until=time(8))
    time_machine.move_to(datetime(2026, 3, 1, 22, tzinfo=ZoneInfo("Europe/Rome")), tick=False)
    client.force_login(campaign.by)
    results = client.post(reverse("campaigns:launch", args=[campaign.pk]), words(campaign))["Location"]
    campaign.refresh_from_db()
    audience.freeze(campaign)
    sending.next_batch(campaign.pk)
    page = client.get(results).content.decode()
    assert "1 waits until <time" in page and ">08:00</time>: quiet hours" in page
    version = page.split("version=")[1].split('"')[0]
    progress = reverse("campaigns:progress", args=[campaign.pk])
    assert client.get(progress, {"version": version}).status_code == 204
    make.make_organisation(quiet_from=None, quiet_until=None)
    wake_sleepers()
    changed = client.get(progress, {"version": version})
    assert changed.status_code == 200 and "uiet hours" not in changed.content.decode()


def test_cancelling_asks_first_and_says_how_many_have_left(client, campaign):
    results = client.post(reverse("campaigns:launch", args=[campaign.pk]), words(campaign))["Location"]
    campaign.refresh_from_db()
    audience.freeze(campaign)
    sending.next_batch(campaign.pk)
    question = client.get(results).content.decode().split('<dialog class="dialog" id="cancel"')[1].split("</dialog>")[0]
    assert "0 messages have left" in question and "1 person has not been written to" in question
    assert question.index("Do not cancel") < question.index("Cancel the rest")
    Message.objects.update(status="sent")
    counted = client.get(reverse("campaigns:progress", args=[campaign.pk])).content.decode()
    assert 'id="left" hx-swap-oob="true"' in counted and "1 message has left" in counted


def test_before_the_first_campaign_the_page_says_what_it_needs(client, mara):
    page = client.get(reverse("campaigns:campaigns")).content.decode()
    assert "One is there already" in page and "Nobody has asked yet" in page and "Answers are not read yet" in page
    segments.save(Segment(), name="Everybody", rule={"all": []}, by=mara)
    evaluating.evaluate()
    Mailbox.objects.create(address="ciao@meridiana.example")
    page = client.get(reverse("campaigns:campaigns")).content.decode()
    assert "All are there" in page and "Everybody, 2 people" in page
    assert reverse("staff:organisation") not in page, "the sender is for administrators to change"
