"""Lists on their pages: pasted, chosen, from an import; nothing is written before it was shown."""

import io
import re
from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse
from django.utils.timezone import now

from customers import batching, importing
from customers.models import ImportFile
from insights import listing, refreshing, segments
from insights.models import Enlistment, ListedCustomer, Segment
from staff.roles import Role
from tests import make

pytestmark = pytest.mark.django_db
NEW = "/segments/new/list/"


@pytest.fixture
def mara(client):
    user = make.make_user("Mara", Role.MARKETING)
    client.force_login(user)
    return user


@pytest.fixture
def guests(mara):
    return segments.save_list(Segment(), name="Guests", by=mara)


def on(segment):
    return set(ListedCustomer.objects.filter(segment=segment).values_list("customer_id", flat=True))


def hidden(page, name="text"):
    return unescape(re.search(rf'<textarea name="{name}" hidden>(.*?)</textarea>', page, re.S)[1])


def test_a_paste_is_shown_first_corrected_and_then_put_on_a_new_list_once(client, mara):
    mira, rui = make.make_mira(), make.make_customer("Rui Teles", email="rui@example.com")
    both = [make.make_customer(name, city="Amalfi") for name in ("Ana Reis", "Ida Costa")]
    for one in both:
        make.make_contact_point(one, "bar@example.com", is_shared=True)
    page = client.post(NEW, {"name": "Guests", "text": "mira@example.com\nrui@exmple.com\nbar@example.com"})
    page = page.content.decode()
    assert not Segment.objects.exists()
    assert "Mira Kovač" in page and "rui@exmple.com" in page and "None of them" in page and "Ida Costa" in page
    pick = re.search(r'name="(pick-\w+)"', page)[1]
    sent = {"name": "Guests", "text": [hidden(page), "rui@exmple.com"], pick: both[1].pk, "do": "add"}
    page = client.post(NEW, sent).content.decode()
    guests = Segment.objects.get()
    assert guests.is_static and guests.by == mara and on(guests) == {mira.pk, both[1].pk}
    assert "2 customers are new on “Guests”." in page and "1 line is not on it" in page and "rui@exmple.com" in page
    answer = client.post(f"/segments/{guests.pk}/pasted/", {"text": "rui@example.com\nmira@example.com", "do": "add"})
    assert answer["Location"] == f"/segments/{guests.pk}/" and on(guests) == {mira.pk, rui.pk, both[1].pk}
    again = client.post(NEW, sent).content.decode()  # the same form, sent twice: nobody twice, no second list
    assert "Nobody is new on “Guests”." in again and "1 line is not on it" in again
    for other in ({"created_at": now() - timedelta(minutes=2)}, {"created_at": now(), "by": None}):
        Segment.objects.update(**other)
        taken = client.post(NEW, sent)
        assert taken.status_code == 409 and "Another segment has this name" in taken.content.decode()
    assert Segment.objects.count() == 1 and ListedCustomer.objects.count() == 3


def test_a_pick_that_nobody_offered_is_nobody(client, mara, guests):
    both = [make.make_customer(name) for name in ("Ana Reis", "Ida Costa")]
    for one in both:
        make.make_contact_point(one, "bar@example.com", is_shared=True)
    other, paste = make.make_mira(), f"/segments/{guests.pk}/pasted/"
    page = client.post(paste, {"text": "bar@example.com"}).content.decode()
    pick = re.search(r'name="(pick-\w+)"', page)[1]
    for wrong in (other.pk, "²", "", 2**70):
        client.post(paste, {"text": "bar@example.com", pick: wrong, "do": "add"})
    assert not ListedCustomer.objects.exists()


def test_hostile_pastes_are_words_and_too_much_is_said_with_nothing_lost(client, mara, guests):
    paste = f"/segments/{guests.pk}/pasted/"
    text = "</textarea><script>alert(1)</script>\n{{ 7*7 }}\n'; DROP TABLE x;--\n\x00\ud7ff\u202e@\n" + "@" * 5_000
    page = client.post(paste, {"text": text}).content.decode()
    assert "<script>alert" not in page and "&lt;/textarea&gt;" in page and "{{ 7*7 }}" in page
    answer = client.post(paste, {"text": "1\n" * 20_001, "do": "add"})
    assert answer.status_code == 422 and "20,000" in answer.content.decode() and "1\n1\n1" in answer.content.decode()
    assert client.post(NEW, {"name": "", "text": ""}).status_code == 422
    assert client.post(NEW, {"name": "Empty", "text": " "}).status_code == 302  # a list to be filled later
    assert Segment.objects.get(name="Empty").is_static and not ListedCustomer.objects.exists()


