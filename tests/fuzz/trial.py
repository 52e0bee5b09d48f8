"""One document through one way: what comes out, and what of it must not be."""

import io
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any

import polars as pl

from adapters import RowFault, SourceRefusedError
from adapters.formats import Chunk, Counted, Format, FormatError, open_format
from adapters.reader import bodies
from adapters.reader.errors import ReaderEndedError
from adapters.reader.files import FileRequest, read_bytes
from adapters.soap_answers.answer import read_answer
from adapters.soap_answers.model import Request
from tests.fuzz.ways import Way
from tests.oracles import FOOTER, UNJUDGED, NoDocument, Rows

#: Characters by which the mapping refuses a row: a reader may leave them in.
_LEFT = "\ufffd"
Read = tuple[list[Chunk], Counted | None]
#: Reads a document by a way in chunks of a size.
Reader = Callable[[Way, bytes, int], Read]


@dataclass(slots=True)
class Outcome:
    """How a document came out: the rule that refused it, or "read"; breaches of what is held."""

    rule: str = "read"
    breaches: list[str] = field(default_factory=list)
    #: Rows refused that the oracle would read, of documents that are not sound: to be looked at.
    refused_more: int = 0


def in_process(way: Way, data: bytes, size: int) -> Read:
    """Read a document here."""
    if way.format == "soap":
        head, rows = read_answer(data, "text/xml", _soap_request(way))
        return _soap_chunks(head, rows)
    made = _opened(way)
    chunks = [*made.read(io.BytesIO(data), size)]
    return chunks, made.count(io.BytesIO(data))


@cache
def _kind(name: str, settings: str) -> type[Format]:
    """Return a format's class: its entry point takes longer to find than a document to read."""
    return type(open_format(name, json.loads(settings)))


def _opened(way: Way) -> Format:
    kind = _kind(way.format, json.dumps(way.settings))
    return kind(kind.Settings.model_validate(way.settings))


def through_reader(way: Way, data: bytes, size: int) -> Read:
    """Read a document in a reader process."""
    if way.format == "soap":
        return _soap_chunks(*bodies.read_answer(data, "text/xml", _soap_request(way)))
    reading = read_bytes(data, FileRequest(way.format, way.settings, size=size), "fetch")
    return list(reading), reading.counted


def _soap_request(way: Way) -> dict[str, Any]:
    return asdict(Request(**way.settings))


def _soap_chunks(head: dict[str, Any], rows: pl.DataFrame) -> Read:
    if head["failure"]:
        _, rule, zh, en, _ = head["failure"]
        raise FormatError(rule, zh, en)
    if head["doubt"] or head["counts"]:
        raise FormatError("soap.doubt", "", "")
    faults = tuple(RowFault(place, rule, zh, en) for place, rule, zh, en in head["faults"])
    counted = None if head["counted"] is None else Counted(head["counted"])
    return [Chunk(rows, [*range(1, rows.height + 1)], faults)], counted


def tried(
    way: Way,
    data: bytes,
    size: int,
    *,
    sound: bool,
    resumed: bool = True,
    reader: Reader = in_process,
) -> Outcome:
    """Return how a document came out; `sound` ones must be read row by row as the oracle does.

    With `resumed` it is also read from a row on, as after a fetch that was ended.
    """
    outcome = Outcome()
    try:
        expected: Rows | None = way.oracle(data, way.settings)
    except NoDocument as error:
        expected = None
        if sound:
            outcome.breaches.append(f"the oracle refuses a sound document: {error}")
    try:
        chunks, counted = reader(way, data, size)
    except (FormatError, SourceRefusedError) as error:
        outcome.rule = getattr(error, "rule", "refused")
        if sound or outcome.rule == "format.unforeseen":
            outcome.breaches.append(f"refused: {error}")
        return outcome
    except ReaderEndedError as error:
        return Outcome("ended", [f"the reader ended: {error}"])
    except Exception as error:  # noqa: BLE001
        return Outcome("raised", [f"{type(error).__name__}: {error}"])
    _hold_count(outcome, chunks, counted)
    _hold_rows(outcome, chunks, expected, sound=sound)
    if resumed and reader is in_process and way.format != "soap":
        try:
            _hold_rest(outcome, way, data, chunks, size)
        except Exception as error:  # noqa: BLE001
            outcome.breaches.append(f"read on, {type(error).__name__}: {error}")
    return outcome


def _hold_count(outcome: Outcome, chunks: list[Chunk], counted: Counted | None) -> None:
    accounted = sum(c.rows.height + c.blank + c.left_out + c.deleted for c in chunks)
    if counted is None:
        outcome.breaches.append("read, but not counted")
    elif counted.records != accounted:
        outcome.breaches.append(f"counted {counted.records}, accounted for {accounted}")


def _hold_rows(
    outcome: Outcome, chunks: list[Chunk], expected: Rows | None, *, sound: bool
) -> None:
    numbers = [number for chunk in chunks for number in chunk.numbers]
    if expected is not None:
        footers = {number for number, row in expected.items() if row is FOOTER}
        listed = sorted(expected.keys() - (footers - {*numbers}))
        if numbers != listed:
            outcome.breaches.append(f"rows {numbers}, not {listed}")
    for number, row in _rows(chunks):
        right = None if expected is None else expected.get(number)
        if right is UNJUDGED or (right is FOOTER and row is None):
            continue
        if row is None:
            if right is not None and sound:
                outcome.breaches.append(f"row {number} is refused, and is {right}")
            outcome.refused_more += right is not None
        elif right is None or _filled(row) != _filled(right):
            outcome.breaches.append(f"row {number} is accepted as {row}, not {right}")


def _rows(chunks: Iterable[Chunk]) -> Iterable[tuple[int, dict[str, str] | None]]:
    """Yield each row by its number, None for one that is refused, here or by the mapping."""
    for chunk in chunks:
        refused = {fault.row for fault in chunk.faults}
        for place, row in enumerate(chunk.rows.iter_rows(named=True)):
            broken = place in refused or any(_LEFT in (cell or "") for cell in row.values())
            yield chunk.numbers[place], None if broken else row


def _filled(row: dict[str, str]) -> dict[str, str]:
    return {name: cell for name, cell in row.items() if cell}


def _hold_rest(outcome: Outcome, way: Way, data: bytes, chunks: list[Chunk], size: int) -> None:
    """Hold that reading goes on behind any row as it would have: so does a fetch that was ended."""
    every = [*_rows(chunks)]
    if len(every) < 2:
        return
    after = every[len(data) % (len(every) - 1)][0]
    made = _opened(way)
    rest = [*made.read(io.BytesIO(data), size, after=after)]
    if [*_rows(rest)] != [row for row in every if row[0] > after]:
        outcome.breaches.append(f"after row {after}: {[*_rows(rest)][:3]}")
    before = [*made.read(io.BytesIO(data), 1)]
    first = [chunk for chunk in before if chunk.numbers and chunk.numbers[0] <= after]
    tallies = [
        [sum(getattr(chunk, name) for chunk in some) for name in ("blank", "left_out", "deleted")]
        for some in (first, rest, chunks)
    ]
    if [a + b for a, b in zip(*tallies[:2], strict=True)] != tallies[2]:
        outcome.breaches.append(f"after row {after}: left out, blank and deleted are {tallies}")
