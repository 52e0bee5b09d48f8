"""Records of delimited text as rows of columns: regular ones together, odd ones each by itself.

The quick ways take only records of which it is certain that RFC 4180 reads them the same: every
separator or quote of such a record is accounted for. All others are split one by one.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import polars as pl

from adapters import RowFault
from adapters.formats import RULE_BEGINS, are_headings, is_ruled, text_frame
from adapters.formats.delimited_records import Records
from adapters.formats.quoting import Dialect, QuoteError
from adapters.text import Text
from adapters.text import text_files as messages

#: All that Python takes for blanks.
_BLANKS = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())

#: The two parts of a number whose separator of thousands is one of fields: 1,234.50.
_HEAD, _GROUP = re.compile(r"-?[0-9]{1,3}"), re.compile(r"[0-9]{3}(?:\.[0-9]*)?")

#: Some records as columns, and which records they are.
_Group = tuple[pl.Series, pl.DataFrame]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of some records, and at which places among the records they stand."""

    frame: pl.DataFrame
    places: list[int]
    faults: tuple[RowFault, ...]


@dataclass(frozen=True, slots=True)
class RowMaker:
    """Splits records into the columns of a header."""

    dialect: Dialect
    names: list[str]
    #: Fields of a record as the first ones have them; those beyond the names have no heading.
    fields: int
    #: Most characters of a value.
    characters: int
    #: Whether the names are those of the settings: the file declares no headings of its own.
    headless: bool = False
    #: Fields of the header, empty ones at its end too.
    header: int = 0
    #: Whether most of the first records are longer than the header, and not all: none can be
    #: trusted.
    mixed: bool = False

    def as_first(self, texts: list[str]) -> "RowMaker":
        """Return a maker for records like the first ones of a file.

        Records longer than the headings, by empty fields, are let pass where all of them are: one
        among others is shifted by a separator within a value without quotes, and where most are,
        the others may lack one. Without headings most of them count.
        """
        width = len(self.names)
        counts = Counter(count for text in texts if (count := self._fields_of(text)) >= width)
        ranked = sorted(counts, key=lambda n: (-counts[n], n != self.header, n))
        usual = ranked[0] if ranked else width
        mixed = usual > self.header and len(ranked) > 1 and not self.headless
        return replace(self, fields=width if mixed else usual, mixed=mixed)

    def _fields_of(self, text: str) -> int:
        """Return how many fields a record has; 0 where it cannot be split,
        or fills one too many.
        """
        try:
            cells = self.dialect.fields(text)
        except QuoteError:
            return 0
        return 0 if any(cell.strip() for cell in cells[len(self.names) :]) else len(cells)

    def rows(self, records: Records) -> Rows:
        """Return the rows of records; a record that is blank is none."""
        left = _all(len(records.texts))
        regular = self._regular(records, left)
        groups: list[_Group] = []
        faults: list[tuple[int, str, Text]] = []
        for way in () if self.mixed else self._ways(records):
            if not regular.any():
                break
            mask, frame = self._without_headless(*way(records.texts, regular))
            mask, frame = self._without_parted(mask, frame)
            regular, left = regular & ~mask, left & ~mask
            mask, frame = self._without_blank(records.texts, mask, frame)
            if frame.height:
                groups.append((mask, frame))
        if left.any():
            group, faults = self._odd(records, left)
            groups.append(group)
        return self._without_headings(_ordered(self.names, groups, faults))

    def _without_headings(self, rows: Rows) -> Rows:
        """Refuse rows that are the headings once more, files put together, or a line under them."""
        first = rows.frame[self.names[0]]
        headings = first.str.contains(self.names[0], literal=True).arg_true().to_list()
        ruled = first.str.contains(RULE_BEGINS).arg_true().to_list()
        if not headings and not ruled:
            return rows
        faults = {fault.row: fault for fault in rows.faults}
        for row in headings:
            if are_headings(rows.frame.row(row), self.names):
                text = messages.headings_unexpected if self.headless else messages.headings_again
                faults.setdefault(row, RowFault(row, "format.row", *text()))
        for row in ruled:
            if is_ruled(rows.frame.row(row)):
                faults.setdefault(row, RowFault(row, "format.row", *messages.ruled()))
        return replace(rows, faults=tuple(faults[row] for row in sorted(faults)))

    def _regular(self, records: Records, left: pl.Series) -> pl.Series:
        """Return which of the records left may be split together.

        No broken one, no very long one, and none whose separators overlap.
        """
        mask = _without(left, list(records.faults)) if records.faults else left
        sizes = records.texts.str.len_bytes()
        if _longest(sizes) > self.characters:
            mask = mask & (sizes <= self.characters)
        if (unclear := self.dialect.unclear) is not None:
            mask = mask & ~records.texts.str.contains(unclear)
        return mask

    def _ways(
        self, records: Records
    ) -> Iterator[Callable[[pl.Series, pl.Series], tuple[pl.Series, pl.DataFrame]]]:
        if not records.special:
            yield self._bare
        elif not self.dialect.escape and self.dialect.quote:
            yield self._quoted_all
            yield self._quoted_some

    def _bare(self, texts: pl.Series, mask: pl.Series) -> _Group:
        """Split records without quotes that have as many separators as the header."""
        return self._split(texts, mask, self.dialect.separator)

    def _quoted_all(self, texts: pl.Series, mask: pl.Series) -> _Group:
        """Split records of which every field is quoted and no value has a quote.

        Without its first and last character such a record has two quotes for each separator that
        stands between two of them, and no other quote.
        """
        quote = self.dialect.quote
        mask = mask & texts.str.starts_with(quote) & texts.str.ends_with(quote)
        if not mask.any():
            return mask, text_frame(self.names, [])
        inner = texts.str.strip_prefix(quote).str.strip_suffix(quote)
        mask = mask & (texts.str.len_bytes() - inner.str.len_bytes() == 2 * len(quote.encode()))
        mask, frame = self._split(inner, mask, quote + self.dialect.separator + quote)
        # Each has as many quotes as that at least: where the sum is right, none has more.
        if _total(_chosen(texts, mask), quote) == 2 * self.fields * frame.height:
            return mask, frame
        quotes = inner.filter(mask).str.count_matches(quote, literal=True)
        return _kept(mask, frame, quotes == 2 * (self.fields - 1))

    def _quoted_some(self, texts: pl.Series, mask: pl.Series) -> _Group:
        """Split records whose separators all stand between fields:
        each is bare or neatly quoted.
        """
        quote = self.dialect.quote
        both = 2 * len(quote.encode())
        mask, frame = self._split(texts, mask, self.dialect.separator)
        neat = _all(frame.height)
        columns, taken = [], 0
        for column in frame.get_columns():
            if column.str.starts_with(quote).any():
                inside = column.str.strip_prefix(quote).str.strip_suffix(quote)
                around = column.str.len_bytes() - inside.str.len_bytes()
                quoted = around == both
                neat &= quoted | (around == 0)
                taken += 2 * int(quoted.sum())
                column = inside  # noqa: PLW2901
            columns.append(column)
        stripped = pl.DataFrame(columns)
        # Where the fields have no other quotes than those around them, each is what it seems.
        if neat.all() and _total(_chosen(texts, mask), quote) == taken:
            return mask, stripped
        for column in columns:
            neat &= ~column.str.contains(quote, literal=True)
        return _kept(mask, stripped, neat)

    def _split(self, texts: pl.Series, mask: pl.Series, separator: str) -> _Group:
        """Split those of some records that have as many fields as the header, and say which."""
        parts = _chosen(texts, mask).str.split(separator)
        whole = parts.list.len() == self.fields
        if not whole.all():
            parts = parts.filter(whole)
            mask = _without(mask, mask.arg_true().filter(~whole))
        cells = parts.explode()
        names = [*self.names, *(f"\0{n}" for n in range(self.fields - len(self.names)))]
        columns = [cells.gather_every(self.fields, n).alias(name) for n, name in enumerate(names)]
        return mask, pl.DataFrame(columns)

    def _without_headless(self, mask: pl.Series, frame: pl.DataFrame) -> _Group:
        """Leave away columns without headings; rows that fill one of them are odd."""
        extra = frame.get_columns()[len(self.names) :]
        if not extra or not frame.height:
            return mask, frame.select(self.names)
        frame = frame.select(self.names)
        empty = _all(frame.height)
        for column in extra:
            empty &= column.str.strip_chars().str.len_bytes() == 0
        return _kept(mask, frame, empty)

    def _without_blank(self, texts: pl.Series, mask: pl.Series, frame: pl.DataFrame) -> _Group:
        """Leave away records without a character but separators, blanks and quotes."""
        empty = self.dialect.separator + self.dialect.quote + _BLANKS
        blank = _all(frame.height)
        for column in frame.get_columns():
            blank &= column.str.strip_chars(empty).str.len_bytes() == 0
            if not blank.any():
                return mask, frame
        places = mask.arg_true()
        for row in blank.arg_true():
            blank[row] = self.dialect.blank(texts[places[row]])
        return _kept(mask, frame, ~blank)

    def _odd(self, records: Records, mask: pl.Series) -> tuple[_Group, list[tuple[int, str, Text]]]:
        """Split records one by one, and say of which the row is refused, and why."""
        faults: list[tuple[int, str, Text]] = []
        rows: list[list[str]] = []
        blank: list[int] = []
        for place, text in zip(mask.arg_true(), records.texts.filter(mask), strict=True):
            broken = records.faults.get(place)
            if broken is None and self.dialect.blank(text):
                blank.append(place)
                continue
            row, fault = self.row(text, broken)
            rows.append(row)
            if fault is not None:
                faults.append((place, *fault))
        return (_without(mask, blank), text_frame(self.names, rows)), faults

    def row(
        self, text: str, broken: Text | None = None
    ) -> tuple[list[str], tuple[str, Text] | None]:
        """Return a record's row, and by which rule it is refused, if it is."""
        width = len(self.names)
        try:
            cells = self.dialect.fields(text)
            fault = None if broken is None else ("format.quote", broken)
        except QuoteError as error:
            # Only for people to see: nothing of a refused row goes further.
            cells = text[: self.characters].split(self.dialect.separator)
            fault = ("format.quote", broken or error.text)
        row = ([cell[: self.characters] for cell in cells[:width]] + [""] * width)[:width]
        return row, fault or self._fault(cells)

    def _fault(self, cells: list[str]) -> tuple[str, Text] | None:
        width = len(self.names)
        beyond = [n for n, cell in enumerate(cells[width:], width + 1) if cell.strip()]
        if len(cells) < width or (beyond and len(cells) > max(self.fields, self.header)):
            return "format.row", messages.fields(len(cells), width)
        if beyond:
            place = beyond[0]
            return "format.row", messages.filled_without_heading(place, cells[place - 1])
        if self.mixed:
            return "format.row", messages.mixed_fields(width)
        if len(cells) not in self._counts:
            return "format.row", messages.other_fields(len(cells), self.fields)
        if len(cells) > self.header and self._is_parted(cells):
            return "format.row", messages.number_parted()
        if max(map(len, cells)) > self.characters:
            return "format.value", messages.value_too_long(self.characters)
        return None

    @property
    def _counts(self) -> tuple[int, ...]:
        """How many fields a record may have.

        Excel leaves empty fields at the end out of whole blocks of rows, and has them in the
        header.
        """
        trimmed = self.header > len(self.names) or self.fields == len(self.names)
        return (self.fields, len(self.names)) if trimmed else (self.fields,)

    def _is_parted(self, cells: list[str]) -> bool:
        """Whether two fields look like a number with a separator of thousands, without quotes."""
        if self.dialect.separator != ",":
            return False
        pairs = pairwise(cells)
        return any(_HEAD.fullmatch(one) and _GROUP.fullmatch(other) for one, other in pairs)

    def _without_parted(self, mask: pl.Series, frame: pl.DataFrame) -> _Group:
        """Leave away records that are longer than the header and
        may have a number in two fields.
        """
        if self.fields <= self.header or self.dialect.separator != "," or not frame.height:
            return mask, frame
        parted = ~_all(frame.height)
        columns = frame.get_columns()
        for one, other in pairwise(columns):
            parted |= one.str.contains(f"^(?:{_HEAD.pattern})$") & other.str.contains(
                f"^(?:{_GROUP.pattern})$"
            )
        return _kept(mask, frame, ~parted)


