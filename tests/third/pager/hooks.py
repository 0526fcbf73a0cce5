"""Forms, signed with CHANNEL_PAGER_SECRET: a page of theirs (id, from, text), or what became of ours (id, state)."""

import hmac
import os
from urllib.parse import parse_qsl

from django.db import transaction
from django.utils.timezone import now

from crm import locks
from interactions import arriving, hooking, recovering, returning
from interactions.arriving import Destination
from interactions.conversations import opening
from interactions.gateways.errors import Unsigned
from interactions.models import Conversation, Interaction, Message
from interactions.recognising import recognise


@hooking.hook("pager", "incoming")
def incoming(posted):
    form = _proved(posted)
    return hooking.in_json({"interaction": arriving.anew(lambda: _file(form)).pk})


@hooking.hook("pager", "report")
def report(posted):
    _note(_proved(posted))
    return hooking.Response()


def _proved(posted):
    signed = hmac.new(os.environ["CHANNEL_PAGER_SECRET"].encode(), posted.body, "sha256").hexdigest()
    if not hmac.compare_digest(signed, posted.headers.get("x-pager-signature", "")):
        raise Unsigned("The signature does not fit.")
    return dict(parse_qsl(posted.body.decode()))


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
    new = Conversation(customer=who.customer, subject=opening.named_by(theirs.words), opened_at=theirs.occurred_at)
    return arriving.file(theirs, place, new=new)


@transaction.atomic
def _note(form):
    rows = Message.objects.filter(channel="pager", message_ref=form["id"])
    message = rows.select_for_update(of=("self",), no_key=True).first()
    if message is None:
        return
    recovering.taken(message, ref=form["id"])
    if form["state"] == "read":
        returning.delivered(message)
    else:
        returning.came_back(message, reason=form["state"], is_hard=form["state"] == "no such pager")
