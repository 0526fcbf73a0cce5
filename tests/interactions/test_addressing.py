"""Where an answer goes and what it is called: the page shows what the outbox does."""

import re
from html import unescape

import pytest
from django.urls import reverse
from django.utils.timezone import now

from customers import consenting, suppressing
from customers.models import ContactPoint
from interactions import addressing, carriers, choosing, composer, noting, outbox
from interactions.channels.mail import links
from interactions.models import Interaction, Mailbox, Message
from tests import make
from tests.interactions.postman import mail, receive, sent, sent_to_many
from tests.permuting import rarely

pytestmark = pytest.mark.django_db
ROBOT = "The shop's form <form@window.example>"
MIRA = "Mira <mira@example.com>"


@pytest.fixture
def anna(client):
    make.make_organisation()
    anna = make.make_anna()
    client.force_login(anna)
    return anna


@pytest.fixture
def mira(anna):
    return make.make_mira()


@pytest.fixture
def answer(anna):
    """Return a function that answers as the composer offers it, and returns the mail: it leaves as it was shown."""

    def answer(conversation, words="We come.", subject=""):
        conversation.refresh_from_db()
        (shown,) = [way.head for way in composer.to_answer(conversation).all if way.channel.key == "email"]
        written = composer.Written("send", "email", words, subject=subject, shown_to=shown.to.address)
        composer.write(written, by=anna, conversation=conversation)
        message = Message.objects.filter(conversation=conversation).latest("pk")
        assert (message.to_address, message.subject) == (shown.to.address, subject or shown.subject)
        return message

    return answer


@pytest.fixture
def answer_on_page(client):
    """Return a function that reads To and subject on a conversation's page, answers there, and returns all three."""

    def answer(conversation, **said):
        page = client.get(conversation.get_absolute_url()).content.decode()
        to = unescape(re.search(r'name="shown_to" value="([^"]*)"', page)[1])
        subject = unescape(re.search(r'id="answer-subject-email"[^>]* placeholder="([^"]*)"', page)[1])
        said = {"kind": "send", "channel": "email", "words": "We come.", "shown_to": to, **said}
        return to, subject, client.post(reverse("interactions:words", args=[conversation.pk]), said)

    return answer