def test_its_page_says_who_put_them_there_and_that_they_are_being_added(client, mara, guests):
    mira = make.make_mira()
    listing.add(guests, [mira.pk], origin="pasted", by=mara, seer=mara)
    page = client.get(f"/segments/{guests.pk}/").content.decode()
    assert "1 of them is being added" in page and "Pasted" in page and "Mara" in page and "hx-get" in page
    version = re.search(r"standing/\?seen=([\w-]+)", page)[1]
    standing = f"/segments/{guests.pk}/standing/"
    assert client.get(standing, {"seen": version}).status_code == 204
    refreshing.refresh_all_touched()
    part = client.get(standing, {"seen": version}).content.decode()
    assert "being added" not in part and "every 2s" not in part
    members = client.get(f"/segments/{guests.pk}/members/").content.decode()
    assert "Mira Kovač" in members and "Pasted, Mara" in members and "Take off the list" in members
    index = client.get("/segments/").content.decode()
    assert "Customers whom somebody put there." in index
    assert "Guests" in client.get(f"/customers/{mira.pk}/").content.decode()
    answer = client.post(f"/segments/{guests.pk}/removals/", {"customer": [mira.pk, "x"]}, follow=True)
    assert "1 customer is off “Guests”." in answer.content.decode() and not on(guests)
    client.post(f"/segments/{guests.pk}/", {"name": "VIPs", "rows.": "0", "match.": "all"})
    guests.refresh_from_db()
    assert (guests.name, guests.rule, guests.is_static) == ("VIPs", {}, True)
    assert client.post(f"/segments/{guests.pk}/", {"name": " "}).status_code == 422


def test_the_chosen_go_on_an_old_list_or_a_new_one(client, mara, guests):
    mira, rui = make.make_mira(), make.make_customer("Rui Teles")
    page = client.get("/customers/").content.decode()
    assert page.count("data-pick>") + page.count("data-pick\n") == 2 and 'id="chosen"' in page
    assert "All that match" not in page  # the page is all
    menu = client.get(reverse("insights:chosen")).content.decode()
    assert "Guests" in menu and "A new list" in menu
    answer = client.post(reverse("insights:chosen"), {"customer": [mira.pk], "segment": guests.pk}, follow=True)
    assert "1 customer is new on “Guests”." in answer.content.decode() and on(guests) == {mira.pk}
    client.post(reverse("insights:chosen"), {"customer": [mira.pk, rui.pk], "name": "Both"})
    assert on(Segment.objects.get(name="Both")) == {mira.pk, rui.pk}
    answer = client.post(reverse("insights:chosen"), {"customer": [rui.pk], "name": "both"})
    assert answer.status_code == 422 and f'name="customer" value="{rui.pk}"' in answer.content.decode()
    asked = client.post(reverse("insights:chosen"), {"customer": [rui.pk]})
    assert asked.status_code == 200 and "1 customer chosen" in asked.content.decode() and rui.pk not in on(guests)


def test_all_whom_the_filters_leave_go_on_a_list_and_a_filter_that_is_gone_is_not_everybody(client, mara, monkeypatch):
    monkeypatch.setattr(listing, "SLICE_SIZE", 20)
    bar = make.make_team("Bar")
    for n in range(55):
        make.make_customer(f"Ada {n:02}", team=bar if n < 52 else None)
    page = client.get("/customers/", {"team": bar.pk}).content.decode()
    assert "All that match" in page and f'<input type="hidden" name="team" value="{bar.pk}">' in page
    sent = {"all": "1", "team": bar.pk, "name": "Bar"}
    answer = client.post(reverse("insights:chosen"), sent)
    segment = Segment.objects.get(name="Bar")
    assert answer["Location"] == f"/segments/{segment.pk}/" and len(on(segment)) == 20
    assert "20 added so far" in client.get(answer["Location"]).content.decode()
    while listing.take_slice():
        pass
    assert len(on(segment)) == 52 and Enlistment.objects.get().origin == "selection"
    bar.delete()
    refused = client.post(reverse("insights:chosen"), sent | {"name": "Other"})
    assert refused.status_code == 409 and "One of these filters" in refused.content.decode()
    assert not Segment.objects.filter(name="Other").exists()


