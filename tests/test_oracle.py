"""Who sees some customers reads nothing that depends on the others: no number, no list, no refusal.

Everything is asked, then everything happens to those who are hidden, then everything is asked again.
"""

import pytest
import time_machine

from tests.oracle import asking
from tests.oracle.house import build, shake

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(settings, tmp_path):
    settings.MEDIA_ROOT = settings.VAR = tmp_path
    with time_machine.travel("2026-11-12T10:00:00Z", tick=False):
        yield build()


@pytest.mark.long
def test_no_page_tells_what_happens_to_whom_one_does_not_see(house):
    readers = {name: asking.signed_in(user) for name, user in house.readers.items()}
    before = {name: reader.ask_all(asking.pages(house, house.readers[name])) for name, reader in readers.items()}
    shake(house)
    told = {name: asking.differing(before[name], reader.ask_all(before[name])) for name, reader in readers.items()}
    differing = [f"{name}: {one}" for name, some in told.items() for one in some]
    assert not differing, "\n\n".join(differing)
