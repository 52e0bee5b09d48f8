"""The archive that an xlsx is: its parts by name, however the names are written,
and no more than it may hold.
"""

import posixpath
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import BinaryIO
from urllib.parse import unquote
from xml.parsers import expat

from adapters.formats import FormatError
from adapters.text import Text, workbook_things, workbooks

#: Parts of an archive: Excel's own have dozens, pictures may add hundreds.
PARTS_LIMIT = 10_000
#: Bytes of a part that describes the workbook and holds no cells.
SMALL_LIMIT = 64_000_000
#: Bytes read at once.
STEP = 1 << 20
_ENTRY = b"PK\x01\x02"


def damaged(text: Text) -> FormatError:
    """Return the error for a workbook that is broken."""
    return FormatError("format.workbook", *text)


class Archive:
    """Parts of an archive by names in one form: slashes, no slash in front, any case."""

    def __init__(self, stream: BinaryIO, opened_limit: int) -> None:
        if _entries(stream) > PARTS_LIMIT:
            raise FormatError(
                "format.size", *workbooks.too_many(*workbook_things.parts(), PARTS_LIMIT)
            )
        try:
            self._zip = zipfile.ZipFile(stream)
            parts = self._zip.infolist()
        except Exception as error:  # noqa: BLE001
            raise _as_damage(error) from None
        if sum(part.file_size for part in parts) > opened_limit:
            raise FormatError("format.size", *workbooks.unpacked_size(opened_limit))
        self._parts: dict[str, list[zipfile.ZipInfo]] = defaultdict(list)
        for part in parts:
            self._parts[_name(part.filename)].append(part)

    def names(self) -> list[str]:
        """Return the names of all parts, in their one form."""
        return list(self._parts)

    def __contains__(self, name: str) -> bool:
        return _name(name) in self._parts

    def blocks(self, name: str, size: int = STEP) -> Iterator[bytes]:
        """Yield a part's bytes; raises FormatError where it is missing, twice there or broken."""
        parts = self._parts.get(_name(name), [])
        if len(parts) != 1:
            raise damaged(workbooks.two_parts(name) if parts else workbooks.no_part(name))
        if parts[0].flag_bits & 1:
            raise FormatError("format.workbook", *workbooks.password())
        try:
            with self._zip.open(parts[0]) as stream:
                while block := stream.read(size):
                    yield block
        except Exception as error:  # noqa: BLE001
            raise _as_damage(error) from None

    def resolve(self, base: str, target: str) -> str:
        """Return the name of the part that a relationship of `base` leads to."""
        target = target.replace("\\", "/")
        folder = "" if target.startswith("/") else posixpath.dirname(base)
        path = posixpath.normpath(posixpath.join(folder, target.lstrip("/")))
        return path if path in self else unquote(path)


def _name(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").casefold()


def _as_damage(error: Exception) -> Exception:
    """Return what to raise for an error of the archive's reader: any kind of it,
    for its input is hostile.
    """
    return error if isinstance(error, FormatError | MemoryError) else damaged(workbooks.cut_off())


def _entries(stream: BinaryIO) -> int:
    """Return how many entries the directory can have at most, before anybody makes them."""
    stream.seek(0)
    count, tail = 0, b""
    while block := stream.read(STEP):
        block = tail + block
        count += block.count(_ENTRY)
        tail = block[-3:]
    stream.seek(0)
    return count


class _DtdError(Exception):
    """A part has a DTD."""


#: Elements among which a program chooses by what it understands.
_COMPATIBILITY = "http://schemas.openxmlformats.org/markup-compatibility/2006"

#: Takes an element's name without namespace, its attributes, and its parent's name.
Visit = Callable[[str, dict[str, str], str], None]


def new_parser() -> expat.XMLParserType:
    """Return a parser that names elements "namespace}name" and refuses every DTD,
    so every entity too.
    """
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise _DtdError

    parser.StartDoctypeDeclHandler = refuse
    return parser


def feed(parser: expat.XMLParserType, name: str, data: bytes, last: bool = False) -> None:
    """Parse some bytes of a part; raises FormatError for what is not well-formed or has a DTD."""
    try:
        parser.Parse(data, last)
    except expat.ExpatError as error:
        raise damaged(workbooks.bad_part(name, error.lineno)) from None
    except _DtdError:
        raise damaged(workbooks.has_dtd(name)) from None
    except (ValueError, LookupError):
        raise damaged(workbooks.bad_part(name, parser.CurrentLineNumber)) from None


def visit_elements(archive: Archive, name: str, visit: Visit) -> None:
    """Show each element of a part that describes the workbook to `visit`.

    Those of extensions have the name "": Excel writes a workbookPr of its own into every workbook.
    """
    parser = new_parser()
    path = [""]
    known = {_COMPATIBILITY}

    def start(tag: str, attributes: dict[str, str]) -> None:
        namespace, _, local = tag.rpartition("}")
        if len(path) == 1:
            known.add(namespace)
        element = local if namespace in known else ""
        visit(element, attributes, path[-1])
        path.append(element)

    def end(_: str) -> None:
        path.pop()

    parser.StartElementHandler, parser.EndElementHandler = start, end
    read = 0
    for block in archive.blocks(name):
        read += len(block)
        if read > SMALL_LIMIT:
            raise FormatError("format.size", *workbooks.unpacked_size(SMALL_LIMIT))
        feed(parser, name, block)
    feed(parser, name, b"", last=True)
