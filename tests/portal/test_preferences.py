"""The customer's own page: a signed link opens their choices and nothing else."""

import pytest
import time_machine
from django.conf import settings
from django.test import Client, override_settings
from django.utils.timezone import now

from campaigns.models import Campaign, Recipient
from customers import consenting, reach, stopping
from customers.models import Consent, Customer
from interactions import links
from interactions.models import Message
from staff.models import Organisation
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def mira(db):
    make.make_organisation()
    return make.make_mira(language="it")


@pytest.fixture
def stranger():
    """Whoever holds the link; nobody signed in, and CSRF is checked as in a browser."""
    return Client(enforce_csrf_checks=True)


def address(mira, message=None, path=""):
    return f"/p/{links.make(links.Link(mira.pk, None, message.pk if message else None))}/{path}"


def written_to(mira, channel="email", purpose="offers", **fields):
    to = "mira@example.com" if channel == "email" else "+393331234567"
    fields |= {"channel": channel, "purpose": purpose, "to_address": to}
    return Message.objects.create(customer=mira, due_at=now(), created_at=now(), **fields)


def post(stranger, url, data):
    stranger.get(url)
    return stranger.post(url, {**data, "csrfmiddlewaretoken": stranger.cookies["csrftoken"].value})


def test_the_page_speaks_the_customers_language_and_asks_nobody_to_sign_in(stranger, mira):
    page = stranger.get(address(mira))
    assert page.status_code == 200 and 'lang="it"' in page.content.decode()
    assert page["Referrer-Policy"] == "same-origin" and page["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("language", "spoken"), [("pt-BR", "pt"), ("it-CH", "it"), ("de", "en"), ("x" * 8, "en")])
def test_the_nearest_language_is_spoken(stranger, mira, language, spoken):
    Customer.objects.filter(pk=mira.pk).update(language=language)
    assert f'lang="{spoken}"' in stranger.get(address(mira)).content.decode()


def test_what_is_chosen_counts_at_once_and_stands_in_the_ledger(stranger, mira):
    post(stranger, address(mira), {"on": ["service.email", "service.phone", "service.sms", "offers.email"]})
    assert reach.may_reach(mira, "email", "offers") is None
    assert Consent.objects.get().source == "preference page"
    post(stranger, address(mira), {"on": ["service.email", "service.phone", "service.sms"]})
    assert reach.may_reach(mira, "email", "offers") == "refused"
    assert Consent.objects.count() == 2


def test_stop_everything_leaves_orders(stranger, mira):
    stranger.get(address(mira))
    post(stranger, address(mira), {"on": ["service.email", "offers.email", "surveys.email"]})
    token = stranger.cookies["csrftoken"].value
    stranger.post(address(mira, path="stop/"), {"csrfmiddlewaretoken": token})
    assert reach.may_reach(mira, "email", "offers") == reach.may_reach(mira, "email", "surveys") == "refused"
    assert reach.may_reach(mira, "email", "service") is None


def test_one_click_unsubscribes_by_post_only_and_counts_for_the_campaign(stranger, mira):
    campaign = Campaign.objects.create(channel="email", name="Spring")
    recipient = Recipient.objects.create(campaign=campaign, customer=mira)
    message = written_to(mira, origin="campaign", origin_id=campaign.pk)
    url = address(mira, message, "unsubscribe/")
    assert stranger.get(url).status_code == 200
    assert not Consent.objects.exists()  # a mail scanner follows links: GET changes nothing
    assert stranger.post(url, {"List-Unsubscribe": "One-Click"}).status_code == 200
    stranger.post(url, {"List-Unsubscribe": "One-Click"})
    recipient.refresh_from_db()
    assert recipient.unsubscribed_at and reach.may_reach(mira, "email", "offers") == "refused"
    assert Consent.objects.count() == 1


def test_a_damaged_or_old_link_opens_nothing(stranger, mira):
    good = address(mira)
    assert stranger.get(good[:-3] + "xx/").status_code == 404
    with time_machine.travel("2031-01-01"):
        assert stranger.get(good).status_code == 404


def test_a_link_that_opens_nothing_says_what_to_do_in_the_customer_s_language(stranger, mira):
    good = address(mira)
    damaged = stranger.get("/p/damaged/", headers={"accept-language": "pt"}).content.decode()
    assert 'lang="pt"' in damaged and "Go to Today" not in damaged
    assert Organisation.current().sender_email in damaged
    Customer.objects.filter(pk=mira.pk).update(language="es")
    with time_machine.travel("2031-01-01"):
        assert 'lang="es"' in stranger.get(good, headers={"accept-language": "pt"}).content.decode()


def test_who_refused_at_one_address_can_allow_it_again(stranger, mira):
    point = mira.contact_points.get(channel="email")
    consenting.withdraw(mira, "offers", "email", point, source="import 1")
    post(stranger, address(mira), {"on": ["service.email", "service.phone", "service.sms", "offers.email"]})
    assert reach.may_reach(mira, "email", "offers") is None


def test_a_number_that_said_stop_has_a_switch_of_its_own_beside_one_that_did_not(stranger, mira):
    make.make_contact_point(mira, "+393335550193", "phone")
    stopped = make.make_contact_point(mira, "+393335550192", "phone")
    consenting.give(mira, "offers", "sms", source="shop")
    stopping.withdraw_at(stopped.value, "sms", source="STOP")
    on = ["service.email", "service.phone", "service.sms", "offers.sms"]
    page = stranger.get(address(mira)).content.decode()
    assert page.count("…192") == 1 and stopped.value not in page
    post(stranger, address(mira), {"on": on})
    assert reach.may_reach(mira, "sms", "offers", stopped) == "refused"  # what was not touched is as it was
    post(stranger, address(mira), {"on": [*on, f"offers.sms.{stopped.pk}", f"surveys.sms.{stopped.pk}"]})
    assert reach.may_reach(mira, "sms", "offers", stopped) is None
    assert reach.may_reach(mira, "sms", "surveys", stopped) == "refused"
    assert "…192" not in stranger.get(address(mira)).content.decode()
    stopping.withdraw_at(stopped.value, "sms", source="STOP")
    post(stranger, address(mira), {"on": [*on[:3], f"offers.sms.{stopped.pk}"]})  # off for all of it is off there too
    assert reach.may_reach(mira, "sms", "offers") == "refused"


def test_a_short_link_opens_the_same_page_and_only_that(stranger, mira):
    message = written_to(mira, "sms")
    url = links.short_preferences_url(message).removeprefix(settings.PUBLIC_URL)
    assert len(url) < 20 and stranger.get(url).status_code == stranger.get(f"{url}/").status_code == 200
    token = url.removeprefix("/s/")
    assert links.read(token) == links.Link(mira.pk, None, message.pk) == links.read(f"{token}).")
    assert not Consent.objects.exists()  # who looks at what is behind links changes nothing
    for bad in (token[:-1] + ("1" if token[-1] != "1" else "2"), "2" + token[1:], token + "0", token[:11] + "z" * 11):
        assert stranger.get(f"/s/{bad}").status_code == 404
    with pytest.raises(links.BadLink):
        links.read(token, "another use")
    with time_machine.travel("2031-01-01"):
        assert stranger.get(url).status_code == 404 and links.read(token, lasts=None).customer_id == mira.pk
    with override_settings(SECRET_KEY=settings.SECRET_KEY[::-1], SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
        assert links.read(token).message_id == message.pk
    Message.objects.filter(pk=message.pk).update(to_address="+393330000000")  # a backup came back, and its numbers
    assert stranger.get(url).status_code == 404


def test_a_link_in_a_text_message_stops_the_kind_of_message_that_it_stood_in(stranger, mira):
    for channel in ("email", "sms"):
        for purpose in ("offers", "surveys"):
            consenting.give(mira, purpose, channel, source="shop")
    message = written_to(mira, "sms", "surveys")
    token = links.make_short(message)
    page = stranger.get(f"/s/{token}").content.decode()
    assert page.index('value="service.sms"') < page.index('value="service.email"') and "unsubscribe/" in page
    done = stranger.post(f"/p/{token}/unsubscribe/").content.decode()
    assert "SMS" in done
    refused = {(one.purpose, one.channel) for one in mira.consent_states.filter(is_given=False)}
    assert refused == {("surveys", "sms")}
    assert "unsubscribe/" not in stranger.get(f"/s/{token}").content.decode()  # that is done


def test_a_link_in_no_message_stops_offers_by_what_is_written_to_where_it_went(stranger, mira):
    phone = mira.contact_points.get(channel="phone")
    for point, stopped in ((phone, {"sms"}), (None, {"email", "sms"})):
        url = f"/p/{links.make(links.Link(mira.pk, point and point.pk))}/"
        assert "unsubscribe/" not in stranger.get(url).content.decode()
        stranger.post(f"{url}unsubscribe/")
        refused = mira.consent_states.filter(is_given=False).values_list("channel", "purpose")
        assert set(refused) == {(channel, "offers") for channel in stopped}