class TestReplyTo:
    def test_a_form_writes_for_a_customer_it_is_filed_there_and_answered_there(self, mira, answer_on_page):
        arrived = receive(mail(ROBOT, Reply_To="Mira <MIRA@example.com>"))
        assert arrived.customer == mira and arrived.conversation.customer == mira
        shown, subject, _page = answer_on_page(arrived.conversation)
        message = Message.objects.get()
        assert (message.to_address, message.subject) == (shown, subject) == ("mira@example.com", "Re: Ciao")
        assert message.to_name == "Mira Kovač"
        assert message.contact_point == mira.contact_points.get(channel="email")

    def test_of_somebody_new_it_is_nobodys_and_registers_them_not_the_form(self, client, anna, answer):
        place = receive(mail(ROBOT, Reply_To="Teodora <teodora@posta.example>")).conversation
        assert place.customer is None and answer(place).to_address == "teodora@posta.example"
        page = client.get(reverse("interactions:conversations"), {"whose": "nobody"}).content.decode()
        assert "teodora@posta.example" in page[page.index("inbox-name") :].partition("</a>")[0]
        client.post(reverse("interactions:whose", args=[place.pk]), {"name": "Teodora Marchi"})
        place.refresh_from_db()
        assert place.customer.contact_points.get().value == "teodora@posta.example"

    @pytest.mark.parametrize(
        "sender", ["sales+form@shop.example", *rarely("ciao@meridiana.example", "Vendite@meridiana.example")]
    )
    def test_a_form_that_writes_in_our_own_name_is_the_customers(self, mira, answer, sender):
        Mailbox.objects.create(address="Sales@shop.example")
        arrived = receive(mail(f"Meridiana <{sender}>", Reply_To=MIRA))
        assert arrived.customer == mira and answer(arrived.conversation).to_address == "mira@example.com"

    @pytest.mark.parametrize(
        "reply_to",
        ["ciao@meridiana.example", "<@>", *rarely("no-reply@x.example", "reply+x@meridiana.example", "Mira", MIRA)],
    )
    def test_a_reply_to_that_leads_nowhere_else_is_passed_over(self, mira, answer, reply_to):
        arrived = receive(mail(MIRA, Reply_To=reply_to))
        assert arrived.customer == mira and arrived.reply_to == ""
        assert answer(arrived.conversation).to_address == "mira@example.com"

    def test_a_mailing_list_that_wants_the_answers_does_not_get_them(self, mira, answer):
        wanted = {"List-Post": "<mailto:orders@lists.example>", "Reply_To": "orders@lists.example"}
        assert answer(receive(mail(MIRA, **wanted)).conversation).to_address == "mira@example.com"

    @pytest.mark.parametrize(
        ("sender", "reply_to", "goes_to"),
        [
            (MIRA, "assistant@example.com, mira@example.com", "mira@example.com"),
            (ROBOT, "stranger@posta.example, mira@example.com", "mira@example.com"),
            (ROBOT, "ciao@meridiana.example, stranger@posta.example", "stranger@posta.example"),
            (ROBOT, "first@posta.example, second@posta.example", "first@posta.example"),
        ],
    )
    def test_of_several_the_writers_own_counts_then_one_that_we_know_then_the_first(
        self, mira, answer, sender, reply_to, goes_to
    ):
        assert answer(receive(mail(sender, Reply_To=reply_to)).conversation).to_address == goes_to

    def test_hundreds_of_them_are_not_looked_up_one_by_one(self, mira, django_assert_max_num_queries):
        many = ", ".join(f"nobody{number}@posta.example" for number in range(900))
        with django_assert_max_num_queries(60):
            assert receive(mail(ROBOT, Reply_To=many)).reply_to == "nobody0@posta.example"

    def test_a_form_that_was_once_taken_for_somebody_does_not_get_what_others_write_in_it(self, mira, anna):
        make.make_customer("The Form", email="form@window.example")
        assert receive(mail(ROBOT, Reply_To=MIRA)).customer == mira
        assert receive(mail(ROBOT)).customer.name == "The Form"

    def test_who_writes_with_the_address_of_their_firm_is_still_who_wrote(self, mira, answer):
        make.make_customer("Example", kind="company", email="info@example.com")
        arrived = receive(mail(MIRA, Reply_To="info@example.com"))
        assert arrived.customer == mira and answer(arrived.conversation).to_address == "info@example.com"


