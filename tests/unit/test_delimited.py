"""Delimited text: every row has a verdict, and row numbers are those a spreadsheet shows."""

import io

import polars as pl
import pytest

from adapters.formats import Chunk, FormatError, open_format
from adapters.formats.delimited import FIELD_LIMIT, LINE_LIMIT, DelimitedSettings, DelimitedText


def read(data: bytes, size: int = 100, after: int = 0, **settings: str) -> list[Chunk]:
    return list(DelimitedText(DelimitedSettings(**settings)).read(io.BytesIO(data), size, after))


def test_gb18030_text_is_read_with_its_rarest_signs() -> None:
    data = "名称,文号\n龘𠀀公司,〔2026〕1号\n".encode("gb18030")

    [chunk] = read(data)

    assert chunk.rows.rows() == [("龘𠀀公司", "〔2026〕1号")]


def test_a_byte_order_mark_is_no_part_of_the_first_heading() -> None:
    [chunk] = read("\ufeffa,b\n1,2\n".encode(), encoding="utf-8")

    assert chunk.rows.columns == ["a", "b"]


def test_row_numbers_are_those_of_a_spreadsheet() -> None:
    [chunk] = read(b'a,b\n"1\n1",2\n\n3,4\n', encoding="utf-8")

    assert chunk.numbers == [2, 4]
    assert chunk.rows["a"].to_list() == ["1\n1", "3"]


def test_reading_goes_on_where_it_stopped() -> None:
    data = b"a\n" + b"".join(b"%d\n" % n for n in range(10))

    chunks = read(data, size=3, after=5, encoding="utf-8")

    assert [c.rows["a"].to_list() for c in chunks] == [["4", "5", "6"], ["7", "8", "9"]]
    assert chunks[0].numbers == [6, 7, 8]


@pytest.mark.parametrize("row", [b"1,2,3", b"1"])
def test_a_ragged_row_is_a_fault_of_that_row_alone(row: bytes) -> None:
    [chunk] = read(b"a,b\n1,2\n" + row + b"\n3,4\n", encoding="utf-8")

    assert [(fault.row, fault.rule) for fault in chunk.faults] == [(1, "format.row")]
    assert chunk.rows.height == 3


def test_a_byte_that_does_not_decode_is_marked_and_costs_no_neighbour() -> None:
    [chunk] = read("a,b\n惠".encode("gb18030") + b"\xff,x\n" + "州,y\n".encode("gb18030"))

    assert chunk.rows.rows() == [("惠\ufffd", "x"), ("州", "y")]


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "format.empty"),
        (b"\n1,2\n", "format.empty"),
        (b"a,b,a\n1,2,3\n", "format.header"),
        (b'a,b\n"' + b"x" * (FIELD_LIMIT + 1), "format.delimited"),
        (b"a,b\n" + b"x" * (LINE_LIMIT + 1), "format.delimited"),
    ],
    ids=["no byte", "no heading", "heading twice", "quote without end", "line without end"],
)
def test_a_file_that_is_none_is_refused_whole(data: bytes, rule: str) -> None:
    with pytest.raises(FormatError) as refused:
        read(data, encoding="utf-8")

    assert refused.value.rule == rule


def test_a_cell_that_would_run_in_a_spreadsheet_is_written_inert() -> None:
    out = io.BytesIO()
    frame = pl.DataFrame({"reason": ["=cmd|' /C calc'!A0", "+1", "-1", "@x", "\tx", "惠", None]})

    DelimitedText(DelimitedSettings()).write(iter([frame]), out)

    assert out.getvalue().decode("gb18030").splitlines()[1:] == [
        "'=cmd|' /C calc'!A0",
        "'+1",
        "'-1",
        "'@x",
        "'\tx",
        "惠",
        '""',
    ]


def test_an_unknown_format_or_encoding_is_refused_by_name() -> None:
    with pytest.raises(Exception, match="parchment"):
        open_format("parchment", {})
    with pytest.raises(ValueError, match="klingon"):
        DelimitedSettings(encoding="klingon")
