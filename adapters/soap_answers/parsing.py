"""Parses an answer's XML: rows as they end, so that memory stays small;
whole only where it has references. Pure.
"""

import re
from typing import Any

from lxml import etree

from adapters.soap_answers.counting import ABOVE
from adapters.soap_answers.decoding import Decoded
from adapters.soap_answers.envelope import Tree, opened
from adapters.soap_answers.plain_rows import PlainRows
from adapters.soap_answers.rows import Rows
from adapters.xml_stream import CLOSED_PARSER, local

#: What may stand before a document type: one piece at a time, so that no prologue takes long.
_PROLOGUE = re.compile(rb"\s+|<!--.*?-->|<\?.*?\?>", re.DOTALL)
#: Bytes, or characters, that are parsed at a time.
_BLOCK = 1 << 16
#: Rows that are parsed, after which as many must have been matched.
_TRIALS = 200
#: References within an answer: rows may stand elsewhere than at their path.
_REFERS = re.compile(rb"""(?:href|:ref)\s*=\s*["']""")


def parsed_rows(xml: Decoded, path: list[str], parts: dict[str, bytes]) -> tuple[Tree, Rows]:
    """Parse an answer and return its tree and rows, read as they end where they can be."""
    rows = Rows(xml)
    if path and "*" not in path and not _refers(xml.data):
        return _streamed(xml, path, parts, rows), rows
    return opened(_parsed(xml.data), parts), rows


def has_dtd(data: bytes) -> bool:
    """Whether a document type stands before the first element;
    looked for before anything is parsed.
    """
    place = 0
    while piece := _PROLOGUE.match(data, place):
        place = piece.end()
    return data.startswith(b"<!DOCTYPE", place)


def _refers(data: bytes) -> bool:
    return (b"href" in data or b":ref" in data) and _REFERS.search(data) is not None


def _parsed(data: bytes) -> etree._Element:
    return etree.fromstring(data, etree.XMLParser(**CLOSED_PARSER))


def _streamed(xml: Decoded, path: list[str], parts: dict[str, bytes], rows: Rows) -> Tree:
    """Read rows as they end and let go of them; return what is left:
    the answer without its rows.
    """
    streamed = _Streamed(path, rows, parts)
    # Elsewhere than in comments, CDATA and instructions an end tag is an end tag.
    if b"<!" in xml.data or b"<?" in xml.data:
        for at in range(0, len(xml.data), _BLOCK):
            streamed.feed(xml.data[at : at + _BLOCK])
    else:
        _feed_unplain(streamed, xml.data.decode(), path[-1])
    return opened(streamed.close(), parts)


def _feed_unplain(streamed: "_Streamed", text: str, name: str) -> None:
    """Feed all of an answer but rows that follow another and have its form: those are matched."""
    row_end = re.compile(rf"</(?:[^\s<>/:]+:)?{re.escape(name)}\s*>")
    row_start = re.compile(rf"<(?:[^\s<>/:]+:)?{re.escape(name)}>")
    plain = PlainRows(text)
    container = None
    at = matched = parsed = 0
    while at < len(text) and (parsed < _TRIALS or matched >= parsed):
        end = row_end.search(text, at)
        stop = end.end() if end else len(text)
        streamed.feed(text[at:stop].encode())
        starts = [match.start() for match in row_start.finditer(text, at, stop)]
        at = stop
        parsed += 1
        if not streamed.at_row_end:
            continue
        if streamed.container is not container:
            plain, container = PlainRows(text), streamed.container
        if starts and streamed.last_shape:
            plain.learn(starts[-1], stop, streamed.last_shape)
        while (reached := plain.run(at))[0] > at:
            end_of_run, run = reached
            if run is None:
                streamed.feed(text[at:end_of_run].encode())
            else:
                streamed.rows.add_plain(*run)
                matched += len(run[1])
                # What is left out keeps its lines, for messages that name one.
                streamed.feed(b"\n" * text.count("\n", at, end_of_run))
            at = end_of_run
    for place in range(at, len(text), _BLOCK):
        streamed.feed(text[place : place + _BLOCK].encode())


class _Streamed:
    """An answer that is parsed piece by piece; whole rows may be left out between two pieces."""

    def __init__(self, path: list[str], rows: Rows, parts: dict[str, bytes]) -> None:
        self.rows = rows
        #: The element that holds the rows, and whether what was fed last ended with a row of it.
        self.container: etree._Element | None = None
        self.at_row_end = False
        self._path = path
        # No reference is in it, so that rows need nothing of the rest.
        self._bare = Tree(etree.Element("none"), parts)
        self._before: etree._Element | None = None
        self._parser: Any = etree.XMLPullParser(
            events=("end",),
            tag=f"{{*}}{path[-1]}",
            **CLOSED_PARSER,
        )

    @property
    def last_shape(self) -> tuple[str, ...] | None:
        """Return the names of the cells of the row that was parsed last,
        None where it was not plain.
        """
        return self.rows.last_shape

    def feed(self, data: bytes) -> None:
        """Parse some bytes, and read the rows that end in them."""
        self.at_row_end = False
        try:
            self._parser.feed(data)
        except etree.XMLSyntaxError:
            self._raise_first()
            raise
        # Of some errors the parser says nothing before the end, and then no longer which it was.
        self._raise_first()
        for _, element in self._parser.read_events():
            self.at_row_end = self._end(element)

    def close(self) -> Any:
        """Return the root without its rows."""
        return self._parser.close()

    def _raise_first(self) -> None:
        """Raise the first error, of which others follow, by its line:
        rows are left out of columns.
        """
        log = self._parser.feed_error_log
        for entry in log.filter_from_errors() if len(log) else ():
            message = f"{entry.message}, line {entry.line}"
            raise etree.XMLSyntaxError(message, entry.type, entry.line, 0)

    def _end(self, element: etree._Element) -> bool:
        parent = element.getparent()
        if parent is None or (parent is not self.container and not _stands_at(parent, self._path)):
            return False
        self.container = parent
        self.rows.add(element, self._bare)
        element.clear(keep_tail=True)
        before = self._before
        if before is not None and before.getparent() is parent and not before.tail:
            parent.remove(before)
        self._before = element
        return True


def _stands_at(parent: etree._Element, path: list[str]) -> bool:
    """Whether what is below an element stands at a path below an answer's own element."""
    names = [local(parent.tag), *(local(ancestor.tag) for ancestor in parent.iterancestors())]
    return (
        len(names) == ABOVE + len(path) - 1
        and names[: len(path) - 1] == path[-2::-1]
        and names[-2] == "Body"
    )
