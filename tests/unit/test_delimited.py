"""Delimited text: every row has a verdict, and row numbers are those a spreadsheet shows."""

import io
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from adapters.formats import Chunk, FormatError, open_format
from adapters.formats.delimited import FIELD_LIMIT, LINE_LIMIT, DelimitedSettings, DelimitedText


def read(data: bytes, size: int = 100, after: int = 0, **settings: Any) -> list[Chunk]:
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


# --- layouts ------------------------------------------------------------------------------------


def test_titles_above_and_explanations_below_the_headings_are_no_rows_but_count_as_lines() -> None:
    data = "处罚信息表,\nname,day\n名称,日期\n甲,2026-01-01\n".encode("gb18030")

    [chunk] = read(data, header_row=2, explanation_rows=1)

    assert chunk.rows.rows() == [("甲", "2026-01-01")]
    assert chunk.numbers == [4]


def test_a_file_without_headings_has_those_of_its_settings() -> None:
    [chunk] = read(b"1,2\n3,4\n", header_row=0, columns=("a", "b"))

    assert chunk.rows.rows() == [("1", "2"), ("3", "4")]
    assert chunk.numbers == [1, 2]


def test_reading_goes_on_where_it_stopped_below_explanations() -> None:
    data = b"a\nx\n" + b"".join(b"%d\n" % n for n in range(6))

    [chunk] = read(data, after=4, explanation_rows=1)

    assert chunk.rows["a"].to_list() == ["2", "3", "4", "5"]
    assert chunk.numbers[0] == 5


@pytest.mark.parametrize("separator", ["|", "\t", "||", "@|@", "\x01"])
def test_any_separator_will_do_and_the_answer_stays_readable(separator: str) -> None:
    data = separator.join(("a", "b")) + "\n" + separator.join(("1", '"x"')) + "\n"

    [chunk] = read(data.encode(), separator=separator, encoding="utf-8")
    out = io.BytesIO()
    DelimitedText(DelimitedSettings(separator=separator)).write(iter([chunk.rows]), out)

    assert chunk.rows.rows() == [("1", "x")]
    assert out.getvalue().decode().splitlines()[1].startswith("1")


def test_a_footer_is_no_row_and_its_count_is_held_against_the_rows() -> None:
    layout: dict[str, Any] = {"footer_lines": 1, "footer_count": r"共(\d+)条"}

    [chunk] = read("a\n1\n2\n共2条\n\n".encode("gb18030"), **layout)

    assert chunk.rows["a"].to_list() == ["1", "2"]
    for data in ("a\n1\n共2条\n", "a\n1\n2\n", "a\n1\n2\n3\n共2条"):
        with pytest.raises(FormatError) as refused:
            read(data.encode("gb18030"), **layout)
        assert refused.value.rule == "format.footer"


@pytest.mark.parametrize(
    "wrong",
    [
        {"header_row": 0}, {"columns": ("a",)}, {"footer_count": r"(\d+)"}, {"footer_lines": 1, "footer_count": "("},
        {"footer_lines": 1, "footer_count": r"\d"}, {"separator": ""},
    ],
)  # fmt: skip
def test_a_layout_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DelimitedSettings.model_validate(wrong)


@pytest.mark.parametrize(
    "encoding", ["gb18030", "gbk", "gb2312", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "big5"]
)
def test_every_encoding_of_an_office_is_read(encoding: str) -> None:
    [chunk] = read("名,文\n公司,一\n".encode(encoding), encoding=encoding)

    assert chunk.rows.rows() == [("公司", "一")]
    assert chunk.rows.columns == ["名", "文"]
