"""CSV as it is found in the world is read cell by cell as it was meant."""

import io

import pytest

from customers.dialects import MOST_LINES, Dialect, records, rewrite


def read(raw, width=None, start=0, number=1):
    """Return (dialect, rows, kept file)."""
    kept = io.BytesIO()
    dialect = rewrite(io.BytesIO(raw), kept)
    rows = list(records(kept, dialect, start=start, number=number, width=width or 0))
    return dialect, rows, kept


def cells(raw, width=None):
    return [one.cells for one in read(raw, width)[1] if not one.trouble]


@pytest.mark.parametrize(
    "raw, expected",
    [
        (b'name,town\nMira,"Anytown, WW"\n', [["name", "town"], ["Mira", "Anytown, WW"]]),
        (b'a,b\n1,"ha ""ha"" ha"\n3,4\n', [["a", "b"], ["1", 'ha "ha" ha'], ["3", "4"]]),
        (b'a,b\r\n"one\r\ntwo",2\r\n', [["a", "b"], ["one\r\ntwo", "2"]]),
        (b'a,b\n"x\n""y""\nz",2', [["a", "b"], ['x\n"y"\nz', "2"]]),
        (b'a,b\n1,""\n2,3', [["a", "b"], ["1", ""], ["2", "3"]]),
        (b'k,v\n1,"{""at"": [1.5, 2]}"\n', [["k", "v"], ["1", '{"at": [1.5, 2]}']]),
        (b"a;b\n1,5;2\n2,5;3\n", [["a", "b"], ["1,5", "2"], ["2,5", "3"]]),
        (b"a\tb\n1\t2\n", [["a", "b"], ["1", "2"]]),
        (b"a|b\n1|2\n", [["a", "b"], ["1", "2"]]),
        (b"sep=;\r\na;b\r\n1;2\r\n", [["a", "b"], ["1", "2"]]),
        (b"a,b\r1,2\r3,4", [["a", "b"], ["1", "2"], ["3", "4"]]),
        (b"'a','b'\n'1,5','2'\n'3','4'\n", [["a", "b"], ["1,5", "2"], ["3", "4"]]),
        (b"a\nmira@example.com\n\n\nada@example.com\n", [["a"], ["mira@example.com"], ["ada@example.com"]]),
        (b"a,b\n,\n1,2\n", [["a", "b"], ["1", "2"]]),
        (b"a,b\n1,2\x00\n", [["a", "b"], ["1", "2"]]),
    ],
)
def test_rows_are_read_as_they_were_meant(raw, expected):
    assert cells(raw) == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_any_encoding_is_read(encoding):
    text = "nome,città\nJosé,Ávila\nZoë,Forlì\n"
    assert cells(text.encode(encoding)) == [["nome", "città"], ["José", "Ávila"], ["Zoë", "Forlì"]]


def test_one_damaged_letter_does_not_spoil_the_others():
    raw = b"nome\n" + "perché àèìòù àèìòù\n".encode() * 5 + b"caff\xc3\n"
    assert cells(raw)[1] == ["perché àèìòù àèìòù"]


def test_a_row_of_another_width_is_broken_and_the_next_is_not():
    _dialect, rows, _kept = read(b"a,b,c\n1,2\n1,2,3,4\n1,2,3,,\n1,2,3\n", width=3)
    assert [bool(one.trouble) for one in rows] == [False, True, True, False, False]
    assert rows[1].cells == ["1", "2"]
    assert "4 cells" in rows[2].trouble
    assert [one.number for one in rows] == [1, 2, 3, 4, 5]


def test_a_quotation_mark_that_nobody_closed_breaks_one_row_only():
    _dialect, rows, _kept = read(b'a,b\n1,2\n3,"4\n5,6\n7,8\n', width=2)
    assert [(one.cells, bool(one.trouble)) for one in rows] == [
        (["a", "b"], False), (["1", "2"], False), (["3", "4"], True), (["5", "6"], False), (["7", "8"], False)
    ]  # fmt: skip


def test_it_breaks_one_row_only_in_a_long_file_too():
    raw = b'a,b\n"1,2\n' + b"5,6\n" * (MOST_LINES * 2) + b'7,"8"\n'
    rows = read(raw, width=2)[1]
    assert [one.number for one in rows if one.trouble] == [2]
    assert len(rows) == MOST_LINES * 2 + 3


def test_reading_goes_on_at_any_row_as_if_it_had_never_stopped():
    raw = 'a,b\n1,"x\ny"\n\n"q,3\n4,é\n5,6\n'.encode()
    dialect, rows, kept = read(raw, width=2)
    for one, after in zip(rows, rows[1:], strict=False):
        rest = list(records(kept, dialect, start=one.end, number=one.number + 1, width=2))
        assert rest[0].cells == after.cells
        assert rest[-1] == rows[-1] or rest[-1].cells == rows[-1].cells


def test_the_dialect_tells_how_the_file_was_written():
    assert read("a;b\n1;2\n".encode("utf-16"))[0] == Dialect("utf-16", ";", '"')
