"""A second count of the records of delimited text, which shares no code with what reads them.

Bytes are looked at, not characters, wherever the encoding keeps ASCII apart; only quotes, escapes
and line ends matter. The rules are those of `quoting`: a record goes on over a line end only within
a quoted field, and where a quote is not closed the record ends with the line in which it opened.
"""

import codecs
import os
import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from adapters.formats import Counted

_BLOCK = 1 << 20
#: A record is broken off that goes over line ends in more fields than a row has, or than so many
#: where a row's are not known, or that is so many times longer than a value.
_MOST_OPENED, _LONGEST_RECORD = 1_000, 12
#: Encodings in which a byte below 0x30 is never part of another character.
_PLAIN = re.compile(
    r"utf-8(-sig)?|ascii|gb18030|gbk|gb2312|big5\w*|cp\d+|euc_\w+|iso8859-\d+|latin-1|koi8-\w|mac-\w+"
)
_EBCDIC = {"cp037", "cp273", "cp424", "cp500", "cp875", "cp1026", "cp1140"}
_MARKS = (codecs.BOM_UTF8, b"\x84\x31\x95\x33")


@dataclass(frozen=True, slots=True)
class Layout:
    """What of a file's settings bears on where its records end."""

    encoding: str
    separator: str
    quote: str
    escape: str
    header_row: int
    columns: int
    footer_lines: int
    characters: int


def count_records(stream: BinaryIO, layout: Layout) -> Counted:
    """Return how many records a file has, and how many ends of lines."""
    automaton = _Automaton(layout)
    for block in _blocks(stream, layout):
        automaton.feed(block)
    return Counted(automaton.finish(), automaton.line_ends)


def _blocks(stream: BinaryIO, layout: Layout) -> Iterator[bytes]:
    """Yield the text in blocks of whole lines, but for the last."""
    rest = b""
    for piece in _pieces(stream, layout):
        block = rest + piece if rest else piece
        cut = max(block.rfind(b"\n"), block.rfind(b"\r", 0, -1)) + 1
        if cut:
            yield block[:cut]
        rest = block[cut:]
    if rest:
        yield rest


def _pieces(stream: BinaryIO, layout: Layout) -> Iterator[bytes]:
    start = stream.tell()
    name = _codec(layout)
    plain = _looked_at_as(layout) == name
    unit = 4 if name.startswith("utf-32") else 2 if name.startswith("utf-16") else 1
    left = _content(stream, start, unit) - start
    stream.seek(start)
    decode = _decoder(name, stream.read(4))
    stream.seek(start)
    first = True
    while left > 0 and (piece := stream.read(min(_BLOCK, left))):
        left -= len(piece)
        if plain:
            mark = next((m for m in _MARKS if first and piece.startswith(m)), b"")
            yield piece[len(mark) :]
        else:
            text = decode(piece, left <= 0)
            yield (text.removeprefix("\ufeff") if first else text).encode("utf-8", "replace")
        first = False


def _decoder(name: str, head: bytes) -> Callable[[bytes, bool], str]:
    """Return Python's decoder; where a wide encoding has no mark, that of the lower byte first."""
    marks = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
    if name in ("utf-16", "utf-32") and not head.startswith(marks):
        name = f"{name}-le"
    return codecs.getincrementaldecoder(name)("replace").decode


def _codec(layout: Layout) -> str:
    name = codecs.lookup(layout.encoding).name
    return "gb18030" if name in ("gbk", "gb2312") else name


def _looked_at_as(layout: Layout) -> str:
    """Return the encoding of the bytes that are looked at: UTF-8 where others would mislead."""
    name = _codec(layout)
    signs = (layout.separator + layout.quote + layout.escape).encode()
    if name in _EBCDIC or _PLAIN.fullmatch(name) is None:
        return "utf-8-transcoded"
    if name.startswith(("utf-8", "ascii")) or all(sign < 0x30 for sign in signs):
        return name
    return "utf-8-transcoded"


def _content(stream: BinaryIO, start: int, unit: int) -> int:
    """Return where the text ends: NULs and Ctrl-Z behind the last line are none."""
    end = stream.seek(0, os.SEEK_END)
    while end > start:
        begin = max(start, end - _BLOCK)
        stream.seek(begin)
        body = stream.read(end - begin)
        stripped = body.rstrip(b"\0\x1a")
        if not stripped:
            end = begin
            continue
        size = begin - start + len(stripped)
        size += -size % unit
        if size == end - start and unit == 1:
            lone = re.search(rb"[\r\n]([\0\x1a]+(?:\r\n|\r|\n)?)\Z", body[-4096:])
            size -= len(lone.group(1)) if lone else 0
        return min(start + size, end)
    return start


def _marks(block: bytes, unmarked: bytes) -> bytes:
    """Return the quotes and line ends of a block, each line end as a newline."""
    marks = block.translate(None, unmarked)
    returns = marks.count(b"\r")
    if not returns:
        return marks
    if block.count(b"\r\n") == returns:
        return marks.translate(None, b"\r")
    # What stood between a return and the next newline is gone from the marks.
    return block.replace(b"\r\n", b"\n").replace(b"\r", b"\n").translate(None, unmarked)


