"""What stays known of an address that is taken away: whoever has it next is not written to there either.

A bounce is lifted by verifying the address by hand, a complaint or a refusal only by a new consent for that address.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils.timezone import now

from customers import channels, consenting
from customers.cleaning import EMAIL, Key
from customers.models import ConsentState, ContactPoint, Suppression

Reason = Suppression.Reason


def remember(point: ContactPoint) -> None:
    """Keep what is known against an address that is about to go; what was lifted meanwhile is forgotten."""
    present = ContactPoint.objects.select_for_update().filter(pk=point.pk).first()  # a bounce may just have come
    if present is None or present.channel == ContactPoint.Channel.REFERENCE:
        return
    whose = Q(customer=None) | Q(customer=point.customer_id)
    known = list(_known_against(present))
    still = {_what(one) for one in known if one.reason == Reason.REFUSED}  # these keep who refused them, and when
    before = Suppression.objects.filter(whose, channel=point.channel, value=point.value)
    lifted = [one.pk for one in before if _what(one) not in still]
    before.filter(pk__in=lifted).delete()
    Suppression.objects.bulk_create(known, ignore_conflicts=True)


def _what(one: Suppression) -> tuple[str, str, str, int | None]:
    return one.reason, one.purpose, one.consent_channel, one.customer_id


def _known_against(point: ContactPoint) -> Iterable[Suppression]:
    same: dict[str, Any] = {"channel": point.channel, "value": point.value}
    if point.bounced_at:  # a number is wrong for one customer, a mailbox is dead for everybody
        whose = None if point.channel == EMAIL else point.customer_id
        words = point.bounce_reason
        yield Suppression(**same, reason=Reason.BOUNCED, customer_id=whose, words=words, at=point.bounced_at)
    for channel, words in point.unreached.items():  # whoever has the number
        yield Suppression(**same, reason=Reason.BOUNCED, consent_channel=channel, words=words, at=now())
    if point.complained_at:
        yield Suppression(**same, reason=Reason.COMPLAINED, at=point.complained_at)
    for state in ConsentState.objects.filter(contact_point=point, is_given=False):
        yield Suppression(
            **same, reason=Reason.REFUSED, purpose=state.purpose, consent_channel=state.channel, at=state.at
        )


def keep_refused(value: str, channel: str, purposes: Iterable[str], *, source: str, at: datetime) -> None:
    """Keep what an address refused on a channel while somebody, or nobody, has it. source: by which deed."""
    same = {"channel": _points_of(channel), "value": value, "reason": Reason.REFUSED, "consent_channel": channel}
    Suppression.objects.bulk_create(
        (Suppression(**same, purpose=purpose, words=source, at=at) for purpose in sorted(purposes)),
        ignore_conflicts=True,
    )


def forget_refused(value: str, channel: str, *, source: str) -> None:
    """Forget what an address refused on a channel by one deed: it took that back."""
    same = {"channel": _points_of(channel), "value": value, "reason": Reason.REFUSED, "consent_channel": channel}
    Suppression.objects.filter(**same, words=source).delete()


def _points_of(channel: str) -> str:
    line = channels.of(channel)
    return line.spoken_over if line else ""


def is_dead(email: str) -> bool:
    """Tell whether a mailbox, in normal form, did not exist when somebody had it who has it no more."""
    known = Suppression.objects.filter(channel=EMAIL, value=email, reason=Reason.BOUNCED, customer=None)
    return known.filter(consent_channel="").exists()


def recall(fresh: Iterable[tuple[int, Key, bool]]) -> None:
    """Bring back what is known against new addresses: (customer, key, whether somebody else has it too)."""
    fresh = [(pk, key, is_shared) for pk, key, is_shared in fresh if not key[1]]
    kept = _kept({key for _pk, key, _is_shared in fresh})
    asked = [
        {"customer": pk, "c": key[0], "v": key[2]}
        for pk, key, is_shared in fresh
        if is_shared or (key[0], key[2]) in kept
    ]
    if not asked:
        return
    written = json.dumps(asked)
    with connection.cursor() as cursor:
        cursor.execute(_MARK, [written])
        cursor.execute(_DEAD, [written])
        cursor.execute(_REFUSALS, [written])
        refusals = [_refusal(*row) for row in cursor.fetchall()]
    consenting.refuse_again(refusals)


def _refusal(
    customer: int, purpose: str, channel: str, point: int, at: datetime, value: str, source: str
) -> consenting.Refusal:
    proof = f"Said at {value} before it was theirs" if source else f"Said before {value} was taken away"
    return consenting.Refusal(customer, purpose, channel, point, at, proof, source or "address came back")


def _kept(keys: set[Key]) -> set[tuple[str, str]]:
    if not keys:
        return set()
    asked = json.dumps([{"c": channel, "v": value} for channel, _system, value in keys])
    with connection.cursor() as cursor:
        cursor.execute(_KEPT, [asked])
        return set(cursor.fetchall())


_KEPT = """
SELECT DISTINCT s.channel, s.value FROM jsonb_to_recordset(%s::jsonb) AS k (c text, v text)
JOIN customers_suppression s ON s.channel = k.c AND s.value = k.v
"""
_FRESH = """
WITH fresh AS (
    SELECT p.id, p.customer_id, p.channel, p.value
    FROM jsonb_to_recordset(%s::jsonb) AS k (customer bigint, c text, v text)
    JOIN customers_contactpoint p ON p.customer_id = k.customer AND p.channel = k.c AND p.value = k.v AND p.system = ''
), kept AS (
    SELECT f.id AS point, f.customer_id AS owner, s.*
    FROM fresh f JOIN customers_suppression s ON s.channel = f.channel AND s.value = f.value
        AND (s.customer_id IS NULL OR s.customer_id = f.customer_id)
)
"""
_MARK = f"""
{_FRESH}, known AS (  -- what was kept, and what stands at the same mailbox of somebody else
    SELECT point, CASE reason WHEN 'bounced' THEN at END AS bounced_at, words,
        CASE reason WHEN 'complained' THEN at END AS complained_at
    FROM kept WHERE reason <> 'refused' AND consent_channel = ''
    UNION ALL
    SELECT f.id, o.bounced_at, o.bounce_reason, o.complained_at
    FROM fresh f JOIN customers_contactpoint o
        ON o.channel = f.channel AND o.value = f.value AND o.system = '' AND o.id <> f.id
    WHERE f.channel = 'email' AND (o.bounced_at IS NOT NULL OR o.complained_at IS NOT NULL)
), marks AS (
    SELECT point, min(bounced_at) AS bounced_at, max(words) AS words, min(complained_at) AS complained_at
    FROM known GROUP BY point
)
UPDATE customers_contactpoint p
SET bounced_at = m.bounced_at, complained_at = m.complained_at,
    bounce_reason = CASE WHEN m.bounced_at IS NULL THEN '' ELSE m.words END
