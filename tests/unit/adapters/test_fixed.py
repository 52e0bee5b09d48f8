"""Fixed width: columns by bytes or characters, no line shifted, no value cut off or made up."""

import io
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from adapters.formats import Chunk, FormatError
from adapters.formats.fixed import FixedSettings, FixedWidth
from adapters.input_limits import InputLimits, enforce, input_limits

ROWS = [
    {"XK_WSH": f"惠许〔2026〕{n}号", "XK_NR": "准予新建，年产 5 吨", "XK_JE": f"{n}.50"}
    for n in range(1, 8)
]
COLUMNS = tuple(ROWS[0])


def read(made: FixedWidth, data: bytes, size: int = 3, after: int = 0) -> list[Chunk]:
    return list(made.read(io.BytesIO(data), size, after))


def rows(chunks: list[Chunk]) -> list[dict[str, Any]]:
    return [row for chunk in chunks for row in chunk.rows.to_dicts()]


def numbers(chunks: list[Chunk]) -> list[int]:
    return [number for chunk in chunks for number in chunk.numbers]


def faults(chunks: list[Chunk]) -> list[tuple[int, str]]:
    """Return number and rule of each row at fault."""
    return [(chunk.numbers[fault.row], fault.rule) for chunk in chunks for fault in chunk.faults]


def accounted(chunks: list[Chunk]) -> int:
    return sum(c.rows.height + c.blank + c.left_out for c in chunks)


def small(**settings: Any) -> FixedWidth:
    return FixedWidth(FixedSettings.model_validate({"columns": {"a": 3, "b": 2}, **settings}))


def padded(text: str, width: int) -> bytes:
    data = text.encode("gbk")
    return data + b" " * (width - len(data))


def fixed(data_rows: list[dict[str, str]]) -> bytes:
    widths = (24, 24, 8)
    lines = [b"HEAD20260401"]
    lines += [
        b"".join(padded(v, w) for v, w in zip(row.values(), widths, strict=True))
        for row in data_rows
    ]
    lines += [b"TAIL%d" % len(data_rows)]
    return b"\r\n".join(lines) + b"\r\n"


def fixed_format(**changes: Any) -> FixedWidth:
    values = {
        "columns": dict(zip(COLUMNS, (24, 24, 8), strict=True)),
        "encoding": "gbk",
        "skip_first": 1,
        "skip_last": 1,
    }
    return FixedWidth(FixedSettings.model_validate({**values, **changes}))


def test_rows_come_as_they_stand_and_a_reading_goes_on_after_a_row() -> None:
    made, data = fixed_format(), fixed(ROWS)

    chunks = read(made, data)
    rest = read(made, data, after=numbers(chunks)[3])

    assert rows(chunks) == ROWS
    assert rows(rest) == ROWS[4:]
    assert numbers(rest) == numbers(chunks)[4:]
    assert accounted(chunks) == made.count(io.BytesIO(data)).records == 9


def test_verdicts_are_written_back() -> None:
    out = io.BytesIO()

    fixed_format().write(
        iter([pl.DataFrame({"ref": ["1", "2"], "verdict": ["accepted", "退回"]})]), out
    )

    assert "退回" in out.getvalue().decode("gbk")


def test_widths_may_count_characters() -> None:
    made = fixed_format(unit="characters", columns={"a": 4, "b": 3}, skip_first=0, skip_last=0)

    assert rows(read(made, "惠州市 罚款１\n甲\n".encode("gbk"))) == [
        {"a": "惠州市", "b": "罚款１"},
        {"a": "甲", "b": ""},
    ]


def test_a_line_too_long_is_a_row_fault_and_a_cut_character_is_seen() -> None:
    made = fixed_format(columns={"a": 3, "b": 2}, skip_first=0, skip_last=0)

    found = read(made, "惠州a\n".encode("gbk") + b"abcdefgh\nabcde\n")

    assert faults(found) == [(1, "format.cell"), (2, "format.row")]
    assert "\ufffd" in rows(found)[0]["a"]
    assert rows(found)[2] == {"a": "abc", "b": "de"}


@pytest.mark.parametrize(
    "settings", [{"encoding": "utf-16"}, {"columns": {}}, {"columns": {"a": 0}}]
)
def test_a_layout_that_cannot_be_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        fixed_format(**settings)


def test_a_file_that_is_one_endless_line_is_refused_in_little_memory() -> None:
    with pytest.raises(FormatError, match="no fixed-width"):
        read(fixed_format(), b"x" * 5_000_000)


def test_a_tab_is_part_of_a_value() -> None:
    assert rows(read(small(), b"a\t d\t\nb  e \n")) == [
        {"a": "a\t", "b": "d\t"},
        {"a": "b", "b": "e"},
    ]