class _Automaton:
    """Counts records line by line; a line that leaves a quote open waits for the next ones."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._quote, self._escape = layout.quote.encode(), layout.escape.encode()
        self._separator = layout.separator.encode()
        self._width = layout.columns
        self._name = _looked_at_as(layout).removesuffix("-transcoded")
        self._records = 0
        self._unmarked = bytes(set(range(256)) - {*self._quote, 0x0A, 0x0D})
        self.line_ends = 0
        self._waiting: list[bytes] = []
        self._footer: deque[bytes] = deque()
        self._filled = 0
        q, s, e = (re.escape(part) for part in (self._quote, self._separator, self._escape))
        escaped = rb"|" + e + rb"[\s\S]" if e else b""
        no_escape = b"^" + re.escape(self._quote) + e if q else b""
        inner = rb"(?>(?:[" + no_escape + rb"]++|" + q + q + escaped + rb")*)" if q else b""
        bare = (
            rb"(?>(?:(?!"
            + s
            + rb")"
            + (rb"[" + no_escape + rb"]" if q else rb"[\s\S]")
            + escaped
            + rb")*)"
        )
        field = rb"(?:" + q + inner + q + rb"(?=" + s + rb"|\Z)|" + bare + rb")" if q else bare
        self._fields = re.compile(field + rb"(?:" + s + rb"|\Z)")
        self._open = re.compile(q + inner + e + rb"?\Z") if q else None
        self._close = re.compile(rb"(" + inner + rb")" + q) if q else None

    def feed(self, block: bytes) -> None:
        """Take whole lines, of which only the last may lack its end."""
        marks = _marks(block, self._unmarked)
        self.line_ends += marks.count(b"\n")
        ended = block.endswith((b"\n", b"\r"))
        settled = self._width and not self._waiting and not self._layout.footer_lines
        if settled and self._each_closes(marks):
            self._records += marks.count(b"\n") + (not ended)
            return
        lines = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        if ended:
            lines.pop()
        if self._layout.footer_lines:
            lines = self._before_footer(lines)
        self._waiting += lines
        self._run(final=False)

    def _each_closes(self, marks: bytes) -> bool:
        """Whether each line has an even number of quotes: none goes on over its end then."""
        if not self._quote or self._quote not in marks:
            return True
        return not self._escape and not any(len(line) % 2 for line in set(marks.split(b"\n")))

    def finish(self) -> int:
        """Return the number of records when no line follows."""
        self._run(final=True)
        return self._records + len(self._footer)

    def _before_footer(self, lines: list[bytes]) -> list[bytes]:
        released: list[bytes] = []
        for line in lines:
            self._footer.append(line)
            self._filled += not self._blank(line)
            while self._filled > self._layout.footer_lines:
                oldest = self._footer.popleft()
                self._filled -= not self._blank(oldest)
                released.append(oldest)
            # A blank line before the footer is none of its own: it may stand within a quoted value.
            while self._filled == self._layout.footer_lines and self._blank(self._footer[0]):
                released.append(self._footer.popleft())
        return released

    def _blank(self, line: bytes) -> bool:
        bare = line.replace(self._separator, b"")
        if self._quote:
            bare = bare.replace(self._quote, b"")
        return not bare or not self._text(bare).strip()

    def _text(self, line: bytes) -> str:
        return line.decode(self._name, "replace")

    def _run(self, *, final: bool) -> None:
        lines, place = self._waiting, 0
        while place < len(lines):
            headed = self._width or self._records >= self._layout.header_row
            if headed and lines[place].count(self._quote or b"\n") % 2 == 0 and not self._escape:
                end: int | None = place + 1
            else:
                end = self._end(lines, place, final=final)
            if end is None:
                break
            self._records += 1
            if not self._width and self._records == self._layout.header_row:
                self._width = self._headings(b"\n".join(lines[place:end]))
                rest = b"\n".join(lines[end:])
                if self._each_closes(_marks(rest, self._unmarked)):
                    self._records += len(lines) - end
                    end = len(lines)
            place = end
        self._waiting = lines[place:]

    def _end(self, lines: list[bytes], start: int, *, final: bool) -> int | None:
        """Return behind which line the record that begins at one ends;
        None where it is not clear.
        """
        if not self._opens(lines[start], 0):
            return start + 1
        opened, size, whole, opening = start, 0, 0, 1
        for place in range(start + 1, len(lines)):
            line = lines[place]
            match = self._close.match(line) if self._close else None
            inside = match.group(1) if match else line
            if self._width > 1 and inside.count(self._separator) >= self._width - 1:
                return opened + 1
            size += len(self._text(inside)) + 1
            whole += len(self._text(line)) + 1
            most = self._layout.characters
            if size > most or whole > _LONGEST_RECORD * most:
                return opened + 1
            if match is None:
                continue
            rest = line[match.end() :]
            if not rest:
                return place + 1
            if not rest.startswith(self._separator):
                return opened + 1
            after = match.end() + len(self._separator)
            state = self._state(line, after)
            if state != "open":
                return place + 1 if state == "closed" else opened + 1
            opening += 1
            if opening > (self._width or _MOST_OPENED):
                return opened + 1
            opened, size = place, 0
        return opened + 1 if final else None

    def _opens(self, line: bytes, place: int) -> bool:
        return self._state(line, place) == "open"

    def _state(self, line: bytes, place: int) -> str:
        while True:
            match = self._fields.match(line, place)
            if match is None:
                return "open" if self._open and self._open.match(line, place) else "broken"
            place = match.end()
            if place == len(line) and not match.group().endswith(self._separator):
                return "closed"

    def _headings(self, record: bytes) -> int:
        """Return the number of headings, without empty ones at the end."""
        count, place, filled = 0, 0, 0
        while (match := self._fields.match(record, place)) is not None:
            count += 1
            cell = match.group().removesuffix(self._separator)
            if self._text(cell.strip(self._quote or None)).strip():
                filled = count
            place = match.end()
            if place == len(record) and not match.group().endswith(self._separator):
                break
        return filled
