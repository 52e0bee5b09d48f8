"""Records of delimited text as rows of columns: regular ones together, odd ones each by itself.

The quick ways take only records of which it is certain that RFC 4180 reads them the same: every
separator or quote of such a record is accounted for. All others are split one by one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import polars as pl

from adapters import RowFault
from adapters.formats import text_frame
from adapters.formats.delimited_records import Records
from adapters.formats.quoting import Dialect, QuoteError
from adapters.text import Text
from adapters.text import text_files as messages

#: Blanks, beside separators and quotes, of which a record may consist that is blank.
_BLANKS = " \t\u3000\xa0\x0b\x0c"

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
    #: Fields of the header as it stands; those beyond the names have no heading.
    fields: int
    #: Most characters of a value.
    characters: int

    def rows(self, records: Records) -> Rows:
        """Return the rows of records; a record that is blank is none."""
        texts = records.texts
        left = _all(len(texts))
        if blank := [p for p in self._blank(texts) if p not in records.faults]:
            left = left.scatter(blank, False)  # noqa: FBT003
        regular = self._regular(records, left)
        groups: list[_Group] = []
        faults: list[tuple[int, str, Text]] = []
        for way in self._ways(records):
            if not regular.any():
                break
            mask, frame = self._without_headless(*way(texts, regular))
            if frame.height:
                groups.append((mask, frame))
                regular, left = regular & ~mask, left & ~mask
        if left.any():
            group, faults = self._odd(records, left)
            groups.append(group)
        return _ordered(self.names, groups, faults)

    def _blank(self, texts: pl.Series) -> list[int]:
        around = self.dialect.separator + self.dialect.quote + _BLANKS
        candidates = texts.str.slice(0, 1).is_in(["", *around]).arg_true()
        if not len(candidates):
            return []
        bare = texts.gather(candidates).str.strip_chars(around).str.len_bytes() == 0
        return [place for place in candidates.filter(bare) if self.dialect.blank(texts[place])]

    def _regular(self, records: Records, left: pl.Series) -> pl.Series:
        """Return which of the records left may be split together: no broken one, no very long one."""
        mask = left.clone()
        if records.faults:
            mask = mask.scatter(list(records.faults), False)  # noqa: FBT003
        sizes = records.texts.str.len_bytes()
        if _longest(sizes) > self.characters:
            mask &= sizes <= self.characters
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
        separator, count = self.dialect.separator, self.fields - 1
        if count and mask.all() and _total(texts, separator) == count * len(texts):
            # With no field missing in any record, none has a separator too many either.
            frame = self._split(texts, separator)
            if not frame.get_columns()[-1].null_count():
                return mask, frame
        mask = mask & (texts.str.count_matches(separator, literal=True) == count)
        return mask, self._split(_chosen(texts, mask), separator)

    def _quoted_all(self, texts: pl.Series, mask: pl.Series) -> _Group:
        """Split records of which every field is quoted and no value has a quote.

        Without its first and last character such a record has two quotes for each separator that
        stands between two of them, and no other quote.
        """
        quote, count = self.dialect.quote, self.fields - 1
        between = quote + self.dialect.separator + quote
        inner = texts.str.strip_prefix(quote).str.strip_suffix(quote)
        mask = mask & (texts.str.len_bytes() - inner.str.len_bytes() == 2 * len(quote.encode()))
        if mask.all() and _total(texts, quote) == 2 * self.fields * len(texts):
            frame = self._split(inner, between)
            if not frame.get_columns()[-1].null_count():
                return mask, frame
        mask &= inner.str.count_matches(quote, literal=True) == 2 * count
        mask &= inner.str.count_matches(between, literal=True) == count
        return mask, self._split(_chosen(inner, mask), between)

    def _quoted_some(self, texts: pl.Series, mask: pl.Series) -> _Group:
        """Split records whose separators all stand between fields: each is bare or neatly quoted."""
        quote = self.dialect.quote
        separators = texts.str.count_matches(self.dialect.separator, literal=True)
        mask = mask & (separators == self.fields - 1)
        frame = self._split(_chosen(texts, mask), self.dialect.separator)
        neat = _all(frame.height)
        columns = []
        for column in frame.get_columns():
            quotes = column.str.count_matches(quote, literal=True)
            if quotes.max():
                inside = column.str.strip_prefix(quote).str.strip_suffix(quote)
                stripped = column.str.len_bytes() - inside.str.len_bytes() == 2 * len(quote.encode())
                neat &= (quotes == 0) | ((quotes == 2) & stripped)
                column = inside
            columns.append(column)
        frame = pl.DataFrame(columns)
        if neat.all():
            return mask, frame
        return mask.scatter(mask.arg_true().filter(~neat), False), frame.filter(neat)  # noqa: FBT003

    def _split(self, texts: pl.Series, separator: str) -> pl.DataFrame:
        names = [*self.names, *(f"\0{n}" for n in range(self.fields - len(self.names)))]
        if self.fields == 1:
            return pl.DataFrame([texts.alias(names[0])])
        parts = texts.str.split_exact(separator, self.fields - 1)
        return parts.struct.rename_fields(names).struct.unnest()

    def _without_headless(self, mask: pl.Series, frame: pl.DataFrame) -> _Group:
        """Leave away columns without headings; rows that fill one of them are odd."""
        extra = frame.get_columns()[len(self.names) :]
        if not extra:
            return mask, frame
        frame = frame.select(self.names)
        empty = _all(frame.height)
        for column in extra:
            empty &= column.str.strip_chars().str.len_bytes() == 0
        if empty.all():
            return mask, frame
        return mask.scatter(mask.arg_true().filter(~empty), False), frame.filter(empty)  # noqa: FBT003

    def _odd(self, records: Records, mask: pl.Series) -> tuple[_Group, list[tuple[int, str, Text]]]:
        """Split records one by one, and say of which the row is refused, and why."""
        faults: list[tuple[int, str, Text]] = []
        rows: list[list[str]] = []
        for place, text in zip(mask.arg_true(), records.texts.filter(mask), strict=True):
            broken = records.faults.get(place)
            row, fault = self._one(text, broken)
            rows.append(row)
            if fault is not None:
                faults.append((place, *fault))
        return (mask, text_frame(self.names, rows)), faults

    def _one(self, text: str, broken: Text | None) -> tuple[list[str], tuple[str, Text] | None]:
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
        if len(cells) < width or (beyond and len(cells) > self.fields):
            return "format.row", messages.fields(len(cells), width)
        if beyond:
            place = beyond[0]
            return "format.row", messages.filled_without_heading(place, cells[place - 1])
        if max(map(len, cells)) > self.characters:
            return "format.value", messages.value_too_long(self.characters)
        return None


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


def _chosen(texts: pl.Series, mask: pl.Series) -> pl.Series:
    return texts if mask.all() else texts.filter(mask)


def _ordered(
    names: list[str], groups: list[_Group], faults: list[tuple[int, str, Text]]
) -> Rows:
    """Put rows that were split in different ways back into the order of their records."""
    if not groups:
        return Rows(text_frame(names, []), [], ())
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
