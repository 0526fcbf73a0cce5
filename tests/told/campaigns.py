"""What is told of segments and campaigns."""

from campaigns import audience, drafting, launching, reactions, sending
from crm.events.models import Event
from customers import consenting
from insights import listing, refreshing, segments
from insights.models import Segment
from interactions.channels.mail import links
from interactions.models import Message
from staff.roles import Role
from tests import make
from tests.interactions.postman import mail, receive
from tests.told import fact, tells


def _drafted(cast):
    """Return a campaign to Mira, who allows it, and who makes it."""
    mara = make.make_user("Mara", Role.MARKETING)
    consenting.give(cast.mira, "offers", "email", source="test")
    everybody = segments.save(Segment(), name="Everybody", rule={"all": []}, by=mara)
    refreshing.refresh()
    campaign = drafting.create(name="Spring", by=mara, segment=everybody)
    drafting.write(campaign, "it", subject="Ciao", body="Caro amico,")
    campaign.refresh_from_db()
    return campaign, mara


def _launched(cast):
    campaign, mara = _drafted(cast)
    launching.launch(campaign, by=mara)
    audience.freeze(campaign)
    sending.next_batch(campaign.pk)
    campaign.refresh_from_db()
    return campaign, mara


@tells("segment.saved")
def saved(cast):
    yield
    segment = segments.save(Segment(), name="Everybody", rule={"all": []}, by=cast.boris)
    yield fact("segment.saved", segment, None, cast.boris)


@tells("segment.listed")
def listed(cast):
    guests = segments.save_list(Segment(), name="Guests", by=cast.boris)
    yield
    listing.add(guests, [cast.mira.pk], origin=listing.Origin.PASTED, by=cast.anna, seer=cast.anna)
    yield fact("segment.listed", guests, None, cast.anna)


@tells("segment.listed")
def listed_by_filters(cast):
    guests = segments.save_list(Segment(), name="Guests", by=cast.boris)
    mara = make.make_user("Mara", Role.MARKETING)
    yield
    listing.begin(guests, origin=listing.Origin.SELECTION, by=mara, filters={"kind": "person"})
    yield fact("segment.listed", guests, None, mara)


@tells("segment.unlisted")
def unlisted(cast):
    guests = segments.save_list(Segment(), name="Guests", by=cast.boris)
    listing.add(guests, [cast.mira.pk], origin=listing.Origin.PASTED, by=cast.anna, seer=cast.anna)
    yield
    listing.remove(guests, [cast.mira.pk], by=cast.anna, seer=cast.anna)
    yield fact("segment.unlisted", guests, None, cast.anna)


@tells("campaign.launched")
def launched(cast):
    campaign, mara = _drafted(cast)
    yield
    launching.launch(campaign, by=mara)
    yield fact("campaign.launched", campaign, None, mara)


@tells("campaign.paused")
def paused(cast):
    campaign, mara = _launched(cast)
    yield
    launching.pause(campaign, by=mara)
    yield fact("campaign.paused", campaign, None, mara)


@tells("campaign.resumed")
def resumed(cast):
    campaign, mara = _launched(cast)
    launching.pause(campaign, by=mara)
    yield
    launching.resume(campaign, by=mara)
    yield fact("campaign.resumed", campaign, None, mara)


@tells("campaign.stopped")
def stopped(cast):
    campaign, _mara = _launched(cast)
    yield
    launching.stop_restored()
    yield fact("campaign.stopped", campaign)


@tells("campaign.cancelled")
def cancelled(cast):
    campaign, mara = _launched(cast)
    yield
    launching.cancel(campaign, by=mara)
    yield fact("campaign.cancelled", campaign, None, mara)


@tells("campaign.finished")
def finished(cast):
    campaign, _mara = _launched(cast)
    Message.objects.update(status="sent")
    yield
    assert launching.finish(campaign)
    yield fact("campaign.finished", campaign)


@tells("campaign.answered")
def answered(cast):
    campaign, _mara = _launched(cast)
    message = Message.objects.get()
    arrived = receive(mail(to=links.answer_address(message.pk)))
    received = Event.objects.get(kind="interaction.received", about_id=arrived.pk)
    yield
    for _again in range(2):
        reactions.note_answer(received)
    yield fact("campaign.answered", campaign, cast.mira)