class TestWhoWroteLast:
    def test_a_third_person_who_wrote_in_her_conversation_is_answered(self, client, mira, anna, answer):
        place = receive(mail(MIRA)).conversation
        message = sent(place, anna)
        receive(mail("Avv. Neri <neri@studio.example>", to=links.answer_address(message.pk)))
        message = answer(place)
        assert (message.to_address, message.to_name, message.contact_point) == ("neri@studio.example", "", None)
        assert message.customer == mira

    def test_the_mail_does_not_go_to_somebody_else_than_the_page_showed(self, client, mira, anna, answer_on_page):
        place = receive(mail(MIRA)).conversation
        message = sent(place, anna)
        receive(mail("neri@studio.example", to=links.answer_address(message.pk)))
        *_shown, refused = answer_on_page(place, shown_to="mira@example.com")
        assert refused.status_code == 409 and "neri@studio.example" in refused.content.decode()
        assert Message.objects.get() == message

    def test_what_a_machine_or_one_of_us_sent_is_not_answered(self, mira, anna, answer):
        place = receive(mail(MIRA)).conversation
        message = sent(place, anna)
        receive(mail("vacation@example.org", to=links.answer_address(message.pk), Auto_Submitted="auto-replied"))
        receive(mail("Chiara <chiara@meridiana.example>", to=links.answer_address(message.pk)))
        receive(mail(f"Anna at home <{anna.email}>", to=links.answer_address(message.pk)))
        assert answer(place).to_address == "mira@example.com"

    def test_a_colleague_who_buys_here_too_is_a_customer(self, anna, answer):
        clara = make.make_user("Clara", email="clara@home.example")
        customer = make.make_customer("Clara", email=clara.email)
        arrived = receive(mail(clara.email))
        assert arrived.customer == customer and answer(arrived.conversation).to_address == clara.email

    def test_a_machine_that_reads_nothing_is_not_answered(self, client, anna, answer):
        place = receive(mail("Shop <no-reply@shop.example>", words="Teodora asks: is it in stock?")).conversation
        page = client.get(place.get_absolute_url()).content.decode()
        assert "Not by e-mail: nobody reads what is sent to no-reply@shop.example." in page
        with pytest.raises(outbox.NotReachable):
            outbox.queue(channel="email", conversation=place, text="Yes", by=anna)
        client.post(reverse("interactions:whose", args=[place.pk]), {"name": "Teodora Marchi"})
        place.refresh_from_db()
        assert not place.customer.contact_points.exists()
        make.make_contact_point(place.customer, "teodora@posta.example")
        assert answer(place).to_address == "teodora@posta.example"

    def test_nor_one_that_wrote_after_her(self, client, mira, anna, answer):
        place = receive(mail(MIRA)).conversation
        receive(mail("non-rispondere@corriere.example", to=links.answer_address(sent(place, anna).pk)))
        assert answer(place).to_address == "mira@example.com"

    def test_who_is_known_by_such_an_address_is_written_to_there(self, anna, answer):
        make.make_customer("The portal", email="noreply+7@portal.example")
        place = receive(mail("noreply+7@portal.example")).conversation
        assert answer(place).to_address == "noreply+7@portal.example"

    def test_an_address_of_theirs_that_works_no_more_is_told_and_the_best_other_taken(self, client, mira, answer):
        work = make.make_contact_point(mira, "mira@work.example")
        place = receive(mail(MIRA)).conversation
        ContactPoint.objects.filter(value="mira@example.com").update(bounced_at=now())
        page = client.get(place.get_absolute_url()).content.decode()
        assert "Not to mira@example.com: the address does not work." in page
        assert answer(place).contact_point == work
        work.delete()
        assert "Not by e-mail: the address does not work" in client.get(place.get_absolute_url()).content.decode()
        with pytest.raises(outbox.NotReachable):
            outbox.queue(channel="email", conversation=place, text="Hello")

    def test_a_complaint_does_not_forbid_an_answer_but_is_told(self, client, mira, answer):
        place = receive(mail(MIRA)).conversation
        ContactPoint.objects.update(complained_at=now())
        page = client.get(place.get_absolute_url()).content.decode()
        assert "mira@example.com: complained about a message." in page
        assert answer(place).to_address == "mira@example.com"

    def test_the_gate_holds_for_a_third_person_whom_we_know(self, client, mira, anna):
        place = receive(mail(MIRA)).conversation
        lawyer = make.make_customer("Bruno Neri", email="neri@studio.example")
        receive(mail("neri@studio.example", to=links.answer_address(sent(place, anna).pk)))
        assert carriers.of("email").head_of_answer(place).to == addressing.Addressee("neri@studio.example")
        consenting.withdraw(lawyer, "service", "email", source="x")
        page = client.get(place.get_absolute_url()).content.decode()
        assert "Not by e-mail: neri@studio.example: refused." in page
        with pytest.raises(outbox.NotReachable, match="refused"):
            outbox.queue(channel="email", conversation=place, text="Hello", by=anna)

    def test_nobodys_address_that_was_dead_when_somebody_had_it_stays_dead(self, anna):
        point = make.make_contact_point(make.make_customer("Rui Teles"), "old@example.org", bounced_at=now())
        suppressing.remember(point)
        point.delete()
        place = receive(mail("old@example.org")).conversation
        with pytest.raises(outbox.NotReachable, match="does not work"):
            outbox.queue(channel="email", conversation=place, text="Hello", by=anna)

    def test_nothing_is_sent_to_ourselves_even_if_it_is_all_that_is_known(self, anna):
        us = make.make_customer("Ourselves", email="ciao@meridiana.example")
        place = receive(mail("Meridiana <ciao@meridiana.example>")).conversation
        for conversation in (place, make.make_conversation(us)):
            with pytest.raises(outbox.NotReachable):
                outbox.queue(channel="email", conversation=conversation, text="Hello", by=anna)


