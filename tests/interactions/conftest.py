"""Anna, at whom calls ring, and Mira, who calls; files that need others have their own."""

import pytest

from tests import make


@pytest.fixture
def anna(db):
    return make.make_anna(state="available")


@pytest.fixture
def mira(db):
    return make.make_mira(language="it")
