"""Quotes in delimited text: only the row whose quoting is broken is refused."""

from typing import Any

import pytest

from adapters.formats.quoting import Dialect
from tests.support.delimited import accounted, counted, read, refused, values


@pytest.mark.parametrize(
    ("body", "right", "wrong"),
    [
        ('1,"x\n3,4\n5,6\n', {3: ("3", "4"), 4: ("5", "6")}, {2}),
        ('1,"x\n3,4\n5,"y"\n', {3: ("3", "4"), 4: ("5", "y")}, {2}),
        ('1,"x\n3,4\n5,"\n7,8\n', {3: ("3", "4"), 5: ("7", "8")}, {2, 4}),
        ('"x,1\n3,4\n', {3: ("3", "4")}, {2}),
        ('1,"x\n', {}, {2}),
        ('"a"b,1\n3,4\n', {3: ("3", "4")}, {2}),
        ('a"b"c,1\n3,4\n', {3: ("3", "4")}, {2}),
        (' "a",1\n3,4\n', {3: ("3", "4")}, {2}),
        ('"a" ,1\n3,4\n', {3: ("3", "4")}, {2}),
        ('"a\nb",1\n3,4\n', {2: ("a\nb", "1"), 3: ("3", "4")}, set()),
        ('"a\nb"c,1\n3,4\n', {4: ("3", "4")}, {2, 3}),
        ('"a\nb","c\n3,4\n', {3: ("3", "4")}, {2}),
        ('"a""b",""""\n3,4\n', {2: ('a"b', '"'), 3: ("3", "4")}, set()),
        ('"a,b","c"\n3,"4,5"\n', {2: ("a,b", "c"), 3: ("3", "4,5")}, set()),
    ],
)
def test_only_the_row_whose_quoting_is_broken_is_refused(
    body: str, right: dict[int, tuple[str, str]], wrong: set[int]
) -> None:
    data = f"a,b\n{body}".encode()

    for size in (100, 1):
        chunks = read(data, size, encoding="utf-8")

        rows = {n: row for c in chunks for n, row in zip(c.numbers, c.rows.rows(), strict=True)}
        bad = refused(chunks)
        assert bad == dict.fromkeys(wrong, "format.quote")
        assert {n: row for n, row in rows.items() if n not in bad} == right
        assert accounted(chunks) == counted(data, encoding="utf-8")


def test_text_without_quoting_keeps_its_quotes() -> None:
    data = b'a|b\n1|"x\n"y"|2\n'

    assert values(read(data, separator="|", quote="", encoding="utf-8")) == [
        ("1", '"x'),
        ('"y"', "2"),
    ]


def test_an_escape_stands_before_what_needs_one_or_refuses_its_row() -> None:
    data = b'a,b\n"x\\"y",1\np\\,q,2\n\\N,3\nC:\\temp,4\n"one\\\ntwo",5\n'

    chunks = read(data, encoding="utf-8", escape="\\")

    rows = values(chunks)
    assert [row for n, row in enumerate(rows) if n != 3] == [
        ('x"y', "1"),
        ("p,q", "2"),
        ("\\N", "3"),
        ("one\ntwo", "5"),
    ]
    assert refused(chunks) == {5: "format.quote"}
    assert accounted(chunks) == counted(data, encoding="utf-8", escape="\\")


def test_line_ends_within_quotes_stay_as_they_are() -> None:
    data = b'a,b\r\n"1\r\n2",x\r\n"3\n4",y\r\n"5\r6",z\r\n'

    assert values(read(data, encoding="utf-8")) == [("1\r\n2", "x"), ("3\n4", "y"), ("5\r6", "z")]


class _CountedLines(list[str]):
    """Counts how often a line is looked at."""

    looks = 0

    def __getitem__(self, place: Any) -> Any:
        self.looks += 1
        return super().__getitem__(place)


@pytest.mark.parametrize("line", ['c","d', 'c","d,e,f","g'])
def test_quotes_that_close_and_open_again_cost_no_more_than_their_lines(line: str) -> None:
    dialect = Dialect(",", '"', "")
    lines = _CountedLines(['1,"b', *[line] * 2_000, "5,6,7"])
    place = 0
    while place < len(lines) - 10:
        # As long as it is not known where a record ends, it is read again with each block.
        record = dialect.record(lines, place, 3, 1_000_000, final=False)
        assert record is not None
        place = record.end

    assert lines.looks < 10 * len(lines)


def test_quotes_that_close_and_open_again_touch_no_other_row() -> None:
    data = ('a,b,c\n1,2,3\n1,"b\n' + 'c","d\n' * 50 + "5,6,7\n").encode()

    chunks = read(data, encoding="utf-8")

    wrong = refused(chunks)
    assert [
        row
        for n, row in zip((n for c in chunks for n in c.numbers), values(chunks), strict=True)
        if n not in wrong
    ] == [("1", "2", "3"), ("5", "6", "7")]
    assert accounted(chunks) == counted(data, encoding="utf-8")
