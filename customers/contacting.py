"""Add, prefer and remove one address or number of a customer, by hand; what turns out of one, by whoever hears it."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import now
from django.utils.translation import gettext as _

from crm.events.recording import record
from crm.problems import Invalid, Problem
from customers import channels, consenting, intake, searching, suppressing
from customers.identity import normalise
from customers.models import ContactPoint, Customer
from customers.touch import touch
from staff.models import Organisation

Channel = ContactPoint.Channel


class AlreadyTheirs(Problem):
    """This customer has this address already."""

    code = "already_theirs"


@transaction.atomic
def add(
    customer: Customer, channel: str, written: str, *, by: Any, system: str = "", label: str = ""
) -> ContactPoint:  # fmt: skip
    """Give a customer one more address. What somebody else has too is marked shared on both.

    Raises Invalid for what is no address on that channel, AlreadyTheirs.
    """
    value, is_checked, line = _read(customer, channel, written)
    system = system if channel == Channel.REFERENCE else ""
    intake.lock(["|".join((channel, system, value))])
    same = ContactPoint.objects.filter(channel=channel, value=value, system=system)
    if same.filter(customer=customer).exists():
        raise AlreadyTheirs(_("This customer has this address already."))
    point = ContactPoint.objects.create(
        customer=customer,
        channel=channel,
        value=value,
        system=system,
        written=written if written != value else "",
        label=label,
        is_shared=bool(same.update(is_shared=True)),
        line=line,
        is_checked=is_checked,
        is_first_choice=not customer.contact_points.filter(channel=channel).exists(),
        created_at=now(),
    )
    suppressing.recall([(customer.pk, (channel, system, value), point.is_shared)])
    point.refresh_from_db()
    _tell(customer, by, added=value)
    return point


def _read(customer: Customer, channel: str, written: str) -> tuple[str, bool, str]:
    """Return (normal form, whether it surely exists, what kind of phone answers)."""
    if channel == Channel.EMAIL:
        value = normalise.email(written)
        if value is None:
            raise Invalid(_("This is not an e-mail address. It looks like name@example.com."))
        return value, True, ""
    if channel == Channel.PHONE:
        country = customer.country or Organisation.current().country
        phone = normalise.phone(written, country)
        if phone is None:
            raise Invalid(normalise.phone_trouble(written, country))
        return phone.value, phone.is_checked, phone.line
    value = normalise.words(written)
    if not value:
        raise Invalid(_("Give the number."))
    return value, True, ""


@transaction.atomic
def prefer(point: ContactPoint, *, by: Any) -> None:
    """Make this the address that is used first on its channel."""
    beside = _locked(point)
    beside.exclude(pk=point.pk).update(is_first_choice=False)
    beside.filter(pk=point.pk).update(is_first_choice=True)
    _tell(point.customer, by, preferred=point.value)


def _locked(point: ContactPoint) -> QuerySet[ContactPoint]:
    """Return what its customer has on its channel, locked in one order: of two at once one waits."""
    beside = ContactPoint.objects.filter(customer=point.customer_id, channel=point.channel)
    list(beside.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    return beside


@transaction.atomic
def verify(point: ContactPoint, *, by: Any, is_verified: bool = True) -> None:
    """Say that somebody checked by hand that this address is theirs, and works; or take that back."""
    mine = ContactPoint.objects.filter(pk=point.pk)
    point.refresh_from_db(from_queryset=mine.select_for_update(of=("self",)))
    lifted = point.dead_on.get(ContactPoint.LIFTED, {}) | point.unreached
    fields: dict[str, Any] = {"verified_at": now(), "is_checked": True, "bounced_at": None}
    fields |= {"dead_on": {ContactPoint.LIFTED: lifted} if lifted else {}}
    if not is_verified:  # a bounce that was lifted left its reason
        fields = {"verified_at": None, "bounced_at": point.bounced_at or (now() if point.bounce_reason else None)}
        fields |= {"dead_on": lifted}
    mine.update(**fields)
    point.refresh_from_db()
    _tell(point.customer, by, **{"verified" if is_verified else "not_verified": point.value})


@transaction.atomic
def mark_dead(point: ContactPoint, channel: str, why: str, *, by: Any = None) -> None:
    """Write down that an address that lives does not take a channel, whoever has it: until somebody verifies it.

    why: as the outside says it. Marked already, nothing changes. An address that takes nothing at all has bounced.
    Raises Invalid for a channel that is not spoken over such an address.
    """
    if channels.named(channel).spoken_over != point.channel:
        raise Invalid(_("This channel does not go to such an address."))
    same = ContactPoint.objects.filter(channel=point.channel, value=point.value, system=point.system)
    alive = same.exclude(dead_on__has_key=channel)
    for each in alive.select_for_update(of=("self",)).select_related("customer").order_by("pk"):
        lifted = {key: words for key, words in each.dead_on.get(ContactPoint.LIFTED, {}).items() if key != channel}
        dead_on = {**each.unreached, channel: why[:300]} | ({ContactPoint.LIFTED: lifted} if lifted else {})
        ContactPoint.objects.filter(pk=each.pk).update(dead_on=dead_on)
        record(
            "contact_point.bounced", about=each, customer=each.customer, by=by,
            address=each.value, channel=channel, reason=why[:300],
        )  # fmt: skip
        touch([each.customer_id])


@transaction.atomic
def mark_alive(point: ContactPoint, channel: str, why: str, *, by: Any = None) -> None:
    """Take back a `mark_dead` that turned out to be wrong, for whoever has the address; what others said stays."""
    same = ContactPoint.objects.filter(channel=point.channel, value=point.value, system=point.system)
    _works(same.filter(**{f"dead_on__{channel}": why[:300]}), channel, by)


@transaction.atomic
def heard(point: ContactPoint, channel: str, *, by: Any = None) -> None:
    """They spoke on a channel from this address: it takes that channel, whatever was known against it, whoever has it.

    A landline that writes text messages is one of which its number does not tell. A bounce of the whole address stays.
    """
    if channel not in point.dead_on and point.takes(channels.named(channel)):
        return
    same = ContactPoint.objects.filter(channel=point.channel, value=point.value, system=point.system)
    if channels.named(channel).needs_mobile:
        same.filter(line=ContactPoint.Line.FIXED).update(line="")
    _works(same, channel, by)


def _works(points: QuerySet[ContactPoint], channel: str, by: Any) -> None:
    for each in points.select_for_update(of=("self",)).select_related("customer").order_by("pk"):
        dead_on = {key: words for key, words in each.dead_on.items() if key != channel}
        ContactPoint.objects.filter(pk=each.pk).update(dead_on=dead_on)
        _tell(each.customer, by, works=each.value)


@transaction.atomic
def remove(point: ContactPoint, *, by: Any) -> None:
    """Take an address away; what was allowed for it goes with it, what was refused stays known."""
    _locked(point)
    customer, same = point.customer, {"channel": point.channel, "value": point.value, "system": point.system}
    consenting.keep_words_about(point)
    suppressing.remember(point)
    was_first = point.is_first_choice
    point.delete()
    left = ContactPoint.objects.filter(**same)
    if left.count() == 1:
        left.update(is_shared=False)
    if was_first:
        rest = customer.contact_points.usable().filter(channel=same["channel"]).order_by("pk").values("pk")[:1]
        ContactPoint.objects.filter(pk__in=rest).update(is_first_choice=True)
    _tell(customer, by, removed=same["value"])


def _tell(customer: Customer, by: Any, **what: str) -> None:
    searching.store([customer.pk])
    touch([customer.pk])
    record("customer.changed", about=customer, customer=customer, by=by, source="form", contact_points=what)
