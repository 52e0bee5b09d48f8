"""File formats: each turns a stream of bytes into frames of text columns, nothing guessed.

A format has two ways, `read` and `count`, which share no code. It runs in a reader process, so it
may import no store, database, network client or key.
Tests: tests/unit/adapters, tests/fuzz (mutated documents), tests/oracles (slow readers beside).
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from typing import Any, BinaryIO, ClassVar, Protocol

import polars as pl
from pydantic import ValidationError

from adapters import (
    FORMAT_GROUP,
    AdapterError,
    RowFault,
    Settings,
    SourceRefusedError,
)
from adapters.setting_faults import joined_parts
from adapters.text import settings as messages
from adapters.text import text_files


class FormatError(AdapterError):
    """A file cannot be read in its format as a whole; `rule` names what is wrong."""

    def __init__(self, rule: str, zh: str, en: str) -> None:
        self.rule = rule
        super().__init__(zh, en)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of a file; `numbers` are row numbers as a spreadsheet shows them.

    The counts are of records that stand after the last row of the chunk before and are no rows;
    what stands after the last row of all comes in a chunk without rows.
    """

    rows: pl.DataFrame
    numbers: list[int]
    faults: tuple[RowFault, ...]
    #: As in `adapters.Tally`.
    blank: int = 0
    left_out: int = 0
    deleted: int = 0


@dataclass(frozen=True, slots=True)
class Counted:
    """Records of an input, counted by a way of its own, and ends of lines where it has lines."""

    records: int
    lines: int | None = None


class Format(Protocol):
    """Reads and answers one file format."""

    Settings: ClassVar[type[Settings]]
    #: What the name of a file that `write` writes ends with.
    answer: ClassVar[str]
    #: Whether a file is whole shows only at its end: it is read once before its first row counts.
    trailer: bool

    def __init__(self, settings: Any) -> None: ...

    def read(self, stream: BinaryIO, size: int, after: int = 0) -> Iterator[Chunk]:
        """Yield chunks of up to `size` rows, those after a row number; raises FormatError."""
        ...

    def count(self, stream: BinaryIO) -> Counted | None:
        """Return the records of an input by a count that shares no code with `read`.

        Rows, records left out, blank and deleted ones all count; None where nothing can be
        counted. Never raises for what `read` would refuse row by row.
        """
        ...

    def write(self, frames: Iterator[pl.DataFrame], stream: BinaryIO) -> None:
        """Write frames of text, in the sender's own encoding, safe to open in a spreadsheet."""
        ...


def check_headings(header: Sequence[str]) -> None:
    """Raise FormatError when a heading stands twice: no mapping could tell the columns apart."""
    if len(set(header)) < len(header):
        twice = sorted(name for name, count in Counter(header).items() if count > 1)
        raise FormatError("format.header", *text_files.repeated_headings(twice))


def are_headings(cells: Iterable[str], header: Sequence[str]) -> bool:
    """Whether the cells of a row are the headings once more,
    blanks and a mark around them or not.
    """
    return [cell.strip().removeprefix("\ufeff").strip() for cell in cells] == list(header)


#: A cell of a line that is drawn under headings, and the least length of one of them.
_RULED, _RULE = re.compile(r"\s*[-=_+*~|─━—]*\s*"), 3
#: How the first cell of such a line begins.
RULE_BEGINS = r"^\s*[-=_+*~|─━—]{2}"


def is_ruled(cells: Iterable[str]) -> bool:
    """Whether a row is a line drawn under headings, as SQL*Plus and other consoles do."""
    texts = [*cells]
    return max((len(text.strip()) for text in texts), default=0) >= _RULE and all(
        _RULED.fullmatch(text) for text in texts
    )


def text_frame(header: Sequence[str], rows: Sequence[Sequence[str]]) -> pl.DataFrame:
    """Return a frame of text columns of rows that are each as long as the header."""
    columns = zip(*rows, strict=True) if rows else [() for _ in header]
    return pl.DataFrame(
        [
            pl.Series(name, column, dtype=pl.String)
            for name, column in zip(header, columns, strict=True)
        ]
    )


def open_format(kind: str, settings: dict[str, Any]) -> Format:
    """Make a format by its name; raises SourceRefusedError when it is not installed."""
    format_class = _installed(kind)
    try:
        return format_class(format_class.Settings.model_validate(settings))
    except ValidationError as error:
        text = messages.wrong_format_settings(kind, joined_parts(error))
        raise SourceRefusedError(*text) from None


@cache
def _installed(kind: str) -> type[Format]:
    """Return the class of a format; looking through all that is installed takes milliseconds."""
    points = {point.name: point for point in entry_points(group=FORMAT_GROUP)}
    if kind not in points:
        names = ", ".join(sorted(points))
        raise SourceRefusedError(*messages.no_format(kind, names))
    installed: type[Format] = points[kind].load()
    return installed
