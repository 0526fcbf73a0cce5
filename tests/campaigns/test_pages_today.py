"""Marketing's Today: what runs, what is being written, what the last one brought."""

import pytest
from django.urls import reverse
from django.utils.timezone import now

from campaigns.models import Campaign
from staff.roles import Role
from tests import make
from tests.budgets import assert_within

pytestmark = pytest.mark.django_db
TODAY = reverse("interactions:today")


@pytest.fixture
def mara(client):
    make.make_organisation()
    mara = make.make_user("Mara", Role.MARKETING)
    client.force_login(mara)
    return mara


def test_today_begins_somewhere_before_there_is_a_campaign(client, mara):
    page = client.get(TODAY).content.decode()
    assert "No campaign runs and none is being written." in page
    assert reverse("campaigns:new") in page and reverse("insights:new_segment") in page


def test_today_shows_what_runs_and_what_the_last_one_brought(client, mara):
    for status in ("draft", "running", "finished"):
        launched = None if status == "draft" else now()
        Campaign.objects.create(
            channel="email", name=f"Spring {status}", status=status, launched_at=launched, recipient_count=3
        )
    client.get(TODAY)  # what is cached, is
    with assert_within("interactions:today, marketing"):
        page = client.get(TODAY).content.decode()
    for words in ("Spring draft", "Spring running", "3 people", "Spring finished", "0 sent, 0 answered"):
        assert words in page


def test_an_agent_s_today_has_no_campaigns(client):
    client.force_login(make.make_anna())
    assert "No campaign runs" not in client.get(TODAY).content.decode()
