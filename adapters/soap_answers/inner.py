"""A file in an answer: as an attachment, in Base64, or as text; unpacked and read in its format.

Pure.
"""

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
from adapters.formats import FormatError, open_format
from adapters.local_copy import unpack
from adapters.soap_answers.envelope import Tree, attachment, included, is_nil
from adapters.soap_answers.rows import Fault
from adapters.soap_answers.trouble import UnusableAnswerError
from adapters.soap_answers.zones import shanghai_column
from adapters.text import Text
from adapters.text import soap as messages
from adapters.text.python_errors import undecodable
from adapters.xml_stream import local, tree

_DECLARATION = re.compile(r"\s*<\?xml\s[^>]*?\?>")
#: Formats that no text is.
_BINARY = frozenset({"spreadsheet", "dbf"})
#: How zip and gzip begin.
_PACKED = (b"PK\x03\x04", b"\x1f\x8b")
_WIDE = (b"\xff\xfe", b"\xfe\xff")
_LINE_END = re.compile(rb"[\r\n]")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x19\x1b-\x1f\x7f]")
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


@dataclass(frozen=True, slots=True)
class Expected:
    """What a file should be: its format and packing, and how its text is taken.

    `way` is `base64`, `text`, `auto`, which is Base64 where that gives what is expected, or
    `binary`, which is Base64 unless it is plainly XML or JSON.
    """

    kind: str
    packed: str = ""
    encoding: str = "utf-8"
    way: str = "auto"

    @property
    def binary(self) -> bool:
        """Whether no text can be such a file."""
        return bool(self.packed) or self.kind in _BINARY


def content_of(
    element: etree._Element, whole: Tree, path: str, expected: Expected
) -> Content | None:
    """Return the file at an element, None for one that is empty; raises UnusableAnswerError."""
    address = included(element)
    if address is not None:
        return Content(attachment(address, whole.parts))
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
    return _of_text(text, path, expected)


def _of_text(text: str, path: str, expected: Expected) -> Content:
    way = expected.way
    marked_up = text.lstrip("\ufeff \t\r\n")[:1] in "<{["
    if way == "text" or (way in ("auto", "binary") and marked_up and not expected.binary):
        return _unicode(text)
    try:
        data = base64.b64decode(re.sub(r"\s+", "", text), validate=True)
    except (binascii.Error, ValueError):
        data = None
    if data is not None and (way != "auto" or expected.binary or _fits(data, expected)):
        return Content(data)
    if way == "base64" or expected.binary:
        raise UnusableAnswerError("refused", "soap.base64", messages.not_base64(path, text))
    # Not Base64, so it is the text itself.
    return _unicode(text)


def _fits(data: bytes, expected: Expected) -> bool:
    """Whether bytes that came out of Base64 are a file at all:
    words of four letters are Base64 too.
    """
    if data.startswith(_PACKED):
        return True
    if expected.kind not in ("xml", "json") and not _LINE_END.search(data):
        # A file with a row has a line's end.
        return False
    wide = ("utf-16",) if data.startswith(_WIDE) else ()
    for encoding in dict.fromkeys((*wide, expected.encoding, "utf-8", "gb18030")):
        try:
            text = data.decode(encoding)
        except (UnicodeError, LookupError):
            continue
        if not _CONTROLS.search(text):
            return expected.kind not in ("xml", "json") or text.lstrip("\ufeff \t\r\n")[:1] in "<{["
    return False


def _unicode(text: str) -> Content:
    """Return text as a file in UTF-8: an encoding that its own declaration names is over."""
    text = text.lstrip("\ufeff")
    declaration = _DECLARATION.match(text)
    text = text[declaration.end() :].lstrip() if declaration else text
    return Content(text.encode("utf-8", "surrogatepass"), text)


def read_content(
    content: Content, kind: str, settings: dict[str, Any], packed: str, limit: int, operation: str
) -> InnerFile:
    """Unpack and read a file in its format; raises UnusableAnswerError."""
    try:
        return _read(content, kind, settings, packed, limit)
    except FormatError as error:
        if error.rule == _NO_ROWS:
            return InnerFile()
        text = messages.inner_file(operation, Text(error.zh, error.en))
        raise UnusableAnswerError("refused", error.rule, text) from None
    except AdapterError as error:
        text = messages.inner_file(operation, Text(error.zh, error.en))
        raise UnusableAnswerError("refused", "format.settings", text) from None


