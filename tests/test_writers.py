"""One writer for each deed: read from the source, and held against the table in tests/deeds.py."""

from collections import Counter

import pytest

from crm.events.catalogue import KINDS
from tests import writes
from tests.deeds import DEEDS, trouble
from tests.writes import ALL, ROOT, ROWS, Write


@pytest.fixture(scope="module")
def found():
    return writes.writes()


def test_every_write_is_in_the_module_whose_deed_it_is(found):
    assert [words for write in found if (words := trouble(write))] == []


def test_every_line_of_the_table_is_written_where_it_says(found):
    """A line of what nobody writes any more is old."""
    done = {(write.model, write.what, write.path) for write in found}
    open_ended = {(model, path) for model, what, path in done if what == ALL}
    old = [
        f"{deed.words}: nobody writes {model}.{field}"
        for deed in DEEDS
        for model, field in sorted(deed.written())
        if not any((model, field, path) in done or (model, path) in open_ended for path in deed.writers)
    ]
    assert old == []


def test_nothing_has_two_lines():
    lines = Counter(pair for deed in DEEDS for pair in deed.written())
    assert [pair for pair, count in lines.items() if count > 1] == []


def test_every_kind_of_fact_is_told_by_one_deed():
    assert sorted(kind for deed in DEEDS for kind in deed.facts) == sorted(KINDS)


def test_the_table_in_the_documents_is_this_one():
    lines = (ROOT / "docs/architecture.md").read_text().splitlines()
    assert [deed.line() for deed in DEEDS if deed.line() not in lines] == []
    assert [deed.test for deed in DEEDS if not (ROOT / deed.test).exists()] == []


@pytest.mark.parametrize(
    ("model", "what", "path", "whose"),
    [
        (
            "Conversation",
            "status",
            "interactions/channels/mail/receiving.py",
            "belongs to interactions/conversations/settling.py.",
        ),
        ("Conversation", ALL, "interactions/views/answering.py", "interactions/thread.py"),
        ("Interaction", ROWS, "interactions/concluding.py", "interactions/conversations/filing.py."),
        ("Task", "a new field", "interactions/promising.py", "write a line in tests/deeds.py"),
        ("?", "status", "campaigns/launching.py", "QuerySet[Message]"),
    ],
)
def test_what_is_written_elsewhere_is_told_whose_it_is(model, what, path, whose):
    assert whose in trouble(Write(model, what, path, 1, frozenset({"Message", "Segment"} if model == "?" else ())))


class TestReading:
    """What the reader sees, in every spelling that somebody may think of."""

    @pytest.mark.parametrize(
        ("source", "model", "what"),
        [
            ("Conversation.objects.create(subject='x')", "Conversation", ROWS),
            ("Conversation.objects.filter(pk=1).exclude(pk=2).update(status='settled')", "Conversation", "status"),
            ("Conversation.objects.filter(pk=1).update(owner_id=3)", "Conversation", "owner"),
            ("one = Conversation.objects.get(pk=1)\none.save(update_fields=['status'])", "Conversation", "status"),
            ("def f(one: Conversation | None): one.save()", "Conversation", ALL),
            ("def f(some: 'QuerySet[Conversation]'): some.delete()", "Conversation", ROWS),
            ("def f(place: Conversation): place.interactions.create(kind='call')", "Interaction", ROWS),
            ("def f(touch: Interaction): touch.conversation.delete()", "Conversation", ROWS),
            ("for one in Conversation.objects.open():\n    one.save()", "Conversation", ALL),
            ("[one.save() for one in Conversation.objects.all()]", "Conversation", ALL),
            ("Conversation(subject='x').save()", "Conversation", ALL),
            ("get_object_or_404(Conversation, pk=1).delete()", "Conversation", ROWS),
            ("def f(request): seen.conversation(request, 1).save()", "Conversation", ALL),
            ("Conversation.objects.bulk_update(some, ['status'])", "Conversation", "status"),
            ("(first or Conversation.objects.first()).save()", "Conversation", ALL),
            ("run('UPDATE interactions_conversation SET status = 1, settled_by_id = 2')", "Conversation", "settled_by"),
            ("run('DELETE FROM interactions_conversation')", "Conversation", ROWS),
            ("from interactions.models import Call\ndef f(some): some.update(version=1)", "?", "version"),
            ("from interactions.models import Call\ndef f(one): one.save()", "?", ALL),
        ],
    )
    def test_it_finds(self, source, model, what):
        assert (model, what) in {(write.model, write.what) for write in writes.read(source)}

    @pytest.mark.parametrize("source", ["{}.update(a=1) if 0 else 1", "changes.update(other)", "cache.delete('x')"])
    def test_it_takes_no_dict_for_a_table(self, source):
        assert not [write for write in writes.read(source) if write.model != "?"]
