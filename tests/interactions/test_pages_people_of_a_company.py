"""A company's page names what its people wait for."""

import pytest
from django.utils.timezone import now

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


def test_a_call_is_offered_first_only_where_there_is_a_number(client, bar):
    inn = make.make_customer("Locanda", kind="company", phone="+390895550147")
    begin = 'class="btn btn-primary" type="submit"'
    assert (
        begin not in client.get(bar.get_absolute_url()).content.decode().split('id="thread"')[1].split("</section>")[0]
    )
    assert begin in client.get(inn.get_absolute_url()).content.decode().split('id="thread"')[1].split("</section>")[0]
