"""One Message-ID, two mails: the same once more is one interaction, anything else is filed as well."""

import pytest
from django.utils.timezone import now

from interactions import concluding, outbox
from interactions.channels.mail import links
from interactions.channels.mail.gateway import reading
from interactions.models import Conversation, Interaction, Message, Original
from tests import make
from tests.interactions.postman import mail, receive, sent, sent_to_many

pytestmark = pytest.mark.django_db
COURIER = {"sender": "Courier <notices@courier.example>", "Message_ID": "<fixed-0001@courier.example>"}
DATE = "Mon, 02 Mar 2026 09:00:00 +0100"
FOOTER = "\r\n\r\n_______________________\r\nOrders mailing list\r\nhttps://lists.example/orders"
LIST = {"List_Post": "<mailto:orders@lists.example>"}


@pytest.fixture(autouse=True)
def organisation():
    make.make_organisation()


def courier(words, subject="Parcel", **headers):
    return mail(subject=subject, words=words, **{"Date": DATE, **COURIER, **headers})


def through(server, raw):
    """The same mail as another server delivers it."""
    return f"Received: from {server}; {DATE}\r\nDelivered-To: box@{server}\r\n".encode() + raw


class TestOtherContent:
    def test_a_fixed_message_id_loses_no_mail(self):
        first, second = receive(courier("5510 is in Salerno")), receive(courier("5987 is wet: answer today", "Damaged"))
        assert first != second and second.words == "5987 is wet: answer today"
        assert first.conversation != second.conversation
        assert Conversation.objects.waiting().count() == 2
        assert (links.said_ref(first.message_ref), links.said_ref(second.message_ref)) == (
            "fixed-0001@courier.example",
        ) * 2
        assert bytes(Original.objects.get(interaction=second).raw).endswith(b"today\r\n")

    def test_each_of_them_is_one_however_often_it_comes(self):
        raws = [courier(f"Parcel {number} is here") for number in (1, 2, 3)]
        rows = [receive(raw) for raw in raws]
        assert [receive(through("mx2.example", raw)) for raw in raws] == rows == [receive(raw) for raw in raws]
        assert Interaction.objects.count() == 3

    @pytest.mark.parametrize(
        "changed",
        [
            {"words": "5510 is in Salerno. Answer today."},
            {"subject": "Parcel, urgent"},
            {"Date": "Mon, 02 Mar 2026 10:00:00 +0100"},
            {"sender": "Another <other@courier.example>"},
            {"words": f"5510 is in Salerno{FOOTER}"},  # no list passed it on: who knows what stands there
        ],
    )
    def test_one_thing_that_differs_is_enough(self, changed):
        said = {"words": "5510 is in Salerno"}
        assert receive(courier(**said)) != receive(courier(**{**said, **changed}))

    def test_another_file_with_the_same_words_is_another_mail(self):
        raws = [_with_file(content) for content in (b"cGxhbg==", b"cGxhbw==")]
        first, second = (receive(raw) for raw in raws)
        assert first != second and first.attachments == second.attachments
        assert receive(through("mx2.example", raws[1])) == second

    def test_its_conversation_is_chosen_as_for_any_mail(self):
        rui = make.make_customer("Rui Teles", email="notices@courier.example")
        first = receive(courier("One"))
        assert receive(courier("Two")).conversation == first.conversation and first.customer == rui

    def test_who_refers_to_it_comes_into_a_conversation_of_theirs_and_into_nobody_elses(self):
        ana, lea = (make.make_customer(name, email=f"{name.lower()}@posta.example") for name in ("Ana", "Lea"))
        form = {"sender": "A form <form@window.example>", "Message_ID": "<contact@window.example>"}
        first, second = (receive(mail(Reply_To=f"{name}@posta.example", words=name, **form)) for name in ("ana", "lea"))
        for one in (ana, lea):
            make.make_conversation(one, "Another matter")
        again = {"In_Reply_To": "<contact@window.example>"}
        assert receive(mail("ana@posta.example", words="More", **again)).conversation == first.conversation
        assert receive(mail("lea@posta.example", words="Also", **again)).conversation == second.conversation
        stranger = receive(mail("rui@posta.example", words="Who are you?", **again))
        assert stranger.customer is None and stranger.conversation not in (first.conversation, second.conversation)

    def test_the_answer_names_the_message_id_that_the_mail_had(self):
        place = receive(courier("One")).conversation
        Conversation.objects.exclude(pk=place.pk).delete()
        second = receive(courier("Two", In_Reply_To="<fixed-0001@courier.example>"))
        assert second.conversation == place
        message = outbox.queue(channel="email", conversation=place, text="We come")
        assert message.in_reply_to == message.references == "fixed-0001@courier.example"

    def test_a_very_long_message_id_too(self):
        long = {"Message_ID": f"<{'x' * 300}@courier.example>"}
        rows = [receive(courier(words, **long)) for words in ("One", "Two", "One", "Two")]
        assert rows[:2] == rows[2:] and rows[0] != rows[1]


