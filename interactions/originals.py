"""What arrived, byte for byte: a folder in interactions/channels says here what it is, and takes files out of it."""

from collections.abc import Callable
from dataclasses import dataclass

FileIn = Callable[[bytes, int], bytes | None]


@dataclass(frozen=True)
class RawFormat:
    """What the originals of a channel are. file_in(raw, position): one attached file, None if it is not there."""

    suffix: str = ".bin"
    content_type: str = "application/octet-stream"
    file_in: FileIn = lambda raw, position: None


_formats: dict[str, RawFormat] = {}


def are(channel: str, suffix: str, content_type: str, file_in: FileIn) -> None:
    """Register what the originals of a channel are."""
    _formats[channel] = RawFormat(suffix, content_type, file_in)


def of(channel: str) -> RawFormat:
    """Return what the originals of a channel are; bytes, of one that does not say."""
    return _formats.get(channel) or RawFormat()
