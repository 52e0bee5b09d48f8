"""A look over a whole worksheet before its first row counts: its reach, merged ranges, wholeness.

Cells are counted by their tags in plain XML and by a parser in any other; no value is kept.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from adapters.formats import FormatError
from adapters.formats.workbook.archive import Archive, damaged, feed, new_parser
from adapters.formats.workbook.markup import check_cells, check_grid, column_number
from adapters.formats.workbook.plain import has_more_than_tags, is_utf8
from adapters.input_limits import input_limits
from adapters.text import workbook_things, workbooks

_DATA = re.compile(rb"<((?:[A-Za-z_][\w.-]*:)?)sheetData\s*>")
_RANGE = re.compile(r"\$?[A-Z]{1,3}\$?([0-9]{1,7})(?::\$?[A-Z]{1,3}\$?([0-9]{1,7}))?")
_LETTERS = re.compile(rb"[A-Z]{1,3}")
_ROW_NUMBER = re.compile(rb'r="([0-9]{1,7})"')
#: Bytes before the first row: columns, views and the like.
_HEAD_LIMIT = 1 << 24


@dataclass(slots=True)
class Spans:
    """Rows that merged ranges reach over,
    at a cost that does not grow with how many rows those are.
    """

    ranges: list[tuple[int, int]] = field(default_factory=list)
    _starts: list[int] = field(default_factory=list)
    _ends: list[int] = field(default_factory=list)

    def add(self, first: int, last: int) -> None:
        """Note a range of rows; raises FormatError for one too many."""
        if len(self.ranges) >= (limit := input_limits().merges):
            raise FormatError(
                "format.size", *workbooks.too_many(*workbook_things.merged_ranges(), limit)
            )
        self.ranges.append((min(first, last), max(first, last)))

    def settle(self) -> None:
        """Put ranges that touch together; call once all are there."""
        self._starts, self._ends = [], []
        for first, last in sorted(self.ranges):
            if self._ends and first <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], last)
            else:
                self._starts.append(first)
                self._ends.append(last)

    def __contains__(self, row: int) -> bool:
        place = bisect_right(self._starts, row) - 1
        return place >= 0 and row <= self._ends[place]


class _Survey:
    def __init__(self, part: str) -> None:
        self.merged = Spans()
        self._part = part
        self._parser = new_parser()
        self._parser.StartElementHandler = self._start
        self._cells = self._rows = self._columns = 0

    def feed(self, data: bytes, last: bool = False) -> None:
        feed(self._parser, self._part, data, last)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition("}")[2]
        if name == "mergeCell":
            match = _RANGE.fullmatch(attributes.get("ref", ""))
            if match is None:
                raise damaged(workbooks.bad_reference(attributes.get("ref", "")))
            self.merged.add(int(match.group(1)), int(match.group(2) or match.group(1)))
        elif name == "c":
            self._cells += 1

    def check_cells(self, blocks: Iterator[bytes], prefix: bytes | None) -> None:
        """Raise FormatError for too many cells;
        those of plain rows are counted where they can be too many.
        """
        check_cells(self._cells)
        if prefix is not None and self._rows * self._columns > input_limits().cells:
            cell = b"<%sc " % prefix
            check_cells(self._cells + sum(block.count(cell) for block in blocks))

    def look(self, segment: bytes, prefix: bytes) -> None:
        """Note the last cell of plain rows."""
        row = b"<%srow " % prefix
        first = b'<%sc r="' % prefix
        end = b"</%srow>" % prefix
        skip = len(first)
        starts = {
            piece[place + skip : place + skip + 3]
            for piece in segment.split(end)
            if (place := piece.rfind(first)) >= 0
        }
        for start in starts:
            if letters := _LETTERS.match(start):
                self._columns = max(self._columns, column_number(letters.group().decode()) + 1)
        if number := _ROW_NUMBER.search(segment, max(segment.rfind(row), 0)):
            self._rows = max(self._rows, int(number.group(1)))
        check_grid(self._rows, self._columns)


def survey_sheet(archive: Archive, part: str) -> Spans:
    """Return the rows of a sheet that are merged.

    Raises FormatError for a part that is broken or cut off, or has more cells, merged ranges or a
    last cell further away than the limits allow.
    """
    survey = _Survey(part)
    blocks = archive.blocks(part)
    head, prefix = _head(blocks)
    if prefix is None or not (data := _DATA.search(head)):
        survey.feed(head)
        for block in blocks:
            survey.feed(block)
    else:
        _survey_plain(survey, head, data.end(), blocks, prefix)
    survey.feed(b"", last=True)
    survey.check_cells(archive.blocks(part), prefix)
    survey.merged.settle()
    return survey.merged


def _head(blocks: Iterator[bytes]) -> tuple[bytes, bytes | None]:
    """Return what was read up to the first row at least, and the prefix of its tags;
    None if not plain.
    """
    head = b""
    for block in blocks:
        head += block
        if not is_utf8(head) or len(head) > _HEAD_LIMIT or b"<!" in head:
            return head, None
        if match := _DATA.search(head):
            return head, match.group(1)
    return head, None


def _survey_plain(
    survey: _Survey, head: bytes, start: int, blocks: Iterator[bytes], prefix: bytes
) -> None:
    """Look over plain rows, and have all that stands around them parsed."""
    survey.feed(head[:start])
    carry, data_end = head[start:], b"</%ssheetData" % prefix
    row_end = b"</%srow>" % prefix
    while True:
        odd = has_more_than_tags(carry)
        if odd or (place := carry.find(data_end)) >= 0:
            if not odd:
                survey.look(carry[:place], prefix)
                carry = carry[place:]
            survey.feed(carry)
            break
        if cut := carry.rfind(row_end) + 1:
            cut += len(row_end) - 1
            survey.look(carry[:cut], prefix)
            carry = carry[cut:]
        if len(carry) > _HEAD_LIMIT:
            survey.feed(carry)
            break
        block = next(blocks, b"")
        if not block:
            survey.feed(carry)
            break
        carry += block
    for block in blocks:
        survey.feed(block)
