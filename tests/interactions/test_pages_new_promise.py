"""A promise by itself: from its page, the palette and the New menu."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils.timezone import localdate

from customers import searching
from interactions.models import Task
from tests import make

pytestmark = pytest.mark.django_db
NEW = "/promises/new/"
ROME = ZoneInfo("Europe/Rome")  # the organisation's


@pytest.fixture
def anna(client):
    make.make_organisation()
    anna = make.make_anna()
    client.force_login(anna)
    return anna


def sent(anna, **changed):
    return {"what": "Send two samples", "day": localdate().isoformat(), "clock": "", "owner": anna.pk, **changed}


def test_it_is_made_for_a_customer_by_a_day_and_a_time(client, anna):
    mira = make.make_mira()
    answer = client.post(NEW, sent(anna, customer=mira.pk, clock="17:30", channel="post"), follow=True)
    task = Task.objects.get()
    assert (task.what, task.customer, task.owner, task.channel) == ("Send two samples", mira, anna, "post")
    assert task.has_time and task.due_at.astimezone(ROME).strftime("%H:%M") == "17:30" and task.promised_by == anna
    assert "Promised: Send two samples" in answer.content.decode() and "Mira Kovač" in answer.content.decode()


def test_a_colleague_keeps_it_and_nobody_has_to_be_named(client, anna):
    boris = make.make_user("Boris", "sales", anna.team)
    assert client.post(NEW, sent(anna, owner=boris.pk)).status_code == 302
    task = Task.objects.get()
    assert task.owner == boris and task.customer is None and not task.has_time


def test_who_was_written_and_not_found_is_asked_for_again(client, anna):
    mira = make.make_mira()
    searching.store([mira.pk])
    for who, offered in (("Zzyzx", False), ("mir", True)):
        answer = client.post(NEW, sent(anna, who=who))
        page = answer.content.decode()
        assert answer.status_code == 422 and "Nobody is chosen." in page and f'value="{who}"' in page
        assert (f'value="{mira.pk}"' in page) == offered and not Task.objects.exists()
    assert client.post(NEW, sent(anna, who="mir", customer=mira.pk)).status_code == 302


def test_what_is_wrong_is_said_beside_it_and_nothing_is_lost(client, anna):
    yesterday = (localdate() - timedelta(days=1)).isoformat()
    answer = client.post(NEW, sent(anna, what="", day=yesterday))
    page = answer.content.decode()
    assert answer.status_code == 422 and "This day is over" in page and yesterday in page
    assert not Task.objects.exists()


def test_customers_are_found_as_somebody_types(client, anna):
    mira = make.make_mira()
    searching.store([mira.pk])
    found = client.get(NEW, {"who": "mir"}, HTTP_HX_REQUEST="true").content.decode()
    assert f'value="{mira.pk}"' in found and "<html" not in found
    assert "Mira Kovač" in client.get(NEW, {"customer": mira.pk}).content.decode()


def test_it_is_promised_to_nobody_whom_i_may_not_see(client):
    boris = make.make_user("Boris", "sales", make.make_team())
    clara = make.make_user("Clara", "sales", make.make_team("South"))
    theirs = make.make_customer("Rui Teles", keeper=clara)
    client.force_login(boris)
    answer = client.post(NEW, sent(boris, customer=theirs.pk))
    assert answer.status_code == 422 and not Task.objects.exists()
    assert "Rui Teles" not in client.get(NEW, {"customer": theirs.pk}).content.decode()


def test_it_stands_in_the_palette_the_menu_and_on_the_page(client, anna):
    assert NEW in client.get(reverse("palette"), {"q": "promise"}).content.decode()
    assert client.get(reverse("interactions:promises")).content.decode().count(NEW) >= 2
