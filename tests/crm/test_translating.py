"""Words are found wherever they are marked, and customers' languages hold customers' words only."""

import pytest
from babel.messages.catalog import Catalog

from crm import translating


@pytest.fixture(scope="module")
def found():
    return translating.extract()


@pytest.mark.long  # reads every source
def test_words_of_python_macros_and_trans_blocks_are_found(found):
    assert "yesterday" in found  # gettext in Python
    assert ("%(n)d day late", "%(n)d days late") in found  # ngettext
    assert "Skip to content" in found  # _() in a template
    assert "Administrator" in found  # gettext_lazy
    assert any("each works once" in str(message.id) for message in found)  # {% trans %}…{% pluralize %}


@pytest.mark.long
def test_what_a_problem_says_by_itself_is_found(found):
    assert "This conversation was already settled." in found  # the docstring of AlreadySettled
    assert "What was sent does not fit." in found


@pytest.mark.long
def test_every_catalogue_is_whole_and_up_to_date(found):
    assert translating.check(found) == []


@pytest.mark.long
def test_customers_languages_hold_only_what_customers_read(found):
    spanish = translating._for_customers(found)
    assert 0 < len(spanish) < len(found) / 4
    assert "Skip to content" not in spanish


def test_a_gap_is_an_empty_a_guessed_or_a_half_plural():
    words = Catalog(locale="it")
    words.add("Today", "Oggi")
    words.add("Nobody", "")
    words.add("Guess", "Forse", flags=["fuzzy"])
    words.add(("a day", "days"), ("un giorno", ""))
    assert {str(each.id) for each in translating.gaps(words)} == {"Nobody", "Guess", "('a day', 'days')"}
