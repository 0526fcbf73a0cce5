"""Today, promises, the customer page, channels and messages in doubt."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import localdate, now

from customers.models import Customer
from interactions.models import Conversation, Interaction, Mailbox, Message, Task
from staff.roles import Role
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(client):
    make.make_organisation()
    anna = make.make_anna()
    client.force_login(anna)
    return anna


def test_their_unanswered_words_come_before_a_late_promise(client, anna):
    mira, rui = make.make_mira(), make.make_customer("Rui Teles")
    make.make_task(mira, anna, "Send the bags", due_in=-timedelta(days=3))
    page = client.get("/").content.decode()
    assert "Pick up this one first" in page and "Send the bags" in page and "3 days late" in page
    make.make_conversation(
        rui, owner=anna, waiting_since=now(), their_words="Podem ajustar?", their_at=now(), their_channel="email"
    )
    page = client.get("/").content.decode()
    assert "is waiting for your answer" in page and page.index("Rui Teles") < page.index("Send the bags")
    skipped = client.get("/", {"skip": rui.pk}).content.decode()
    assert "is waiting for your answer" not in skipped


def test_a_colleagues_promise_is_not_on_my_day(client, anna):
    make.make_task(make.make_mira(), make.make_boris(), "Boris does it", due_in=-timedelta(days=1))
    page = client.get("/").content.decode()
    assert "Boris does it" not in page and "Nothing is pressing" in page


def test_a_promise_is_kept_and_taken_back(client, anna):
    task = make.make_task(make.make_mira(), anna)
    answer = client.post(reverse("interactions:keeping", args=[task.pk]), HTTP_HX_REQUEST="true")
    task.refresh_from_db()
    assert task.status == "kept"
    undo = reverse("interactions:taking_back", args=[task.pk])
    assert undo in answer["HX-Trigger"]
    client.post(undo, HTTP_HX_REQUEST="true")
    task.refresh_from_db()
    assert task.is_open
    client.post(reverse("interactions:keeping", args=[task.pk]))
    assert client.post(reverse("interactions:keeping", args=[task.pk])).status_code == 409


def test_a_moved_promise_shows_its_first_day_and_why(client, anna):
    task = make.make_task(make.make_mira(), anna, due_in=-timedelta(days=1))
    day = localdate() + timedelta(days=3)
    client.post(reverse("interactions:day", args=[task.pk]), {"day": day.isoformat(), "why": "no stock"})
    task.refresh_from_db()
    assert task.due == day and task.first_due_at < now()
    page = client.get(reverse("interactions:promises")).content.decode()
    assert "first for" in page and "moved once: “no stock”" in page
    past = client.post(reverse("interactions:day", args=[task.pk]), {"day": "2001-01-01"})
    assert past.status_code == 422


def test_a_handed_promise_stays_mine_until_it_is_taken(client, anna):
    boris = make.make_boris()
    task = make.make_task(make.make_mira(), anna, "Call her")
    client.post(reverse("interactions:handing", args=[task.pk]), {"to": boris.pk})
    assert "offered to Boris" in client.get(reverse("interactions:promises")).content.decode()
    client.force_login(boris)
    assert "hands you" in client.get(reverse("interactions:promises")).content.decode()
    client.post(reverse("interactions:task_taking", args=[task.pk]))
    task.refresh_from_db()
    assert task.owner == boris
    client.force_login(anna)
    assert client.post(reverse("interactions:task_taking", args=[task.pk])).status_code == 409


def test_who_offered_it_takes_it_back_where_it_stands(client, anna):
    boris = make.make_boris()
    task = make.make_task(make.make_mira(), anna, "Call her", offered_to=boris)
    take_back = reverse("interactions:refusal", args=[task.pk])
    for tab in ("mine", "handed"):
        page = client.get(reverse("interactions:promises"), {"whose": tab}).content.decode()
        assert f'action="{take_back}"' in page and "Take it back: Call her" in page
    assert "It stays with Anna" in client.post(take_back, follow=True).content.decode()
    task.refresh_from_db()
    assert (task.owner, task.offered_to) == (anna, None)
    assert "Take it back" not in client.get(reverse("interactions:promises")).content.decode()


def test_an_offer_can_be_refused_or_called_off(client, anna):
    boris, mira = make.make_boris(), make.make_mira()
    task = make.make_task(mira, anna, offered_to=boris)
    client.force_login(boris)
    client.post(reverse("interactions:refusal", args=[task.pk]))
    task.refresh_from_db()
    assert task.owner == anna and task.offered_to is None
    client.force_login(anna)
    client.post(reverse("interactions:day", args=[task.pk]), {"drop": "1", "why": "she bought elsewhere"})
    task.refresh_from_db()
    assert task.status == "dropped"


def test_late_stands_before_today_and_the_teams_has_names(client, anna):
    boris = make.make_boris()
    mira = make.make_mira()
    make.make_task(mira, anna, "Later one", due_in=timedelta(days=30))
    make.make_task(mira, anna, "Late one", due_in=-timedelta(days=2))
    make.make_task(mira, boris, "Boris owes it")
    page = client.get(reverse("interactions:promises")).content.decode()
    assert page.index("Late one") < page.index("Later one") and "Boris owes it" not in page
    assert "Boris owes it" in client.get(reverse("interactions:promises"), {"whose": "team"}).content.decode()


@pytest.mark.parametrize(
    "fields, words",
    [
        ({"their_at": now(), "their_channel": "phone"}, "She called"),  # nobody took it, so she said nothing
        ({"our_at": now(), "our_channel": "email", "our_words": "The list", "our_author": True}, "Anna wrote"),
    ],
)
def test_the_card_says_no_more_than_what_was(client, anna, fields, words):
    mira = make.make_mira(pronoun="she")
    fields |= {"our_author": anna} if "our_author" in fields else {}
    make.make_conversation(mira, owner=anna, **fields)
    page = client.get(mira.get_absolute_url()).content.decode()
    assert words in page and "on the phone" not in page and "Anna answered" not in page


def test_the_customer_page_holds_card_composer_and_timeline(client, anna):
    mira = make.make_mira(language="it", pronoun="she")
    conversation = make.make_conversation(
        mira, owner=anna, their_words="Mandate un campione", their_at=now(), their_channel="phone"
    )
    make.make_interaction(mira, conversation, words="Le parole di ieri", language="it")
    page = client.get(mira.get_absolute_url()).content.decode()
    assert "She said, on the phone" in page and '<blockquote class="said said-them mt-1" lang="it">' in page
    assert "Le parole di ieri" in page and 'id="compose"' in page


def test_a_customer_nobody_spoke_to_gets_a_first_question(client, anna):
    page = client.get(make.make_mira().get_absolute_url()).content.decode()
    assert "No conversation yet" in page and "Ask which language they prefer" in page


def test_the_composer_logs_a_call_with_a_promise(client, anna):
    mira = make.make_mira()
    said = {"kind": "log", "channel": "phone", "direction": "in", "words": "Decaf"}
    promised = {"promise": "Send samples", "promise_day": "2099-03-03"}
    client.post(reverse("interactions:log", args=[mira.pk]), {**said, **promised})
    logged = Interaction.objects.get()
    assert (logged.channel, logged.direction, logged.kind, logged.author) == ("phone", "in", "call", anna)
    task = Task.objects.get()
    assert (task.what, task.customer, task.conversation) == ("Send samples", mira, logged.conversation)


def test_the_composer_writes_a_first_mail(client, anna):
    mira = make.make_mira()
    client.post(
        reverse("interactions:log", args=[mira.pk]),
        {"kind": "send", "channel": "email", "subject": "Samples", "words": "Ciao"},
    )
    message = Message.objects.get()
    assert (message.to_address, message.subject, message.conversation.customer) == ("mira@example.com", "Samples", mira)
    empty = client.post(reverse("interactions:log", args=[mira.pk]), {"kind": "send", "channel": "email", "words": ""})
    assert empty.status_code == 422 and Conversation.objects.count() == 1


def test_the_timeline_goes_on_page_by_page_and_by_kind(client, anna):
    mira = make.make_mira()
    conversation = make.make_conversation(mira)
    for number in range(40):
        at = now() - timedelta(days=number)
        make.make_interaction(mira, conversation, words=f"Words {number:02}", occurred_at=at)
    make.make_task(mira, anna, "Send two bags", created_at=now() - timedelta(days=90))
    address = reverse("interactions:timeline", args=[mira.pk])
    first = client.get(mira.get_absolute_url()).content.decode()
    assert "Words 29" in first and "Words 30" not in first
    cursor = first.split("cursor=")[1].split("#")[0]
    second = client.get(address, {"cursor": cursor}, HTTP_HX_REQUEST="true").content.decode()
    assert "Words 30" in second and "Send two bags" in second and "Words 29" not in second
    only = client.get(address, {"show": "promises"}, HTTP_HX_REQUEST="true").content.decode()
    assert "Send two bags" in only and "Words 01" not in only
    assert client.get(address, {"cursor": "x"}, HTTP_HX_REQUEST="true").status_code == 400


def test_the_customers_list_shows_last_contact_and_the_next_promise(client, anna):
    mira = make.make_mira()
    make.make_conversation(mira, touched_at=now(), waiting_since=now())
    make.make_task(mira, anna, due_in=-timedelta(days=2))
    page = client.get("/customers/").content.decode()
    assert "waits for an answer" in page and "2 days late" in page


def test_messages_in_doubt_are_settled_by_a_person(client, anna):
    mira = make.make_mira(team=make.make_team())  # whom Boris leads
    doubtful = [
        Message.objects.create(
            channel="email",
            customer=mira,
            conversation=make.make_conversation(mira),
            to_address="mira@example.com",
            subject=f"Doubt {n}",
            purpose="service",
            status="in_doubt",
            due_at=now(),
            created_at=now(),
            message_ref=f"<{n}@x>",
        )  # fmt: skip
        for n in range(2)
    ]
    assert client.get(reverse("interactions:doubt")).status_code == 403, "an agent has no right to it"
    Message.objects.filter(pk=doubtful[1].pk).update(subject="", body_text="Words to her")
    client.force_login(make.make_user("Mara", Role.MARKETING))
    page = client.get(reverse("interactions:doubt")).content.decode()
    assert "mira@example.com" in page and "Doubt 0" not in page and "Words to her" not in page, "words are not for all"
    client.force_login(make.make_boris())
    page = client.get(reverse("interactions:doubt")).content.decode()
    assert "It arrived" in page and "Send again" in page and "Doubt 0" in page and "Words to her" in page
    client.post(reverse("interactions:doubt_settle", args=[doubtful[0].pk]), {"it": "arrived"})
    client.post(reverse("interactions:doubt_settle", args=[doubtful[1].pk]), {"it": "again"})
    states = list(Message.objects.order_by("pk").values_list("status", flat=True))
    assert states == ["sent", "queued"]
    assert client.post(reverse("interactions:doubt_settle", args=[doubtful[1].pk]), {"it": "again"}).status_code == 409


def test_the_channels_say_how_mailboxes_are(client, anna):
    Mailbox.objects.create(address="ciao@meridiana.example", trouble="The server refused the password.")
    client.force_login(make.make_user("Ada", Role.ADMINISTRATOR))
    page = client.get(reverse("interactions:channels")).content.decode()
    assert "The server refused the password." in page and "/hooks/calls/" in page and "webhook-signature" in page


def test_who_sees_only_her_team_cannot_log_elsewhere(client, anna):
    mira = make.make_mira(team=anna.team)
    client.force_login(make.make_clara())
    answer = client.post(reverse("interactions:log", args=[mira.pk]), {"kind": "log", "channel": "note", "words": "x"})
    assert answer.status_code == 404 and not Interaction.objects.exists() and Customer.objects.exists()


def test_nothing_is_handed_to_a_colleague_who_may_not_read_it(client, anna):
    mara, task = make.make_user("Mara", Role.MARKETING), make.make_task(make.make_mira(), anna)
    answer = client.post(reverse("interactions:handing", args=[task.pk]), {"to": mara.pk})
    task.refresh_from_db()
    assert answer.status_code == 422 and task.offered_to is None
