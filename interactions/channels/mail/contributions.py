"""What this channel registers, found by name at start."""

from interactions.channels.mail import carrier, hooks

__all__ = ["carrier", "hooks"]
