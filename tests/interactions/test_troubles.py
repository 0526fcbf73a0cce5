"""What is wrong with a channel is asked by one page at a time, and not again at once if it took long."""

import pytest
from django.core.cache import cache

from interactions import troubles


class Slow:
    channel = "slowpost"

    def __init__(self):
        self.asked = 0

    def trouble(self):
        self.asked += 1
        if self.asked == 1:  # another page asks meanwhile
            assert troubles.of(self) == "Its server is being asked, and takes its time." and self.asked == 1
        return "no answer"


@pytest.mark.parametrize(("slow", "asked"), [(60, 2), (-1, 1)])
def test_no_page_waits_beside_another_for_a_server_and_a_slow_one_is_left_alone(monkeypatch, slow, asked):
    monkeypatch.setattr(troubles, "SLOW_SECONDS", slow)
    monkeypatch.setattr(troubles, "WAITS_SECONDS", 0.2)
    one = Slow()
    try:
        assert [troubles.of(one), troubles.of(one), one.asked] == ["no answer", "no answer", asked]
    finally:
        cache.delete("trouble.slowpost.en")


def test_without_the_cache_everybody_asks(settings):
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}}
    one = Slow()
    one.asked = 1
    assert troubles.of(one) == "no answer"
