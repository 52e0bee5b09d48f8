"""Delimited text as a test reads it, and what was said of each of its rows."""

import io
from typing import Any

from adapters.formats import Chunk
from adapters.formats.delimited import DelimitedSettings, DelimitedText


def read(data: bytes, size: int = 100, after: int = 0, **settings: Any) -> list[Chunk]:
    return list(DelimitedText(DelimitedSettings(**settings)).read(io.BytesIO(data), size, after))


def values(chunks: list[Chunk]) -> list[tuple[Any, ...]]:
    return [row for chunk in chunks for row in chunk.rows.rows()]


def refused(chunks: list[Chunk]) -> dict[int, str]:
    """Return the rule by which each refused row is refused, by its number."""
    return {c.numbers[fault.row]: fault.rule for c in chunks for fault in c.faults}


def accounted(chunks: list[Chunk]) -> int:
    return sum(c.rows.height + c.blank + c.left_out + c.deleted for c in chunks)


def counted(data: bytes, **settings: Any) -> int:
    return DelimitedText(DelimitedSettings(**settings)).count(io.BytesIO(data)).records
