"""A file in an answer: as an attachment, in Base64, or as text; unpacked and read in its format. Pure."""

import base64
import binascii
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast

import polars as pl
from lxml import etree

from adapters import AdapterError
from adapters.drops.copy import unpack
from adapters.formats import FormatError, open_format
from adapters.soap.envelope import XOP, Tree, attachment, is_nil
from adapters.soap.rows import Fault
from adapters.soap.trouble import Trouble
from adapters.soap.zones import shanghai_column
from adapters.text import Text
from adapters.text import soap as messages
from adapters.xmlstream import local, tree

_DECLARATION = re.compile(r"\s*<\?xml\s[^>]*?\?>")
#: Rows of a file that are read at once.
_CHUNK = 20_000
#: A file without a row, by the formats' own account.
_NO_ROWS = "format.empty"


@dataclass(slots=True)
class InnerFile:
    """What was in a file: rows with their numbers and faults, and what else it holds."""

    rows: pl.DataFrame = field(default_factory=pl.DataFrame)
    numbers: list[int] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    counted: int | None = None
    lines: int | None = None
    left_out: int = 0
    blank: int = 0
    deleted: int = 0


@dataclass(frozen=True, slots=True)
class Content:
    """A file's bytes; `text` where it came as text, which is Unicode whatever it says of itself."""

    data: bytes
    text: str | None = None


def content_of(element: etree._Element, whole: Tree, path: str, way: str) -> Content | None:
    """Return the file at an element, None for one that is empty; raises Trouble.

    `way` is how text is taken: `base64`, `text`, `auto`, which is Base64 where it looks like it, or
    `binary`, which is Base64 where it can be.
    """
    include = element.find(XOP)
    if include is not None:
        return Content(attachment(str(include.get("href", "")), whole.parts))
    href = str(element.get("href") or "")
    if href and not href.startswith("#") and not len(element) and not (element.text or "").strip():
        return Content(attachment(href, whole.parts))
    if len(element):
        # XML that stands in the answer itself, not in a string.
        root = element[0] if len(element) == 1 else element
        inner = etree.tostring(root, encoding="unicode", with_tail=False)
        return Content(inner.encode(), inner)
    text = element.text or ""
    if is_nil(element) or not text.strip():
        return None
    return _of_text(text, path, way)


def _of_text(text: str, path: str, way: str) -> Content:
    if way == "text" or (way == "auto" and text.lstrip("\ufeff \t\r\n")[:1] in "<{["):
        return _unicode(text)
    if way == "auto" and not _even(text):
        return _unicode(text)
    plain = re.sub(r"\s+", "", text)
    try:
        return Content(base64.b64decode(plain, validate=True))
    except (binascii.Error, ValueError):
        if way == "base64":
            raise Trouble("refused", "soap.base64", messages.not_base64(path)) from None
        # Not Base64, so it is the text itself.
        return _unicode(text)


def _even(text: str) -> bool:
    """Whether lines are as Base64 writes them: all of one length but the last. Words are not."""
    *lines, last = text.split()
    return len({len(line) for line in lines}) <= 1 and (not lines or len(last) <= len(lines[0]))


def _unicode(text: str) -> Content:
    """Return text as a file in UTF-8: an encoding that its own declaration names is over."""
    text = text.lstrip("\ufeff")
    declaration = _DECLARATION.match(text)
    text = text[declaration.end() :].lstrip() if declaration else text
    return Content(text.encode("utf-8", "surrogatepass"), text)


def read_content(
    content: Content, kind: str, settings: dict[str, Any], packed: str, limit: int, operation: str
) -> InnerFile:
    """Unpack and read a file in its format; raises Trouble."""
    try:
        return _read(content, kind, settings, packed, limit)
    except FormatError as error:
        if error.rule == _NO_ROWS:
            return InnerFile()
        text = messages.inner_file(operation, Text(error.zh, error.en))
        raise Trouble("refused", error.rule, text) from None
    except AdapterError as error:
        text = messages.inner_file(operation, Text(error.zh, error.en))
        raise Trouble("refused", "format.settings", text) from None


def _read(
    content: Content, kind: str, settings: dict[str, Any], packed: str, limit: int
) -> InnerFile:
    data = content.data
    made = open_format(kind, settings)
    if content.text is not None and "encoding" in made.Settings.model_fields:
        if settings.get("unit") == "bytes" and kind == "fixed":
            # Widths are counted in bytes of the feed's own encoding.
            data = _encoded(content.text, getattr(made.Settings(**settings), "encoding", "utf-8"))
        else:
            made = open_format(kind, {**settings, "encoding": "utf-8"})
    stream = cast("BinaryIO", io.BytesIO(data))
    spool = cast("BinaryIO", io.BytesIO())
    # What came as text was packed by nobody.
    opened = stream if content.text is not None else unpack(stream, packed, limit, spool)
    inner = InnerFile()
    parts: list[pl.DataFrame] = []
    for chunk in made.read(opened, _CHUNK):
        start = len(inner.numbers)
        inner.faults += [(start + one.row, one.rule, one.zh, one.en) for one in chunk.faults]
        inner.numbers += chunk.numbers
        inner.blank += chunk.blank
        inner.left_out += chunk.left_out
        inner.deleted += chunk.deleted
        parts.append(chunk.rows)
    if parts:
        inner.rows = pl.concat(parts)
    if kind in ("xml", "json"):
        # Written by programs, as the answer itself is.
        inner.rows = inner.rows.select(shanghai_column(one) for one in inner.rows)
    count = getattr(made, "count", None)
    if count is not None:
        opened.seek(0)
        counted = count(opened)
        if counted is not None:
            inner.counted, inner.lines = counted.records, counted.lines
    return inner


def _encoded(text: str, encoding: str) -> bytes:
    try:
        return text.encode(encoding)
    except UnicodeEncodeError as error:
        raise FormatError(
            "format.encoding", *messages.broken_text(encoding, error.reason)
        ) from None


def leaves_of(data: bytes) -> tuple[dict[str, str], set[str]] | None:
    """Return the values in a file that is XML or JSON, by path, and every place there is.

    Lists and repeated elements are places and no values; in XML, values are looked for below the
    root. None for what is neither.
    """
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    values: dict[str, str] = {}
    if start == b"<":
        try:
            root = tree(data)
        except etree.XMLSyntaxError:
            return None
        places = {local(root.tag)}
        for path, element in _elements(root, ""):
            places.add(f"{local(root.tag)}.{path}")
            if not len(element):
                values.setdefault(path, (element.text or "").strip())
        return values, places
    if start in (b"{", b"["):
        try:
            parsed = json.loads(data, parse_float=str, parse_int=str)
        except (ValueError, RecursionError):
            return None
        places = {""}
        _objects(parsed, "", values, places)
        return values, places
    return None


def _elements(node: etree._Element, prefix: str) -> Iterator[tuple[str, etree._Element]]:
    for child in node:
        path = f"{prefix}{local(child.tag)}"
        yield path, child
        yield from _elements(child, f"{path}.")


def _objects(item: Any, prefix: str, values: dict[str, str], places: set[str]) -> None:
    if not isinstance(item, dict):
        return
    for key, value in item.items():
        path = f"{prefix}{key}"
        places.add(path)
        if isinstance(value, dict):
            _objects(value, f"{path}.", values, places)
        elif isinstance(value, bool):
            values[path] = "true" if value else "false"
        elif not isinstance(value, list) and value is not None:
            values[path] = str(value)
