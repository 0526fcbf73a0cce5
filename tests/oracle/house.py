"""A company of two teams: Toscana reads, Campania is hidden from it. `shake` changes what only Campania may see.

Ours (of Toscana, and kept by Sole, who has no team) are Ugo, the Bar Sport and Ada, who belongs to it. Theirs are Mira,
the Locanda, Vera, and Nino, who belongs to our bar but is theirs.
"""

import io
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils.timezone import localdate, now

from campaigns import audience, drafting, launching, results, sending
from campaigns.models import Campaign, Recipient
from customers import changing, consenting, contacting, customfields, importing, intake, searching
from customers.cleaning import Allowed, Person
from customers.models import Affiliation, Customer
from insights import refreshing, segments
from insights.models import Enlistment, ListedCustomer, Segment
from interactions import outbox
from interactions.models import Call, Message
from sales import exchanging, recording
from staff.roles import Role
from tests import make

SPENT = 123_456  # cents: what Mira spends, once she does
MOBILE = "+393331110001"
RULES: dict[str, dict[str, Any]] = {
    "Everybody": {"all": []},
    "Allow offers": {"all": [{"field": "offers_email", "is": "yes"}]},
    "Spenders": {"all": [{"field": "spent", "is": "at_least", "value": "1000"}]},
    "Complain": {"any": [{"field": "has_open_complaint", "is": "yes"}, {"field": "orders", "is": "known"}]},
    "Of Ravello": {"all": [{"field": "city", "is": "is", "value": "Ravello"}]},
}


@dataclass
class House:
    """Who reads, who is hidden, and the rows that routes name: {name in a route, or route: value}."""

    mara: Any
    anna: Any
    sole: Any
    readers: dict[str, Any] = field(default_factory=dict)
    ours: dict[str, Customer] = field(default_factory=dict)
    theirs: dict[str, Customer] = field(default_factory=dict)
    rows: dict[str, Any] = field(default_factory=dict)  # that the readers may name
    hidden: dict[str, Any] = field(default_factory=dict)  # that they may not
    campaigns: dict[str, Campaign] = field(default_factory=dict)
    segments: dict[str, Segment] = field(default_factory=dict)


def build() -> House:
    make.make_organisation(cap_messages=99)
    campania, toscana = make.make_team("Campania"), make.make_team("Toscana")
    house = House(
        make.make_user("Mara", Role.MARKETING), make.make_anna(team=campania), make.make_user("Sole", Role.SALES)
    )
    house.readers = {
        "who leads a team": make.make_user("Lea", Role.MANAGER, toscana),
        "who sells in a team": make.make_clara(),
        "who sees their own": house.sole,
    }
    exchanging.set_rate("USD", from_on=localdate() - timedelta(days=90), rate=Decimal("0.9"))
    customfields.define(label="Rooms", kind="number")
    _people(house, campania, toscana)
    _ours_do(house)
    for customer in house.theirs.values():
        consenting.give(customer, "service", "email", source="test")
    searching.store(Customer.objects.values_list("pk", flat=True))
    for name, rule in RULES.items():
        house.segments[name] = segments.save(Segment(), name=name, rule=rule, by=house.mara)
    house.segments["Chosen"] = Segment.objects.create(name="Chosen", rule={"all": []}, is_static=True, by=house.mara)
    refreshing.refresh_all_touched()
    _campaigns(house)
    _name_rows(house)
    return house


def _people(house: House, campania: Any, toscana: Any) -> None:
    mine = {"keeper": house.sole, "team": toscana, "language": "it"}
    bar = make.make_customer("Bar Sport", kind="company", email="bar@example.com", city="Lucca", **mine)
    house.ours = {
        "bar": bar,
        "ada": make.make_customer("Ada Neri", account=bar, email="ada@example.com", city="Lucca", **mine),
        "ugo": make.make_customer("Ugo Bassi", email="ugo@example.com", phone=MOBILE, city="Pisa", **mine),
    }
    hidden = {"keeper": house.anna, "team": campania}
    house.theirs = {
        "mira": make.make_mira(**hidden),
        "inn": make.make_customer("Locanda del Glicine", kind="company", email="inn@example.com", **hidden),
        "vera": make.make_customer("Vera Rossi", email="vera@example.com", phone="+393331110009", **hidden),
        "nino": make.make_customer("Nino Neri", account=bar, email="nino@example.com", **hidden),
    }


