"""RFC 4180, a character at a time; a row whose quoting does not hold costs no other row."""

from dataclasses import dataclass
from typing import Any

from tests.oracles import FOOTER, NoDocument, Rows
from tests.oracles.text_oracle import content, decoded, lines

#: A line and what ends it.
Line = tuple[str, str]


@dataclass(frozen=True)
class Record:
    """The cells of a record, None where its quoting does not hold; its text as it stands."""

    cells: list[str] | None
    text: str
    #: It ends with the line of a quote that is never closed, or closes where it may not.
    cut: bool = False


def read(data: bytes, settings: dict[str, Any]) -> Rows:
    """Return the rows under the headings, numbered as records are from the first line on."""
    encoding = settings["encoding"]
    text = decoded(content(data, encoding), encoding)
    reader = _Reader(settings)
    rest, footer = reader.without_footer(lines(text))
    headings = settings.get("header_row", 1)
    titles, rest = reader.take(rest, max(headings - 1, 0), None)
    names = list(settings.get("columns", ()))
    number = len(titles)
    if headings:
        header, rest = reader.take(rest, 1, None)
        names = _names(header)
        number += 1
    explanations, rest = reader.take(rest, settings.get("explanation_rows", 0), len(names))
    number += len(explanations)
    rows: Rows = {}
    records, _ = reader.take(rest, len(rest), len(names))
    for record in records:
        number += 1
        if not reader.blank(record):
            rows[number] = _row(record, names)
    for line, _ in footer:
        number += 1
        if not reader.blank(Record([], line)):
            rows[number] = FOOTER
    explained = any(not reader.blank(record) for record in explanations)
    if not rows and (explained or not headings):
        raise NoDocument("rows")
    return rows


def _names(header: list[Record]) -> list[str]:
    if not header or header[0].cells is None:
        raise NoDocument("headings")
    names = [name.strip() for name in header[0].cells]
    while names and not names[-1]:
        names.pop()
    if not names or not all(names) or len(set(names)) != len(names):
        raise NoDocument("headings")
    return names


def _row(record: Record, names: list[str]) -> dict[str, str] | None:
    if record.cells is None:
        return None
    cells, beyond = record.cells[: len(names)], record.cells[len(names) :]
    if len(cells) != len(names) or any(cell.strip() for cell in beyond):
        return None
    if any("\ufffd" in cell for cell in cells):
        return None
    return dict(zip(names, cells, strict=True))


class _Reader:
    def __init__(self, settings: dict[str, Any]) -> None:
        self.separator = settings.get("separator", ",")
        self.quote = settings.get("quote", '"')
        self.escape = settings.get("escape", "")
        self.footer = settings.get("footer_lines", 0)

    def blank(self, record: Record) -> bool:
        if record.cut:
            return False
        bare = record.text.replace(self.separator, "")
        return not (bare.replace(self.quote, "") if self.quote else bare).strip()

    def without_footer(self, every: list[Line]) -> tuple[list[Line], list[Line]]:
        """Return the lines before the footer, which are the last that are not blank; the footer."""
        wanted, place = self.footer, len(every)
        while wanted and place:
            place -= 1
            wanted -= not self.blank(Record([], every[place][0]))
        return ([], every) if wanted else (every[:place], every[place:])

    def take(
        self, rest: list[Line], count: int, width: int | None
    ) -> tuple[list[Record], list[Line]]:
        """Return some records and the lines behind them."""
        records: list[Record] = []
        while len(records) < count and rest:
            record, used = self.record(rest, width)
            records.append(record)
            rest = rest[used:]
        return records, rest

    def record(self, rest: list[Line], width: int | None) -> tuple[Record, int]:
        """Return the record that begins with a line, and how many lines it has.

        Its last line is one that is not within quotes at its end; where a quote cannot be believed,
        the line in which it opened.
        """
        cells: list[str] = []
        line = at = 0
        #: The line in which the quoted field opened that led to this line.
        doubtful = 0
        #: Fields that went on over the end of a line.
        over_lines = 0

        def broken(last: int) -> tuple[Record, int]:
            cut = last < line or last != doubtful or unclosed
            return Record(None, _text(rest[: last + 1]), cut), last + 1

        while True:
            text, unclosed = rest[line][0], False
            if self.quote and text.startswith(self.quote, at):
                read = self.quoted(rest, line, at + 1, width)
                over_lines += read is None or read[1] > line
                if (read is None or read[1] > line) and width and over_lines > width:
                    # More fields than a row has: the quote before this one was none.
                    return broken(doubtful)
                if read is None:
                    unclosed = True
                    return broken(line)
                cell, last, at = read
                if last > line:
                    doubtful, line = line, last
                text = rest[line][0]
                sound = at == len(text) or text.startswith(self.separator, at)
            else:
                cell, at, sound = self.bare(text, at)
            if not sound:
                # Text behind a closing quote, or a quote in a bare field: where a quoted field led
                # to this line, it is that one's end which is not believed.
                return broken(doubtful)
            cells.append(cell)
            if at == len(text):
                whole = None if _LONE in cells else cells
                return Record(whole, _text(rest[: line + 1])), line + 1
            at += len(self.separator)

    def bare(self, text: str, at: int) -> tuple[str, int, bool]:
        """Return a field without quotes, where it ends, and whether no quote stands in it."""
        begin, characters, sound, lone = at, "", True, False
        while at < len(text) and not text.startswith(self.separator, at):
            if self.escape and text[at] == self.escape:
                following = text[at + 1 : at + 2]
                lone |= not self.may_be_escaped(following)
                characters += following
                at = min(at + 2, len(text))
                continue
            sound &= text[at] != self.quote
            characters += text[at]
            at += 1
        if self.escape and text[begin:at] == f"{self.escape}N":
            return text[begin:at], at, True
        return _LONE if lone and sound else characters, at, sound

    def may_be_escaped(self, character: str) -> bool:
        return character != "" and character in (self.escape, self.quote, self.separator)

    def quoted(
        self, rest: list[Line], line: int, at: int, width: int | None
    ) -> tuple[str, int, int] | None:
        """Return a quoted field, its last line and its end; None: it must not be believed."""
        characters, lone = "", False
        begun = at
        first = line
        while True:
            text = rest[line][0]
            if at >= len(text):
                if line > first and self.is_row(text[begun:], width):
                    return None
                if line + 1 == len(rest):
                    return None
                characters += rest[line][1]
                line, at, begun = line + 1, 0, 0
                continue
            character = text[at]
            if self.escape and character == self.escape:
                following = text[at + 1 : at + 2]
                # Behind an escape the end of the line belongs to the value.
                lone |= following != "" and not self.may_be_escaped(following)
                characters += following
                at += 2
            elif character != self.quote:
                characters += character
                at += 1
            elif text.startswith(self.quote, at + 1):
                characters += self.quote
                at += 2
            else:
                if line > first and self.is_row(text[begun:at], width):
                    return None
                return _LONE if lone else characters, line, at + 1

    def is_row(self, text: str, width: int | None) -> bool:
        """Whether a line within quotes has as many separators as a row: it is one by itself."""
        return width is not None and width > 1 and text.count(self.separator) >= width - 1


#: In the place of a cell that has an escape before what needs none.
_LONE = "\0lone escape\0"


def _text(some: list[Line]) -> str:
    return "".join(text + end for text, end in some)
