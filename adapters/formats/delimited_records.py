"""Delimited text as records: whole blocks of lines at once,
quotes that go on over lines one by one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import polars as pl

from adapters.formats.line_ends import Cuts, EndedLines, cut_rows, lone_ends
from adapters.formats.quoting import Dialect, QuoteError
from adapters.formats.textfile import Lines, split
from adapters.text import Text
from adapters.text import text_files as messages

_BROKEN_LINE = messages.line_broken()
#: Lines in which the first records are looked for.
_FIRST_LINES = 1_000


@dataclass(frozen=True, slots=True)
class Records:
    """Records in order, the text of each, and why some of them are refused, by their place."""

    texts: pl.Series
    faults: dict[int, Text]
    #: Whether any has a quote or an escape: else a record is split at its separators alone.
    special: bool

    def part(self, start: int, length: int) -> "Records":
        """Return some of the records."""
        # Whichever is fewer: a file may be all faults, and is cut into many parts.
        if len(self.faults) > length:
            places = [n for n in range(start, start + length) if n in self.faults]
        else:
            places = [n for n in self.faults if start <= n < start + length]
        faults = {place - start: self.faults[place] for place in places}
        return Records(self.texts.slice(start, length), faults, self.special)


def joined(parts: Sequence[Records]) -> Records:
    """Return records that stand in several parts as one."""
    if len(parts) == 1:
        return parts[0]
    faults: dict[int, Text] = {}
    first = 0
    for part in parts:
        faults |= {first + place: text for place, text in part.faults.items()}
        first += len(part.texts)
    texts = pl.concat([part.texts for part in parts])
    return Records(texts, faults, any(part.special for part in parts))


@dataclass(frozen=True, slots=True)
class _Part:
    """Lines that no record is made of yet."""

    lines: pl.Series
    ends: str | Sequence[str]
    special: bool
    #: Whether some line may go on over its end.
    open: bool
    final: bool
    #: How the line before these ends.
    previous: str = ""

    def rest(self, start: int) -> "_Part":
        if start == 0:
            return self
        ends = self.ends if isinstance(self.ends, str) else self.ends[start:]
        previous = self.each_end()[start - 1]
        return replace(self, lines=self.lines.slice(start), ends=ends, previous=previous)

    def head(self, count: int) -> "_Part":
        ends = self.ends if isinstance(self.ends, str) else self.ends[:count]
        return replace(self, lines=self.lines.head(count), ends=ends, final=False)

    def before(self, other: "_Part") -> "_Part":
        if isinstance(self.ends, str) and self.ends == other.ends:
            ends: str | Sequence[str] = self.ends
        else:
            ends = [*self.each_end(), *other.each_end()]
        lines = pl.concat([self.lines, other.lines])
        special = self.special or other.special
        opens = self.open or other.open
        return _Part(lines, ends, special, opens, other.final, self.previous)

    def each_end(self) -> Sequence[str]:
        return [self.ends] * len(self.lines) if isinstance(self.ends, str) else self.ends

    def text(self, lines: list[str], start: int, end: int) -> str:
        """Return a record over several lines with the line ends that stand within it."""
        if isinstance(self.ends, str):
            return self.ends.join(lines[start:end])
        inner = zip(lines[start : end - 1], self.ends[start : end - 1], strict=True)
        return "".join(line + line_end for line, line_end in inner) + lines[end - 1]


class RecordSource:
    """Makes records of blocks of text, up to a line where the file's own tail begins."""

    def __init__(
        self, blocks: Iterator[bytes], dialect: Dialect, characters: int, stop: int | None
    ) -> None:
        self._dialect, self._characters = dialect, characters
        self._parts = self._read(blocks, stop)
        self._left: _Part | None = None
        #: So many of the next lines may be part of a value that was refused.
        self._doubtful = 0
        #: How the first record of the text ends.
        self._end = ""
        #: Lines of the records that `take` returned.
        self.lines_taken = 0

    def take(self, count: int, width: int | None) -> list[tuple[str, Text | None]]:
        """Return the next records, fewer at the end of the text, each with why it is refused."""
        taken: list[tuple[str, Text | None]] = []
        while len(taken) < count and (part := self._next()) is not None:
            lines = part.lines.to_list()
            place = 0
            while len(taken) < count and place < len(lines):
                record = self._dialect.record(
                    lines, place, width, self._characters, final=part.final
                )
                if record is None:
                    break
                taken.append((part.text(lines, place, record.end), record.fault))
                self.lines_taken += record.end - place
                place = record.end
            undecided = place < len(lines) and len(taken) < count
            self._put_back(part.rest(place), undecided=undecided)
        return taken

    def first(self, count: int, width: int) -> list[str]:
        """Return the first of the records that are left, without blank ones; none is taken."""
        texts: list[str] = []
        part = self._next()
        while part is not None:
            texts = self._texts(part, count, width)
            if len(texts) == count or len(part.lines) >= _FIRST_LINES:
                break
            if (more := self._next()) is None:
                break
            part = part.before(more)
        if part is not None:
            self._put_back(part, undecided=False)
        return texts

    def _texts(self, part: _Part, count: int, width: int) -> list[str]:
        texts: list[str] = []
        lines = part.lines.head(_FIRST_LINES).to_list()
        place = 0
        while len(texts) < count and place < len(lines):
            record = self._dialect.record(lines, place, width, self._characters, final=part.final)
            if record is None:
                break
            text = part.text(lines, place, record.end)
            if not self._dialect.blank(text):
                texts.append(text)
            place = record.end
        return texts

    def batches(self, width: int) -> Iterator[Records]:
        """Yield all records that are left, for rows of so many fields."""
        while (part := self._next()) is not None:
            cuts = self._cuts(part, width)
            if cuts.decided < len(part.lines):
                self._put_back(part.rest(cuts.decided), undecided=True)
                part = part.head(cuts.decided)
            if not part.special and not self._doubtful:
                faults = dict.fromkeys(cuts.places, _BROKEN_LINE)
                yield Records(part.lines, faults, special=False)
            else:
                yield self._assembled(part, width, cuts)

    def _assembled(self, part: _Part, width: int, cuts: Cuts) -> Records:
        """Return records of lines, of which those may go on over their end that have odd quotes."""
        breaks = cuts.places
        uncertain = self._uncertain(part.lines) if part.open else []
        if not uncertain and not self._doubtful:
            return Records(part.lines, dict.fromkeys(breaks, _BROKEN_LINE), special=True)
        lines = part.lines.to_list()
        texts: list[str] = []
        faults: dict[int, Text] = {}
        done = 0
        #: Records that begin before this line may be part of a value that was refused.
        doubtful, self._doubtful = self._doubtful, 0

        def take_single(end: int) -> None:
            for line in range(done, min(end, doubtful)):
                self._doubt(faults, len(texts) + line - done, lines[line])
            for line in breaks & {*range(done, end)} if breaks else ():
                faults.setdefault(len(texts) + line - done, _BROKEN_LINE)
            texts.extend(lines[done:end])

        for place in uncertain:
            if place < done:
                continue
            take_single(place)
            done = place
            record = self._dialect.record(lines, place, width, self._characters, final=part.final)
            if record is None:
                self._put_back(part.rest(place), undecided=True)
                self._doubtful = max(doubtful - place, 0)
                break
            text = part.text(lines, place, record.end)
            if record.fault is not None:
                faults[len(texts)] = record.fault
            elif place < doubtful:
                self._doubt(faults, len(texts), text)
            elif (last := record.end - 1) in breaks and cuts.second.get(last, -1) < place:
                # An end of line within the quotes has cut nothing.
                faults[len(texts)] = _BROKEN_LINE
            doubtful = max(doubtful, record.doubtful)
            texts.append(text)
            done = record.end
        else:
            take_single(len(lines))
        return Records(pl.Series("line", texts, dtype=pl.String), faults, special=True)

    def _cuts(self, part: _Part, width: int) -> Cuts:
        """Return the lines that an end of line within a value without quotes has cut."""
        if part.ends == self._end:
            return Cuts(set(), len(part.lines))
        ended = EndedLines(
            part.lines.to_list(),
            part.each_end(),
            self._end,
            part.previous,
            part.final,
            self._dialect.blank,
        )
        if width < 2:
            return lone_ends(ended, lambda _one, _other: True)
        return cut_rows(
            ended, lambda line: self._is_row(line, width), lambda line: len(self._fields(line)) == 1
        )

    def _is_row(self, line: str, width: int) -> bool:
        cells = self._fields(line) or self._fields(line + self._dialect.quote)
        return len(cells) >= width and not any(cell.strip() for cell in cells[width:])

    def _fields(self, line: str) -> list[str]:
        """Return the fields of a line, none where its quotes are broken or go on over its end."""
        try:
            return self._dialect.fields(line)
        except QuoteError:
            return []

    def _doubt(self, faults: dict[int, Text], place: int, text: str) -> None:
        if not self._dialect.blank(text):
            faults[place] = messages.rows_or_lines()

    def _uncertain(self, lines: pl.Series) -> list[int]:
        quote, escape = self._dialect.quote, self._dialect.escape
        if not quote:
            return []
        if escape:
            return lines.str.contains(quote, literal=True).arg_true().to_list()
        return (lines.str.count_matches(quote, literal=True) % 2 == 1).arg_true().to_list()

    def _next(self) -> _Part | None:
        part, self._left = self._left, None
        return part if part is not None else next(self._parts, None)

    def _put_back(self, part: _Part, *, undecided: bool) -> None:
        if undecided and (more := self._next()) is not None:
            part = part.before(more)
        self._left = part if len(part.lines) else None

    def _read(self, blocks: Iterator[bytes], stop: int | None) -> Iterator[_Part]:
        marks = [c.encode() for c in (self._dialect.quote, self._dialect.escape) if c]
        last: _Part | None = None
        seen, previous = 0, ""
        for block in blocks:
            lines: Lines[pl.Series] = split(block)
            if last is None and len(lines.lines):
                self._end = self._first_end(lines)
            special = any(mark in block for mark in marks)
            opens = special and self._opens(block)
            part = _Part(lines.lines, lines.ends, special, opens, False, previous)
            if stop is not None and seen + len(part.lines) > stop:
                part = _cut(part, stop - seen)
            seen += len(part.lines)
            previous = part.each_end()[-1] if len(part.lines) else previous
            if last is not None:
                yield last
            last = part
            if seen == stop:
                break
        if last is not None:
            yield replace(last, final=True)

    def _first_end(self, lines: Lines[pl.Series]) -> str:
        """Return how the first record ends: an end of line within its quotes is part of a value."""
        if isinstance(lines.ends, str):
            return lines.ends
        some = lines.lines.to_list()
        record = self._dialect.record(some, 0, None, self._characters, final=False)
        return lines.ends[0 if record is None else record.end - 1]

    def _opens(self, block: bytes) -> bool:
        """Whether some line of a block may leave a quote open: one with an odd number of them."""
        quote = self._dialect.quote.encode()
        if self._dialect.escape or len(quote) != 1:
            return bool(quote)
        others = bytes({*range(256)} - {quote[0], 0x0A, 0x0D})
        # Lines without anything but their quotes: a file has few different ones.
        lines = set(block.translate(None, others).split(b"\n"))
        return any(part.count(quote) % 2 for line in lines for part in line.split(b"\r"))


def _cut(part: _Part, count: int) -> _Part:
    ends = part.ends if isinstance(part.ends, str) else part.ends[:count]
    return replace(part, lines=part.lines.head(count), ends=ends)
