"""A recipient answers a campaign: it is told once, whoever writes how often; a colleague or a machine is no answer."""

import pytest

from campaigns import drafting
from campaigns.models import Recipient
from crm.events import jobs
from crm.events.models import Event, Wakeup
from interactions.channels.sms import receiving
from interactions.channels.sms.gateway.reading import IncomingText
from tests import make
from tests.interactions import texting
from tests.interactions.postman import mail, receive, sent_to_many

pytestmark = pytest.mark.django_db


@pytest.fixture
def mira():
    make.make_organisation()
    return make.make_mira(language="it")


@pytest.fixture
def campaign(mira):
    campaign = drafting.create(name="Spring", by=make.make_user("Mara", "marketing"), segment=None)
    for customer in (mira, make.make_customer("Carla Conti", email="carla@example.com")):
        Recipient.objects.create(campaign=campaign, customer=customer)
    return campaign


@pytest.fixture
def answer(campaign, mira):
    """Let somebody answer the campaign's message to Mira, and let what follows follow, twice."""
    message = sent_to_many(mira, campaign.pk)

    def answer(sender="Mira <mira@example.com>", **headers):
        interaction = receive(mail(sender, In_Reply_To=f"<{message.message_ref}>", **headers))
        follow()
        return interaction

    return answer


def follow():
    for wakeup in Wakeup.objects.filter(reaction__endswith="note_answer"):
        for _again in range(2):
            jobs.react(wakeup.pk)
            Wakeup.objects.update(done_at=None)


def told():
    return list(Event.objects.filter(kind="campaign.answered"))


def test_the_first_answer_is_told_and_only_that(campaign, mira, answer):
    first = answer()
    answer(words="One more thing")
    [fact] = told()
    assert (fact.about_id, fact.customer_id, fact.data) == (campaign.pk, mira.pk, {"interaction": first.pk})
    assert list(Recipient.objects.exclude(answered_at=None)) == [Recipient.objects.get(customer=mira)]


def test_a_third_person_who_answers_counts_for_the_one_who_was_written_to(mira, answer):
    answer("Lawyer <lawyer@example.org>")
    assert [fact.customer_id for fact in told()] == [mira.pk]


def test_neither_a_colleague_nor_a_machine_is_an_answer(answer):
    make.make_anna(email="anna@meridiana.example")
    answer("Anna <Anna@meridiana.example>")
    answer(Auto_Submitted="auto-replied", subject="Out of office")
    assert told() == [] and not Recipient.objects.exclude(answered_at=None).exists()


@pytest.mark.parametrize(("words", "is_gone"), [("STOP", True), ("annulla", True), ("Quanto costa?", False)])
def test_a_stop_is_no_answer_who_was_written_to_has_left(campaign, mira, words, is_gone):
    make.make_contact_point(mira, texting.MIRAS, channel="phone")
    texting.sent(mira, origin="campaign", origin_id=campaign.pk)
    receiving.receive(IncomingText("SM1", texting.MIRAS, texting.OURS, words))
    follow()
    recipient = Recipient.objects.get(customer=mira)
    assert (bool(recipient.unsubscribed_at), bool(recipient.answered_at)) == (is_gone, not is_gone)
    assert bool(told()) != is_gone and not Recipient.objects.exclude(customer=mira).filter(
        unsubscribed_at__isnull=False
    )