class TestSubject:
    def test_it_is_an_answer_to_the_last_mails_subject(self, mira, answer):
        place = receive(mail(subject="The grinder")).conversation
        assert answer(place).subject == "Re: The grinder"
        receive(mail(subject="AW: Re: The grinder, again"))
        assert answer(place, words="Again.").subject == "Re: The grinder, again"
        receive(mail(subject=""))
        assert answer(place, words="And again.").subject == "Re: The grinder, again"
        assert answer(place, words="See below.", subject="Our offer").subject == "Our offer"

    @pytest.mark.parametrize(
        "theirs",
        [
            "Re: R: AW: Fwd: The grinder",
            "RES: ENC: The grinder",
            "Re[2]: Re*3: Re^4: RE (5): The grinder",
            "VS: SV: Odp: YNT: The grinder",
            "回复：答复: The grinder",
        ],
    )
    def test_it_has_one_re_whatever_their_programs_put_there(self, theirs):
        assert choosing.subject(theirs) == "The grinder"

    def test_a_note_that_a_server_puts_there_each_time_is_there_once(self, mira, answer):
        place = receive(mail(subject="[EXTERNAL] The grinder")).conversation
        assert answer(place).subject == "Re: [EXTERNAL] The grinder"
        receive(mail(subject="[EXTERNAL] Re: [External] Re: [EXTERNAL] The grinder"))
        assert answer(place, words="Again.").subject == "Re: [EXTERNAL] The grinder"

    @pytest.mark.parametrize("theirs", ["[Order 7] Ref: 12, re-order: no", "Respect: we need it", "[]", "Versus: x"])
    def test_their_own_words_stay(self, theirs):
        assert choosing.subject(theirs) == theirs

    def test_a_private_note_never_becomes_one(self, client, mira, anna, answer):
        place = noting.log("note", words="He drinks. Do not send Clara there.", by=anna, customer=mira).conversation
        assert place.subject.startswith("He drinks")
        assert answer(place).subject == "Meridiana"
        noting.log("call", words="He shouted at me", subject="Impossible man", by=anna, conversation=place)
        assert answer(place, words="More").subject == "Meridiana"

    def test_a_mail_without_a_subject_in_a_matter_that_a_note_opened_takes_none_from_it(self, mira, anna, answer):
        place = noting.log("note", words="Bad payer", by=anna, customer=mira).conversation
        receive(mail(subject=""))
        assert answer(place).subject == "Meridiana"

    def test_the_first_mail_to_a_customer_is_called_as_its_composer_says(self, client, mira):
        page = client.get(mira.get_absolute_url()).content.decode()
        assert re.search(r'id="compose-subject-email"[^>]* placeholder="Meridiana"', page)
        assert re.search(r'name="shown_to" value="mira@example.com"', page)
        said = {"kind": "send", "channel": "email", "words": "Dear Mira,\nall is well.", "shown_to": "mira@example.com"}
        client.post(reverse("interactions:log", args=[mira.pk]), said)
        assert Message.objects.get().subject == "Meridiana"

    def test_an_answer_to_a_campaign_carries_what_its_reader_saw(self, mira, answer):
        message = sent_to_many(mira)
        place = receive(mail(to=links.answer_address(message.pk), subject="")).conversation
        assert answer(place).subject == "Re: Per Mira"

    def test_it_is_never_longer_than_its_column(self, mira, answer):
        place = receive(mail(subject="x" * 250)).conversation
        assert answer(place).subject == f"Re: {'x' * 246}"
        assert Interaction.objects.get().subject == "x" * 250
