"""A page of theirs: a form with its id, from and text, signed with CHANNEL_PAGER_SECRET."""

import hmac
import os
from urllib.parse import parse_qsl

from django.db import transaction
from django.utils.timezone import now

from crm import locks
from interactions import arriving, choosing, hooking
from interactions.arriving import Destination
from interactions.gateways.errors import Unsigned
from interactions.models import Conversation, Interaction
from interactions.recognising import recognise


@hooking.hook("pager", "incoming")
def incoming(posted):
    signed = hmac.new(os.environ["CHANNEL_PAGER_SECRET"].encode(), posted.body, "sha256").hexdigest()
    if not hmac.compare_digest(signed, posted.headers.get("x-pager-signature", "")):
        raise Unsigned("The signature does not fit.")
    return hooking.in_json({"interaction": arriving.anew(lambda: _file(dict(parse_qsl(posted.body.decode())))).pk})


@transaction.atomic
def _file(form):
    locks.one_at_a_time("pager", form["id"])
    if known := Interaction.objects.filter(channel="pager", message_ref=form["id"]).first():
        return known
    who = recognise(form["from"], "phone", with_card=False)
    place = arriving.at_only(who.customer) if who.customer else Destination(None, None)
    theirs = Interaction(
        channel="pager", direction="in", kind="message", occurred_at=now(), from_address=who.address,
        words=arriving.storable(form["text"]), message_ref=form["id"],
    )  # fmt: skip
    new = Conversation(customer=who.customer, subject=choosing.subject(form["text"]), opened_at=theirs.occurred_at)
    return arriving.file(theirs, place, new=new)
