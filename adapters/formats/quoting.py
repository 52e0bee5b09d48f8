"""Records and fields of delimited text, exactly as RFC 4180 has them: nothing is repaired.

A record is one line, and goes on over line ends only within a quoted field. Where quoting is broken
the record is refused, and the next record begins with the line after the one in which the quote
opened: no other row is touched. A quoted field that holds a line with as many separators as a row
has is not believed: its closing quote may be another row's. Where it closes properly for all that,
nobody can tell a value of several lines from several rows, and each of its lines is refused.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from adapters.text import Text
from adapters.text import text_files as messages

#: Most fields over line ends in a record of which no width is known.
_MOST_OPENED = 1_000
#: How many times as long as a value a record may be, as far as it goes over line ends.
_LONGEST_RECORD = 12


class _State(Enum):
    CLOSED = auto()
    OPEN = auto()
    BROKEN = auto()


class QuoteError(Exception):
    """A record is not quoted as declared; `text` says how, for people."""

    def __init__(self, text: Text) -> None:
        self.text = text
        super().__init__(text.en)


@dataclass(frozen=True, slots=True)
class Record:
    """Where a record ends: with the line before `end`. `fault` says why it is refused, if it is."""

    end: int
    fault: Text | None = None
    #: Records that begin before this line are refused too: they may be lines of this one's value.
    doubtful: int = 0


@dataclass(frozen=True, slots=True)
class Dialect:
    """How fields are separated, quoted and escaped; "" is none."""

    separator: str
    quote: str
    escape: str
    _special: re.Pattern[str] = field(init=False, repr=False, compare=False)
    #: By how many characters two separators may overlap: || does in |||.
    _overlaps: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        signs = [re.escape(c) for c in (self.escape, self.quote) if c]
        object.__setattr__(self, "_special", re.compile("|".join(signs) or r"(?!)"))
        shifts = range(1, len(self.separator))
        overlaps = tuple(n for n in shifts if self.separator.startswith(self.separator[n:]))
        object.__setattr__(self, "_overlaps", overlaps)

    # --- records --------------------------------------------------------------------------------

    def record(
        self, lines: Sequence[str], start: int, width: int | None, limit: int, *, final: bool
    ) -> Record | None:
        """Return where the record that begins at a line ends; None where more lines must be seen.

        `width` is the number of a row's fields, where it is known, and `limit` the most characters
        of a value; with `final` no line follows. A record that goes over line ends in more fields
        than a row has, or is much longer than a value, is broken off: it would be the whole file.
        """
        state = self._state(lines[start], 0) if self.quote else _State.CLOSED
        most = width or _MOST_OPENED
        opened, size, whole, opening = start, 0, 0, 1
        if state is _State.BROKEN:
            # Its fields say what is wrong.
            return Record(start + 1)
        for index in range(start + 1, len(lines)):
            if state is _State.CLOSED:
                return Record(index)
            line = lines[index]
            close = self._closing(line, 0)
            inside = line if close < 0 else line[:close]
            if width is not None and width > 1 and inside.count(self.separator) >= width - 1:
                return self._doubted(lines, opened, width, limit, final=final)
            size += len(inside) + 1
            whole += len(line) + 1
            if size > limit or whole > _LONGEST_RECORD * limit:
                return Record(opened + 1, messages.quote_not_closed())
            if close < 0:
                continue
            state = self._after_field(line, close + 1)
            if state is _State.BROKEN:
                return Record(opened + 1, messages.text_after_quote())
            opening += state is _State.OPEN
            if opening > most:
                # More fields than a row has: what seems to close a quote opens another.
                return Record(opened + 1, messages.quote_not_closed())
            opened, size = index, 0
        if state is _State.CLOSED:
            return Record(len(lines))
        return Record(opened + 1, messages.quote_not_closed()) if final else None

    def _doubted(
        self, lines: Sequence[str], opened: int, width: int, limit: int, *, final: bool
    ) -> Record | None:
        """Return a record of which a field that opened with a line holds what looks like a row."""
        size, opening = 0, 1
        for index in range(opened + 1, len(lines)):
            close = self._closing(lines[index], 0)
            size += len(lines[index]) + 1
            if close < 0 and size <= limit:
                continue
            state = _State.BROKEN if close < 0 else self._after_field(lines[index], close + 1)
            # Behind a separator a quote opens a field, whatever it would close.
            opens = close > 0 and lines[index].endswith(self.separator, 0, close)
            if state is _State.CLOSED and not opens:
                return Record(opened + 1, messages.rows_or_lines(), doubtful=index + 1)
            opening += 1
            if state is not _State.OPEN or opening > width:
                return Record(opened + 1, messages.quote_swallows_rows())
            size = 0
        return Record(opened + 1, messages.quote_swallows_rows()) if final else None

    def _state(self, line: str, place: int) -> _State:
        """Return how a line stands at its end when a field begins at a place."""
        separator, quote = self.separator, self.quote
        while True:
            if line.startswith(quote, place):
                close = self._closing(line, place + 1)
                if close < 0:
                    return _State.OPEN
                place = close + 1
                if place == len(line):
                    return _State.CLOSED
                if not line.startswith(separator, place):
                    return _State.BROKEN
                place += len(separator)
                continue
            end = self._bare_end(line, place)
            if line.find(quote, place, end) >= 0 and self._bare_quote(line[place:end]):
                return _State.BROKEN
            if end == len(line):
                return _State.CLOSED
            place = end + len(separator)

    def _after_field(self, line: str, place: int) -> _State:
        if place == len(line):
            return _State.CLOSED
        if not line.startswith(self.separator, place):
            return _State.BROKEN
        return self._state(line, place + len(self.separator))

    def _closing(self, line: str, place: int) -> int:
        """Return where a quoted field that is open at a place closes, -1 where it does not."""
        while (special := self._special.search(line, place)) is not None:
            start = special.start()
            if line[start] == self.escape or line.startswith(self.quote, start + 1):
                place = start + 2
            else:
                return start
        return -1

    def _bare_end(self, line: str, place: int) -> int:
        """Return where a field without quotes ends: at the next separator that is not escaped."""
        end = line.find(self.separator, place)
        if end < 0:
            return len(line)
        if not self.escape or line.find(self.escape, place, end) < 0:
            return end
        while place < len(line):
            if line.startswith(self.separator, place):
                return place
            place += 2 if line[place] == self.escape else 1
        return len(line)

    def _bare_quote(self, cell: str) -> bool:
        """Whether a cell without quotes around it has one within that is not escaped."""
        if self.escape:
            cell = re.sub(f"{re.escape(self.escape)}.", "", cell, flags=re.DOTALL)
        return self.quote in cell

    # --- fields ---------------------------------------------------------------------------------

    def fields(self, record: str) -> list[str]:
        """Return a record's fields exactly; raises QuoteError."""
        plain = not self.escape and (not self.quote or self.quote not in record)
        if plain and not self._overlaps:
            return record.split(self.separator)
        cells: list[str] = []
        place = 0
        while True:
            if self.quote and record.startswith(self.quote, place):
                cell, place = self._quoted(record, place)
            else:
                end = self._bare_end(record, place)
                if self._overlaps and self._is_unclear(record, end):
                    raise QuoteError(messages.unclear_separator(self.separator))
                cell, place = self._bare(record[place:end]), end
            cells.append(cell)
            if place == len(record):
                return cells
            if not record.startswith(self.separator, place):
                raise QuoteError(messages.text_after_quote())
            place += len(self.separator)

    def _is_unclear(self, record: str, place: int) -> bool:
        """Whether the separator at a place overlaps another: a value may end or begin within.

        Separators of one repeated character are clear where a whole number of them stands there.
        """
        first = self.separator[0]
        if self.separator.strip(first):
            return any(record.startswith(self.separator, place + n) for n in self._overlaps)
        end = place
        while record.startswith(first, end):
            end += 1
        return (end - place) % len(self.separator) > 0

    @property
    def unclear(self) -> str | None:
        """Return the pattern of a record without quotes that has separators which overlap."""
        if not self._overlaps:
            return None
        one, size = rf"\x{{{ord(self.separator[0]):x}}}", len(self.separator)
        if self.separator.strip(self.separator[0]):
            tails = (self.separator[-n:] for n in self._overlaps)
            pieces = (self.separator + tail for tail in tails)
            return "|".join("".join(rf"\x{{{ord(c):x}}}" for c in piece) for piece in pieces)
        return f"(?:^|[^{one}])(?:{one}{{{size}}})+{one}{{1,{size - 1}}}(?:[^{one}]|$)"

    def _quoted(self, record: str, place: int) -> tuple[str, int]:
        close = self._closing(record, place + 1)
        if close < 0:
            raise QuoteError(messages.quote_not_closed())
        inner = record[place + 1 : close]
        if not self.escape:
            return inner.replace(self.quote * 2, self.quote), close + 1
        doubled = f"{re.escape(self.quote * 2)}|"
        return self._unescaped(inner, doubled, self.quote), close + 1

    def _bare(self, cell: str) -> str:
        if self.quote and self.quote in cell and self._bare_quote(cell):
            raise QuoteError(messages.quote_in_bare_value())
        # MySQL's NULL is for the mapping to judge.
        if not self.escape or self.escape not in cell or cell == f"{self.escape}N":
            return cell
        return self._unescaped(cell, "", "")

    def _unescaped(self, text: str, doubled: str, quote: str) -> str:
        """Take escapes away where they stand before what needs one; raises QuoteError elsewhere."""
        escape = re.escape(self.escape)
        needing = "|".join(
            re.escape(c) for c in (self.escape, self.quote, self.separator, "\r\n", "\n", "\r") if c
        )

        def plain(match: re.Match[str]) -> str:
            whole = match.group()
            if whole == quote * 2 and quote:
                return quote
            if len(whole) == 1:
                raise QuoteError(messages.lone_escape())
            return whole[1:]

        return re.sub(f"{doubled}{escape}(?:{needing})|{escape}", plain, text)

    # --- blanks ---------------------------------------------------------------------------------

    def blank(self, record: str) -> bool:
        """Whether a record has no character but separators, blanks and quotes."""
        bare = record.replace(self.separator, "")
        return not (bare.replace(self.quote, "") if self.quote else bare).strip()
