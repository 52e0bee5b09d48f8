"""What goes between gateway and reader comes out as it went in, or is no message."""

import io
import json
import struct
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import RowFault
from adapters.formats import Chunk
from adapters.reader import wire
from adapters.reader.wire import Message, WireError, chunk_message, chunk_of, unpack


def passed_on(message: Message) -> Message:
    return unpack(io.BytesIO(message.pack()).read)


@given(
    st.lists(st.integers(1, 2**40), unique=True, max_size=20).map(sorted),
    st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)),
)
def test_a_chunk_is_read_as_it_was_written(
    numbers: list[int], counts: tuple[int, int, int]
) -> None:
    rows = pl.DataFrame(
        {"A": [str(n) for n in numbers], "B": [None] * len(numbers)},
        schema=dict.fromkeys("AB", pl.String),
    )
    faults = tuple(RowFault(row, "rule", "中", "en") for row in range(0, len(numbers), 3))
    chunk = Chunk(rows, numbers, faults, *counts)

    read = chunk_of(passed_on(chunk_message(chunk)))

    assert read.rows.equals(rows)
    assert (read.numbers, read.faults) == (numbers, faults)
    assert (read.blank, read.left_out, read.deleted) == counts


def test_a_chunk_without_columns_says_what_stood_after_the_last_row() -> None:
    chunk = Chunk(pl.DataFrame(), [], (), blank=3, deleted=1)
    message = passed_on(chunk_message(chunk))

    assert message.frame == b""
    read = chunk_of(message)
    assert (read.rows.shape, read.numbers, read.faults) == ((0, 0), [], ())
    assert (read.blank, read.left_out, read.deleted) == (3, 0, 1)


def test_a_message_says_its_size_without_its_head() -> None:
    message = passed_on(Message("result", {"at": "中"}, b"1234"))

    assert (message.kind, message.head, message.frame) == ("result", {"at": "中"}, b"1234")
    assert message.size == len(json.dumps({"at": "中"}, separators=(",", ":"))) + 4


def packed(number: int, head: bytes, head_size: int | None = None, frame_size: int = 0) -> bytes:
    return (
        struct.pack("!BIQ", number, len(head) if head_size is None else head_size, frame_size)
        + head
    )


@pytest.mark.parametrize(
    "data",
    [
        packed(4, b"{}"),
        packed(255, b"{}"),
        packed(1, b"[]"),
        packed(1, b"null"),
        packed(1, b"{"),
        packed(1, b"\xff"),
        packed(1, b"[" * 100_000),
        packed(1, b"{}", 2**28),
        packed(1, b"{}", None, 2**31),
    ],
)
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(WireError):
        unpack(io.BytesIO(data).read)


def test_a_message_of_just_the_largest_size_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    data = Message("done", {"a": 1}, b"12").pack()
    monkeypatch.setattr(wire, "_JSON_LIMIT", 7)
    monkeypatch.setattr(wire, "_FRAME_LIMIT", 2)

    assert unpack(io.BytesIO(data).read).kind == "done"


HEAD: dict[str, Any] = {"numbers": [[2, 2]], "faults": [], "blank": 0, "left_out": 0, "deleted": 0}
FRAME = wire.frame_bytes(pl.DataFrame({"A": ["1", "2"]}))


def test_a_chunk_of_two_rows_is_one() -> None:
    assert chunk_of(Message("result", HEAD, FRAME)).numbers == [2, 3]


@pytest.mark.parametrize(
    "change",
    [
        {"numbers": [[2, 1]]},
        {"numbers": [[2, 3]]},
        {"numbers": None},
        {"numbers": [[2]]},
        {"blank": "x"},
        {"faults": [[2, "r", "z", "e"]]},
        {"faults": [[-1, "r", "z", "e"]]},
        {"faults": [[0, "r"]]},
        {"deleted": None},
    ],
)
def test_a_chunk_that_contradicts_itself_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(WireError):
        chunk_of(Message("result", HEAD | change, FRAME))


@pytest.mark.parametrize("frame", [b"x", FRAME[:40], b"\xff" * 100])
def test_columns_that_are_none_are_refused(frame: bytes) -> None:
    with pytest.raises(WireError):
        Message("result", HEAD, frame).rows()