def test_a_mark_shifts_no_column() -> None:
    for encoding in ("utf-8-sig", "utf-16", "utf-32"):
        made = small(encoding=encoding, unit="characters")
        assert rows(read(made, "甲乙丙12\r\n丁戊己34\r\n".encode(encoding))) == [
            {"a": "甲乙丙", "b": "12"},
            {"a": "丁戊己", "b": "34"},
        ]
    assert rows(read(small(encoding="utf-8"), b"\xef\xbb\xbfabcde\n")) == [{"a": "abc", "b": "de"}]


def test_wide_text_is_split_after_it_is_decoded() -> None:
    text = "上海甲12\r\n戊己庚34\r\n"

    for encoding in ("utf-16-le", "utf-16-be", "utf-32-le"):
        made = small(encoding=encoding, unit="characters")
        assert [row["a"] for row in rows(read(made, text.encode(encoding)))] == ["上海甲", "戊己庚"]
        assert made.count(io.BytesIO(text.encode(encoding))).records == 2


@pytest.mark.parametrize(
    ("data", "wrong"),
    [
        (b"abcde\nabcd", [2]),
        (b"abcd", [1]),
        (b"abcde\nabcd\n", []),
        (b"abcd\nab", [2]),
        (b"ab\nabcd\nabc", []),
        (b"abc\n\nabcd\nab", [4]),
        (b"abcde\nabcde", []),
        (b"abcde\nabc\0\0", []),
        (b"abcde\nabc\0\0\0\0", [2]),
        (b"abcde\nabcde\x1a", []),
        (b"abcde\nabcde\n\x1a\0\0", []),
    ],
)
def test_a_last_line_that_may_be_cut_off_is_refused(data: bytes, wrong: list[int]) -> None:
    chunks = read(small(), data)

    assert faults(chunks) == [(number, "format.cut") for number in wrong]
    assert accounted(chunks) == small().count(io.BytesIO(data)).records


def test_blank_lines_are_counted_and_shift_no_trailer() -> None:
    data = b"HEAD\nabc12\n\n     \nfgh34\n\nTAIL\n\n"
    made = small(skip_first=1, skip_last=1)

    chunks = read(made, data)

    assert [row["a"] for row in rows(chunks)] == ["abc", "fgh"]
    assert numbers(chunks) == [2, 5]
    assert (sum(c.blank for c in chunks), sum(c.left_out for c in chunks)) == (4, 2)
    assert accounted(chunks) == made.count(io.BytesIO(data)).records == 8


def test_a_file_in_another_encoding_is_refused_whole() -> None:
    line = "惠州市示例食品有限公司惠城区分公司12\n"
    made = FixedWidth(FixedSettings(columns={"a": 40, "b": 14}))

    with pytest.raises(FormatError, match="utf-8") as error:
        read(made, line.encode("utf-8") * 3)

    assert error.value.rule == "format.encoding"


@given(
    st.lists(
        st.sampled_from(
            [
                b"abcde",
                b"abc",
                b"",
                b"   ",
                b"\n",
                b"\r\n",
                b"\r",
                b"\0",
                b"\x1a",
                "惠".encode("gbk"),
                b"\x81",
            ]
        ),
        max_size=40,
    ),
    st.sampled_from(["bytes", "characters"]),
    st.sampled_from([0, 1]),
    st.sampled_from([1, 2, 100]),
)
def test_whatever_comes_every_line_is_accounted_for(
    pieces: list[bytes], unit: str, last: int, size: int
) -> None:
    made, data = small(unit=unit, skip_last=last, skip_first=last), b"".join(pieces)
    try:
        chunks = read(made, data, size)
    except FormatError:
        return

    assert accounted(chunks) == made.count(io.BytesIO(data)).records


def test_sizes_that_are_set_hold() -> None:
    limits = input_limits()
    enforce(InputLimits(characters=4, columns=2))
    try:
        [chunk] = FixedWidth(FixedSettings(columns={"a": 6, "b": 1}, encoding="utf-8")).read(
            io.BytesIO(b"12345 x\n1234  y\n"), 10
        )
        three = FixedWidth(FixedSettings(columns={"a": 1, "b": 1, "c": 1}))
        with pytest.raises(FormatError) as error:
            list(three.read(io.BytesIO(b"123\n"), 10))
    finally:
        enforce(limits)

    assert [(fault.row, fault.rule) for fault in chunk.faults] == [(0, "format.value")]
    assert error.value.rule == "format.limit"


def test_a_trailer_that_counts_other_rows_is_refused_where_reading_goes_on_too() -> None:
    settings = FixedSettings(columns={"bh": 4, "mc": 6, "je": 4}, skip_first=1, skip_last=1)
    data = "HEAD\n0001  \n0002甲乙  1.50\nT  3\n".encode("gb18030")

    whole = faults(read(FixedWidth(settings), data))
    rest = faults(read(FixedWidth(settings), data, after=2))

    assert whole == rest == [(4, "format.footer")]
