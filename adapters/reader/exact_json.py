"""A JSON list as rows with null kept, read in a reader process: for kinds of somebody else's.

The format `json` judges the document, its rows and its numbers; files know no null, so this puts
it back.
"""

import io
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

import polars as pl

from adapters import RowFault, Tally
from adapters.formats import Chunk, FormatError, open_format
from adapters.formats.json_values import MalformedError, Object, at_path, loads
from adapters.reader.pool import pool
from adapters.reader.wire import Message, chunk_message, chunk_of
from adapters.text import exact as messages

#: Rows of one document at most: it is in memory whole.
MOST_ROWS = 1_000_000


@dataclass(frozen=True, slots=True)
class JsonReading:
    """The rows of one JSON document, ready for a `Batch`.

    `refs` are the places of the elements, from 1. A value that is null, or is not there, is None;
    every other is as it is written. `tally` has the count of the elements by a second way.
    """

    rows: pl.DataFrame
    refs: pl.Series
    faults: tuple[RowFault, ...]
    tally: Tally


def read_json(data: bytes, rows: str = "", **settings: Any) -> JsonReading:
    """Return the rows of a JSON document: the array at a path of keys, `data.items` for instance.

    `settings` are those of the format `json`: columns, total, ok_path, ok_values. A row that cannot
    be read is among the rows and has a fault. Raises AdapterError: FormatError for what is no such
    document, an answer that tells of an error among them; ReaderEndedError for what ended its
    reader.
    """
    params = {"settings": {**settings, "rows": rows}}
    with (
        os.fdopen(os.memfd_create("json"), "w+b") as body,
        pool().reader("fetch") as reader,
    ):
        body.write(data)
        body.flush()
        [message] = reader.run("exact_json", params, [cast("BinaryIO", body)])
    chunk = chunk_of(message)
    refs = pl.Series("ref", [str(number) for number in chunk.numbers], dtype=pl.String)
    tally = Tally(message.head.get("records"), None, chunk.left_out, chunk.blank, chunk.deleted)
    return JsonReading(chunk.rows, refs, chunk.faults, tally)


def exact_json_task(
    params: dict[str, Any], files: Sequence[BinaryIO], step: Callable[[str], None]
) -> Iterator[Message]:
    """Read a JSON document whole; yield its rows. `params`: `settings`. Raises FormatError."""
    step("rows")
    data = files[0].read()
    settings: dict[str, Any] = params["settings"]
    form = open_format("json", settings)
    rows = Chunk(pl.DataFrame(), [], ())
    for chunk in form.read(io.BytesIO(data), MOST_ROWS):
        if rows.rows.height:
            raise FormatError("format.limit", *messages.too_many_rows(MOST_ROWS))
        rows = chunk
    step("nulls")
    exact = _with_nulls(rows, data, settings.get("rows", ""))
    step("count")
    counted = form.count(io.BytesIO(data)) if hasattr(form, "count") else None
    message = chunk_message(exact)
    head = {**message.head, "records": None if counted is None else counted.records}
    yield Message("done", head, message.frame)


def _with_nulls(chunk: Chunk, data: bytes, path: str) -> Chunk:
    """Return rows with None where the document has null, or nothing; raises FormatError."""
    if not chunk.rows.height:
        return chunk
    try:
        document = loads(data.decode("utf-8-sig", "replace"))
    except (MalformedError, RecursionError):
        raise FormatError("format.row", *messages.readings_differ()) from None
    elements, _ = at_path(document, path.split(".") if path else [])
    if len(elements) < max(chunk.numbers):
        raise FormatError("format.row", *messages.readings_differ())
    valued = [_valued(elements[number - 1]) for number in chunk.numbers]
    columns = []
    for column in chunk.rows:
        exact = [
            value if value != "" or column.name in names else None
            for value, names in zip(column, valued, strict=True)
        ]
        columns.append(pl.Series(column.name, exact, dtype=pl.String))
    return Chunk(pl.DataFrame(columns), chunk.numbers, chunk.faults, chunk.blank)


def _valued(element: object) -> set[str]:
    """Return the dotted names of an element's values that are not null."""
    names: set[str] = set()
    waiting: list[tuple[str, object]] = [("", element)]
    while waiting:
        prefix, value = waiting.pop()
        if not isinstance(value, Object):
            continue
        for key, inner in value:
            if isinstance(inner, Object):
                waiting.append((f"{prefix}{key}.", inner))
            elif inner is not None:
                names.add(f"{prefix}{key}")
    return names
