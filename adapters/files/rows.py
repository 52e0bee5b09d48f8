"""A copied file as batches: read in a reader, counted apart,
whole before its first row counts where it must be.
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, BinaryIO

import polars as pl

from adapters import Batch, Tally
from adapters.files.settings import DropSettings
from adapters.formats import Chunk, FormatError
from adapters.reader.files import FileReading, FileRequest
from adapters.text import drops as messages

#: What a cursor keeps of a file that is being read.
_COUNTS = ("blank", "left_out", "deleted")


class IncompleteFileError(FormatError):
    """A file is not what its format or its marker says,
    which may be because it is still growing.
    """

    def __init__(self, fault: FormatError, *, short: bool) -> None:
        self.short = short
        super().__init__(fault.rule, fault.zh, fault.en)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a file was read and kept: rows, the number of the last,
    and records that are no rows.
    """

    rows: int = 0
    row: int = 0
    blank: int = 0
    left_out: int = 0
    deleted: int = 0

    @classmethod
    def of(cls, part: dict[str, Any], unit: str) -> "Progress":
        """Return what a cursor says of a unit; nothing where it speaks of another."""
        if part.get("unit") != unit:
            return cls()
        return cls(part["rows"], part["row"], *(part.get(name, 0) for name in _COUNTS))

    def after(self, chunk: Chunk) -> "Progress":
        """Return how far it is with one more chunk."""
        return Progress(
            self.rows + chunk.rows.height,
            chunk.numbers[-1] if chunk.numbers else self.row,
            self.blank + chunk.blank,
            self.left_out + chunk.left_out,
            self.deleted + chunk.deleted,
        )

    def part(self, unit: str) -> dict[str, Any]:
        """Return what a cursor keeps."""
        counts = {name: getattr(self, name) for name in ("rows", "row", *_COUNTS)}
        return {"unit": unit, **counts}


def reading_of(
    settings: DropSettings, copied: BinaryIO, begun: Progress, *, whole: bool, alone: bool
) -> FileReading:
    """Return the reading of a copied file from where it was left; `whole`:
    to its end before a row counts.
    """
    request = _request(settings, settings.batch_rows, begun.row)
    return FileReading(copied, request, whole=whole, alone=alone)


def sample_of(settings: DropSettings, copied: BinaryIO, rows: int) -> pl.DataFrame | None:
    """Return the first rows of a copied file; None where it has none.

    Raises FormatError, ReaderEndedError.
    """
    reading = FileReading(copied, _request(settings, rows, 0), "door")
    return next((chunk.rows for chunk in reading if chunk.rows.height), None)


def _request(settings: DropSettings, size: int, after: int) -> FileRequest:
    """Return how a drop's files are read: chunks of so many rows, those after a row."""
    return FileRequest(
        settings.format,
        settings.format_settings,
        settings.packed,
        settings.max_bytes,
        size,
        after,
    )


def batches(
    reading: FileReading,
    unit: str,
    begun: Progress,
    declared: int | None,
    cursor: Callable[[dict[str, Any] | None], str],
) -> Generator[Batch, None, None]:
    """Yield a file's batches; the last one says so, which takes reading one chunk ahead.

    Raises IncompleteFileError before the first batch, FormatError after it, ReaderEndedError at any
    time.
    """
    chunks = iter(reading)
    first = _first(chunks, reading, begun, declared)
    progress, waiting = begun, None
    for chunk in chain(first, chunks):
        progress = progress.after(chunk)
        if not chunk.rows.height:
            continue
        if waiting is not None:
            yield waiting
        refs = pl.Series("ref", chunk.numbers, dtype=pl.UInt32).cast(pl.String)
        at = cursor(progress.part(unit))
        waiting = Batch(unit, chunk.rows, refs, at, last=False, faults=chunk.faults)
    if waiting is None:
        empty = pl.Series("ref", [], dtype=pl.String)
        waiting = Batch(unit, pl.DataFrame(), empty, "", last=True)
    yield replace(
        waiting,
        cursor=cursor(None),
        last=True,
        declared=progress.rows if declared is None else declared,
        tally=_tally(reading, progress),
    )


def _first(
    chunks: Iterator[Chunk], reading: FileReading, begun: Progress, declared: int | None
) -> list[Chunk]:
    """Return the first chunk, if there is one: everything is held by then that must be."""
    try:
        first = next(chunks, None)
    except FormatError as error:
        short = reading.whole or error.rule == "source.archive"
        raise IncompleteFileError(error, short=short) from None
    count = begun.rows + reading.rows
    if declared is not None and declared != count:
        fault = FormatError("source.count", *messages.wrong_count(declared, count))
        raise IncompleteFileError(fault, short=count < declared)
    return [] if first is None else [first]


def _tally(reading: FileReading, progress: Progress) -> Tally:
    counted = reading.counted
    return Tally(
        None if counted is None else counted.records,
        None if counted is None else counted.lines,
        progress.left_out,
        progress.blank,
        progress.deleted,
    )
