"""Each room can be taken out, and with it those above: what is below starts and draws its pages."""

import os
import subprocess
import sys
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

ROOMS = [2, 3, 5, 7]  # counted from the lowest: customers, interactions, insights or the portal is the highest then


@pytest.mark.long  # four processes in which Django wakes
@pytest.mark.timeout(300)
@pytest.mark.django_db
def test_the_customer_page_is_drawn_without_the_rooms_above():
    started = {number: _draw_with(number) for number in ROOMS}
    said = {number: one.communicate()[1] for number, one in started.items()}
    assert {number: said[number][-2000:] for number, one in started.items() if one.returncode} == {}


def _draw_with(number: int) -> subprocess.Popen[str]:
    """Start Django with the lowest rooms only, in this test's own database; it leaves nothing there."""
    given = connection.settings_dict
    owner = f"{quote(given['USER'])}:{quote(given['PASSWORD'])}"
    address = f"postgres://{owner}@{quote(given['HOST'], safe='')}:{given['PORT']}/{given['NAME']}"
    return subprocess.Popen(
        [sys.executable, "-c", "import django; django.setup(); from tests.lower_rooms import draw; draw()"],
        cwd=settings.BASE_DIR,
        env=os.environ | {"FILO_ROOMS_UP_TO": str(number), "DATABASE_URL": address},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
