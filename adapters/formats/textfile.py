"""A text file, opened strictly: its mark read off, its encoding held against its bytes,
cut into lines.

Everything that needs the whole file is done in one quick pass before the first line is given out,
so that no row of a file is believed that is refused whole.
"""

import io
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Generic, TypeVar

import polars as pl

from adapters.formats import FormatError
from adapters.formats.decoding import canonical, decoder, keeps_ascii, mark_of, utf8, utf8_of
from adapters.formats.evidence import Suspicion, utf8_lines
from adapters.text import text_files as messages

#: Longest line in bytes; a longer one means that the file is no text of lines.
LINE_LIMIT = 12_000_000
#: Bytes read together.
_BLOCK = 1 << 20
#: Bytes in which the first line of a piece is looked for that begins in the piece.
_NEAR = 1 << 16
#: What DOS programs and block-wise copies leave behind the last line.
_PADDING = b"\x00\x1a"
_PADDED_LINE = re.compile(rb"(?<=[\r\n])[\x00\x1a]+(?:\r\n|\n|\r)?\Z")
_LINE_END = re.compile("\r\n|\n|\r")

#: Bytes at the end in which a last line of nothing but padding is looked for.
_LAST_LINE = 4_096

#: Lines before a file's tail that are compared with it.
_BEFORE_TAIL = 100

L = TypeVar("L")


@dataclass(frozen=True, slots=True)
class Lines(Generic[L]):
    """Lines of one block without their ends, and the ends: one for all of them, or one each."""

    lines: L
    ends: str | Sequence[str]


