"""The list of channels, and what stands for each of them."""

import pytest
from django.urls import reverse

from crm import marks
from crm.jinja2 import mark
from customers import allowing, channels, consenting, filters
from customers.models import Consent, ConsentState
from tests import make


def test_every_channel_has_a_glyph_of_its_own_and_a_word():
    for one in channels.every():
        drawn = mark(one.key)
        assert f"ch-{one.key}" in drawn and f'aria-label="{one.label}"' in drawn
    assert {"meeting", "promise", "purchase", "campaign", "consent", "system"} <= set(marks.every())


def test_a_key_that_is_taken_or_could_not_stand_in_an_address_is_refused():
    for key in ("email", "", "Web-chat", "web chat", "1st", "e'mail", "x" * 21):
        with pytest.raises(ValueError, match="Not a new key"):
            channels.channel(key, "Anything", "send")


def test_a_label_stands_in_a_sentence_without_its_capital():
    said = {one.key: one.mid_sentence for one in channels.every()}
    assert (said["email"], said["sms"], said["whatsapp"], said["chat"]) == ("e-mail", "SMS", "WhatsApp", "web chat")


def test_what_is_asked_and_how_it_is_drawn_follow_from_the_list(db):
    mira = make.make_mira()
    keys = [one.key for one in channels.asked()]
    assert [row.channel for row in allowing.grid(mira)] == keys
    consenting.withdraw_all_but_service(mira, source="test")
    assert set(Consent.objects.values_list("channel", flat=True)) == set(keys)
    form = filters.FilterForm({}, user=make.make_anna())
    assert [key for key, _words in form.fields["offers"].choices][1:] == keys


def test_a_channel_that_is_not_in_the_list_any_more_is_drawn_by_its_key(client, db):
    anna, mira = make.make_anna(), make.make_mira()
    mira.keeper = anna
    mira.save()
    place = make.make_conversation(
        mira, owner=anna, their_channel="fax", their_words="See page 2", their_at=mira.created_at
    )
    make.make_interaction(mira, place, channel="fax", words="See page 2")
    make.make_task(mira, anna, channel="fax")
    said = {"customer": mira, "purpose": "offers", "channel": "fax", "is_given": True, "at": mira.created_at}
    ConsentState.objects.create(**said)
    Consent.objects.create(**said, source="test")
    client.force_login(anna)
    pages = [reverse("customers:page", args=[mira.pk]), reverse("interactions:conversation", args=[place.pk])]
    pages += [reverse("customers:list"), reverse("customers:consents", args=[mira.pk])]
    pages += [reverse("interactions:promises"), reverse("interactions:conversations")]
    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 200 and "fax" in answer.content.decode(), page
