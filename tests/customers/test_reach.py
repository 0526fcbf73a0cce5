"""May we write to them, and where: the most particular consent wins, and each refusal has a reason."""

import pytest
from django.db import connection
from django.utils.timezone import now

from crm.events.models import Event
from crm.problems import Invalid
from customers import allowing, consenting, contacting, reach, stopping
from customers.models import Consent, ConsentState
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def mira():
    return make.make_mira()


@pytest.fixture
def work(mira):
    return make.make_contact_point(mira, "mira@work.example")


@pytest.fixture
def home(mira):
    return mira.contact_points.get(channel="email")


def give(customer, *args, **fields):
    return consenting.give(customer, *args, source="test", **fields)


def withdraw(customer, *args, **fields):
    return consenting.withdraw(customer, *args, source="test", **fields)


def offers(customer, point=None):
    return reach.may_reach(customer, "email", "offers", point)


def test_offers_need_a_yes_and_service_only_no_no(mira):
    assert offers(mira) == "never_asked"
    assert reach.may_reach(mira, "email", "surveys") == "never_asked"
    assert reach.may_reach(mira, "email", "service") is None
    withdraw(mira, "service", "email")
    assert reach.may_reach(mira, "email", "service") == "refused"


def test_a_yes_opens_one_purpose_on_one_channel_and_a_no_closes_it(mira):
    give(mira, "offers", "email")
    assert offers(mira) is None
    assert reach.may_reach(mira, "phone", "offers") == "never_asked"
    withdraw(mira, "offers", "email")
    assert offers(mira) == "refused"


def test_what_was_said_of_one_address_beats_what_was_said_of_the_channel(mira, home, work):
    give(mira, "offers", "email")
    withdraw(mira, "offers", "email", work)
    assert offers(mira, work) == "refused"
    assert offers(mira, home) is None
    assert offers(mira) is None


def test_a_later_refusal_of_the_whole_channel_ends_what_single_addresses_allowed(mira, home):
    give(mira, "offers", "email", home)
    withdraw(mira, "offers", "email")
    assert offers(mira, home) == "refused"


def test_a_later_yes_to_the_channel_leaves_an_address_refused(mira, home, work):
    withdraw(mira, "offers", "email", work)
    give(mira, "offers", "email")
    assert offers(mira, work) == "refused"
    assert offers(mira, home) is None


def test_an_address_that_bounced_or_complained_is_not_used(mira, home, work):
    give(mira, "offers", "email")
    home.bounced_at = now()
    home.save()
    assert offers(mira, home) == "bounced"
    assert offers(mira) is None
    work.complained_at = now()
    work.save()
    assert offers(mira) == "bounced"
    assert offers(mira, work) == "complained"


@pytest.fixture
def two_numbers():
    """Who gave a landline first, and a mobile."""
    petar = make.make_customer("Petar Kovač")
    landline = make.make_contact_point(petar, "+390895550147", "phone", is_first_choice=True)
    return petar, landline, make.make_contact_point(petar, "+393335550192", "phone")


def test_who_gave_a_landline_first_is_sent_a_text_on_the_mobile(two_numbers):
    petar, landline, mobile = two_numbers
    give(petar, "offers", "sms")
    give(petar, "offers", "phone")
    assert reach.best_points([petar.pk], "sms", "offers") == {petar.pk: (mobile.pk, mobile.value)}
    assert reach.best_points([petar.pk], "phone", "offers") == {petar.pk: (landline.pk, landline.value)}
    assert reach.may_reach(petar, "sms", "offers", landline) == "landline"
    withdraw(petar, "service", "sms", landline)  # who cannot be reached there need not refuse it
    assert reach.may_reach(petar, "sms", "service", landline) == "landline"
    withdraw(petar, "offers", "sms", mobile)
    assert reach.may_reach(petar, "sms", "offers") == "refused"  # of the number that could take it
    mobile.delete()
    assert reach.best_of(petar, "sms", "offers") == reach.Best("landline", None, "", False)
    assert str(reach.REASONS["landline"]) == "a landline takes no text messages"


def test_a_number_that_takes_no_texts_can_still_be_called(two_numbers):
    petar, _landline, mobile = two_numbers
    contacting.mark_dead(mobile, "sms", "Unknown destination handset")
    assert reach.may_reach(petar, "sms", "service", mobile) == "bounced"
    assert reach.may_reach(petar, "phone", "service", mobile) is None
    sql, params = reach.verdicts("SELECT id, account_id FROM customers_customer", channel="sms", purpose="service")
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        assert cursor.fetchall() == [(petar.pk, None, None, "bounced")]


def test_a_number_of_which_nobody_knows_whether_it_is_a_landline_is_tried():
    ada = make.make_customer("Ada Byron", phone="+12015550123")  # of some countries no number tells
    assert ada.contact_points.get().line == "" and reach.may_reach(ada, "sms", "service") is None


def test_nobody_is_reached_at_an_address_that_is_not_theirs(mira):
    other = make.make_customer("Petar Kovač", email="petar@example.com")
    give(mira, "offers", "email")
    assert offers(mira, other.contact_points.get()) == "no_address"
    assert reach.may_reach(make.make_customer("Nobody Home"), "email", "service") == "no_address"