def _total(texts: pl.Series, character: str) -> int:
    """Return how often an ASCII character stands in all texts together, -1 for any other."""
    if len(character) > 1 or not character.isascii():
        return -1
    whole: bytes = texts.str.join("").cast(pl.Binary).item()
    others = bytes({*range(256)} - {ord(character)})
    return len(whole.translate(None, others))


def _longest(sizes: pl.Series) -> int:
    longest = sizes.max()
    return longest if isinstance(longest, int) else 0


def _all(count: int) -> pl.Series:
    return pl.repeat(value=True, n=count, dtype=pl.Boolean, eager=True)


def _without(mask: pl.Series, places: pl.Series | list[int]) -> pl.Series:
    # Series.scatter changes what it is called on.
    return mask.clone().scatter(places, values=False)


def _kept(mask: pl.Series, frame: pl.DataFrame, rows: pl.Series) -> _Group:
    """Return a group with only some of its rows."""
    if rows.all():
        return mask, frame
    return _without(mask, mask.arg_true().filter(~rows)), frame.filter(rows)


def _chosen(texts: pl.Series, mask: pl.Series) -> pl.Series:
    return texts if mask.all() else texts.filter(mask)


def _ordered(names: list[str], groups: list[_Group], faults: list[tuple[int, str, Text]]) -> Rows:
    """Put rows that were split in different ways back into the order of their records."""
    if not groups:
        return Rows(text_frame(names, []), [], ())
    groups = [group for group in groups if group[1].height] or groups[:1]
    if len(groups) == 1:
        [(mask, frame)] = groups
        places = mask.arg_true()
    else:
        unordered = pl.concat([mask.arg_true() for mask, _ in groups])
        order = unordered.arg_sort()
        places = unordered.gather(order)
        frame = pl.concat([frame for _, frame in groups])[order]
    listed = places.to_list()
    row_of = {place: row for row, place in enumerate(listed)} if faults else {}
    refused = [RowFault(row_of[place], rule, *text) for place, rule, text in sorted(faults)]
    return Rows(frame, listed, tuple(refused))
