"""Nothing that one message does hurts another: it fails alone, with its reason, whatever sends the others."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils.timezone import now

from interactions import concluding, delivering, recovering
from interactions.channels.mail.carrier import MailCarrier
from interactions.channels.mail.gateway.sending import Sender
from interactions.gateways import journal
from interactions.models import Interaction, Message
from tests.interactions.postman import campaign, mails, personal

pytestmark = pytest.mark.django_db
UNFILLABLE = "Cara {{ first_name | append }}"  # an older version let it be saved


class Stumbling(Sender):
    """A carrier with an error of its own: over one address it falls while the mail before is on its way."""

    def send(self, envelopes, **hooks):
        return super().send(map(self._look_at, envelopes), **hooks)

    @staticmethod
    def _look_at(envelope):
        if envelope.to.startswith("stumble"):
            raise ZeroDivisionError("over a stone")
        return envelope


def states():
    return {message.to_address.partition("@")[0]: message for message in Message.objects.all()}


def test_a_wording_that_cannot_be_filled_in_fails_alone(worker, server, anna):
    campaign("Ada", "Ugo", body=UNFILLABLE)
    personal(anna)
    assert worker.deliver_batch() == 3
    found = states()
    assert found["mira"].status == "sent" and len(mails(server)) == 1
    for name in ("ada", "ugo"):
        assert found[name].status == "failed" and "could not be written" in found[name].reason


def deliver_anew(tmp_path, server_port, size=8):
    """One batch by a process that knows nothing of the batches before."""
    worker = delivering.Worker(MailCarrier(server=Stumbling("127.0.0.1", server_port)), tmp_path / "journal")
    Message.objects.filter(status="queued").update(due_at=now())
    done = worker.deliver_batch(size)
    worker.close()
    return done


def test_what_makes_the_sending_fall_is_alone_in_the_end_and_the_others_leave(server, settings, tmp_path):
    campaign("Ada", "Ugo", "Bea", "Stumble", "Ida", "Leo", "Eva", "Ivo")
    batches = 0
    while Message.objects.filter(status="queued").exists():
        assert batches < 30, "It does not come to an end."
        batches += deliver_anew(tmp_path, settings.EMAIL_PORT) and 1
    found = states()
    stumbled = found.pop("stumble")
    assert {message.status for message in found.values()} == {"sent"}
    arrived = [mail["To"] for mail in mails(server)]
    assert len(arrived) == len(set(arrived)) == 7
    assert stumbled.status == "failed" and "over a stone" in stumbled.reason
    assert stumbled.rounds == 3 + concluding.ROUNDS_ALONE - 1 and batches <= 10


def test_meanwhile_those_of_other_batches_are_not_drawn_into_it(server, settings, tmp_path, anna):
    (stumble, ada) = campaign("Stumble", "Ada")
    deliver_anew(tmp_path, settings.EMAIL_PORT)
    assert set(Message.objects.values_list("status", "rounds")) == {("queued", 1)}
    message = personal(anna)
    assert deliver_anew(tmp_path, settings.EMAIL_PORT) == 1
    message.refresh_from_db()
    assert (message.status, message.rounds) == ("sent", 0)


def test_a_sent_mail_that_cannot_be_written_down_is_sent_all_the_same(worker, server, caplog):
    campaign("Ada", "Ugo", "Bea")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE interactions_interaction ADD CHECK (to_address <> 'ugo@example.com')")
    worker.deliver_batch()
    found = states()
    assert {message.status for message in found.values()} == {"sent"} and len(mails(server)) == 3
    assert Interaction.objects.count() == 2 and found["ugo"].interaction is None
    assert "could not be written into the history" in found["ugo"].reason and found["ugo"].message_ref


def test_one_journal_that_nobody_can_read_keeps_no_other_from_being_settled(tmp_path, anna):
    message = personal(anna)
    dead = delivering.Worker(MailCarrier(), tmp_path)
    Message.objects.update(status="sending", worker=dead.name)
    dead.close(is_clean=False)
    (tmp_path / "a-broken-one.journal").mkdir()
    recovering.recover(tmp_path)
    message.refresh_from_db()
    assert message.status == "queued"


def test_a_batch_that_becomes_a_dead_workers_after_it_was_settled_is_settled_too(tmp_path, anna, monkeypatch):
    """The worker was killed while the database still carried out its claim."""
    message = personal(anna)
    dead = delivering.Worker(MailCarrier(), tmp_path)
    dead.close(is_clean=False)
    recovering.recover(tmp_path)
    Message.objects.update(status="sending", worker=dead.name, lease_until=now() + timedelta(minutes=15))
    recovering.recover(tmp_path)
    message.refresh_from_db()
    assert message.status == "queued" and journal.workers(tmp_path) == [dead.name]
    monkeypatch.setattr(journal, "SECOND_LOOK", 0)
    recovering.recover(tmp_path)
    assert journal.workers(tmp_path) == []


def test_what_is_in_doubt_again_and_again_waits_for_a_person(anna):
    message = personal(anna)
    for attempts, status in ((0, "queued"), (len(concluding.PAUSES), "in_doubt")):
        Message.objects.update(status="sending", worker="w", attempts=attempts)
        concluding.doubt([message.pk], worker="w", reason="The worker died.")
        message.refresh_from_db()
        assert message.status == status
