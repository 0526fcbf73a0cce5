"""Siblings of a case that bin/test asks: bin/check asks them too."""

from typing import Any

import pytest


def rarely(*values: Any) -> list:
    """Return parameters that are long: what one of them does, another does in bin/test."""
    return [pytest.param(value, marks=pytest.mark.long) for value in values]
