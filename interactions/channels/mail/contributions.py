"""What this channel registers, found by name at start."""

from interactions import originals
from interactions.channels.mail import carrier, checks, hooks, jobs, mailboxes
from interactions.channels.mail.gateway import reading

__all__ = ["carrier", "checks", "hooks", "jobs", "mailboxes"]

originals.are(carrier.MailCarrier.channel, ".eml", "message/rfc822", reading.attachment)
