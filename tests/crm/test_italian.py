"""Whoever chose Italian reads no English, and customers read no English in their own languages."""

import re
from decimal import Decimal
from html import unescape

import pytest
from django.test import Client
from django.utils import translation
from django.utils.timezone import now

from campaigns import drafting
from campaigns.models import Campaign
from crm import days, translating
from crm.running import words
from insights import refreshing, segments
from insights.models import Segment
from interactions import links
from interactions.channels.mail import wrapping
from sales import exchanging, recording
from sales.models import ExchangeRate
from sales.recording import Line
from staff.roles import Role
from tests import make

MACHINES = re.compile(r"<(script|style|code|pre|kbd|iframe)\b.*?</\1>|<[^>]*\blang=[^>]*>[^<]*", re.S)
SAID = re.compile(r'>([^<>]+)<|\b(?:aria-label|title|placeholder|alt)="([^"]+)"')
FIELDS = re.compile(r"%\(\w+\)[sd]|%[sd]")
PAGES = [
    "/", "/customers/", "/customers/?q=nessuno", "/customers/?kind=person", "/customers/new/", "/console/",
    "/conversations/", "/conversations/?whose=all", "/promises/", "/promises/?whose=team", "/promises/?whose=kept",
    "/segments/", "/segments/new/", "/campaigns/", "/campaigns/new/", "/imports/", "/imports/new/",
    "/settings/profile/", "/settings/organisation/", "/settings/people/", "/settings/people/invite/",
    "/settings/health/", "/settings/money/", "/settings/money/USD/", "/settings/money/rates/new/",
    "/settings/fields/", "/settings/fields/new/", "/settings/channels/", "/messages/doubt/",
    "/settings/keys/", "/settings/keys/new/", "/accounts/2fa/", "/accounts/password/change/", "/accounts/logout/",
    "/palette/", "/devmail/", "/nothing-here/",
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def compiled():
    words.compile_changed()


def english(language):
    """Return whether a text is English that `language` says in other words: a function."""
    catalogue = translating._read(language)
    own = {each for message in catalogue for each in _all(message.string)}
    texts = {each.strip() for message in catalogue for each in _all(message.id)} - own - {""}
    assert len(texts) > 40
    filled = [each for each in texts if FIELDS.search(each) and re.search("[A-Za-z]{2}", FIELDS.sub("", each))]
    pattern = re.compile("|".join(FIELDS.sub(".+", re.escape(each).replace("%%", "%")) for each in filled) or "$^")
    return lambda text: text in texts or bool(pattern.fullmatch(text))


def _all(text):
    return text if isinstance(text, tuple) else (text,)


def left_in(page, is_english):
    """Return the texts and labels of `page` that are English as a whole."""
    found = SAID.findall(MACHINES.sub("", page.content.decode()))
    said = {" ".join(unescape(text or label).split()) for text, label in found}
    return {text for text in said - {"English"} if is_english(text)}  # in its own name in every menu


@pytest.fixture
def office(db):
    """One of each thing, in Italian; returns an Italian administrator."""
    make.make_organisation()
    boss = make.make_user("Bianca", Role.ADMINISTRATOR, make.make_team(), language="it")
    shop = make.make_customer("Bottega del Caffè", kind="company", team=boss.team)
    mira = make.make_mira(language="it", account=shop, keeper=boss, team=boss.team)
    talk = make.make_conversation(mira, "Il macinacaffè", owner=boss, team=boss.team, their_words="È rotto.")
    make.make_interaction(mira, talk, words="È rotto.")
    make.make_task(mira, boss, "Inviare due campioni")
    sold = [
        Line(customer_id=mira.pk, purchased_on=days.today(), amount_cents=1, currency=code) for code in ("USD", "JPY")
    ]
    recording.record_many(sold, source="shop")
    exchanging.set_rate("USD", from_on=days.today(), rate=Decimal("0.92"))
    refreshing.refresh()
    rule = {"all": [{"field": "country", "is": "one_of", "value": ["IT"]}]}
    segment = segments.save(Segment(), name="Italiani", rule=rule, by=boss)
    drafting.create(name="Primavera", segment=segment, by=boss)
    Campaign.objects.create(
        channel="email", name="Autunno", segment=segment, by=boss, status="finished", launched_at=now()
    )
    boss.portfolio = mira, talk
    return boss


@pytest.fixture
def italian(client, office):
    client.force_login(office)
    return client


@pytest.mark.long
def test_an_italian_administrator_reads_no_english(italian, office):
    is_english, left = english("it"), {}
    for address in [*PAGES, *_of_one(office)]:
        page = italian.get(address)
        assert page.status_code == (404 if address == "/nothing-here/" else 200), address
        assert address == "/palette/" or '<html lang="it"' in page.content.decode(), address
        left[address] = left_in(page, is_english)
    assert {address: texts for address, texts in left.items() if texts} == {}


def _of_one(office):
    """The pages of one customer, conversation, segment and campaign."""
    mira, talk = office.portfolio
    yield from (f"/customers/{mira.pk}/", f"/customers/{mira.pk}/change/", f"/customers/{mira.pk}/contact-points/")
    yield from (f"/customers/{mira.pk}/consents/", f"/customers/{mira.pk}/consents/email/offers/")
    yield from (f"/conversations/{talk.pk}/", f"/conversations/{talk.pk}/customer/")
    segment, (spring, autumn) = Segment.objects.get(), Campaign.objects.order_by("pk")
    yield f"/settings/money/rates/{ExchangeRate.objects.get().pk}/"
    yield from (f"/segments/{segment.pk}/", f"/segments/{segment.pk}/members/")
    yield from (f"/campaigns/{spring.pk}/", f"/campaigns/{autumn.pk}/results/")


def test_forms_refuse_and_problems_speak_in_italian(italian, office):
    mira, talk = office.portfolio
    talk.__class__.objects.filter(pk=talk.pk).update(status="settled")
    refused = [
        italian.post("/customers/new/", {"kind": "person", "email": "keine"}),
        italian.post("/segments/new/", {"name": "", "match.": "all", "rows.": ""}),
        italian.post("/campaigns/new/", {"name": ""}),
        italian.post("/settings/people/invite/", {"email": "nessuno"}),
        italian.post("/settings/fields/new/", {"name": "", "kind": "choice"}),
        italian.post(f"/conversations/{talk.pk}/settlement/"),
        italian.post(f"/settings/people/{office.pk}/deactivation/"),
        italian.get("/customers/?cursor=xxx"),
        italian.post("/conversations/"),
    ]
    is_english = english("it")
    assert {page.request["PATH_INFO"]: left for page in refused if (left := left_in(page, is_english))} == {}
    said = " ".join(page.content.decode() for page in refused)
    for sentence in ("Questa conversazione è già stata chiusa.", "Non puoi toglierti l’accesso.", "Dai un nome"):
        assert sentence in said, sentence


def test_a_stranger_signs_in_in_the_language_of_the_browser(client, db):
    for address in ("/accounts/login/", "/accounts/password/reset/", "/accounts/password/reset/done/"):
        page = client.get(address, headers={"accept-language": "it-IT,it;q=0.9"})
        assert '<html lang="it"' in page.content.decode() and left_in(page, english("it")) == set()
    page = client.post("/accounts/login/", {"login": "x", "password": "y"}, headers={"accept-language": "it"})
    assert page.status_code == 200 and left_in(page, english("it")) == set()


@pytest.mark.parametrize("language", ["it", "es", "pt"])
def test_a_customer_reads_their_own_language(db, language):
    make.make_organisation()
    mira, stranger, is_english = make.make_mira(language=language), Client(), english(language)
    own = f"/p/{links.make(links.Link(mira.pk, None, None))}/"
    pages = [stranger.get(own), stranger.get(f"{own}?saved=1"), stranger.get(f"{own}unsubscribe/")]
    pages.append(stranger.post(f"{own}unsubscribe/"))
    pages.append(stranger.get("/p/damaged/", headers={"accept-language": language}))
    for page in pages:
        assert f'<html lang="{language}"' in page.content.decode()
        assert left_in(page, is_english) == set()


@pytest.mark.parametrize(("language", "words"), [("it", "Disiscriviti"), ("es", "Date de baja"), ("pt", "Cancele")])
def test_the_foot_of_a_campaign_mail_speaks_the_language_of_its_wording(db, language, words):
    with translation.override(language):
        text, html = wrapping.footer(make.make_organisation())
    assert words in str(text) and words in str(html)
