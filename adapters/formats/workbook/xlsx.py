"""Rows of a worksheet in a stream: the quick way where the XML is plain,
the parser everywhere else.
"""

import codecs
import re
from collections.abc import Generator, Iterator
from itertools import chain

from adapters.formats.workbook.archive import Archive, damaged
from adapters.formats.workbook.cells import Layout
from adapters.formats.workbook.markup import LAST_ROW, Row, RowParser
from adapters.formats.workbook.plain import NotPlainError, is_plain, is_plain_text, is_utf8
from adapters.formats.workbook.quick import Block, QuickRows, Written
from adapters.input_limits import input_limits
from adapters.text import workbooks

_DATA = re.compile(r"<((?:[A-Za-z_][\w.-]*:)?)sheetData\s*>")
#: Characters without the end of a row after which no quick way is sought any more.
_PATIENCE = 1 << 24
#: Rows that did not suit the quick way, after which it must have had as many that did.
_TRIALS = 200


class SheetRows:
    """The rows of one sheet, from first to last; set `width` once the headings are known."""

    def __init__(self, archive: Archive, part: str, layout: Layout, strings: list[str]) -> None:
        self._blocks = archive.blocks(part)
        self._part, self._layout, self._strings = part, layout, strings
        self._parser = RowParser(part, layout, strings)
        self._quick: QuickRows | None = None
        self._run: list[Written] = []
        self._slow: dict[int, Row] = {}
        self._hits = self._misses = 0
        self._last = 0
        self._ended = self._only_parser = False
        #: Columns under headings; until then every row comes by itself.
        self.width: int | None = None

    def items(self) -> Iterator[Row | Block]:
        """Yield rows and blocks of rows in order; raises FormatError."""
        first = next(self._blocks, b"")
        if not is_utf8(first):
            yield from self._parser.feed(first)
            for block in self._blocks:
                yield from self._parser.feed(block)
            yield from self._parser.feed(b"", last=True)
            return
        text = self._text(first)
        head = ""
        for piece in text:
            head += piece
            if _DATA.search(head) or len(head) > _PATIENCE:
                break
        if match := _DATA.search(head):
            yield from self._parser.feed(head[: match.end()].encode())
            head = head[match.end() :]
            if self._parser.between_rows and not self._only_parser:
                head = yield from self._plain(match.group(1), head, text)
        yield from self._parser.feed(head.encode())
        for piece in text:
            yield from self._parser.feed(piece.encode())
        yield from self._parser.feed(b"", last=True)

    def _text(self, first: bytes) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            for block in chain((first,), self._blocks):
                text = decoder.decode(block)
                self._only_parser |= not (is_plain(block) and is_plain_text(text))
                yield text
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            raise damaged(workbooks.bad_part(self._part, 0)) from None

    def _plain(
        self, prefix: str, carry: str, text: Iterator[str]
    ) -> Generator[Row | Block, None, str]:
        """Yield rows for as long as whole rows can be cut off;
        return what the parser is to go on with.
        """
        end = f"</{prefix}row>"
        while True:
            cut = carry.rfind(end) + len(end) if end in carry else 0
            position = yield from self._segment(carry[:cut], end, prefix)
            yield from self._flush()
            carry = carry[position:]
            piece = None if self._ended or len(carry) > _PATIENCE else next(text, None)
            carry += piece or ""
            if piece is None or self._only_parser:
                return carry

    def _segment(self, text: str, end: str, prefix: str) -> Generator[Row | Block, None, int]:
        """Yield the rows of a text of whole rows; return how far that went."""
        position, longest = 0, input_limits().characters
        while position < len(text):
            if self._quick is None and self.width is not None:
                self._quick = QuickRows(prefix, self._layout, self._strings, self.width)
            match = self._quick.match(text, position) if self._quick else None
            if match is not None and match.end() - position <= longest:
                self._run.append(match.groups())
                position = match.end()
                continue
            stop = text.index(end, position) + len(end)
            piece = text[position:stop]
            self._ended = "<!" in piece or "<?" in piece
            if self._ended:
                return position
            yield from self._by_parser(piece)
            position = stop
            self._misses += 1
            self._ended = not self._parser.between_rows or self._misses > max(_TRIALS, self._hits)
            if self._ended:
                return position
        return position

    def _by_parser(self, piece: str) -> Iterator[Row | Block]:
        """Yield what the parser reads in a piece, in order with the run,
        and let the quick way learn it.
        """
        if self._run:
            self._parser.last_number = int(self._run[-1][0] or 0)
        rows = self._parser.feed(piece.encode())
        if self._quick is None or len(rows) != 1:
            yield from self._flush()
            yield from rows
            return
        self._slow[len(self._run)] = rows[0]
        self._run.append((str(rows[0].number), *[None] * (self._quick.groups - 1)))
        if self._quick.learn(piece):
            yield from self._flush()
            self._quick.compile()

    def _flush(self) -> Iterator[Block]:
        """Yield the run as a block."""
        if not self._run or self._quick is None:
            return
        run, slow, self._run, self._slow = self._run, self._slow, [], {}
        self._hits += len(run) - len(slow)
        try:
            block = self._quick.block(run, slow)
        except NotPlainError:
            raise damaged(workbooks.bad_part(self._part, 0)) from None
        for number in block.numbers:
            if not self._last < number <= LAST_ROW:
                raise damaged(workbooks.bad_row_order(number))
            self._last = number
        self._parser.last_number = max(self._last, self._parser.last_number)
        yield block
