"""A company's page names what its people wait for."""

import pytest
from django.utils.timezone import localdate, now

from customers.models import Affiliation
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def bar(client):
    make.make_organisation()
    client.force_login(make.make_anna())
    return make.make_customer("Bar Sport", kind="company")


def test_who_of_a_company_waits_is_named_and_nobody_calls_without_a_number(client, bar):
    antonio = make.make_customer("Antonio Greco", account=bar)
    said = {"their_words": "When?", "their_at": now(), "their_channel": "email"}
    conversation = make.make_conversation(antonio, waiting_since=now(), **said)
    page = client.get(bar.get_absolute_url()).content.decode()
    assert "Antonio waits for an answer" in page and conversation.get_absolute_url() in page
    assert "No conversation yet" not in page


def test_all_who_are_with_a_company_are_its_people_and_not_who_left(client, bar):
    inn = make.make_customer("Locanda", kind="company")
    for name, until_on in (("Ada Conti", None), ("Ugo Bassi", localdate())):
        person = make.make_customer(name, account=inn)
        Affiliation.objects.create(person=person, account=bar, until_on=until_on)
        make.make_conversation(person, waiting_since=now(), their_words="When?", their_at=now(), their_channel="email")
    page = client.get(bar.get_absolute_url()).content.decode()
    assert "Ada waits for an answer" in page and "Ugo waits for an answer" not in page


def test_who_is_there_now_stands_before_who_left(client, bar):
    for number in range(9):
        gone = make.make_customer(f"Gone {number}")
        Affiliation.objects.create(person=gone, account=bar, until_on=localdate())
    make.make_customer("Antonio Greco", account=bar)
    page = client.get(bar.get_absolute_url()).content.decode()
    assert "Antonio Greco" in page and "Gone 6" in page and "Gone 7" not in page


def test_a_call_is_offered_first_only_where_there_is_a_number(client, bar):
    inn = make.make_customer("Locanda", kind="company", phone="+390895550147")
    begin = 'class="btn btn-primary" type="submit"'
    assert (
        begin not in client.get(bar.get_absolute_url()).content.decode().split('id="thread"')[1].split("</section>")[0]
    )
    assert begin in client.get(inn.get_absolute_url()).content.decode().split('id="thread"')[1].split("</section>")[0]
