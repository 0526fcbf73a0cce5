"""Queued mail is sent over a real SMTP server, and each answer of that server has its consequence."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils.timezone import now

from crm.events.models import Event
from customers import consenting
from interactions import concluding, delivering, jobs, links, outbox, recovering, thread
from interactions.channels.mail import links as mail_links
from interactions.channels.mail.carrier import MailCarrier
from interactions.channels.mail.gateway.sending import Sender
from interactions.models import Interaction, Message
from tests import make
from tests.interactions.postman import campaign, mails, personal

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna():
    return make.make_anna()


def test_a_personal_mail_leaves_and_becomes_part_of_its_conversation(worker, server, anna):
    message = personal(anna)
    assert worker.deliver_batch() == 1 and worker.deliver_batch() == 0
    message.refresh_from_db()
    (mail,) = mails(server)
    assert mail["Message-ID"] == f"<{mail_links.message_ref(message.pk)}>" == f"<{message.message_ref}>"
    assert (
        mail["From"] == '"Anna, Meridiana" <ciao@meridiana.example>' and mail["To"] == "Mira Kovač <mira@example.com>"
    )
    assert mail_links.message_of_address(mail["Reply-To"].addresses[0].addr_spec) == message.pk
    assert "It ships **today**." in mail.get_body(("plain",)).get_content()
    html = mail.get_body(("html",)).get_content()
    assert html.startswith('<div style="font-family: system-ui') and "<strong>today</strong>" in html
    assert "List-Unsubscribe" not in mail
    assert message.status == "sent" and message.interaction.words == message.body_text
    message.conversation.refresh_from_db()
    assert message.conversation.our_author == anna and message.conversation.waiting_since is None


def test_an_answer_ends_the_waiting_at_once_and_failure_brings_it_back(worker, server, anna):
    make.make_organisation()
    customer = make.make_customer("Mira Kovač", email="unknown@example.com")
    conversation = make.make_conversation(customer)
    asked = make.make_interaction(customer, conversation)
    thread.said(asked)
    outbox.queue(channel="email", conversation=conversation, text="Here it is", by=anna)
    conversation.refresh_from_db()
    assert conversation.waiting_since is None
    worker.deliver_batch()
    conversation.refresh_from_db()
    assert conversation.waiting_since == asked.occurred_at and conversation.our_at is None


def test_what_came_while_our_mail_waited_is_not_answered_by_it(worker, server, anna):
    message = personal(anna)
    later = make.make_interaction(message.customer, message.conversation, words="One more thing")
    thread.said(later)
    worker.deliver_batch()
    message.conversation.refresh_from_db()
    assert message.conversation.waiting_since == later.occurred_at and message.conversation.our_words


def test_one_to_many_carries_names_footer_and_one_click_in_its_language(worker, server, settings):
    messages = campaign("Ada", "Ugo", "Nobody")
    Message.objects.filter(pk=messages[2].pk).update(values={"first_name": ""})
    assert worker.deliver_batch() == 3
    ada, ugo, nobody = mails(server)
    assert (ada["Subject"], ugo["Subject"]) == ("Per Ada", "Per Ugo")
    assert "Cara amica" in nobody.get_body(("plain",)).get_content()
    html = ada.get_body(("html",)).get_content()
    assert '<a href="https://x.example">tutto</a>' in html and "Via dei Limoni 1" in html
    assert html.startswith('<div style="font-family: system-ui') and html.rstrip().endswith("</div>")
    url = ada["List-Unsubscribe"].strip("<>")
    assert ada["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    token = url.removeprefix(f"{settings.PUBLIC_URL}/p/").removesuffix("/unsubscribe/")
    link = links.read(token)
    assert (link.customer_id, link.message_id) == (messages[0].customer_id, messages[0].pk)
    assert f"/p/{token}/" in ada.get_body(("plain",)).get_content()
    rows = Interaction.objects.order_by("id")
    assert [row.subject for row in rows] == ["Per Ada", "Per Ugo", "Per "] and {row.conversation for row in rows} == {
        None
    }
    assert {(row.origin, row.origin_id, row.direction) for row in rows} == {("campaign", 1, "out")}


def test_conditions_come_out_right_too(worker, server):
    campaign("Ada", "Ugo", body="{% if first_name == 'Ada' %}Solo per <te>{% else %}Ciao{% endif %}")
    worker.deliver_batch()
    ada, ugo = mails(server)
    assert "Solo per <te>" in ada.get_body(("plain",)).get_content()
    assert "&lt;te&gt;" in ada.get_body(("html",)).get_content()
    assert ugo.get_body(("plain",)).get_content().startswith("Ciao")


def test_many_cost_few_statements(worker, server, django_assert_max_num_queries):
    campaign(*[f"N{n}" for n in range(50)])
    with django_assert_max_num_queries(13):
        assert worker.deliver_batch() == 50
    assert Message.objects.filter(status="sent").count() == Interaction.objects.count() == 50


def test_personal_mail_does_not_wait_behind_a_campaign(worker, server, anna):
    campaign("Ada", "Ugo")
    personal(anna, subject="The grinder")
    worker.deliver_batch(size=1)
    assert mails(server)[0]["Subject"] == "The grinder"


def test_what_is_not_due_stays(worker, anna):
    personal(anna, due_at=now() + timedelta(minutes=1))
    assert worker.deliver_batch() == 0


def test_a_dead_address_is_marked_and_the_rest_goes_on(worker, server):
    unknown, blocked, ada = campaign("unknown", "blocked", "Ada")
    worker.deliver_batch()
    states = dict(Message.objects.values_list("pk", "status"))
    assert states == {unknown.pk: "failed", blocked.pk: "failed", ada.pk: "sent"}
    unknown.refresh_from_db()
    assert unknown.contact_point.bounced_at and "User unknown" in unknown.reason
    assert not blocked.contact_point.__class__.objects.get(pk=blocked.contact_point_id).bounced_at
    assert Event.objects.filter(kind="contact_point.bounced").count() == 1


def test_a_temporary_no_is_tried_again_with_growing_pauses_and_given_up_in_the_end(worker):
    (full,) = campaign("full")
    pauses = []
    for _ in concluding.PAUSES:
        worker.deliver_batch()
        full.refresh_from_db()
        assert full.status == "queued" and "full" in full.reason
        pauses.append(round((full.due_at - now()).total_seconds() / 60))
        Message.objects.update(due_at=now())
    assert pauses == sorted(pauses) == list(concluding.PAUSES)
    worker.deliver_batch()
    full.refresh_from_db()
    assert full.status == "failed" and full.contact_point.bounced_at is None


def test_without_a_server_everything_waits_and_nothing_is_lost(tmp_path, anna):
    message = personal(anna)
    worker = delivering.Worker(MailCarrier(server=Sender("127.0.0.1", 9, timeout=1)), tmp_path)
    worker.deliver_batch()
    worker.close()
    message.refresh_from_db()
    assert (message.status, message.attempts, message.worker) == ("queued", 0, "") and message.due_at > now()
    assert "127.0.0.1:9" in message.reason


def test_who_unsubscribed_while_it_waited_gets_nothing(worker, server):
    ada, ugo = campaign("Ada", "Ugo")
    consenting.withdraw(ada.customer, "offers", "email", source="unsubscribe")
    worker.deliver_batch()
    ada.refresh_from_db()
    assert (ada.status, ada.reason) == ("refused", "refused") and len(mails(server)) == 1


def test_one_that_cannot_be_written_holds_up_nobody(worker, server, anna):
    spoilt = personal(anna)
    Message.objects.filter(pk=spoilt.pk).update(to_address="no\r\naddress@example.com")
    campaign("Ada")
    worker.deliver_batch()
    spoilt.refresh_from_db()
    assert spoilt.status == "failed" and spoilt.reason and len(mails(server)) == 1


class TestDoubt:
    @pytest.fixture
    def doubtful(self):
        (message,) = campaign("Ada")
        Message.objects.update(status="in_doubt", reason="The worker died")
        message.refresh_from_db()
        return message

    def test_a_person_says_that_it_was_sent(self, doubtful, anna):
        recovering.settle_doubt(doubtful, was_sent=True, by=anna)
        assert doubtful.status == "sent" and doubtful.interaction.subject == "Per Ada"
        with pytest.raises(recovering.NotInDoubt):
            recovering.settle_doubt(doubtful, was_sent=False, by=anna)

    def test_or_it_goes_again_under_the_same_message_id(self, doubtful, anna, worker, server):
        recovering.settle_doubt(doubtful, was_sent=False, by=anna)
        worker.deliver_batch()
        assert mails(server)[0]["Message-ID"] == f"<{mail_links.message_ref(doubtful.pk)}>"

    def test_a_lost_host_leaves_marketing_in_doubt_and_sends_service_again(self, anna, tmp_path):
        one = personal(anna)
        many = campaign("Ada")[-1]
        lost = {"status": "sending", "worker": "gone-1-x", "lease_until": now() - timedelta(seconds=1)}
        Message.objects.update(**lost)
        recovering.recover(tmp_path)
        one.refresh_from_db()
        many.refresh_from_db()
        assert (one.status, many.status) == ("queued", "in_doubt") and one.attempts == 1

    def test_a_living_worker_keeps_what_it_holds(self, worker, anna, tmp_path):
        message = personal(anna)
        Message.objects.update(status="sending", worker=worker.name, lease_until=now() - timedelta(seconds=1))
        recovering.recover(tmp_path / "journal")
        message.refresh_from_db()
        assert message.status == "sending"


@pytest.mark.django_db(transaction=True)
def test_a_queued_mail_is_sent_by_jobs_alone(server, anna, run_jobs, settings, tmp_path):
    settings.VAR = tmp_path
    message = personal(anna)
    assert "interactions.jobs.deliver" in run_jobs()
    message.refresh_from_db()
    assert message.status == "sent"
    campaign("Ada", "Ugo")
    jobs.deliver_due.delay()
    assert run_jobs().count("interactions.jobs.deliver") == 1
    assert len(mails(server)) == 3
    jobs._workers.popitem()[1].close()


def test_offers_that_waited_into_the_quiet_hours_wait_for_their_end(worker, server, time_machine):
    make.make_user()
    (message,) = campaign("Mira")
    make.make_organisation(cap_messages=99, quiet_from=time(20), quiet_until=time(8))
    time_machine.move_to(datetime(2026, 3, 1, 22, tzinfo=ZoneInfo("Europe/Rome")))
    Message.objects.update(due_at=now() - timedelta(hours=4))  # nobody was there to send it in time
    worker.deliver_batch()
    message.refresh_from_db()
    assert mails(server) == [] and message.status == "queued"
    assert message.due_at == datetime(2026, 3, 2, 8, tzinfo=ZoneInfo("Europe/Rome"))


def test_nobody_gets_an_offer_whose_complaint_came_while_it_waited(worker, server):
    (message,) = campaign("Mira")
    make.make_conversation(message.customer, is_complaint=True)
    worker.deliver_batch()
    message.refresh_from_db()
    assert mails(server) == [] and (message.status, message.reason) == ("refused", "complaint")
