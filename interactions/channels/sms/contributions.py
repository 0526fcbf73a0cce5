"""What this channel registers, found by name at start."""

from interactions.channels.sms import carrier, hooks

__all__ = ["carrier", "hooks"]