FILE = b"id,name,email\n1,Mira,mira@example.com\n2,Rui Teles,rui@example.com\n3,Rui Teles,rui2@example.com\n3,,\n"


@pytest.fixture
def imported(mara, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    make.make_mira()
    file = importing.receive(io.BytesIO(FILE), name="guests.csv", kind="people", system="shop", by=mara)
    importing.check(file, mapping=file.mapping)
    importing.start(file, by=mara)
    while batching.take_batch(file.pk):
        pass
    file.refresh_from_db()
    return file


def test_an_import_becomes_a_list_of_those_whom_it_made_and_found(client, mara, imported):
    make.make_customer("Somebody else")
    page = client.get(reverse("customers:import_file", args=[imported.pk])).content.decode()
    assert "Make a segment of these customers" in page and 'value="guests"' in page
    make_it = reverse("insights:list_of_import", args=[imported.pk])
    answer = client.post(make_it, {"name": "From the file"})
    segment = Segment.objects.get(name="From the file")
    assert answer["Location"] == f"/segments/{segment.pk}/"
    assert set(segment.listed.values_list("customer__name", flat=True)) == {"Mira Kovač", "Rui Teles"}
    assert segment.listed.count() == 3 and set(segment.listed.values_list("origin", flat=True)) == {"import"}
    assert client.post(make_it, {"name": "From the file"})["Location"] == answer["Location"], "sent twice"
    assert segment.listed.count() == 3
    ImportFile.objects.update(status="running")
    assert client.post(make_it, {"name": "Running"}).status_code == 404
    assert Segment.objects.filter(is_static=True).count() == 1


@pytest.mark.parametrize(
    ("role", "may"),
    [
        pytest.param(Role.ADMINISTRATOR, True, marks=pytest.mark.long),
        (Role.MARKETING, True),
        (Role.MANAGER, True),
        (Role.AGENT, False),
        pytest.param(Role.SALES, False, marks=pytest.mark.long),
    ],
)
def test_who_may_write_segments_may_write_lists_of_whom_they_see(client, guests, role, may):
    user = make.make_user("Ugo", role, team=make.make_team("Bar"))
    seen, other = make.make_customer("Ana Reis", team=user.team), make.make_customer("Rui Teles")
    client.force_login(user)
    ids = [seen.pk, other.pk]
    answer = client.post(reverse("insights:chosen"), {"customer": ids, "segment": guests.pk})
    sees_all = user.scope("customers") == "all"
    assert answer.status_code == (302 if may else 403)
    assert on(guests) == (set(ids) if may and sees_all else {seen.pk} if may else set())
    assert ("data-pick" in client.get("/customers/").content.decode()) == may
    listing.add(guests, ids, origin="pasted", by=None, seer=make.make_user("Gia", Role.ADMINISTRATOR))
    assert client.get(f"/segments/{guests.pk}/").status_code == 200
    page = client.get(f"/segments/{guests.pk}/members/").content.decode()
    assert ("Rui Teles" in page) == sees_all and ("Take off the list" in page) == ("data-pick" in page) == may
    client.post(f"/segments/{guests.pk}/removals/", {"customer": ids})
    assert on(guests) == (set() if may and sees_all else {other.pk} if may else set(ids))
    assert client.post(f"/segments/{guests.pk}/", {"name": "Mine"}).status_code == (302 if may else 403)
    assert (
        client.get(NEW).status_code == client.get(f"/segments/{guests.pk}/pasted/").status_code == (200 if may else 403)
    )


BOUGHT = b"customer,date,total\nC-1,2026-03-01,12.50\nC-1,2026-03-02,3.00\nC-2,2026-03-01,7.00\nC-9,2026-03-01,7.00\n"


def test_a_file_of_purchases_becomes_a_list_of_its_buyers_also_when_all_was_in_already(
    client, mara, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    make.make_organisation()
    mira, rui = make.make_mira(), make.make_customer("Rui Teles")
    for one, number in ((mira, "C-1"), (rui, "C-2")):
        make.make_contact_point(one, number, channel="reference", system="shop")
    for name in ("once", "again"):
        file = importing.receive(io.BytesIO(BOUGHT), name=f"{name}.csv", kind="purchases", system="shop", by=mara)
        importing.check(file, mapping=file.mapping)
        importing.start(file, by=mara)
        while batching.take_batch(file.pk):
            pass
        client.post(reverse("insights:list_of_import", args=[file.pk]), {"name": name})
        assert on(Segment.objects.get(name=name)) == {mira.pk, rui.pk}
