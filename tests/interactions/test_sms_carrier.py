"""A text message of a row of the outbox: how it reads, what it is paid in, where it goes, what became of it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils.timezone import now

from interactions import carriers, claiming, delivering
from interactions.carriers import Spoilt
from interactions.channels.sms import links
from interactions.channels.sms.gateway import parts
from interactions.gateways.contract import Answer
from interactions.gateways.errors import GatewayError
from interactions.models import Message, Wording
from interactions.templating import Rendered
from tests import make
from tests.interactions.texting import Phone

MIRA, LANDLINE, OTHER = "+393335550147", "+390895550147", "+393335550148"
SECOND = "+351910000001"
pytestmark = pytest.mark.django_db


@pytest.fixture
def mira():
    make.make_organisation()
    return make.make_customer("Mira Kovač", phone=MIRA)


def row(customer, to=MIRA, **fields):
    fields = {"body_text": "Ciao Mira", "account": "+390899951234", "status": "sending", "due_at": now(), **fields}
    return Message.objects.create(
        customer=customer, channel="sms", to_address=to, purpose="service", created_at=now(), **fields
    )


def offer(customer, body="Cara {{ first_name }}: -20% oggi.", language="it", **fields):
    wording = Wording.objects.create(language=language, subject="", body=body)
    return row(customer, wording=wording, is_marketing=True, values={"first_name": "Mira"}, **fields)


def texts(carrier, *messages):
    return [one.content.body if not isinstance(one, Spoilt) else str(one.error) for one in carrier.wrap(messages)]


def test_it_is_off_until_it_is_set_up(provider, monkeypatch):
    carrier = carriers.of("sms")
    assert carrier.is_set_up() and not carrier.trouble()
    notes = dict(carrier.notes())
    assert notes["Answers come to"].startswith("http://localhost:8000/hooks/sms/incoming/ (enter it")
    assert notes["One part costs"] == "€0.042" and "nothing is entered" in notes["Reports come to"]
    provider.token = "changed"
    assert "does not know this account" in carrier.trouble()
    provider.close()
    assert "does not answer" in carrier.trouble()
    monkeypatch.setenv("CHANNEL_SMS_URL", "https://api.example.invalid")
    assert "this machine alone" in carriers.of("sms").trouble()
    monkeypatch.setenv("CHANNEL_SMS_FROM", "Meridiana")
    assert "AGCOM" in dict(carriers.of("sms").notes())["Cannot be answered"]
    for wrong in ("Meridiana Caffè", "390899951234"):
        monkeypatch.setenv("CHANNEL_SMS_FROM", wrong)
        assert not carriers.of("sms").is_set_up() and "Cannot be answered" not in dict(carriers.of("sms").notes())
    with pytest.raises(GatewayError):
        carriers.of("sms").connect()
    for name in provider.settings:
        monkeypatch.delenv(name)
    carrier = carriers.of("sms")
    assert not carrier.is_set_up() and not carrier.trouble() and carrier.accounts() == ("",)
    assert "Off" in dict(carrier.notes())["Settings"]


def test_what_the_provider_posts_in_vain_is_said_until_it_fits_again(client, provider, settings):
    phone, account = Phone(client, provider), provider.account
    settings.PUBLIC_URL = "https://filo.example"  # it calls another address
    provider.account = "AC of a stranger"
    assert phone.post("STOP").status_code == 401
    provider.account = account
    assert not carriers.of("sms").trouble() and phone.post("STOP").status_code == 401
    words = carriers.of("sms").trouble()
    assert "was refused" in words and "https://filo.example/hooks/sms/incoming/" in words
    settings.PUBLIC_URL = "http://localhost:8000"
    phone.write("STOP")
    assert not carriers.of("sms").trouble()


def test_a_row_is_text_and_its_parts_are_noted(provider, mira, django_assert_num_queries):
    carrier = carriers.of("sms")
    personal, long = row(mira, body_text="È pronto:\r\n20 € cafe\u0301 "), row(mira, body_text="a" * 1600)
    many, empty = offer(mira), row(mira, body_text=" ")
    with django_assert_num_queries(2):  # who we are; the parts of all
        said = texts(carrier, personal, many, long, empty)
    assert said[0] == "È pronto:\n20 € café"
    assert said[1].startswith("Cara Mira: -20% oggi.\nMeridiana. ") and "STOP" in said[1]
    assert "11 parts" in said[2] and "10" in said[2] and said[3] == "A text message says something."
    noted = Message.objects.order_by("pk").values_list("parts", "part_cost", "cost_currency")
    cost = (Decimal("0.042"), "EUR")
    assert list(noted) == [(1, *cost), (None, None, ""), (1, *cost), (None, None, "")]
    assert texts(carrier, offer(mira, "Meridiana: -20%"))[0].count("Meridiana") == 1
    sample = carrier.as_it_leaves(Rendered("", "Cara Mira: -20% oggi.", "<p>"), "it")
    assert (sample.text, sample.html) == (said[1], "")
    assert carrier.parts_of("á" * 71).count == 2 and carrier.parts_of("á" * 71).dear == "á"


def test_a_name_of_letters_cannot_be_told_to_stop(provider, mira, monkeypatch):
    monkeypatch.setenv("CHANNEL_SMS_FROM", "Meridiana")
    message = offer(mira, account="Meridiana", language="en")
    (said,) = texts(carriers.of("sms", "Meridiana"), message)
    assert "STOP" not in said and "http://localhost:8000/s/" in said
    sample = carriers.of("sms").as_it_leaves(Rendered("", "Cara Mira: -20% oggi.", ""), "en").text
    assert abs(len(sample) - len(said)) <= 4


def test_what_waits_under_a_number_that_is_ours_no_more_leaves_from_the_first(provider, mira, monkeypatch):
    """A number was mistyped, or given up: once the settings are right nothing waits for it for ever."""
    due, sent = row(mira, account=SECOND, status="queued"), row(mira, account=SECOND)
    (lane,) = (lane for lane, _count in claiming.due(9))
    monkeypatch.setenv("CHANNEL_SMS_TOKEN", "")
    delivering.hand_over(lane)
    assert Message.objects.filter(account=SECOND).count() == 2, "while nothing is set up nobody takes over"
    monkeypatch.setenv("CHANNEL_SMS_TOKEN", provider.token)
    delivering.hand_over(lane)
    accounts = dict(Message.objects.values_list("pk", "account"))
    assert accounts == {due.pk: provider.numbers[0], sent.pk: SECOND}
    delivering.hand_over(lane)


@pytest.mark.parametrize("language", ["en", "it", "es", "pt"])
def test_how_to_stop_makes_no_message_dear(provider, language):
    make.make_organisation()
    sample = carriers.of("sms").as_it_leaves(Rendered("", "-20%", ""), language).text
    assert not parts.strange(sample)


def test_an_answer_goes_where_they_wrote_from_by_the_number_that_they_know(provider, mira, monkeypatch):
    monkeypatch.setenv("CHANNEL_SMS_FROM", f"+390899951234 {SECOND}")
    carrier, talk = carriers.of("sms"), make.make_conversation(mira)

    def they(channel, from_address, ago, to=""):
        at = now() - timedelta(minutes=ago)
        make.make_interaction(mira, talk, channel=channel, from_address=from_address, to_address=to, occurred_at=at)

    def goes():
        message = Message(conversation=talk, channel="sms")
        carrier.complete(message)
        return carrier.head_of_answer(talk).to.address, message.account

    they("email", "mira@example.com", 90)
    assert goes() == (MIRA, "+390899951234") == (carrier.head_of_first(mira).to.address, carrier.accounts()[0])
    they("phone", LANDLINE, 80)
    assert goes()[0] == MIRA
    they("phone", OTHER, 70)
    assert goes()[0] == OTHER
    they("sms", MIRA, 60, to=SECOND)
    assert goes() == (MIRA, SECOND)
    row(mira, conversation=talk)
    assert goes() == (MIRA, "+390899951234")
    they("sms", "40404", -1)
    assert goes()[0] == MIRA
    nobody = make.make_conversation(None)
    make.make_interaction(None, nobody, channel="sms", from_address="Bank")
    assert "arrives nowhere" in carrier.head_of_answer(nobody).to.refusal
    assert [carrier.can_reach(one) for one in (MIRA, LANDLINE, SECOND, "40404", "Bank", "+999", "")] == [True] + [
        False
    ] * 6


def test_what_is_carried_comes_back_with_its_id_and_its_reports_name_our_row(provider, mira):
    carrier, lines = carriers.of("sms"), []
    messages = [row(mira, body_text=f"{n}") for n in range(12)]
    results = list(carrier.carry(carrier.wrap(messages), lines.append, lines.append))
    carrier.close()
    refs = {links.message_of(one.callback).number: one.sid for one in provider.took()}
    assert {result.number: result.ref for result in results} == refs and len(refs) == 12
    assert sorted(lines) == sorted(2 * [message.pk for message in messages])


def doubtful(customer, ago=10, **fields):
    at = now() - timedelta(minutes=ago)
    return row(customer, **{"status": "in_doubt", "due_at": at, **fields})


def asked(*messages):
    Message.objects.filter(pk__in=[one.pk for one in messages]).update(created_at=now() - timedelta(hours=1))
    results = carriers.of("sms").ask_about([Message.objects.get(pk=one.pk) for one in messages])
    return {number: (result.answer, result.ref) for number, result in results.items()}


def test_its_list_tells_of_each_in_doubt_what_it_can(provider, mira):
    ours = {"sender": "+390899951234", "to": MIRA}
    known = provider.take(**ours, body="Ciao Mira")
    row(mira, status="sent", message_ref=known.sid)  # the same words, and its id is taken
    there, never = doubtful(mira), doubtful(mira, body_text="Mai partito")
    assert asked(there, never) == {pk: (Answer.POSTPONED, "") for pk in (there.pk, never.pk)}
    second = provider.take(**ours, body="Ciao Mira")
    assert asked(there, never) == {there.pk: (Answer.ACCEPTED, second.sid), never.pk: (Answer.POSTPONED, "")}
    provider.take(**ours, body="Somebody else's, by the same account")
    assert asked(there, never) == {there.pk: (Answer.ACCEPTED, second.sid)}  # it may be ours: a person decides
    fresh = doubtful(mira, ago=1, to=OTHER)
    assert asked(fresh) == {}  # it may still come into the list
    Message.objects.filter(pk=there.pk).update(status="sent")  # by a worker that could not write down its id
    twin = doubtful(mira)
    assert asked(twin) == {}
    third = provider.take(**ours, body="Ciao Mira")
    assert asked(twin) == {twin.pk: (Answer.ACCEPTED, third.sid)}
    third.status, third.code = "failed", 30005
    assert asked(twin) == {twin.pk: (Answer.REFUSED, third.sid)}
    provider.close()
    assert asked(twin) == {}


def test_two_alike_are_matched_one_to_one(provider, mira):
    first, second = doubtful(mira), doubtful(mira)
    taken = provider.take(to=MIRA, sender="+390899951234", body="Ciao Mira")
    assert asked(first, second) == {first.pk: (Answer.ACCEPTED, taken.sid), second.pk: (Answer.POSTPONED, "")}
