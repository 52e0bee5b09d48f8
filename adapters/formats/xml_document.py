"""The rows of an XML document, read as a stream: where they are, and what is beside them.

Rows are cut out of the text by its tags. What is left is parsed as it comes, so no document passes
that is not well-formed; each row is parsed for itself, or matches a pattern of plain rows that
leaves no character out. Together that is the document, for a row is a whole element.
"""

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree

from adapters.formats import FormatError
from adapters.formats.alike import is_alike
from adapters.formats.envelope import Expected, XmlLeaves
from adapters.formats.records import Columns, RecordList, Records, row_fault
from adapters.formats.xml_bytes import to_utf8
from adapters.formats.xml_rows import PlainRows, row_cells
from adapters.input_limits import input_limits
from adapters.text import envelope as envelope_messages
from adapters.text import record_files as messages
from adapters.text import xml_files
from adapters.xml_stream import CLOSED_PARSER, without_forbidden

_BLOCK = 1 << 16
#: Longest row, and longest other piece of markup, in characters.
PIECE_LIMIT = 4_000_000
#: Most characters of the namespaces that are declared around rows.
NAMESPACES_LIMIT = 8_000
#: Names that are noted for the message where no row is met.
_NOTED = 10

_MARKUP = re.compile(
    r"<(?:!\[CDATA\[.*?\]\]>|!--.*?-->|\?.*?\?>"
    r"|/(?P<end>[^\s<>/]++)[ \t\n]*+>"
    r"|(?P<start>[^\s<>/!?\"'=]++)"
    r"""(?:[^<>"'/]++|"[^"<]*+"|'[^'<]*+'|/(?!>))*+(?P<empty>/?+)>"""
    # What does not end within what was read, or is no markup at all.
    r"|(?P<open>))",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"""\s([^\s=<>/]+)\s*=\s*("[^"]*"|'[^']*')""")
_PLACE = re.compile(r", line \d+, column \d+$")
_ENTITY = re.compile(r"Entity '([^']*)' not defined")