def _ours_do(house: House) -> None:
    ugo, ada, bar = house.ours["ugo"], house.ours["ada"], house.ours["bar"]
    for one in house.ours.values():
        consenting.give(one, "offers", "email", source="test")
        consenting.give(one, "offers", "sms", source="test")
    today = localdate()
    lines = [
        recording.Line(today, 200_000, "EUR", customer_id=ugo.pk, product="Beans", order_ref="A1"),
        recording.Line(today, 500, "USD", customer_id=bar.pk, product="Filter"),
        recording.Line(today, 700, "GBP", customer_id=bar.pk, product="Beans"),
    ]
    recording.record_many(lines, source="till")
    for reader in house.readers.values():
        waiting = make.make_conversation(ugo, owner=reader, waiting_since=now() - timedelta(hours=2))
        make.make_interaction(ugo, waiting, from_address="ugo@example.com", words="Where is it?")
        make.make_task(ada, reader, f"Call her, {reader.name}", due_in=timedelta(hours=-3))
    house.rows |= {"conversation_id": waiting.pk, "interaction_id": waiting.interactions.get().pk}
    house.rows["task_id"] = make.make_task(ugo, house.sole, "Send the beans").pk


def _campaigns(house: House) -> None:
    """A draft with gaps, one by text message, one that waits for its hour, one on its way."""
    everybody = house.segments["Everybody"]
    for name, body in {
        "Draft": "Cara {{ first_name }} del {{ account }}",
        "Texts": "Ciao {{ first_name }} del {{ account }}",
        "Planned": "Ciao",
        "Running": "Ciao",
    }.items():
        made = drafting.create(name=name, by=house.mara, segment=everybody)
        drafting.write(made, "it", subject="" if name == "Draft" else "Ciao", body=body)
        house.campaigns[name] = Campaign.objects.get(pk=made.pk)
    Campaign.objects.filter(name="Texts").update(channel="sms")
    drafting.plan(house.campaigns["Planned"], now() + timedelta(days=1))
    running = house.campaigns["Running"]
    launching.launch(running, by=house.mara)
    audience.freeze(running)
    sending.next_batch(running.pk)


def _name_rows(house: House) -> None:
    upload = io.BytesIO(b"Code;Name\n1;Ana Lima\n")
    ours, theirs = house.ours, house.theirs
    lead = house.readers["who leads a team"]
    file = importing.receive(upload, name="fair.csv", kind="people", system="fair", by=lead, country="IT")
    upload = io.BytesIO(b"Code;Name\n2;Vera Rossi\n")
    secret = importing.receive(upload, name="secret.csv", kind="people", system="fair", by=house.mara, country="IT")
    house.rows |= {
        "customer_id": ours["bar"].pk,
        "pk": ours["ugo"].pk,
        "point_id": ours["bar"].contact_points.get().pk,
        "place_id": Affiliation.objects.get(person=ours["ada"]).pk,
        "message_id": Message.objects.get(origin="campaign", customer=ours["ugo"]).pk,
        "segment_id": house.segments["Spenders"].pk,
        "campaign_id": house.campaigns["Draft"].pk,
        "file_id": file.pk,
        "api:interaction": house.rows["interaction_id"],
        **dict.fromkeys(("api:segment", "api:members", "api:removals", "api:member"), house.segments["Spenders"].pk),
        **dict.fromkeys(("api:promise", "api:keeping", "api:moves"), house.rows["task_id"]),
        **dict.fromkeys(("insights:paste", "insights:standing", "insights:remove"), house.segments["Chosen"].pk),
        **dict.fromkeys(("campaigns:results", "campaigns:progress"), house.campaigns["Running"].pk),
    }
    said = make.make_conversation(theirs["vera"], owner=house.anna)
    words = make.make_interaction(theirs["vera"], said, from_address="vera@example.com", html="<p>Hi</p>")
    promised = make.make_task(theirs["vera"], house.anna).pk
    house.hidden = {
        "customer_id": theirs["vera"].pk,
        "pk": theirs["vera"].pk,
        "point_id": theirs["vera"].contact_points.first().pk,
        "place_id": Affiliation.objects.get(person=theirs["nino"]).pk,
        "conversation_id": said.pk,
        "interaction_id": words.pk,
        "task_id": promised,
        "message_id": outbox.queue(channel="email", conversation=said, text="Hello", by=house.anna).pk,
        "file_id": secret.pk,
        "call_id": _call(house, theirs["vera"]).pk,
        "api:interaction": words.pk,
        **dict.fromkeys(("api:promise", "api:keeping", "api:moves"), promised),
    }


def _call(house: House, customer: Customer) -> Call:
    return Call.objects.create(
        ref=f"ring {customer.pk}", customer=customer, number="+393331110009", agent=house.anna, taken_by=house.anna,
        status=Call.Status.LIVE, rang_at=now(), answered_at=now(),
    )  # fmt: skip