FROM marks m WHERE p.id = m.point
"""
# On which channels a number is dead is true of whoever has it.
_DEAD = f"""
{_FRESH}, known AS (
    SELECT point, consent_channel AS key, words AS value FROM kept WHERE reason = 'bounced' AND consent_channel <> ''
    UNION ALL
    SELECT f.id, dead.key, dead.value
    FROM fresh f JOIN customers_contactpoint o
        ON o.channel = f.channel AND o.value = f.value AND o.system = '' AND o.id <> f.id
    CROSS JOIN LATERAL jsonb_each_text(o.dead_on - '{ContactPoint.LIFTED}') AS dead
), marks AS (
    SELECT point, jsonb_object_agg(key, value) AS dead_on FROM known GROUP BY point
)
UPDATE customers_contactpoint p SET dead_on = m.dead_on FROM marks m WHERE p.id = m.point
"""
_REFUSALS = f"""
{_FRESH}
SELECT owner, purpose, consent_channel, point, at, value, words FROM kept
WHERE reason = 'refused' AND NOT EXISTS (  -- who has it too allowed it there since
    SELECT FROM customers_contactpoint o JOIN customers_consentstate s ON s.contact_point_id = o.id
    WHERE o.channel = kept.channel AND o.value = kept.value AND o.system = '' AND s.is_given AND s.at > kept.at
        AND s.customer_id = o.customer_id AND s.purpose = kept.purpose AND s.channel = kept.consent_channel
)
"""