def test_the_grid_leaves_out_numbers_that_a_channel_does_not_go_to(two_numbers):
    petar, landline, mobile = two_numbers
    give(petar, "offers", "sms")
    stopping.withdraw_at(mobile.value, "sms", source="STOP")
    cell = {row.channel: {cell.purpose: cell for cell in row.cells} for row in allowing.grid(petar)}["sms"]["offers"]
    assert (cell.answer, cell.is_allowed, cell.details) == ("no", False, [])
    other = make.make_contact_point(petar, "+393335550193", "phone")
    cell = {row.channel: {cell.purpose: cell for cell in row.cells} for row in allowing.grid(petar)}["sms"]["offers"]
    assert (cell.answer, cell.is_allowed, cell.refused_at) == ("differs", True, [mobile])
    mobile.delete(), other.delete()
    cell = {row.channel: {cell.purpose: cell for cell in row.cells} for row in allowing.grid(petar)}["sms"]["offers"]
    assert (cell.answer, cell.is_allowed) == ("yes", True)


def test_a_set_is_judged_in_one_query_with_reasons_of_rooms_above(mira, home, work, django_assert_num_queries):
    ada, ugo, eve = (
        make.make_customer(name, email=f"{name[:3].lower()}@x.example") for name in ("Ada B", "Ugo B", "Eve B")
    )
    for customer in (mira, ada, ugo):
        give(customer, "offers", "email")
    withdraw(mira, "offers", "email", home)
    complaint = reach.Condition("open_complaint", "c.id = ANY(%s)", [[ugo.pk]])
    sql, params = reach.verdicts(
        "SELECT id, account_id FROM customers_customer WHERE id > %s",
        [0],
        channel="email",
        purpose="offers",
        conditions=[complaint],
    )
    with django_assert_num_queries(1), connection.cursor() as cursor:
        cursor.execute(sql + " ORDER BY customer_id", params)
        rows = cursor.fetchall()
    assert rows == [
        (mira.pk, work.pk, "mira@work.example", ""),
        (ada.pk, ada.contact_points.get().pk, "ada@x.example", ""),
        (ugo.pk, None, None, "open_complaint"),
        (eve.pk, None, None, "never_asked"),
    ]
    assert reach.best_points([mira.pk, eve.pk], "email", "offers") == {mira.pk: (work.pk, "mira@work.example")}


def test_the_ledger_keeps_every_word_and_tells_of_it(mira):
    anna = make.make_anna()
    give(mira, "offers", "email", by=anna, proof="said so on the phone")
    withdraw(mira, "offers", "email", by=anna)
    assert list(Consent.objects.order_by("pk").values_list("is_given", "proof")) == [
        (True, "said so on the phone"),
        (False, ""),
    ]
    assert ConsentState.objects.count() == 1
    assert list(Event.objects.order_by("pk").values_list("kind", flat=True)) == ["consent.given", "consent.withdrawn"]


def test_a_word_that_arrives_late_does_not_overturn_a_later_one(mira):
    noon = now()
    withdraw(mira, "offers", "email", at=noon)
    give(mira, "offers", "email", at=noon.replace(year=noon.year - 1))
    assert offers(mira) == "refused"


def test_stop_everything_but_my_orders(mira, home):
    for purpose in ("service", "offers", "surveys"):
        give(mira, purpose, "email", home)
    consenting.withdraw_all_but_service(mira, source="preference page")
    assert offers(mira) == "refused"
    assert reach.may_reach(mira, "phone", "surveys") == "refused"
    assert reach.may_reach(mira, "email", "service") is None
    assert Event.objects.filter(kind="consent.withdrawn").count() == 1


def test_a_consent_needs_a_purpose_a_channel_and_an_own_address(mira):
    stranger = make.make_customer("Ada Byron", email="ada@example.com").contact_points.get()
    for wrong in (
        ("gossip", "email"),
        ("offers", "pigeon"),
        ("offers", "email", stranger),
        ("offers", "phone", stranger),
    ):
        with pytest.raises(Invalid):
            give(mira, *wrong)
    assert not Consent.objects.exists()


def test_the_grid_says_where_addresses_differ(mira, home, work):
    give(mira, "offers", "email", home)
    withdraw(mira, "surveys", "email")
    grid = {row.channel: {cell.purpose: cell for cell in row.cells} for row in allowing.grid(mira)}
    assert grid["email"]["offers"].answer == "differs"
    assert grid["email"]["offers"].details == [("mira@example.com", "yes"), ("mira@work.example", "unasked")]
    assert grid["email"]["surveys"].answer == "no"
    assert grid["phone"]["offers"].answer == "unasked"
    assert (grid["email"]["service"].answer, grid["email"]["service"].is_allowed) == ("unasked", True)
    withdraw(mira, "offers", "email")
    assert {row.channel: row.cells for row in allowing.grid(mira)}["email"][1].answer == "no"


def test_why_not_is_said_of_numbers_where_numbers_are_meant():
    assert reach.reasons("email") == reach.reasons("post") == reach.REASONS
    assert reach.reasons("sms").keys() == reach.REASONS.keys()
    assert (
        str(reach.reasons("sms")["bounced"])
        == str(reach.reasons("phone")["bounced"])
        == "nothing arrives at the number"
    )