def shake(house: House) -> None:
    """Let everything happen to those who are hidden that may happen to a customer."""
    mira, inn, vera, nino = (house.theirs[name] for name in ("mira", "inn", "vera", "nino"))
    _they_buy(mira, inn, vera)
    _they_talk(house, mira, vera, nino)
    for one in house.theirs.values():
        consenting.give(one, "offers", "email", source="test")
        consenting.give(one, "surveys", "email", source="test")
        one.refresh_from_db()
        changing.change(one, by=house.anna, version=one.version, city="Ravello", country="PT", language="pt-BR")
    consenting.withdraw(vera, "offers", "email", source="test")
    contacting.add(mira, "phone", "+393331110055", by=house.anna)
    contacting.add(vera, "reference", "A1", system="shop", by=house.anna)
    vera.contact_points.filter(channel="email").update(bounced_at=now(), bounce_reason="no such mailbox")
    mira.refresh_from_db()
    changing.change(mira, by=house.anna, version=mira.version, custom={"rooms": 12})
    for name in ("Ugo Bassi", "Ada Neri", "Abel Abate", "Zoe Zorzi"):
        person = Person(
            name=name, emails=[f"{name[:3]}@hidden.example".lower()], team_id=house.anna.team_id, city="Pisa",
            keeper_id=house.anna.pk, allowed=[Allowed("offers", "email", True)], account_id=inn.pk,
        )  # fmt: skip
        intake.register(person, source="form", by=house.anna)
    for one in house.theirs.values():
        ListedCustomer.objects.create(segment=house.segments["Chosen"], customer=one, origin="pasted", by=house.anna)
    Enlistment.objects.create(
        segment=house.segments["Chosen"], origin="selection", by=house.mara, added_count=len(house.theirs),
        until=vera.pk, begun_at=now(), beat_at=now(),
    )  # fmt: skip
    _they_are_written_to(house)
    refreshing.refresh_all_touched()
    for campaign in Campaign.objects.select_related("segment"):  # who sees all has just looked at each
        audience.look(campaign, house.mara)
        results.count(campaign)


def _they_buy(mira: Customer, inn: Customer, vera: Customer) -> None:
    today = localdate()
    lines = [
        recording.Line(today, SPENT, "EUR", customer_id=mira.pk, product="Beans", order_ref="B1"),
        recording.Line(today, 900_000, "USD", customer_id=inn.pk, product="Filter"),
        recording.Line(today, 300, "GBP", customer_id=vera.pk, product="Beans"),
        recording.Line(today - timedelta(days=200), 5_000, "EUR", customer_id=vera.pk, product="Filter"),
    ]
    assert recording.record_many(lines, source="till").made == len(lines)


def _they_talk(house: House, mira: Customer, vera: Customer, nino: Customer) -> None:
    for one in (mira, vera, nino):
        said = make.make_conversation(
            one, "It broke", owner=house.anna, team=house.anna.team, is_complaint=True, waiting_since=now()
        )
        make.make_interaction(one, said, from_address=f"{one.first_name}@example.com")
        make.make_interaction(one, said, direction="out", channel="call")
        make.make_task(one, house.anna, "Bring a new one", due_in=timedelta(days=-2))
        outbox.queue(channel="email", conversation=said, text="Sorry", by=house.anna)
    Message.objects.filter(customer=vera).update(status=Message.Status.FAILED, reason="Unknown Vera Rossi")
    Message.objects.filter(customer=mira, is_marketing=False).update(status=Message.Status.IN_DOUBT)
    for one in (mira, nino):
        _call(house, one)


def _they_are_written_to(house: House) -> None:
    """Let the running campaign go to Mira, who answers, to Vera, who leaves, and to Nino, whose mail comes back."""
    running = house.campaigns["Running"]
    theirs = Recipient.objects.filter(campaign=running, customer__in=[one.pk for one in house.theirs.values()])
    assert theirs.exclude(reason="").count() == 4
    theirs.filter(customer=house.theirs["inn"]).update(reason="complaint")
    theirs.exclude(customer=house.theirs["inn"]).update(reason="", queued_at=now())
    for name, status in {"mira": "sent", "vera": "failed", "nino": "sent"}.items():
        Message.objects.create(
            customer=house.theirs[name], to_address=f"{name}@example.com", channel="email", status=status,
            origin="campaign", origin_id=running.pk, is_marketing=True, purpose="offers", due_at=now(),
            created_at=now(), sent_at=now() if status == "sent" else None, reason=f"{name} is not there",
            bounced_at=now() if name == "nino" else None, body_text="Ciao",
        )  # fmt: skip
    theirs.filter(customer=house.theirs["mira"]).update(answered_at=now())
    theirs.filter(customer=house.theirs["vera"]).update(unsubscribed_at=now())
    Campaign.objects.filter(pk=running.pk).update(
        recipient_count=running.recipient_count + 6, excluded={"complaint": 1}
    )
    running.refresh_from_db()
