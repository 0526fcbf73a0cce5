"""What this channel registers, found by name at start."""

from interactions import originals
from interactions.channels.mail import carrier, hooks, jobs, mailboxes
from interactions.channels.mail.gateway import reading

__all__ = ["carrier", "hooks", "jobs", "mailboxes"]

originals.are(carrier.MailCarrier.channel, ".eml", "message/rfc822", reading.attachment)
