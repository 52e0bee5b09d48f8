"""Helpers that keep values exact: the text that was written, or a refusal in both languages."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from adapters import AdapterError
from adapters.exact import InexactValueError, as_text, float_text, read_json, rows_frame
from adapters.formats import FormatError


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("", ""),
        (" 007 ", " 007 "),
        ("\ufeff𠮷", "\ufeff𠮷"),
        (True, "1"),
        (False, "0"),
        (2**53 + 1, "9007199254740993"),
        (Decimal("1.10"), "1.10"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1e400"), "1" + "0" * 400),
        (Decimal("0E-7"), "0.0000000"),
        (440101.0, "440101"),
        (0.1, "0.1"),
        (1e-7, "0.0000001"),
        (-0.0, "-0"),
        (date(2026, 3, 5), "2026-03-05"),
        (time(9, 0), "09:00:00"),
        (datetime(2026, 3, 5, 9, 0, 0, 100), "2026-03-05 09:00:00.000100"),
        (datetime(2026, 3, 5, 1, 0, tzinfo=UTC), "2026-03-05 09:00:00+08:00"),
    ],
)
def test_a_value_is_the_text_that_means_just_it(value: object, text: str | None) -> None:
    assert as_text(value) == text


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        1e22,
        float(2**53),
        Decimal("NaN"),
        Decimal("-Infinity"),
        b"bytes",
        [1],
        {"a": 1},
        pytest.param(object(), id="an object"),
        "\ud83d",
    ],
    ids=repr,
)
def test_what_has_no_single_exact_text_is_refused(value: object) -> None:
    with pytest.raises(InexactValueError) as refused:
        as_text(value)

    assert not refused.value.zh.isascii()
    assert refused.value.en


def test_a_subclass_of_a_number_does_not_say_its_own_text() -> None:
    class Code(int):
        def __str__(self) -> str:
            return "a word"

    assert as_text(Code(7)) == "7"
    assert float_text(7.5) == "7.5"


def test_rows_become_text_columns_in_their_order() -> None:
    frame = rows_frame([{"丙": "1", "甲": None}, {"甲": "2", "z": ""}])

    assert frame.columns == ["丙", "甲", "z"]
    assert frame.rows() == [("1", None, None), (None, "2", "")]
    assert rows_frame([], ["a"]).columns == ["a"]


@pytest.mark.parametrize(
    ("rows", "columns"), [([{"a": 1}], []), ([{"b": "1"}], ["a"]), ([{"a": "1"}], ["a", "a"])]
)
def test_rows_that_are_no_text_table_are_refused(rows: Any, columns: list[str]) -> None:
    with pytest.raises(InexactValueError):
        rows_frame(rows, columns)


# --- JSON ---------------------------------------------------------------------------------


def test_json_keeps_null_apart_from_what_is_empty_and_numbers_as_they_are_written() -> None:
    document = read_json(
        b'{"d": [{"a": null, "b": "", "n": 1.10, "m": 9007199254740993, "o": {"x": null, "y": -0}},'
        b' {"a": "null", "e": 1e400}, {"a": "A"}]}',
        "d",
    )

    assert document.rows.to_dicts() == [
        {
            "a": None,
            "b": "",
            "n": "1.10",
            "m": "9007199254740993",
            "o.x": None,
            "o.y": "-0",
            "e": None,
        },
        {"a": "null", "b": None, "n": None, "m": None, "o.x": None, "o.y": None, "e": "1e400"},
        {"a": "A", "b": None, "n": None, "m": None, "o.x": None, "o.y": None, "e": None},
    ]
    assert document.refs.to_list() == ["1", "2", "3"]
    assert (document.faults, document.tally.counted) == ((), 3)


def test_json_rows_that_cannot_be_read_are_there_with_their_faults() -> None:
    document = read_json(
        b'[{"a": 1}, {"a": NaN}, {"a": [1]}, {"a": 1, "a": 2}, 7, {"a": "\\ud83d"}]'
    )

    assert document.rows.height == document.tally.counted == 6
    assert [fault.row for fault in document.faults] == [1, 2, 3, 4, 5]


def test_an_empty_list_is_no_row_and_no_error() -> None:
    document = read_json(b'{"d": {"items": []}}', "d.items")

    assert (document.rows.height, document.refs.len(), document.tally.counted) == (0, 0, 0)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"null",
        b"<html>OK</html>",
        b'{"code": 500, "message": "failed", "d": []}',
        b'{"d": null}',
        b'{"d": [{"a": 1}',
        b'{"d": [{"a": 1}]} {"d": []}',
        b'{"d": [{"a": 1}], "d": [{"a": 2}]}',
    ],
)
def test_an_answer_that_says_nothing_is_no_empty_list(data: bytes) -> None:
    with pytest.raises(FormatError):
        read_json(data, "d")


@pytest.mark.parametrize(
    "data", [b"[" * 200_000, b'[{"a": ' * 50_000, b'[{"a": ' + b"[" * 5_000 + b"]" * 5_000 + b"}]"]
)
def test_depth_ends_no_process_and_is_refused_by_a_person_s_sentence(data: bytes) -> None:
    with pytest.raises(AdapterError) as refused:
        read_json(data)

    assert not refused.value.zh.isascii()
