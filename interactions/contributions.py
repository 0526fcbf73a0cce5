"""What this room adds to the frame and to its own registries."""

from interactions import merge_fields, telling

__all__ = ["merge_fields", "telling"]  # importing them registers the timeline's sources and the wordings' fields
