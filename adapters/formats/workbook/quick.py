"""A quick way for the plainest rows: a pattern made of those that a parser has read before.

Programs write every row of a sheet alike: the same columns with the same attributes. The pattern
takes exactly the forms of cells that it was taught and nothing else, so that what does not suit
goes
to the parser, row by row, and either way gives the same.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from adapters.formats.workbook.cells import (
    CellError,
    Layout,
    boolean_text,
    shown_number,
    text_under,
)
from adapters.formats.workbook.markup import Row, column_number, shared_string, unescaped
from adapters.formats.workbook.number_formats import NumberFormat
from adapters.formats.workbook.plain import ATTRIBUTE, TEXT, as_parsed
from adapters.input_limits import input_limits
from adapters.text import Text, workbooks

#: Rows with more columns go to the parser: a pattern that fails costs the square of its columns.
COLUMNS_LIMIT = 160
#: How often the pattern is made anew, and how many numbers and dates of a column are remembered.
LESSONS = 48
#: Rows read by the parser before a pattern is made: making one costs as much as a hundred rows.
PATIENCE = 16
REMEMBERED = 4096
_SIMPLE = re.compile(r"[1-9][0-9]{0,13}|-?(?:0|[1-9][0-9]{0,7})\.[0-9]{0,5}[1-9]|0")
_NAMES = re.compile(r" ([\w.:-]+)=")

Written = tuple[str | None, ...]
Convert = Callable[[str], str]


class _Values(Protocol):
    """How what is written in the cells of one form becomes text."""

    def one(self, written: str) -> str:
        """Return the text of a cell; raises CellError."""
        ...

    def column(self, written: Written) -> list[str]:
        """Return the texts of a column, "" for None; raises CellError where any would."""
        ...


class _Shared:
    def __init__(self, strings: list[str], column: int, *, any_too_long: bool) -> None:
        self._strings, self._column, self._any_too_long = strings, column, any_too_long

    def one(self, written: str) -> str:
        return shared_string(self._strings, written, self._column)

    def column(self, written: Written) -> list[str]:
        strings = self._strings
        if self._any_too_long:
            return ["" if value is None else self.one(value) for value in written]
        try:
            return ["" if value is None else strings[int(value)] for value in written]
        except IndexError:
            return ["" if value is None else self.one(value) for value in written]


class _Inline:
    def __init__(self, style: NumberFormat, column: int) -> None:
        self._style, self._column = style, column

    def one(self, written: str) -> str:
        return text_under(unescaped(as_parsed(written)), self._style, self._column)

    def column(self, written: Written) -> list[str]:
        values = [value or "" for value in written]
        together = "".join(values)
        if "&" in together or "_x" in together or "\r" in together:
            return [self.one(value) for value in values]
        return values


class _Worked(dict[str | None, str]):
    """Numbers, dates and the like: each worked out once."""

    def __init__(self, convert: Convert) -> None:
        super().__init__({None: ""})
        self.one = convert

    def __missing__(self, written: str) -> str:
        text = self.one(written)
        if len(self) > REMEMBERED:
            self.clear()
            self[None] = ""
        self[written] = text
        return text

    def column(self, written: Written) -> list[str]:
        return [self[value] for value in written]


@dataclass(slots=True)
class Block:
    """Rows read at once: columns of texts, and faults by place."""

    numbers: list[int]
    columns: list[list[str]]
    faults: dict[int, tuple[str, Text]] = field(default_factory=dict)
    #: Rows that the parser read, by place.
    slow: dict[int, Row] = field(default_factory=dict)


class QuickRows:
    """A pattern that learns, and what its groups mean."""

    def __init__(self, prefix: str, layout: Layout, strings: list[str], width: int) -> None:
        self._layout, self._strings, self._width = layout, strings, width
        limit = input_limits().characters
        self._any_too_long = any(len(text) > limit for text in strings)
        self._prefix = p = re.escape(prefix)
        self._heads: dict[str, None] = {}
        #: Columns that not every row has.
        self._optional: set[int] = set()
        #: Rows learned from since the pattern was made, and whether they taught anything.
        self._since = 0
        self._news = False
        #: By column, the patterns of its forms, with the values of those that have one.
        self._forms: dict[int, dict[str, _Values | None]] = {}
        self._lessons = 0
        formula = rf"<{p}f>(?:[^<>&\x00-\x1f]|&(?:amp|lt|gt|quot|apos);)*</{p}f>"
        self._formula = formula
        cell = (
            rf'<{p}c r="([A-Z]{{1,3}})([0-9]+)"((?: [st]="[A-Za-z0-9]*")*)'
            rf"(?:(/>|></{p}c>)|>({formula})?<{p}v>({TEXT})</{p}v></{p}c>"
            rf'|><{p}is><{p}t( xml:space="preserve")?>({TEXT})</{p}t></{p}is></{p}c>)'
        )
        self._cell = re.compile(cell)
        self._row = re.compile(
            rf'\s*<{p}row r="([0-9]+)"((?: [A-Za-z][\w.:-]*="{ATTRIBUTE}")*)>((?:{cell})*)</{p}row>'
        )
        self._meaning: list[tuple[int, _Values]] = []
        #: Matches a row at a place of the markup.
        self.match: Callable[[str, int], re.Match[str] | None] = lambda *_: None

    @property
    def groups(self) -> int:
        """Return the number of groups of a match: the row's number and its values."""
        return len(self._meaning) + 1

    def learn(self, markup: str) -> bool:
        """Learn the forms of a row that the parser has read;
        return whether it is time to `compile`.

        The block of what was matched before must be made first.
        """
        self._since += 1
        if self._lessons < LESSONS:
            self._news |= self._take(markup)
        return self._news and self._since >= PATIENCE

    def _take(self, markup: str) -> bool:
        """Whether a row has a form that is not known yet."""
        match = self._row.fullmatch(markup)
        if match is None:
            return False
        number, head, body = match.group(1, 2, 3)
        names = _NAMES.findall(head)
        cells = list(self._cell.finditer(body))
        columns = [column_number(cell.group(1)) for cell in cells]
        orderly = columns == sorted(set(columns)) and columns[-1:] < [COLUMNS_LIMIT]
        known = len(set(names)) == len(names) and not any(n == "r" or "xmlns" in n for n in names)
        if not (cells and orderly and known and all(cell.group(2) == number for cell in cells)):
            return False
        changed = self._add(self._heads, "".join(rf' {name}="{ATTRIBUTE}"' for name in names), None)
        before = set(self._forms)
        for column, cell in zip(columns, cells, strict=True):
            if (form := self._form(column, cell)) is not None:
                changed |= self._add(self._forms.setdefault(column, {}), *form)
        new = set(self._forms) - before if before else set()
        absent = new | (before - set(columns))
        changed |= not absent <= self._optional
        self._optional |= absent
        return changed

    @staticmethod
    def _add(
        known: dict[str, _Values | None] | dict[str, None], pattern: str, values: _Values | None
    ) -> bool:
        if pattern in known:
            return False
        known[pattern] = values  # type: ignore[assignment]
        return True

    def _form(self, column: int, cell: re.Match[str]) -> tuple[str, _Values | None] | None:
        """Return the pattern and values of a form; None for one that only the parser may read."""
        attributes, blank, formula, value, space = cell.group(3, 4, 5, 6, 7)
        kinds = dict(re.findall(r' ([st])="([A-Za-z0-9]*)"', attributes))
        if len(kinds) < attributes.count("="):
            return None
        if blank:
            return re.escape(attributes + blank), None
        values = self._values(column, kinds.get("t", "n"), kinds.get("s", "0"), value is None)
        if values is None or column >= self._width or (formula and self._layout.uncalculated):
            return None
        pattern, reader = values
        p = self._prefix
        if value is None:
            inner = f"<{p}is><{p}t{space or ''}>({pattern})</{p}t></{p}is>"
        else:
            inner = f"{self._formula if formula else ''}<{p}v>({pattern})</{p}v>"
        return f"{re.escape(attributes)}>{inner}</{p}c>", reader

    def _values(
        self, column: int, kind: str, style: str, inline: bool
    ) -> tuple[str, _Values] | None:
        if not style.isdecimal() or len(style) > 6 or int(style) >= len(self._layout.formats):
            return None
        form = self._layout.formats[int(style)]
        if inline != (kind == "inlineStr") or (form.text_literal and kind not in ("n", "b")):
            return None
        match kind:
            case "s":
                return "[0-9]{1,9}", _Shared(self._strings, column, any_too_long=self._any_too_long)
            case "n":
                return "[0-9.eE+-]{1,40}", _Worked(self._number(form, column))
            case "b":
                return "[01]", _Worked(lambda written: boolean_text(written, column))
            case "inlineStr" | "str":
                return TEXT, _Inline(form, column)
            case _:
                return None

    def _number(self, form: NumberFormat, column: int) -> Convert:
        layout = self._layout

        def convert(written: str) -> str:
            if form.is_stored and _SIMPLE.fullmatch(written):
                return written
            return shown_number(written, form, layout, column)

        return convert

    def compile(self) -> None:
        """Make the pattern anew of all forms that were learned."""
        self._lessons, self._since, self._news = self._lessons + 1, 0, False
        p = self._prefix
        parts = [rf'\s*<{p}row r="([0-9]{{1,7}})"(?:{"|".join(self._heads)})>(?=<{p}c )']
        self._meaning = []
        for column in sorted(self._forms):
            forms = self._forms[column]
            letters = workbooks.letters(column)
            cell = rf'<{p}c r="{letters}\1"(?:{"|".join(forms)})'
            parts.append(f"(?:{cell})?" if column in self._optional else cell)
            self._meaning += [(column, values) for values in forms.values() if values is not None]
        parts.append(f"</{p}row>")
        self.match = re.compile("".join(parts)).match

    def block(self, run: list[Written], slow: dict[int, Row]) -> Block:
        """Return a run of matches as columns of texts, with the parser's rows put in their places.

        Raises NotPlainError where a text is no well-formed XML.
        """
        numbers, *groups = zip(*run, strict=True)
        columns: list[list[str]] = [[] for _ in range(self._width)]
        block = Block([int(number or 0) for number in numbers], columns, slow=slow)
        for (column, values), written in zip(self._meaning, groups, strict=True):
            texts = _texts(values, written, block.faults)
            before = columns[column]
            columns[column] = (
                [a or b for a, b in zip(before, texts, strict=True)] if before else texts
            )
        for column, texts in enumerate(columns):
            if not texts:
                columns[column] = [""] * len(run)
        for place, row in slow.items():
            for column in range(self._width):
                columns[column][place] = row.values.get(column, "")
            if row.fault is not None:
                block.faults[place] = row.fault
        return block


def _texts(values: _Values, written: Written, faults: dict[int, tuple[str, Text]]) -> list[str]:
    try:
        return values.column(written)
    except CellError:
        return [_one(values, value, place, faults) for place, value in enumerate(written)]


def _one(
    values: _Values, written: str | None, place: int, faults: dict[int, tuple[str, Text]]
) -> str:
    if written is None:
        return ""
    try:
        return values.one(written)
    except CellError as fault:
        faults.setdefault(place, (fault.rule, fault.text))
    return written[:100]