class Document:
    """One document whose rows are the elements at a path."""

    def __init__(self, stream: BinaryIO, path: list[str], expected: Expected) -> None:
        self._expected = expected
        self._leaves = XmlLeaves(expected.paths, path[:-1])
        self._stream = without_forbidden(to_utf8(stream))
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._beside = etree.XMLParser(target=self._leaves, **CLOSED_PARSER)
        self._inside = etree.XMLParser(**CLOSED_PARSER)
        self._wanted = path
        self._plain = PlainRows()
        #: The namespaces that each open element declares, by prefix, and their local names.
        self._declared: list[dict[str, str]] = []
        #: A tag with all namespaces that rows at hand are in; None where it is to be made.
        self._around: str | None = None
        self._path: list[str] = []
        #: What is read and not yet used begins at `_at`; up to `_fed` the parser has it.
        self._text, self._at, self._fed = "", 0, 0
        #: A carriage return whose line feed may be in the next block.
        self._end = ""
        self._lines = 1
        self._number = 0
        #: For the message where no row is met: how much of the path is met, and what is below it.
        self._met = 0
        self._below: list[dict[str, None]] = [{} for _ in path]

    def rows(self) -> Iterator[Records]:
        """Yield the rows; raises FormatError where the document is not what it should be."""
        while (token := self._token()) is not None:
            name = token["start"]
            if name and self._is_row(name):
                self._feed()
                yield self._plain_rows() or self._single_row()
                self._skip()
                continue
            self._at = token.end()
            if name:
                self._enter(name, token)
            elif token["end"]:
                del self._declared[-1:], self._path[-1:]
                self._around = None
            elif self._path == self._wanted[:-1] and token[0].startswith("<![CDATA["):
                self._below[-1]["#text"] = None
        self._at = len(self._text)
        self._feed()
        try:
            self._beside.close()
        except etree.XMLSyntaxError as error:
            raise self._malformed(error) from None
        self._no_error_passed_over()
        leaves = self._leaves.leaves
        self._expected.check_code(leaves)
        if not self._number and (self._met < len(self._wanted) - 1 or self._below[self._met]):
            raise self._no_rows()
        self._expected.check_rows(leaves, self._number)

    # --- what is beside the rows -----------------------------------------------------------------

    def _token(self) -> re.Match[str] | None:
        """Go to the next piece of markup and return it; None at the end of the document."""
        while True:
            if len(self._text) - self._at < _BLOCK:
                self._more()
            at = self._text.find("<", self._at)
            if at < 0:
                self._at = len(self._text)
                if not self._more():
                    return None
                continue
            self._note_text(self._text[self._at : at])
            self._at = at
            token = _MARKUP.match(self._text, at)
            if token is not None and token["open"] is None:
                return token
            if self._text.startswith("<!DOCTYPE", at):
                raise FormatError("format.xml", *xml_files.dtd())
            if len(self._text) - at > PIECE_LIMIT or not self._more():
                return None

    def _is_row(self, name: str) -> bool:
        return self._path == self._wanted[:-1] and _local(name) == self._wanted[-1]

    def _enter(self, name: str, token: re.Match[str]) -> None:
        local = _local(name)
        depth = len(self._path)
        on_the_way = depth < len(self._wanted) and self._path == self._wanted[:depth]
        if on_the_way and is_alike(local, self._wanted[depth]):
            # What is in it would be passed over without a word.
            path = "/".join(self._wanted)
            raise FormatError("format.rows", *envelope_messages.rows_alike(name, path, "row"))
        if on_the_way and not self._number:
            if local == self._wanted[depth]:
                self._met = max(self._met, depth + 1)
            elif len(self._below[depth]) < _NOTED:
                self._below[depth][local] = None
        if not token["empty"]:
            self._declared.append(_namespaces(token[0]))
            self._path.append(local)
            self._around = None
            limit = input_limits().depth
            if depth + 1 > limit:
                raise FormatError("format.limit", *messages.too_deep(limit))

    def _note_text(self, text: str) -> None:
        if not self._number and self._path == self._wanted[:-1] and text.strip(" \t\n"):
            self._below[-1]["#text"] = None

    def _no_rows(self) -> FormatError:
        path, met = "/".join(self._wanted), "/".join(self._wanted[: self._met])
        return FormatError(
            "format.rows", *xml_files.rows_missing(path, met, self._below[self._met])
        )

    def _feed(self) -> None:
        """Feed the parser what stands between the rows."""
        piece = self._text[self._fed : self._at]
        self._fed = self._at
        self._give(piece)

    def _give(self, piece: str) -> None:
        if not piece:
            return
        try:
            self._beside.feed(piece.encode())
        except etree.XMLSyntaxError as error:
            raise self._malformed(error) from None
        self._no_error_passed_over()

    def _no_error_passed_over(self) -> None:
        """Raise FormatError for what a parser with a target only notes:
        a prefix without a namespace.

        It notes nothing of what comes behind that, so even a document that is cut off would pass.
        """
        log = self._beside.feed_error_log
        if len(log) and (errors := log.filter_from_errors()):
            error = errors[0]
            text = xml_files.malformed(self._number, error.line, error.message)
            raise FormatError("format.xml", *text)

    def _skip(self) -> None:
        """Leave the rows out of what the parser gets, but not their lines."""
        self._give("\n" * self._text.count("\n", self._fed, self._at))
        self._fed = self._at

    # --- the rows ----------------------------------------------------------------------------

    def _plain_rows(self) -> Records | None:
        """Return the plain rows that stand one after the other from here on; None for none."""
        match = self._plain.match
        end = self._at
        groups = []
        while row := match(self._text, end):
            groups.append(row.groups(""))
            end = row.end()
        text = self._text[self._at : end]
        columns = self._plain.texts(groups, text) if groups else None
        if columns is None:
            return None
        self._at = end
        records = Records(range(self._number + 1, self._number + len(groups) + 1), columns=columns)
        self._number += len(groups)
        if "\ufffd" in text or "&#" in text:
            _mark_unreadable(records, columns)
        return records

    def _single_row(self) -> Records:
        """Return the row at hand, parsed for itself."""
        while (end := self._row_end()) is None:
            if len(self._text) - self._at > PIECE_LIMIT:
                text = xml_files.row_too_long(self._number + 1, PIECE_LIMIT)
                raise FormatError("format.limit", *text)
            if not self._more():
                end = len(self._text)
                break
        element = self._parsed(self._text[self._at : end])
        self._at = end
        self._number += 1
        cells, fault = row_cells(element)
        if fault is None:
            self._plain.learn(element)
        rows = RecordList()
        rows.add(self._number, cells, fault)
        return rows.records()

    def _row_end(self) -> int | None:
        """Return where the row at hand ends; None where more must be read to know."""
        depth = 0
        for token in _MARKUP.finditer(self._text, self._at):
            if token["start"]:
                depth += not token["empty"]
            elif token["end"]:
                depth -= 1
            elif token["open"] is not None:
                return None
            else:
                continue
            if depth <= 0:
                return token.end()
        return None

    def _parsed(self, text: str) -> etree._Element:
        """Return a row as an element, parsed within the namespaces around it."""
        if self._around is None:
            self._around = self._namespace_tag()
        try:
            around = etree.fromstring(f"{self._around}{text}</around>".encode(), self._inside)
        except etree.XMLSyntaxError as error:
            line = self._lines + self._text.count("\n", 0, self._at)
            raise self._malformed(error, line) from None
        return around[0]

    def _namespace_tag(self) -> str:
        """Return a tag that declares what the elements around a row do: no more, for each row pays.

        Raises FormatError where that is longer than any that a program writes.
        """
        declared: dict[str, str] = {}
        for some in self._declared:
            declared |= some
        tag = "".join(f" {prefix}={namespace}" for prefix, namespace in declared.items())
        if len(tag) > NAMESPACES_LIMIT:
            raise FormatError("format.limit", *xml_files.namespaces_too_long(NAMESPACES_LIMIT))
        return f"<around{tag}>"

    # --- text --------------------------------------------------------------------------------

    def _more(self) -> bool:
        """Read another block and forget what is used; False at the end of the file."""
        # What does not end yet is looked through again each time, so it grows by its own size.
        data = self._stream.read(max(_BLOCK, len(self._text) - self._at))
        self._feed()
        self._lines += self._text.count("\n", 0, self._at)
        text = self._end + self._decoder.decode(data, final=not data)
        self._end = "\r" if data and text.endswith("\r") else ""
        if "\r" in text:
            text = text.removesuffix(self._end).replace("\r\n", "\n").replace("\r", "\n")
        rest = self._text[self._at :] + text
        self._text, self._at, self._fed = rest, 0, 0
        return bool(data)

    def _malformed(self, error: etree.XMLSyntaxError, lines: int = 1) -> FormatError:
        """Return what to say of a fault;
        `lines` stand before the text that was parsed, and itself.
        """
        line = (error.lineno or 1) + lines - 1
        message = _PLACE.sub("", error.msg or "")
        if entity := _ENTITY.search(message):
            return FormatError("format.xml", *xml_files.entity(entity[1], line))
        return FormatError("format.xml", *xml_files.malformed(self._number, line, message))


def _namespaces(tag: str) -> dict[str, str]:
    """Return the declarations of namespaces in a start tag, as they are written."""
    if "xmlns" not in tag:
        return {}
    return {
        name: value.replace("\n", " ")
        for name, value in _ATTRIBUTE.findall(tag)
        if name == "xmlns" or name.startswith("xmlns:")
    }


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _mark_unreadable(records: Records, columns: Columns) -> None:
    """Put the rows at fault that have a character which was not readable or not allowed."""
    for name, values in columns.items():
        for place, value in enumerate(values):
            if "\ufffd" in value:
                fault = row_fault("format.character", messages.unreadable_character(name))
                records.faults.setdefault(place, fault)
