"""What customers allow can be asked of every purpose and every channel: members of a family, and no column each."""

from itertools import product

import pytest
from django.db import connection
from django.utils.timezone import now

from customers import channels, consenting, stopping
from customers.models import ConsentState, Purpose
from insights import fields, refreshing, segments, showing
from insights.kinds import Kind
from insights.models import Segment
from insights.wording import in_words
from tests import make

pytestmark = pytest.mark.django_db
ANSWERS = list(product((None, True, False), repeat=3))  # of all of the channel, of one address, of another


def said(customer, key):
    """What the profile says of a consent: True, False, or None: never asked."""
    refreshing.refresh([customer.pk])
    return {one.field.key: one.value for one in showing.of_customer(customer)}[key]


def meant(whole, reached, points):
    """Yes where at least one address may be written to; no where all are refused; else never asked."""
    if whole is None and points == (None, None):
        return None
    refused = sum(answer is False for answer in points)
    return True in points or (whole is True and refused < max(reached, 1))


@pytest.mark.parametrize(("channel", "lines"), [("email", ("", "")), ("sms", ("mobile", "")), ("sms", ("", "fixed"))])
def test_a_consent_is_yes_no_or_never_asked(channel, lines):
    kind = channels.of(channel).spoken_over
    wanted = {}
    for n, answers in enumerate(ANSWERS):
        mira = make.make_customer()
        points = [make.make_contact_point(mira, f"{n} {k}", kind, line=line) for k, line in enumerate(lines)]
        ConsentState.objects.bulk_create(
            ConsentState(
                customer=mira, purpose="offers", channel=channel, contact_point=point, is_given=is_given, at=now()
            )
            for point, is_given in zip([None, *points], answers, strict=True)
            if is_given is not None
        )  # fmt: skip
        wanted[mira.pk] = meant(answers[0], sum(line != "fixed" for line in lines), answers[1:])
    refreshing.refresh()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT customer_id, {fields.every()[f'offers_{channel}'].value} FROM insights_profile p")
        assert dict(cursor.fetchall()) == wanted and {*wanted.values()} == {None, True, False}


def test_who_said_stop_with_the_only_mobile_allows_no_texts():
    mira = make.make_mira()  # who has a landline too
    make.make_contact_point(mira, "+393335550192", "phone")
    consenting.give(mira, "offers", "sms", source="test")
    assert said(mira, "offers_sms") is True
    stopping.withdraw_at("+393335550192", "sms", source="STOP")
    assert said(mira, "offers_sms") is False and said(mira, "offers_email") is None


def test_every_purpose_on_every_channel_that_is_asked_about_can_be_asked():
    known = fields.every()
    wanted = {f"{purpose}_{channel.key}" for purpose in Purpose.values for channel in channels.asked()}
    assert wanted == {key for key, each in known.items() if each.kind == Kind.CONSENT}
    assert str(known["offers_sms"].label) == "offers by SMS"
    bits = [each.column for each in known.values() if each.kind == Kind.CONSENT]
    assert len({*bits}) == len(bits) and all(0 < int(bit) < 2**63 for bit in bits)


def test_the_channels_that_we_ship_keep_their_numbers():
    given = {one.key: one.number for one in channels.every()}
    assert [given[key] for key in ("phone", "email", "sms", "whatsapp", "chat", "visit", "web", "post", "note")] == [
        1, 2, 3, 4, 5, 6, 7, 8, 9
    ]  # fmt: skip
    with pytest.raises(ValueError, match="Not a new number"):
        channels.channel("fax", "Fax", "send", number=3)


def test_a_segment_follows_what_is_said_on_any_channel():
    mira, other = make.make_mira(), make.make_customer("Ugo Bassi")
    refreshing.refresh()
    rule = {"all": [{"field": "surveys_sms", "is": "yes"}]}
    assert in_words(rule) == "Customers for whom this is true: surveys by SMS are allowed."
    segment = segments.save(Segment(), name="Ask by SMS", rule=rule, by=make.make_boris())
    consenting.give(mira, "surveys", "sms", source="test")
    refreshing.refresh_all_touched()
    assert [row.customer for row in segment.memberships.all()] == [mira]
    consenting.withdraw(mira, "surveys", "sms", mira.contact_points.get(channel="phone"), source="test")
    refreshing.refresh_all_touched()
    assert not segment.memberships.exists()
    asked = {how: segments.count({"all": [{"field": "surveys_sms", "is": how}]}) for how in ("yes", "no", "unasked")}
    assert asked == {"yes": 0, "no": 1, "unasked": 1} and other.pk