@dataclass(frozen=True, slots=True)
class TextFile:
    """A stream of text that is in the declared encoding: where its text begins and ends."""

    stream: BinaryIO
    encoding: str
    start: int
    end: int
    #: What is raised for a line longer than this.
    line_limit: int
    too_long: FormatError

    def blocks(self) -> Iterator[bytes]:
        """Yield the text as UTF-8 in blocks that end with a line; raises FormatError."""
        if keeps_ascii(self.encoding):
            yield from self._cut(self.raw_blocks())
        else:
            yield from self._whole_lines(self._transcoded())

    def raw_blocks(self) -> Iterator[bytes]:
        """Yield the bytes as they stand in blocks that end with a line; raises FormatError."""
        return self._whole_lines(self.pieces())

    def pieces(self) -> Iterator[bytes]:
        """Yield the bytes as they stand, cut anywhere."""
        self.stream.seek(self.start)
        left = self.end - self.start
        while left > 0 and (piece := self.stream.read(min(_BLOCK, left))):
            left -= len(piece)
            yield piece

    def unjoined(self) -> Iterator[tuple[bytes, int]]:
        """Yield the bytes as they stand, cut anywhere, and where in each a line begins.

        Raises FormatError as `raw_blocks` does, and copies nothing.
        """
        lines = keeps_ascii(self.encoding)
        unfinished = 0
        for piece in self.pieces():
            start = piece.find(b"\n", 0, _NEAR) + 1 if unfinished else 0
            if lines:
                cut = piece.rfind(b"\n") + 1 or piece.rfind(b"\r", 0, len(piece) - 1) + 1
                unfinished = len(piece) - cut if cut else unfinished + len(piece)
                if unfinished > self.line_limit:
                    raise self.too_long
            yield piece, start

    def _cut(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        for block in blocks:
            mixed = utf8_lines(block) if self.encoding == "gb18030" and not block.isascii() else []
            yield utf8(spoiled(block, mixed), self.encoding)

    def _transcoded(self) -> Iterator[bytes]:
        decode = decoder(self.encoding)
        for piece in self.pieces():
            yield utf8_of(decode(piece, False))
        yield utf8_of(decode(b"", True))

    def _whole_lines(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Join pieces so that each block ends with a line; the last one ends as the file does."""
        rest = b""
        for piece in pieces:
            # What is left never has a newline. One copy a block: blocks are large.
            if cut := piece.rfind(b"\n") + 1:
                yield b"".join((rest, memoryview(piece)[:cut]))
                rest = piece[cut:]
            else:
                block = rest + piece
                # A return at the very end may be the first half of an end of line.
                if cut := block.rfind(b"\r", 0, len(block) - 1) + 1:
                    yield block[:cut]
                rest = block[cut:]
            if len(rest) > self.line_limit:
                raise self.too_long
        if rest:
            yield rest


def open_text(
    stream: BinaryIO,
    encoding: str,
    line_limit: int = LINE_LIMIT,
    too_long: FormatError | None = None,
    *,
    padded_lines: bool = False,
) -> TextFile:
    """Open a stream from where it stands; raises FormatError where it contradicts the encoding.

    With `padded_lines` NULs at the end belong to the last line, if they stand behind its text.
    """
    start = stream.tell()
    declared = canonical(encoding)
    head = stream.read(4)
    mark = mark_of(head)
    if mark is not None:
        if not _agrees(mark[1], declared):
            raise FormatError("format.encoding", *messages.marked(encoding, mark[1]))
        start, declared = start + len(mark[0]), mark[1]
    refusal = too_long or FormatError("format.delimited", *messages.line_too_long(line_limit))
    end = _end(stream, start, declared)
    if padded_lines and end > start:
        stream.seek(max(start, end - 4))
        if not stream.read(end - stream.tell()).rstrip(b"\0").endswith((b"\n", b"\r")):
            end = stream.seek(0, os.SEEK_END)
    text_file = TextFile(stream, declared, start, end, line_limit, refusal)
    _hold_against(text_file, encoding)
    return text_file


def split(block: bytes) -> Lines[pl.Series]:
    """Return the lines of a block of UTF-8: each ends with CR LF, LF or CR."""
    returns, newlines = block.count(b"\r") if b"\r" in block else 0, block.count(b"\n")
    if returns in (0, newlines):
        end = "\r\n" if returns else "\n"
        body = block.removesuffix(end.encode())
        text = pl.Series("line", [body], dtype=pl.Binary).cast(pl.String)
        lines = text.str.split(end).explode()
        # As many lines as newlines: no return stands without its newline.
        if len(lines) == newlines + (len(body) == len(block)):
            return Lines(lines, end)
    decoded = block.decode("utf-8")
    ends = _LINE_END.findall(decoded)
    parts = _LINE_END.split(decoded)
    if parts[-1] == "":
        parts.pop()
    return Lines(pl.Series("line", parts, dtype=pl.String), [*ends, ""][: len(parts)])


@dataclass(frozen=True, slots=True)
class Tail:
    """The last lines of a file that are not blank: from which line on, from 0, they stand."""

    start: int
    #: Each with the number of its line.
    lines: tuple[tuple[int, Any], ...] = ()
    #: Lines of the whole file.
    total: int = 0
    #: The lines before them that are not blank, as far as a few were looked at.
    before: tuple[tuple[int, Any], ...] = ()


def tail(
    blocks: Iterable[Sequence[Any] | pl.Series], count: int, blank: Callable[[Any], bool]
) -> Tail:
    """Return the last `count` lines that are not blank; all lines, where there are fewer."""
    last: list[tuple[int, Any]] = []
    total = 0
    for lines in blocks:
        own: list[tuple[int, Any]] = []
        for place in range(len(lines) - 1, -1, -1):
            if len(own) == count + _BEFORE_TAIL:
                break
            if not blank(lines[place]):
                own.append((total + place, lines[place]))
        last = [*last, *reversed(own)][-count - _BEFORE_TAIL :]
        total += len(lines)
    start = last[-count][0] if len(last) >= count else 0
    return Tail(start, tuple(last[-count:]), total, tuple(last[:-count]))


def _agrees(mark: str, declared: str) -> bool:
    return mark == declared or mark in (f"{declared}-le", f"{declared}-be")


def _end(stream: BinaryIO, start: int, encoding: str) -> int:
    """Return where the text ends: before Ctrl-Z and NULs that pad the file."""
    end = stream.seek(0, os.SEEK_END)
    unit = {"utf-16": 2, "utf-32": 4}.get(encoding[:6], 1)
    while end > start:
        piece_start = max(start, end - _BLOCK)
        stream.seek(piece_start)
        piece = stream.read(end - piece_start)
        kept = len(piece.rstrip(_PADDING))
        if kept:
            rounded = start + -(-(piece_start + kept - start) // unit) * unit
            # Ctrl-Z or NULs may also be a last line of their own.
            last = piece[-_LAST_LINE:]
            padded = unit == 1 and last.rstrip(b"\r\n")[-1:] in (b"\0", b"\x1a")
            line = _PADDED_LINE.search(last) if padded else None
            return end - len(last) + line.start() if line else min(rounded, end)
        end = piece_start
    return start


def _hold_against(text_file: TextFile, encoding: str) -> None:
    """Raise FormatError where the bytes of a file show that they are in another encoding."""
    suspicion = Suspicion(text_file.encoding)
    for block, start in text_file.unjoined():
        if (likely := suspicion.block(block, start)) is not None:
            raise FormatError("format.encoding", *messages.contradicted(encoding, likely))
    if (likely := suspicion.file()) is not None:
        raise FormatError("format.encoding", *messages.contradicted(encoding, likely))


def spoiled(block: bytes, places: list[tuple[int, int]]) -> bytes:
    """Return a block with the foreign bytes of lines replaced by one that decodes to U+FFFD."""
    if not places:
        return block
    out = io.BytesIO()
    done = 0
    for start, end in places:
        out.write(block[done:start])
        out.write(_FOREIGN_BYTES.sub(b"\xff", block[start:end]))
        done = end
    out.write(block[done:])
    return out.getvalue()


_FOREIGN_BYTES = re.compile(rb"[\x80-\xff]+")
