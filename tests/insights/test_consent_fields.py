"""What customers allow can be asked of every channel, whether the profile has a column for it or not."""

from itertools import product

import pytest
from django.db import connection
from django.utils.timezone import now

from customers import channels, consenting, stopping
from customers.models import ConsentState, Purpose
from insights import fields, refreshing, segments
from insights.models import Segment
from insights.wording import in_words
from tests import make

pytestmark = pytest.mark.django_db
ANSWERS = list(product((None, True, False), repeat=3))  # of all of the channel, of one address, of another


@pytest.mark.parametrize(("channel", "lines"), [("email", ("", "")), ("sms", ("mobile", "")), ("sms", ("", "fixed"))])
def test_what_is_asked_live_is_what_the_column_says(channel, lines):
    kind = channels.of(channel).spoken_over
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
    refreshing.refresh()
    with connection.cursor() as cursor:
        live = fields._said("offers", channels.of(channel))
        cursor.execute(f"SELECT p.offers_{channel}, {live} FROM insights_profile p")
        rows = cursor.fetchall()
    assert len(rows) == len(ANSWERS) and {value for value, _live in rows} == {None, True, False}
    assert [row for row in rows if row[0] is not row[1]] == []


def test_who_said_stop_with_the_only_mobile_allows_no_texts():
    mira = make.make_mira()  # who has a landline too
    make.make_contact_point(mira, "+393335550192", "phone")
    consenting.give(mira, "offers", "sms", source="test")
    live = fields._said("offers", channels.of("sms"))
    for said in (True, False):
        refreshing.refresh()
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT p.offers_sms, {live} FROM insights_profile p")
            assert cursor.fetchall() == [(said, said)]
        stopping.withdraw_at("+393335550192", "sms", source="STOP")


def test_every_purpose_on_every_channel_that_is_asked_about_can_be_asked():
    known = fields.every()
    wanted = {f"{purpose}_{channel.key}" for purpose in Purpose.values for channel in channels.asked()}
    assert wanted == {key for key, each in known.items() if each.kind == fields.Kind.CONSENT}
    assert (known["offers_sms"].column, str(known["offers_sms"].label)) == ("p.offers_sms", "offers by SMS")


def test_a_segment_follows_what_is_said_on_a_channel_without_a_column():
    mira, other = make.make_mira(), make.make_customer("Ugo Bassi")
    refreshing.refresh()
    rule = {"all": [{"field": "surveys_sms", "is": "yes"}]}
    assert in_words(rule) == "Customers for whom surveys by SMS are allowed."
    segment = segments.save(Segment(), name="Ask by SMS", rule=rule, by=make.make_boris())
    consenting.give(mira, "surveys", "sms", source="test")
    refreshing.refresh_all_touched()
    assert [row.customer for row in segment.memberships.all()] == [mira]
    consenting.withdraw(mira, "surveys", "sms", mira.contact_points.get(channel="phone"), source="test")
    refreshing.refresh_all_touched()
    assert not segment.memberships.exists()
    asked = {how: segments.count({"all": [{"field": "surveys_sms", "is": how}]}) for how in ("yes", "no", "unasked")}
    assert asked == {"yes": 0, "no": 1, "unasked": 1} and other.pk
