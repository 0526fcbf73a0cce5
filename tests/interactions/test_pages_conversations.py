"""Anna reads and answers conversations in the pages, as links and forms without script."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import now

from customers import consenting
from interactions.channels.mail import receiving
from interactions.channels.mail.gateway import reading
from interactions.models import Conversation, Interaction, Message, Task
from staff.roles import Role
from tests import make

pytestmark = pytest.mark.django_db
MAIL = b"""From: Mira <mira@example.com>\r
To: ciao@meridiana.example\r
Subject: The grinder\r
Message-ID: <one@example.com>\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=X\r
\r
--X\r
Content-Type: text/html; charset=utf-8\r
\r
<p onclick="steal()">It is <b>too loud</b>.<script>alert(1)</script><img src="https://spy.example/x.gif"></p>\r
--X\r
Content-Type: application/pdf; name="plan.pdf"\r
Content-Disposition: attachment; filename="plan.pdf"\r
Content-Transfer-Encoding: base64\r
\r
cGxhbg==\r
--X--\r
"""


@pytest.fixture
def anna(client):
    make.make_organisation()
    anna = make.make_anna()
    client.force_login(anna)
    return anna


def waiting(customer, owner, words="It is too loud", hours=3, **fields):
    at = now() - timedelta(hours=hours)
    conversation = make.make_conversation(
        customer, owner=owner, opened_at=at, waiting_since=at, their_words=words, their_channel="email", their_at=at,
        **fields,
    )  # fmt: skip
    make.make_interaction(
        customer, conversation, words=words, occurred_at=at, from_address="mira@example.com", language="it"
    )
    return conversation


def test_those_who_wait_longest_stand_first(client, anna):
    mira = make.make_mira()
    waiting(mira, anna, "The younger words", hours=1)
    waiting(mira, anna, "The older words", hours=5)
    make.make_conversation(mira, owner=anna, our_words="We wrote last", our_at=now())
    page = client.get(reverse("interactions:conversations")).content.decode()
    assert page.index("The older words") < page.index("The younger words") < page.index("We wrote last")


def test_the_words_carry_their_language_and_the_quoted_ones_are_folded(client, anna):
    conversation = waiting(make.make_mira(language="it"), anna)
    Interaction.objects.update(quoted="You wrote:\nHello")
    page = client.get(conversation.get_absolute_url()).content.decode()
    assert 'lang="it"' in page and "Show the quoted text, 2 lines" in page


def test_an_answer_goes_to_the_outbox_and_the_next_that_waits_opens(client, anna):
    mira = make.make_mira()
    first, second = waiting(mira, anna, hours=5), waiting(mira, anna, hours=1)
    answer = client.post(
        reverse("interactions:words", args=[first.pk]),
        {"kind": "send", "channel": "email", "words": "We come on Monday."},
    )
    message = Message.objects.get()
    assert (message.conversation, message.to_address, message.body_text) == (
        first,
        "mira@example.com",
        "We come on Monday.",
    )
    assert answer.url == second.get_absolute_url()
    page = client.get(reverse("interactions:conversations")).content.decode()
    assert page.index(f"/conversations/{second.pk}/") < page.index(f"/conversations/{first.pk}/"), "it waits no more"


def test_send_and_settle_does_both(client, anna):
    conversation = waiting(make.make_mira(), anna)
    client.post(
        reverse("interactions:words", args=[conversation.pk]),
        {"kind": "send", "channel": "email", "words": "Done.", "then": "settle"},
    )
    conversation.refresh_from_db()
    assert not conversation.is_open and Message.objects.count() == 1


def test_who_refuses_mail_gets_none_and_the_page_says_so(client, anna):
    mira = make.make_mira()
    conversation = waiting(mira, anna)
    consenting.withdraw(mira, "service", "email", source="test")
    page = client.get(conversation.get_absolute_url()).content.decode()
    assert "Not by e-mail: refused" in page
    answer = client.post(
        reverse("interactions:words", args=[conversation.pk]), {"kind": "send", "channel": "email", "words": "Hello"}
    )
    assert answer.status_code == 409 and not Message.objects.exists()


def test_an_empty_answer_is_told_so(client, anna):
    conversation = waiting(make.make_mira(), anna)
    answer = client.post(
        reverse("interactions:words", args=[conversation.pk]), {"kind": "send", "channel": "email", "words": "  "}
    )
    assert answer.status_code == 422 and "Write something before you send it" in answer.content.decode()


def test_a_note_stays_among_us_and_can_hold_a_promise(client, anna):
    conversation = waiting(make.make_mira(), anna)
    client.post(
        reverse("interactions:words", args=[conversation.pk]),
        {
            "kind": "log",
            "channel": "note",
            "words": "Ask the technician",
            "promise": "Call her",
            "promise_day": "2099-01-05",
        },
    )
    conversation.refresh_from_db()
    assert conversation.waiting_since is not None
    task = Task.objects.get()
    assert (task.what, task.conversation, task.owner, task.has_time) == ("Call her", conversation, anna, False)


def test_a_promise_for_a_day_that_is_over_is_refused_and_nothing_else_is_done(client, anna):
    conversation = waiting(make.make_mira(), anna)
    said = {"kind": "send", "channel": "email", "words": "We come.", "promise": "Come by", "promise_day": "2001-01-05"}
    answer = client.post(reverse("interactions:words", args=[conversation.pk]), said)
    assert answer.status_code == 422 and "This day is over" in answer.content.decode()
    assert not Task.objects.exists() and not Message.objects.exists()


def test_settled_and_reopened(client, anna):
    conversation = waiting(make.make_mira(), anna)
    page = client.post(reverse("interactions:settlement", args=[conversation.pk]), follow=True).content.decode()
    assert reverse("interactions:reopening", args=[conversation.pk]) in page, "the toast offers Undo"
    client.post(reverse("interactions:reopening", args=[conversation.pk]))
    conversation.refresh_from_db()
    assert conversation.is_open
    assert client.post(reverse("interactions:reopening", args=[conversation.pk])).status_code == 409


def test_handed_to_a_colleague(client, anna):
    conversation, boris = waiting(make.make_mira(), anna), make.make_boris()
    client.post(reverse("interactions:owner", args=[conversation.pk]), {"to": boris.pk})
    conversation.refresh_from_db()
    assert conversation.owner == boris


def test_a_message_moves_to_the_matter_it_belongs_to(client, anna):
    mira = make.make_mira()
    old = make.make_conversation(mira, "Samples", owner=anna)
    make.make_task(mira, anna, conversation=old)
    make.make_conversation(mira, "Invoice", owner=anna, status="settled")
    new = waiting(mira, anna, subject="A new one")
    page = client.get(new.get_absolute_url()).content.decode()
    assert 'aria-keyshortcuts="1"' in page and page.index("Samples</button>") < page.index("Invoice</button>")
    answer = client.post(reverse("interactions:move", args=[new.interactions.get().pk]), {"to": old.pk})
    assert answer.url == old.get_absolute_url() and not Conversation.objects.filter(pk=new.pk).exists()


def test_nobodys_conversation_gets_a_customer_found_or_made(client, anna):
    mira = make.make_mira(email=None)
    conversation = waiting(None, None)
    page = client.get(reverse("interactions:conversations"), {"whose": "nobody"}).content.decode()
    assert "It is too loud" in page
    row = page[page.index("inbox-name") :].partition("</a>")[0]
    assert "mira@example.com" in row, "the list names who wrote by their address"
    client.post(reverse("interactions:whose", args=[conversation.pk]), {"name": "Rui Teles"})
    conversation.refresh_from_db()
    assert conversation.customer.name == "Rui Teles"
    assert conversation.customer.contact_points.get().value == "mira@example.com"
    client.post(reverse("interactions:whose", args=[conversation.pk]), {"customer": mira.pk})
    assert Interaction.objects.get().customer == mira


def test_who_names_a_stranger_is_not_told_whose_address_of_another_team_that_is(client, anna):
    conversation = waiting(None, None)  # from mira@example.com, and then:
    make.make_customer("Mira Kovač", email="mira@example.com", keeper=anna, team=anna.team)
    client.force_login(make.make_clara())
    answer = client.post(reverse("interactions:whose", args=[conversation.pk]), {"name": "Somebody"}, follow=True)
    conversation.refresh_from_db()
    assert conversation.customer is None and "Kovač" not in answer.content.decode()
    assert answer.status_code == 403 and "another team" in answer.content.decode()


def test_a_mail_is_shown_in_a_frame_where_nothing_runs_and_its_file_is_saved(client, anna):
    make.make_mira(keeper=anna)
    interaction = receiving.receive(reading.read(MAIL), MAIL)
    frame = client.get(reverse("interactions:html", args=[interaction.pk]))
    html, policy = frame.content.decode(), frame["Content-Security-Policy"]
    assert "<b>too loud</b>" in html and "script" not in html and "spy.example" not in html and "onclick" not in html
    for rule in ("default-src 'none'", "style-src 'unsafe-inline'", "img-src 'self'", "frame-ancestors 'self'"):
        assert rule in policy
    assert "sandbox" in policy.split("; ")[-1] or "; sandbox" in policy or policy.startswith("sandbox")
    assert frame["X-Frame-Options"] == "SAMEORIGIN"
    saved = client.get(reverse("interactions:attachment", args=[interaction.pk, 0]))
    assert saved.content == b"plan" and saved["Content-Disposition"].startswith("attachment")
    assert client.get(reverse("interactions:raw", args=[interaction.pk])).content == MAIL
    assert client.get(reverse("interactions:attachment", args=[interaction.pk, 9])).status_code == 404


def test_clara_of_another_team_sees_none_of_it(client, anna):
    conversation = waiting(make.make_mira(team=anna.team), anna, team=anna.team)
    client.force_login(make.make_clara())
    assert client.get(conversation.get_absolute_url()).status_code == 404
    assert client.post(reverse("interactions:settlement", args=[conversation.pk])).status_code == 404
    interaction = conversation.interactions.get()
    assert client.get(reverse("interactions:html", args=[interaction.pk])).status_code == 404


def test_marketing_reads_no_words(client, anna):
    mira = make.make_mira()
    conversation = waiting(mira, anna, "A secret of hers")
    client.force_login(make.make_user("Mara", Role.MARKETING))
    assert client.get(conversation.get_absolute_url()).status_code == 403
    page = client.get(mira.get_absolute_url())
    assert page.status_code == 200 and "A secret of hers" not in page.content.decode()
    assert client.get("/").status_code == 200


def test_paging_goes_on_after_those_that_wait(client, anna):
    mira = make.make_mira()
    for number in range(45):
        waiting(mira, anna, f"Words {number:02}", hours=100 - number)
    make.make_conversation(mira, owner=anna, our_words="We wrote last", our_at=now())
    first = client.get(reverse("interactions:conversations")).content.decode().split("master-detail")[0]
    assert "Words 39" in first and "Words 40" not in first and "We wrote last" not in first
    older = first.split('href="?waiting=')[1].split('"')[0]
    second = client.get(reverse("interactions:conversations"), {"waiting": older}).content.decode()
    second = second.split("master-detail")[0]
    assert "Words 44" in second and "We wrote last" in second and "Words 39" not in second


@pytest.mark.parametrize(("kind", "channel"), [("send", "email"), ("log", "phone")])
def test_a_form_that_is_sent_twice_counts_once(client, anna, kind, channel):
    mira, rui = make.make_mira(), make.make_customer("Rui Teles", email="rui@example.com")
    conversation = waiting(mira, anna)
    said = {"kind": kind, "channel": channel, "words": "We come on Monday.", "promise": "Come by"}
    addresses = [reverse("interactions:words", args=[conversation.pk]), reverse("interactions:log", args=[rui.pk])]
    for address in addresses * 2:
        assert client.post(address, said).status_code == 302
    assert Message.objects.count() + Interaction.objects.filter(author=anna).count() == 2
    assert mira.tasks.count() == rui.tasks.count() == 1


def test_what_they_wrote_elsewhere_is_logged_waits_and_stays_on_the_page(client, anna):
    settled = {"status": "settled", "settled_at": now() - timedelta(hours=1)}
    conversation = make.make_conversation(make.make_mira(), owner=anna, their_channel="whatsapp", **settled)
    page = client.get(conversation.get_absolute_url()).content.decode()
    assert '<option value="whatsapp">' in page and '<option value="email">' not in page  # that can be sent
    said = {"kind": "log", "channel": "whatsapp", "words": "Can you come on Monday?", "direction": "in"}
    answer = client.post(reverse("interactions:words", args=[conversation.pk]), said)
    assert answer.url == conversation.get_absolute_url()
    logged = Interaction.objects.get()
    assert (logged.channel, logged.kind, logged.direction, logged.author) == ("whatsapp", "message", "in", anna)
    conversation.refresh_from_db()
    assert conversation.waiting_since == logged.occurred_at and conversation.is_open
