"""From a draft to the outbox: nobody twice, nobody who refused, and what was paused waits."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from campaigns import audience, drafting, jobs, launching, previewing, results, reviewing, sending
from campaigns.models import Campaign, Recipient
from crm import restoring
from crm.events.models import Event
from crm.problems import Invalid, Problem
from customers import consenting
from customers.models import Customer
from insights import refreshing, segments
from insights.models import Segment
from interactions import concluding, outbox
from interactions.models import Message
from staff.roles import Role
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def mara(db):
    make.make_organisation()
    return make.make_user("Mara", Role.MARKETING)


@pytest.fixture
def campaign(mara):
    """A campaign to everybody, with words; six customers, of whom three may be written to."""
    for number, (allows, language) in enumerate(
        [(True, "it"), (True, "es"), (True, "pt"), (False, "it"), (None, "it"), (True, "it")]
    ):
        email = f"c{number}@example.com" if number < 5 else None
        customer = make.make_customer(f"Carla {number}", email=email, phone=None, language=language)
        if allows is not None:
            say = consenting.give if allows else consenting.withdraw
            say(customer, "offers", "email", source="test")
    everybody = segments.save(Segment(), name="Everybody", rule={"all": []}, by=mara)
    refreshing.refresh()
    campaign = drafting.create(name="Spring", by=mara, segment=everybody)
    drafting.write(campaign, "it", subject="Ciao {{ first_name }}", body="Caro {{ first_name | default: 'amico' }},")
    drafting.write(campaign, "es", subject="Hola {{ first_name }}", body="Hola")
    campaign.refresh_from_db()
    return campaign


def drive(campaign, times=5):
    for _ in range(times):
        campaign.refresh_from_db()
        if campaign.status == Campaign.Status.FREEZING:
            audience.freeze(campaign)
        sending.next_batch(campaign.pk)
    campaign.refresh_from_db()


def test_the_audience_says_who_will_not_get_it_and_why(campaign, mara):
    seen = audience.look(campaign, mara)
    assert (seen.everybody, seen.getting) == (6, 3)
    assert {row.reason: row.count for row in seen.excluded} == {"refused": 1, "never_asked": 1, "no_address": 1}
    assert all(row.example.startswith("Carla") and row.words for row in seen.excluded)


def test_writing_words_does_not_judge_the_audience_again_and_another_purpose_does(campaign, mara):
    first = audience.look(campaign, mara)
    make.make_customer("Carla 9", email="c9@example.com")
    refreshing.refresh()
    campaign = Campaign.objects.select_related("segment").get(pk=campaign.pk)
    assert audience.look(campaign, mara, again=False) == first
    drafting.change(campaign, purpose="surveys")
    campaign.refresh_from_db()
    assert audience.look(campaign, mara, again=False).everybody == 7
    segments.save(
        campaign.segment, name="Carla 9", rule={"all": [{"field": "city", "is": "is", "value": "?"}]}, by=mara
    )
    campaign.refresh_from_db()
    assert audience.look(campaign, mara, again=False).everybody == 0


def test_each_gets_it_once_in_their_language_or_the_fallback(campaign, mara):
    launching.launch(campaign, by=mara)
    drive(campaign)
    messages = Message.objects.select_related("wording").order_by("to_address")
    assert [(m.to_address, m.wording.language) for m in messages] == [
        ("c0@example.com", "it"),
        ("c1@example.com", "es"),
        ("c2@example.com", "it"),
    ]
    assert campaign.recipient_count == 3 and sum(campaign.excluded.values()) == 3


def test_a_variant_reads_the_wording_of_its_language_and_an_own_one_before_it(campaign, mara):
    Customer.objects.filter(name="Carla 1").update(language="es-MX")
    Customer.objects.filter(name="Carla 2").update(language="pt-BR")
    assert previewing.wording_for(campaign, "es-MX").language == "es"
    drafting.write(campaign, "pt", subject="Olá", body="Olá {{ city }}")
    assert reviewing.find_gaps(campaign, 6, mara)[0].name == "city"
    drafting.write(campaign, "pt-BR", subject="Oi", body="Oi")
    assert reviewing.find_gaps(campaign, 6, mara) == []
    campaign.refresh_from_db()
    launching.launch(campaign, by=mara)
    drive(campaign)
    read = Message.objects.order_by("to_address").values_list("wording__language", flat=True)
    assert list(read) == ["it", "es", "pt-BR"]


def test_a_batch_that_runs_twice_queues_nobody_twice(campaign, mara):
    launching.launch(campaign, by=mara)
    drive(campaign)
    Campaign.objects.filter(pk=campaign.pk).update(last_recipient_id=0)  # as if the cursor had been lost
    drive(campaign)
    assert Message.objects.count() == 3


def test_freezing_again_after_a_kill_changes_nothing(campaign, mara):
    launching.launch(campaign, by=mara)
    audience.freeze(campaign)
    Campaign.objects.filter(pk=campaign.pk).update(status=Campaign.Status.FREEZING)
    campaign.refresh_from_db()
    audience.freeze(campaign)
    assert Recipient.objects.count() == 6


def test_whoever_refuses_between_freezing_and_sending_gets_nothing(campaign, mara):
    launching.launch(campaign, by=mara)
    audience.freeze(campaign)
    first = Recipient.objects.filter(reason="").order_by("pk").first()
    consenting.withdraw(first.customer, "offers", "email", source="test")
    drive(campaign)
    first.refresh_from_db()
    assert first.reason == "refused" and Message.objects.count() == 2
    assert campaign.recipient_count == 2


def test_a_second_launch_is_refused(campaign, mara):
    launching.launch(campaign, by=mara)
    with pytest.raises(drafting.AlreadyLaunched):
        launching.launch(campaign, by=mara)
    with pytest.raises(drafting.AlreadyLaunched):
        drafting.change(campaign, name="Summer")


def test_what_is_missing_is_said_before_launching(mara):
    campaign = drafting.create(name="Empty", by=mara)
    with pytest.raises(drafting.NotReady, match="Choose a segment"):
        launching.launch(campaign, by=mara)


def test_an_unknown_field_is_refused_in_words(campaign):
    with pytest.raises(Problem, match="shoe_size"):
        drafting.write(campaign, "it", subject="{{ shoe_size }}", body="x")


def test_paused_messages_wait_and_cancelled_ones_never_leave(campaign, mara):
    launching.launch(campaign, by=mara)
    drive(campaign)
    launching.pause(campaign, by=mara)
    assert not Message.objects.filter(status="queued", due_at__lt=now() + timedelta(days=365)).exists()
    assert not sending.next_batch(campaign.pk)
    launching.resume(campaign, by=mara)
    assert Message.objects.filter(status="queued", due_at__lte=now()).count() == 3
    launching.cancel(campaign, by=mara)
    assert Message.objects.filter(status="cancelled").count() == 3
    with pytest.raises(launching.NotNow):
        launching.resume(campaign, by=mara)


def test_it_is_finished_only_when_nothing_waits(campaign, mara):
    launching.launch(campaign, by=mara)
    drive(campaign)
    assert not launching.finish(campaign)
    Message.objects.update(status="in_doubt")
    assert launching.finish(campaign)
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.FINISHED
    figures = results.figures(campaign, mara)
    assert (figures.recipients, figures.in_doubt, figures.waiting) == (3, 3, 0)


@pytest.mark.django_db(transaction=True)
def test_the_clock_starts_what_was_planned_and_drives_it_to_the_outbox(campaign, mara, run_jobs):
    drafting.plan(campaign, now() - timedelta(minutes=1))
    jobs.drive()
    run_jobs()
    campaign.refresh_from_db()
    assert campaign.status in (Campaign.Status.RUNNING, Campaign.Status.FINISHED)
    assert Message.objects.count() == 3


def test_a_plan_that_is_late_by_over_two_hours_asks_instead_of_starting(campaign, mara, time_machine):
    in_the_morning = now() + timedelta(hours=1)
    drafting.plan(campaign, in_the_morning)
    time_machine.move_to(in_the_morning + drafting.IN_TIME + timedelta(minutes=1))  # nobody ran meanwhile
    jobs.drive()
    jobs.drive()
    campaign.refresh_from_db()
    assert (campaign.status, campaign.stopped_because) == ("undecided", "late")
    fact = Event.objects.get(kind="campaign.stopped")
    assert (fact.about_id, fact.data["because"]) == (campaign.pk, "late")

    launching.launch(campaign, by=mara)
    assert (campaign.status, campaign.stopped_because) == ("freezing", "")


def test_a_plan_that_is_a_little_late_starts(campaign, time_machine):
    at = now() + timedelta(hours=1)
    drafting.plan(campaign, at)
    time_machine.move_to(at + drafting.IN_TIME - timedelta(minutes=1))
    jobs.drive()
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.FREEZING


def test_nothing_is_planned_for_an_hour_that_is_long_over(campaign):
    with pytest.raises(Invalid, match="hour is over"):
        drafting.plan(campaign, now() - timedelta(days=1))


def test_nothing_of_a_restored_backup_goes_on_by_itself(campaign, mara):
    launching.launch(campaign, by=mara)
    drive(campaign)
    conversation = make.make_conversation(Customer.objects.get(name="Carla 0"))
    personal = outbox.queue(channel="email", conversation=conversation, text="The grinder is on its way.", by=mara)
    in_hand = Message.objects.filter(is_marketing=True).order_by("pk").first()
    Message.objects.filter(pk=in_hand.pk).update(status="sending", worker="gone", lease_until=now())
    planned = drafting.create(name="Summer", by=mara, segment=campaign.segment)
    drafting.write(planned, "it", subject="Estate", body="Ciao")
    drafting.plan(planned, now() + timedelta(days=1))

    said = "\n".join(restoring.stop_everything())

    campaign.refresh_from_db()
    planned.refresh_from_db()
    assert (campaign.status, campaign.stopped_because) == ("paused", "restored") and "“Spring”" in said
    assert (planned.status, planned.stopped_because) == ("undecided", "restored") and "“Summer”" in said
    assert not Message.objects.filter(status="queued", due_at__lt=now() + timedelta(days=365)).exists()
    assert {one.pk for one in Message.objects.in_doubt()} == {personal.pk, in_hand.pk} and "2 messages" in said
    assert Event.objects.filter(kind="campaign.stopped").count() == 2

    launching.resume(campaign, by=mara)  # somebody looked
    assert campaign.stopped_because == "" and Message.objects.filter(status="queued", due_at__lte=now()).count() == 2


@pytest.mark.parametrize("step", [launching.pause, launching.cancel])
def test_what_a_worker_had_in_hand_and_gives_back_does_not_leave_either(campaign, mara, step):
    launching.launch(campaign, by=mara)
    drive(campaign)
    Message.objects.update(status="sending", worker="w")
    step(campaign, by=mara)
    concluding.requeue(Message.objects.filter(worker="w"), due_at=now() + timedelta(seconds=30))
    assert not Message.objects.filter(status="queued", due_at__lt=now() + timedelta(days=365)).exists()
    launching.take_back()
    left = set(Message.objects.values_list("status", flat=True))
    assert left == ({"cancelled"} if step is launching.cancel else {"queued"})


def test_what_a_worker_had_in_hand_while_it_was_paused_goes_on_with_the_rest(campaign, mara):
    launching.launch(campaign, by=mara)
    drive(campaign)
    Message.objects.update(status="sending", worker="w")
    launching.pause(campaign, by=mara)
    launching.resume(campaign, by=mara)
    concluding.requeue(Message.objects.filter(worker="w"))
    assert Message.objects.filter(status="queued", due_at__lte=now()).count() == 3


def test_a_manager_counts_those_of_their_team_and_never_what_was_judged_for_another(campaign, mara):
    boris = make.make_boris()
    assert audience.look(campaign, mara).everybody == 6, "is kept, for who sees everybody"
    assert audience.look(campaign, boris, again=False) == audience.Audience(0, 0, [])
    for name in ("Carla 0", "Carla 3"):  # one who will get it, and one who refused
        Customer.objects.filter(name=name).update(team=boris.team)
    seen = audience.look(campaign, boris, again=False)
    assert (seen.everybody, seen.getting) == (2, 1)
    assert [(row.reason, row.count, row.example) for row in seen.excluded] == [("refused", 1, "Carla 3")]
    assert audience.look(campaign, mara, again=False).everybody == 6
    drafting.write(campaign, "it", subject="Ciao", body="Ciao {{ city }}")
    counted = {user: [gap.count for gap in reviewing.find_gaps(campaign, 6, user)] for user in (boris, mara)}
    assert counted == {boris: [1], mara: [2]}


def test_a_launch_looks_at_what_another_tab_has_changed_meanwhile(campaign, mara):
    stale = Campaign.objects.get(pk=campaign.pk)
    drafting.change(campaign, segment=None)
    with pytest.raises(drafting.NotReady):
        launching.launch(stale, by=mara)
