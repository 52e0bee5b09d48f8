"""JSON: an array of objects somewhere in a document, read as a stream, or one object a line."""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

import ijson
import polars as pl
from pydantic import Field

from adapters import RowFault, Settings
from adapters.formats import Chunk, FormatError
from adapters.formats.records import Record, broken, chunks

#: Longest line of JSON lines, in bytes.
LINE_LIMIT = 4_000_000
#: Deepest nesting of a document.
DEPTH = 64


class JsonSettings(Settings):
    """Where the rows are."""

    lines: bool = Field(default=False, description="每行一个对象 / one object a line")
    rows: str = Field(default="", description="数组的路径，如 data.items；缺省为文档本身 / path of the array; the document itself by default")  # fmt: skip
    columns: tuple[str, ...] = Field(default=(), description="栏名，缺省取首行 / columns; the first row's by default")  # fmt: skip


class Json:
    """Reads objects as rows: nested ones as `outer.inner`, numbers as they are written."""

    Settings = JsonSettings
    answer = ".json"
    trailer = True

    def __init__(self, settings: JsonSettings) -> None:
        self._settings = settings

    def read(self, stream: BinaryIO, size: int, after: int = 0) -> Iterator[Chunk]:
        """Yield rows as text, "" for null; JSON is UTF-8 (RFC 8259). Raises FormatError.

        A line that is no object, or an object with a list in it, is a row fault.
        """
        records = self._lines(stream) if self._settings.lines else self._items(stream)
        yield from chunks(records, self._settings.columns, size, after)

    def write(self, frames: Iterator[pl.DataFrame], stream: BinaryIO) -> None:
        """Write frames as one object a line, or as one array."""
        rows = (row for frame in frames for row in frame.iter_rows(named=True))
        if self._settings.lines:
            for row in rows:
                stream.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
            return
        stream.write(b"[")
        for number, row in enumerate(rows):
            stream.write(
                (b",\n" if number else b"\n") + json.dumps(row, ensure_ascii=False).encode()
            )
        stream.write(b"\n]\n")

    def _items(self, stream: BinaryIO) -> Iterator[Record]:
        path = self._settings.rows
        number = 0
        try:
            for number, item in enumerate(_elements(stream, path.split(".") if path else []), 1):
                yield number, *_row(item)
        except (ijson.JSONError, UnicodeDecodeError, RecursionError) as error:
            raise FormatError("format.json", f"第 {number} 行之后不是合格的 JSON：{error}", f"after row {number} it is no well-formed JSON: {error}") from None  # fmt: skip

    def _lines(self, stream: BinaryIO) -> Iterator[Record]:
        number = 0
        while line := stream.readline(LINE_LIMIT):
            number += 1
            if len(line) == LINE_LIMIT:
                raise FormatError("format.json", f"第 {number} 行超过 {LINE_LIMIT} 字节", f"line {number} is longer than {LINE_LIMIT} bytes")  # fmt: skip
            if not line.strip():
                continue
            try:
                item = json.loads(line, parse_float=str, parse_int=str)
            except (ValueError, RecursionError) as error:
                kind = type(error).__name__
                yield number, {}, broken(f"本行不是合格的 JSON（{kind}）", f"this line is no well-formed JSON ({kind})")  # fmt: skip
                continue
            yield number, *_row(item)


def _elements(stream: BinaryIO, path: list[str]) -> Iterator[Any]:
    """Yield the elements of the array at a path of keys; raises FormatError for a depth beyond DEPTH."""
    keys: list[str] = []
    depth = 0
    builder: ijson.ObjectBuilder | None = None
    for event, value in ijson.basic_parse(stream, use_float=False):
        if event in ("end_map", "end_array"):
            depth -= 1
        inside = depth > len(path)
        if event == "map_key" and depth <= len(path):
            keys[depth - 1 :] = [value]
        elif inside and keys[: len(path)] == path:
            builder = builder or ijson.ObjectBuilder()
            builder.event(event, value)
            if depth == len(path) + 1 and event not in ("start_map", "start_array", "map_key"):
                yield builder.value
                builder = None
        if event in ("start_map", "start_array"):
            depth += 1
            if depth > DEPTH:
                raise FormatError("format.json", f"JSON 嵌套超过 {DEPTH} 层", f"the JSON is nested more than {DEPTH} deep")  # fmt: skip


def _row(item: Any) -> tuple[dict[str, str], RowFault | None]:
    if not isinstance(item, dict):
        return {}, broken("本行不是对象", "this row is no object")
    cells: dict[str, str] = {}
    lists = _flatten("", item, cells)
    if lists:
        names = "、".join(lists)
        return cells, broken(
            f"栏 {names} 是数组，不是一个值", f"{names} is a list and not one value"
        )
    return cells, None


def _flatten(prefix: str, item: dict[str, Any], cells: dict[str, str]) -> list[str]:
    """Put an object's values under their dotted names; name those that are lists."""
    lists: list[str] = []
    for key, value in item.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            lists += _flatten(f"{name}.", value, cells)
        elif isinstance(value, list):
            cells[name] = ""
            lists.append(name)
        elif isinstance(value, bool):
            cells[name] = "true" if value else "false"
        else:
            cells[name] = "" if value is None else str(value)
    return lists
