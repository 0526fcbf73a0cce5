"""A folder for each channel. Nobody imports what is in them: what they bring is found by its name."""

from importlib.util import find_spec
from pkgutil import iter_modules


def found(name: str) -> list[str]:
    """Return the modules of this name that the folders hold, as they are imported."""
    folders = (one.name for one in iter_modules(__path__, f"{__name__}.") if one.ispkg)
    return [f"{folder}.{name}" for folder in folders if find_spec(f"{folder}.{name}")]
