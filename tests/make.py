"""The cast and its things: build only what the story needs.

Anna the agent, Boris her lead, Clara from another team, Mira the customer.
"""

from datetime import timedelta
from itertools import count

from django.db import connection
from django.utils.timezone import now

from crm import days
from customers.identity import normalise
from customers.identity.normalise import sort_key
from customers.models import Affiliation, ContactPoint, Customer
from interactions.models import Conversation, Interaction, Task
from staff.models import Organisation, Team, User
from staff.roles import Role

PASSWORD = "a long enough password"
_numbers = count(1)


def make_organisation(**fields):
    fields = {
        "name": "Meridiana",
        "legal_name": "Meridiana S.r.l.",
        "postal_address": "Via dei Limoni 1, 84011 Amalfi, Italy",
        "languages": ["it", "es", "pt", "en"],
        "sender_name": "Meridiana",
        "sender_email": "ciao@meridiana.example",
        **fields,
    }
    ours = Organisation.objects.update_or_create(pk=1, defaults=fields)[0]
    days.changed(ours.time_zone)
    return ours


def make_team(name="Campania"):
    return Team.objects.get_or_create(name=name)[0]


def make_user(name="Anna", role=Role.AGENT, team=None, **fields):
    email = fields.pop("email", f"{name.lower().replace(' ', '.')}.{next(_numbers)}@meridiana.example")
    return User.objects.create_user(email, PASSWORD, name=name, role=role, team=team, **fields)


def make_anna(**fields):
    return make_user("Anna", Role.AGENT, fields.pop("team", None) or make_team(), **fields)


def make_boris(**fields):
    return make_user("Boris", Role.MANAGER, fields.pop("team", None) or make_team(), **fields)


def make_clara(**fields):
    return make_user("Clara", Role.SALES, fields.pop("team", None) or make_team("Toscana"), **fields)


def make_customer(name="Mira Kovač", *, account=None, email=None, phone=None, **fields):
    """Return a customer; `account` is another customer who buys for them. Addresses are in normal form already."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('customers_customer', 'id'))")
        pk = cursor.fetchone()[0]
    at = fields.pop("created_at", now())
    first, _, last = name.rpartition(" ")
    fields = {"first_name": first or last, "last_name": last if first else "", "country": "IT", **fields}
    customer = Customer.objects.create(
        pk=pk,
        name=name,
        sort_key=sort_key(name=name, first_name=first, last_name=last, is_person="kind" not in fields),
        account_id=account.pk if account else pk,
        created_at=at,
        changed_at=at,
        **fields,
    )
    if account:
        Affiliation.objects.create(person=customer, account=account)
    for channel, value in (("email", email), ("phone", phone)):
        if value:
            make_contact_point(customer, value, channel=channel)
    return customer


def make_mira(**fields):
    return make_customer("Mira Kovač", **{"email": "mira@example.com", "phone": "+390895550147", **fields})


def make_contact_point(customer, value, channel="email", **fields):
    phone = normalise.phone(value, "") if channel == "phone" else None
    fields = {"line": phone.line if phone else "", **fields}
    return ContactPoint.objects.create(
        customer=customer, channel=channel, value=value, created_at=fields.pop("created_at", now()), **fields
    )


def make_conversation(customer=None, subject="The grinder", **fields):
    at = fields.pop("opened_at", now())
    return Conversation.objects.create(
        customer=customer, subject=subject, opened_at=at, touched_at=fields.pop("touched_at", at), **fields
    )


def make_interaction(customer=None, conversation=None, **fields):
    fields = {"channel": "email", "direction": "in", "occurred_at": now(), "words": "Hello", **fields}
    return Interaction.objects.create(customer=customer, conversation=conversation, **fields)


def make_task(customer, owner, what="Send two samples", due_in=timedelta(days=1), **fields):
    """Return a promise for a moment, or for the day that is given as `due_on`."""
    day = fields.get("due_on")
    due = fields.pop("due_at", days.end(day) if day else now() + due_in)
    return Task.objects.create(
        customer=customer,
        owner=owner,
        promised_by=owner,
        what=what,
        due_at=due,
        first_due_on=day,
        first_due_at=due,
        created_at=fields.pop("created_at", now()),
        **fields,
    )
