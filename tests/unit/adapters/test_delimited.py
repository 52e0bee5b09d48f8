"""Delimited text: every row has a verdict, and row numbers are those a spreadsheet shows."""

import io
from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from adapters.formats import FormatError, open_format
from adapters.formats.delimited import DelimitedSettings, DelimitedText
from adapters.formats.textfile import LINE_LIMIT
from adapters.input_limits import InputLimits, enforce, input_limits
from tests.support.delimited import accounted, counted, read, refused, values


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


@pytest.mark.parametrize("row", [b"1,2,3", b"1,2,3,"])
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
        (b"a,,b\n1,2,3\n", "format.header"),
        (b'a,"b\n1,2\n', "format.header"),
        (b"a" + b",b" * 5_000, "format.limit"),
        (b"a,b\n" + b"x" * (LINE_LIMIT + 1), "format.delimited"),
    ],
    ids=[
        "no byte",
        "no heading",
        "heading twice",
        "heading missing",
        "quote of a heading",
        "columns",
        "line without end",
    ],
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

    [chunk, rest] = read("a\n1\n2\n共2条\n\n".encode("gb18030"), **layout)

    assert chunk.rows["a"].to_list() == ["1", "2"]
    assert (rest.rows.height, rest.left_out, rest.blank) == (0, 1, 1)
    for data in ("a\n1\n共2条\n", "a\n1\n2\n", "a\n1\n2\n3\n共2条"):
        with pytest.raises(FormatError) as refused:
            read(data.encode("gb18030"), **layout)
        assert refused.value.rule == "format.footer"


@pytest.mark.parametrize(
    "wrong",
    [
        {"header_row": 0},
        {"columns": ("a",)},
        {"footer_count": r"(\d+)"},
        {"footer_lines": 1, "footer_count": "("},
        {"footer_lines": 1, "footer_count": r"\d"},
        {"separator": ""},
    ],
)
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


@pytest.fixture
def narrow() -> Iterator[None]:
    limits = input_limits()
    enforce(InputLimits(characters=10))
    yield
    enforce(limits)


@pytest.mark.usefixtures("narrow")
def test_a_value_longer_than_the_limit_refuses_its_row() -> None:
    long = "x" * 11
    data = f'a,b\n{long},1\n2,"{long}"\n"{long}\n\n3,4\n"five\nsix\nseven\n7,8\n'.encode()

    chunks = read(data, encoding="utf-8")

    assert refused(chunks)[2] == refused(chunks)[3] == "format.value"
    assert ("3", "4") in values(chunks)
    assert ("7", "8") in values(chunks)
    assert accounted(chunks) == counted(data, encoding="utf-8")


# --- edges --------------------------------------------------------------------------------------


def test_empty_headings_at_the_end_are_no_columns_unless_a_row_fills_them() -> None:
    data = b"a,b,,\n1,2,,\n3,4\n5,6,,x\n7,8,,,,\n9\n"

    chunks = read(data, encoding="utf-8")

    assert chunks[0].rows.columns == ["a", "b"]
    assert refused(chunks) == {4: "format.row", 5: "format.quote", 6: "format.row"}
    assert accounted(chunks) == 6


def test_records_without_content_are_blank_and_padding_at_the_end_is_none() -> None:
    data = 'a,b\r\n1,2\r\n,\r\n \u3000,\r\n\r\n"",""\r\n3,4\r\n,\r\n\x1a\0\0'.encode("gb18030")

    chunks = read(data)

    assert values(chunks) == [("1", "2"), ("3", "4")]
    assert [(c.numbers, c.blank, c.left_out) for c in chunks] == [([2, 7], 4, 1), ([], 1, 0)]
    assert counted(data) == 8
    assert [c.blank for c in read(data, after=2)] == [4, 1]


def test_blank_lines_before_a_footer_shift_nothing() -> None:
    data = "a,b\n1,2\n\n3,4\n\n合计,2\n,\n\n".encode("gb18030")

    chunks = read(data, footer_lines=1)

    assert [n for c in chunks for n in c.numbers] == [2, 4]
    assert sum(c.left_out for c in chunks) == 2
    assert accounted(chunks) == counted(data, footer_lines=1) == 8


def test_blank_lines_within_a_value_before_a_footer_are_no_records() -> None:
    data = 'a,b\n1,"2\n\n"\n,\n合计,2\n'.encode("gb18030")

    assert accounted(read(data, footer_lines=1)) == counted(data, footer_lines=1) == 4


@pytest.mark.parametrize(
    "cell", ["-" * 1_000_000, "合" + " " * 1_000_000 + "x", " " * 1_000_000 + "x"]
)
def test_a_long_cell_in_the_footer_costs_its_length(cell: str) -> None:
    chunks = read(f"a,b\n1,2\n{cell},\n".encode(), encoding="utf-8", footer_lines=1)

    assert refused(chunks) == {3: "format.footer"}


def test_a_footer_counts_rows_wherever_reading_goes_on() -> None:
    data = '区,号,名,金额\n01,1,"甲\n公司",5.00\n\n01,2,乙公司,7.50\n99,2,,12.50\n'.encode()

    for after in (0, 2, 4):
        chunks = read(data, after=after, encoding="utf-8", footer_lines=1)
        assert refused(chunks) == {}
        assert values(chunks)[-1:] == ([("01", "2", "乙公司", "7.50")] if after < 4 else [])


def test_a_mark_is_read_off_before_quoted_headings() -> None:
    for encoding in ("utf-8-sig", "utf-16", "utf-32"):
        data = '"a","b"\r\n"1","2"\r\n'.encode(encoding)
        [chunk] = read(data, encoding=encoding)
        assert chunk.rows.to_dicts() == [{"a": "1", "b": "2"}]


def test_a_mark_of_another_encoding_refuses_the_file() -> None:
    with pytest.raises(FormatError, match="utf-16-le") as error:
        read("a,b\n1,2\n".encode("utf-16"), encoding="utf-8")

    assert error.value.rule == "format.encoding"


def test_many_columns_cost_no_more_than_their_number() -> None:
    header = ",".join(f"c{n}" for n in range(4_000))
    data = f"{header}\n{header}\n".encode()

    [chunk] = read(data, encoding="utf-8")

    assert chunk.rows.width == 4_000
