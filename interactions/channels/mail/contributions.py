"""What this channel registers, found by name at start."""

from crm import schedule
from interactions import originals
from interactions.channels.mail import carrier, checks, hooks, jobs, mailboxes
from interactions.channels.mail.gateway import reading

__all__ = ["carrier", "checks", "hooks", "jobs", "mailboxes"]

originals.are(carrier.MailCarrier.channel, ".eml", "message/rfc822", reading.attachment)
# Each mailbox is looked into; a UID cursor remembers where we stopped.
schedule.add("poll-mailboxes", jobs.poll_mailboxes.name, seconds=10.0)
