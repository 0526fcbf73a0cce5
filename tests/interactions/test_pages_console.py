"""The console: it rings, somebody takes it, it is finished and undone."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils.timezone import now

from customers.models import Customer
from interactions import ringing
from interactions.gateways.calls.contract import Ring, State
from interactions.models import Call, Interaction, Task
from staff.models import User
from tests import make

pytestmark = pytest.mark.django_db
NUMBER = "+390895550147"
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def anna(client):
    make.make_organisation()
    anna = make.make_anna(state=User.State.AVAILABLE)
    client.force_login(anna)
    return anna


def rings(agent=None, number=NUMBER, ref="one", state=State.RINGING):
    return ringing.ring(Ring(ref, state, number, "+390895550100", agent.email if agent else None, now()))


def part(client, version="0", body="0"):
    return client.get(reverse("interactions:console_part"), {"version": version, "body": body}, **HTMX)


def version_in(answer) -> str:
    return (
        re.search(r"version=([\d.]+)&amp;body|version=([\d.]+)&body", answer.content.decode())
        .group(0)
        .split("=")[1]
        .split("&")[0]
    )


def test_nobody_calling_answers_204_until_it_rings(client, anna):
    assert part(client).status_code == 204
    mira = make.make_mira()
    conversation = make.make_conversation(
        mira, their_words="Mandate un campione", their_channel="phone", their_at=now()
    )
    make.make_task(mira, anna, conversation=conversation, due_in=-timedelta(days=2))
    rings()
    answer = part(client)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "Mira Kovač" in text and "Mandate un campione" in text and "2 days late" in text and "F2" in text
    assert part(client, version_in(answer)).status_code == 204


def test_ring_to_card_takes_few_queries(client, anna, django_assert_max_num_queries):
    make.make_conversation(make.make_mira(), their_words="Words", their_channel="phone", their_at=now())
    rings()
    part(client)
    with django_assert_max_num_queries(9):  # session, user, two for the call, three for the card, savepoints none
        assert part(client).status_code == 200


def test_only_one_agent_gets_the_call(client, anna):
    call = rings()
    boris = make.make_boris()
    ringing.take(call, by=boris)
    answer = client.post(reverse("interactions:taking", args=[call.pk]), **HTMX)
    assert answer.status_code == 409 and "Boris took this call." in answer.content.decode()


def test_a_known_call_is_taken_logged_and_undone(client, anna):
    mira = make.make_mira()
    call = rings(anna)
    taken = client.post(reverse("interactions:taking", args=[call.pk]), **HTMX).content.decode()
    assert "How did it end?" in taken and f'id="notes-{call.pk}"' in taken
    client.post(reverse("interactions:call_notes", args=[call.pk]), {"notes": "Samples never came"})
    client.post(reverse("interactions:call_end", args=[call.pk]), **HTMX)
    answer = client.post(
        reverse("interactions:finish", args=[call.pk]),
        {"outcome": "complaint", "notes": "Samples never came", "promise": "Ship them", "promise_day": "2099-01-05",
         "owner": anna.pk, "call_back": "2099-01-07T10:00"},
        **HTMX,
    )  # fmt: skip
    assert "Nobody is calling" in answer.content.decode()
    logged = Interaction.objects.get()
    assert (logged.customer, logged.outcome, logged.words) == (mira, "complaint", "Samples never came")
    assert list(Task.objects.order_by("due_at").values_list("what", "kind")) == [
        ("Ship them", "promise"),
        ("Call back", "callback"),
    ]
    undo = reverse("interactions:call_undoing", args=[call.pk])
    assert undo in answer["HX-Trigger"]
    assert client.post(undo, **HTMX)["HX-Redirect"] == "/console/"
    assert not Interaction.objects.exists() and not Task.objects.exists()
    Call.objects.update(status="finished", finished_at=now() - timedelta(seconds=11))
    assert client.post(undo, **HTMX).status_code == 409


def test_a_call_that_promises_a_day_that_is_over_is_not_finished(client, anna):
    call = ringing.dial(NUMBER, by=anna, direction="in")
    said = {"outcome": "answered", "notes": "x", "promise": "Ship them", "promise_day": "2001-01-05"}
    answer = client.post(reverse("interactions:finish", args=[call.pk]), said, **HTMX)
    assert answer.status_code == 422 and "This day is over" in answer.content.decode()
    assert Call.objects.get().status == "live" and not Interaction.objects.exists() and not Task.objects.exists()


def test_who_is_on_the_line_is_told_so_and_dials_nobody(client, anna):
    ringing.dial(NUMBER, by=anna)
    answer = client.post(reverse("interactions:dial"), {"number": "+39 02 1234567"}, **HTMX)
    assert answer.status_code == 409 and "You are on the line: +39 089" in answer.content.decode()
    assert Call.objects.count() == 1


def test_notes_that_come_after_the_outcome_change_nothing_and_are_no_error(client, anna):
    call = ringing.dial(NUMBER, by=anna, direction="in")
    client.post(reverse("interactions:call_end", args=[call.pk]), **HTMX)
    client.post(reverse("interactions:finish", args=[call.pk]), {"outcome": "complaint", "notes": "all of it"}, **HTMX)
    late = client.post(reverse("interactions:call_notes", args=[call.pk]), {"notes": "all o"})
    assert late.status_code == 204
    assert Interaction.objects.get().words == "all of it" and Call.objects.get().notes == "all of it"
    client.force_login(make.make_user("Boris", "agent"))
    assert client.post(reverse("interactions:call_notes", args=[call.pk]), {"notes": "x"}).status_code == 404


def test_without_an_outcome_it_says_what_to_do(client, anna):
    call = rings(anna)
    ringing.take(call, by=anna)
    answer = client.post(reverse("interactions:finish", args=[call.pk]), {"notes": "x"}, **HTMX)
    assert answer.status_code == 422 and "Esc, then a number" in answer.content.decode()
    call.refresh_from_db()
    assert call.status == "live"


def test_a_shared_number_asks_who_and_nothing_is_preselected(client, anna):
    mira, rui = make.make_mira(phone=None), make.make_customer("Rui Teles")
    for one in (mira, rui):
        make.make_contact_point(one, NUMBER, channel="phone", is_shared=True)
    call = rings(anna)
    ringing.take(call, by=anna)
    text = client.get(reverse("interactions:console")).content.decode()
    assert "Who is calling?" in text and "How did it end?" not in text and 'data-key="0"' in text
    chosen = client.post(reverse("interactions:caller", args=[call.pk]), {"customer": rui.pk}, **HTMX).content.decode()
    assert "Rui Teles" in chosen and "How did it end?" in chosen
    call.refresh_from_db()
    assert call.customer == rui


def test_of_whom_no_words_were_noted_it_is_not_said_that_there_is_no_conversation(client, anna):
    mira, rui = make.make_mira(phone="+393335550199"), make.make_customer("Rui Teles")
    for one in (mira, rui):
        make.make_contact_point(one, NUMBER, channel="phone", is_shared=True)
    for state in (State.RINGING, State.ENDED):  # nobody takes it: a touch without words
        rings(number="+393335550199", ref="missed", state=state)
    ringing.take(rings(anna), by=anna)
    text = client.get(reverse("interactions:console")).content.decode()
    assert text.count("No words were noted.") == 1 and text.count("No conversation yet") == 1


def test_somebody_else_at_a_shared_number_is_found_or_made(client, anna):
    mira, rui = make.make_mira(phone=None), make.make_customer("Rui Teles")
    for one in (mira, rui):
        make.make_contact_point(one, NUMBER, channel="phone", is_shared=True)
    call = rings(anna)
    ringing.take(call, by=anna)
    text = client.post(reverse("interactions:caller", args=[call.pk]), {"customer": "0"}, **HTMX).content.decode()
    assert "Ask who it is" in text
    again = client.get(reverse("interactions:console")).content.decode()
    assert "Ask who it is" in again and "Who is calling?" not in again, "a reload forgets nothing"
    chosen = client.post(reverse("interactions:caller", args=[call.pk]), {"customer": mira.pk}, **HTMX).content.decode()
    assert "Where we left off" in chosen or "No conversation yet" in chosen


def test_a_second_ring_shows_during_a_call_and_is_answered_only_after_it(client, anna):
    mira, rui = make.make_mira(), make.make_customer("Rui Teles", phone="+351210000001")
    call = rings(anna)
    ringing.take(call, by=anna)
    page = client.get(reverse("interactions:console"))
    assert part(client, version_in(page)).status_code == 204
    second = rings(anna, number="+351210000001", ref="two")
    text = part(client, version_in(page)).content.decode()
    taking = reverse("interactions:taking", args=[second.pk])
    assert mira.name in text and rui.name in text and "rings too" in text
    assert taking not in text, "nobody is put on hold: no telephone system has said that it can"
    ringing.end(call, by=anna)
    text = client.get(reverse("interactions:console")).content.decode()
    assert taking in text and 'aria-keyshortcuts="F2"' in text
    answer = client.post(taking, **HTMX).content.decode()
    assert "Rui Teles" in answer and mira.name not in answer, "who is on the line comes before what is to be finished"


def test_an_unknown_caller_becomes_a_customer(client, anna):
    said = {"their_words": "¿Tenéis cápsulas?", "their_channel": "sms", "their_at": now()}
    wrote = make.make_conversation(None, "Cápsulas", **said)
    make.make_interaction(None, wrote, channel="sms", from_address="+34943555018", words="¿Tenéis cápsulas?")
    call = rings(anna, number="+34943555018")
    ringing.take(call, by=anna)
    text = client.get(reverse("interactions:console")).content.decode()
    assert "Ask who it is" in text and 'data-key="3"' in text and 'data-key="1"' not in text
    assert "¿Tenéis cápsulas?" in text and f"{wrote.get_absolute_url()}#newest" in text
    client.post(reverse("interactions:caller", args=[call.pk]), {"name": "Amaia Zubia", "language": "es"}, **HTMX)
    amaia = Customer.objects.get(name="Amaia Zubia")
    call.refresh_from_db()
    assert (call.customer, amaia.contact_points.get().value, amaia.language) == (amaia, "+34943555018", "es")


def test_a_number_typed_does_the_same_as_a_ring(client, anna):
    mira = make.make_mira()
    answer = client.post(reverse("interactions:dial"), {"number": "089 555 0147"}, **HTMX)
    assert "Mira Kovač" in answer.content.decode()
    assert Call.objects.get().customer == mira
    assert client.post(reverse("interactions:dial"), {"number": "not a number"}, **HTMX).status_code == 422


def test_what_is_below_the_bar_stays_when_only_the_bar_changes(client, anna):
    make.make_mira()
    call = rings(anna)
    ringing.take(call, by=anna)
    page = client.get(reverse("interactions:console")).content.decode()
    body = re.search(r"body=([\d.]+)", page).group(1)
    rings(anna, state=State.ENDED)
    text = part(client, version="old", body=body).content.decode()
    assert 'id="callbar"' in text and "notes-" not in text, "the notes are not replaced under the hand that types"


def test_the_customer_page_calls(client, anna):
    mira = make.make_mira()
    answer = client.post(reverse("interactions:calling", args=[mira.pk]))
    assert answer.url == "/console/" and Call.objects.get().direction == "out"
    nobody = make.make_customer("Rui Teles")
    assert client.post(reverse("interactions:calling", args=[nobody.pk])).status_code == 422
    assert reverse("interactions:calling", args=[mira.pk]) in client.get(mira.get_absolute_url()).content.decode()
    assert (
        reverse("interactions:calling", args=[nobody.pk]) not in client.get(nobody.get_absolute_url()).content.decode()
    )


def test_the_state_says_whether_it_rings_here(client, anna):
    client.post(reverse("interactions:state"), {"state": "break"})
    anna.refresh_from_db()
    assert anna.state == "break"
    rings()
    assert part(client).status_code == 204
    assert client.post(reverse("interactions:state"), {"state": "on_a_call"}).status_code == 422


def test_who_is_away_is_told_that_nothing_rings_here(client, anna):
    console = reverse("interactions:console")
    assert "Nobody is calling" in client.get(console).content.decode()
    client.post(reverse("interactions:state"), {"state": "away"})
    away = client.get(console).content.decode()
    assert "Nothing rings here" in away and "Nobody is calling" not in away
    assert "I am available" in away and "When it rings" not in away


def test_a_promise_without_a_day_is_for_the_day_that_it_is_where_the_organisation_is(client, time_machine):
    time_machine.move_to(datetime(2026, 3, 3, 0, 30, tzinfo=ZoneInfo("Europe/Rome")))  # still the day before in UTC
    anna = make.make_anna(state="available", time_zone="Europe/Lisbon")
    client.force_login(anna)
    make.make_mira()
    call = rings(anna)
    ringing.take(call, by=anna)
    given = {"outcome": "answered", "notes": "x", "promise": "Send the list"}
    assert client.post(reverse("interactions:finish", args=[call.pk]), given, **HTMX).status_code == 200
    assert Task.objects.get().due == date(2026, 3, 3)


def test_whether_calls_ring_here_is_said_from_any_page(client, anna):
    customers = reverse("customers:list")
    assert 'id="agent-state"' in client.get(customers).content.decode()
    answer = client.post(
        reverse("interactions:state"), {"state": "break"}, HTTP_REFERER=f"http://testserver{customers}"
    )
    anna.refresh_from_db()
    assert anna.state == "break" and answer.url.endswith(customers)
    elsewhere = client.post(reverse("interactions:state"), {"state": "away"}, HTTP_REFERER="https://evil.example/")
    assert elsewhere.url == reverse("interactions:console")
    client.force_login(make.make_user("Elena", "marketing"))
    assert 'id="agent-state"' not in client.get(customers).content.decode(), "who takes no calls has no such menu"


def test_a_call_that_rings_at_a_colleague_is_not_taken_by_another(client, anna):
    clara = make.make_clara(state=User.State.AVAILABLE)
    mira = make.make_mira()
    call = rings(anna)
    client.force_login(clara)
    assert client.post(reverse("interactions:taking", args=[call.pk]), **HTMX).status_code == 404
    assert mira not in Customer.objects.visible_to(clara)
