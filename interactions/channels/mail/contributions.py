"""What this channel registers, found by name at start."""

from interactions.channels.mail import hooks

__all__ = ["hooks"]