class TestTheSameMail:
    def test_two_mailboxes_get_it_through_different_servers_and_it_is_one(self):
        raw = mail()
        assert receive(through("mx1.example", raw)) == receive(through("mx2.example", raw))
        assert Interaction.objects.count() == 1

    @pytest.mark.parametrize("empty", [{"Message_ID": ""}, {"Message-ID": "<>"}, {"Message-ID": " "}])
    def test_without_a_message_id_too_if_it_says_when_it_was_written(self, empty):
        raw = mail(Date=DATE, **empty)
        assert receive(through("mx1.example", raw)) == receive(through("mx2.example", raw.replace(b"\r\n", b"\n")))
        assert receive(mail(Date=DATE, words="Something else", **empty)) != receive(raw)
        assert Interaction.objects.count() == 2

    def test_without_either_all_of_its_bytes_count(self):
        raw = mail(Message_ID="")
        assert receive(raw) == receive(raw) != receive(through("mx2.example", raw))

    def test_one_that_was_filed_when_all_bytes_counted_is_known(self):
        raw = mail(Message_ID="", Date=DATE)
        first = receive(raw)
        Interaction.objects.update(message_ref=reading.named_by_bytes(raw))
        assert receive(raw) == first

    @pytest.mark.parametrize("is_list_first", [True, False])
    def test_a_copy_through_a_mailing_list_with_its_footer_is_one(self, is_list_first):
        alone = mail(words="Two bags", Date=DATE, Message_ID="<1@example.com>")
        listed = {
            "subject": "[Orders] Ciao",
            "words": f"Two bags{FOOTER}",
            "Date": DATE,
            "Message_ID": "<1@example.com>",
        }
        copies = [alone, mail(**listed, **LIST)]
        copies.append(mail("Mira via Orders <orders@lists.example>", Reply_To="mira@example.com", **listed, **LIST))
        rows = {receive(raw) for raw in (copies[::-1] if is_list_first else copies)}
        assert len(rows) == 1
        answered = {**listed, "words": "Three bags, please"}
        assert receive(mail(**answered, **LIST)) not in rows, "its words differ"

    def test_without_a_date_a_mailing_list_is_no_excuse(self):
        receive(mail(words="Two bags", Message_ID="<1@example.com>", **LIST))
        receive(mail(words=f"Two bags{FOOTER}", Message_ID="<1@example.com>", **LIST))
        assert Interaction.objects.count() == 2

    def test_a_mail_of_ours_that_comes_back_by_somebodys_rule_is_not_theirs(self):
        anna, mira = make.make_anna(), make.make_mira()
        for ours in (sent(make.make_conversation(mira), anna), sent_to_many(mira)):
            own = {"sender": "Meridiana <ciao@meridiana.example>", "Message_ID": f"<{ours.message_ref}>"}
            assert receive(mail(words="Our answer", **own)) == ours.interaction

    def test_words_that_come_under_a_message_id_of_ours_are_filed(self):
        anna, mira = make.make_anna(), make.make_mira()
        ours = sent(make.make_conversation(mira), anna)
        answer = receive(mail(words="A careless program answered", Message_ID=f"<{ours.message_ref}>"))
        assert answer != ours.interaction and answer.direction == "in"

    def test_such_words_hold_up_no_batch_that_is_still_to_be_written(self):
        mira = make.make_mira()
        message = outbox.queue(channel="email", conversation=make.make_conversation(mira), text="Hello")
        receive(mail(Message_ID=f"<{links.message_ref(message.pk)}>"))
        Message.objects.update(status="sending", worker="w", sent_at=now())
        assert concluding.mark_sent({message.pk: ""}, worker="w", subjects={message.pk: "Hello"}) == 1


def _with_file(content):
    head = f"From: notices@courier.example\r\nSubject: Plan\r\nDate: {DATE}\r\nMessage-ID: <1@courier.example>\r\n"
    return head.encode() + (
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee the plan\r\n'
        b'--b\r\nContent-Type: application/pdf; name="plan.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        + content
        + b"\r\n--b--\r\n"
    )