def _read(
    content: Content, kind: str, settings: dict[str, Any], packed: str, limit: int
) -> InnerFile:
    data = content.data
    file_format = open_format(kind, settings)
    if content.text is not None and "encoding" in file_format.Settings.model_fields:
        if settings.get("unit") == "bytes" and kind == "fixed":
            # Widths are counted in bytes of the feed's own encoding.
            data = _encoded(
                content.text, getattr(file_format.Settings(**settings), "encoding", "utf-8")
            )
        else:
            file_format = open_format(kind, {**settings, "encoding": "utf-8"})
    stream = cast("BinaryIO", io.BytesIO(data))
    spool = cast("BinaryIO", io.BytesIO())
    # What came as text was packed by nobody.
    opened = stream if content.text is not None else unpack(stream, packed, limit, spool)
    _check_unpacked(opened, kind)
    inner = InnerFile()
    parts: list[pl.DataFrame] = []
    for chunk in file_format.read(opened, _CHUNK):
        start = len(inner.numbers)
        inner.faults += [
            (start + fault.row, fault.rule, fault.zh, fault.en) for fault in chunk.faults
        ]
        inner.numbers += chunk.numbers
        inner.blank += chunk.blank
        inner.left_out += chunk.left_out
        inner.deleted += chunk.deleted
        parts.append(chunk.rows)
    if parts:
        inner.rows = pl.concat(parts)
    if kind in ("xml", "json"):
        # Written by programs, as the answer itself is.
        inner.rows = inner.rows.select(shanghai_column(column) for column in inner.rows)
    count = getattr(file_format, "count", None)
    if count is not None:
        opened.seek(0)
        counted = count(opened)
        if counted is not None:
            inner.counted, inner.lines = counted.records, counted.lines
    return inner


def _check_unpacked(stream: BinaryIO, kind: str) -> None:
    """Raise FormatError for an archive where text is expected: read as text it would be rubbish."""
    start = stream.read(4)
    stream.seek(0)
    if start.startswith(_PACKED) and kind not in _BINARY:
        packed = "gzip" if start.startswith(_PACKED[1]) else "zip"
        raise FormatError("format.packed", *messages.still_packed(packed))


def _encoded(text: str, encoding: str) -> bytes:
    try:
        return text.encode(encoding)
    except UnicodeEncodeError as error:
        reason = messages.broken_text(encoding, *undecodable(error))
        raise FormatError("format.encoding", *reason) from None


@dataclass(slots=True)
class Leaves:
    """The single values of a file that is XML or JSON, by path, and every place there is.

    Lists are places and no values; in XML, values are looked for below the root. `twice` are places
    with several values that differ.
    """

    values: dict[str, str] = field(default_factory=dict)
    places: set[str] = field(default_factory=set)
    twice: set[str] = field(default_factory=set)

    def put(self, path: str, value: str) -> None:
        """Note a value."""
        if self.values.setdefault(path, value) != value:
            self.twice.add(path)


class _Object(list[tuple[str, Any]]):
    """A JSON object with all its keys, those that stand twice too."""


def leaves_of(data: bytes) -> Leaves | None:
    """Return the single values of a file; None for what is neither XML nor JSON."""
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    leaves = Leaves()
    if start == b"<":
        try:
            root = tree(data)
        except etree.XMLSyntaxError:
            return None
        leaves.places.add(local(root.tag))
        for path, element in _elements(root, ""):
            leaves.places.add(f"{local(root.tag)}.{path}")
            if not len(element):
                leaves.put(path, (element.text or "").strip())
        return leaves
    if start in (b"{", b"["):
        try:
            parsed = json.loads(data, parse_float=str, parse_int=str, object_pairs_hook=_Object)
        except (ValueError, RecursionError):
            return None
        leaves.places.add("")
        _objects(parsed, "", leaves)
        return leaves
    return None


def _elements(node: etree._Element, prefix: str) -> Iterator[tuple[str, etree._Element]]:
    for child in node:
        path = f"{prefix}{local(child.tag)}"
        yield path, child
        yield from _elements(child, f"{path}.")


def _objects(item: Any, prefix: str, leaves: Leaves) -> None:
    if not isinstance(item, _Object):
        return
    for key, value in item:
        path = f"{prefix}{key}"
        leaves.places.add(path)
        if isinstance(value, _Object):
            _objects(value, f"{path}.", leaves)
        elif isinstance(value, bool):
            leaves.put(path, "true" if value else "false")
        elif not isinstance(value, list) and value is not None:
            leaves.put(path, str(value))
