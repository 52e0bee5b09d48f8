"""Whether what stands where a footer is declared is one, or a row of a file that has none.

What is taken for a footer is left out, so doubt speaks for a row, which is refused by its number. A
footer shows itself by a word (合计, 共3条, TRAILER), by the number of rows, or by cells that are empty or
of another kind where the rows before it all have one.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from adapters import RowFault
from adapters.formats import Chunk, text_frame
from adapters.formats.textfile import Tail
from adapters.text import text_files as messages

#: Digits of a count that are looked at: no file has so many rows.
_DIGITS = 20
_NUMBER = r"[\d,.]++"
#: A cell that is nothing but the name of a sum or a count, with the figure.
_SUM = re.compile(
    # Possessive: blanks and signs are read in one way only, however many there are.
    r"\W*+(?:本[页月表期次批]|全[部年])?+\s*+(?:合\s*计|总\s*计|小\s*计|累\s*计|共\s*计|总\s*[数额和]|"
    r"汇\s*总|[条行笔件户家项]\s*数|记录数|共)[^\w]*+"
    rf"(?:{_NUMBER}\s*+(?:条|行|笔|件|户|家|项|万?元)?+)?+(?:记录|数据|信息)?+\W*+"
)
#: How the whole line begins.
_BEGINNING = re.compile(
    r"\W*+(?:合\s*计|总\s*计|小\s*计|累\s*计|共\s*计|共\s*\d|以上|以下空白|制表|填[报表]人|填报单位|审核人?[:：]|"
    r"经办人|负责人[:：]|联系(?:人|电话)|备注[:：]|说明[:：]|注[:：]|"
    r"(?:trailer|trl|tail|total|totals|subtotal|sum|count|rows|records|footer|eof|end|checksum)(?![a-z一-鿿]))",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"[\d\s.,:/+%年月日-]+")


def chunks_of_tail(
    tail: Tail,
    first: int,
    after: int,
    columns: Sequence[str],
    row_of: Callable[[Any], Sequence[str] | None],
    chunk: Chunk,
) -> Iterator[Chunk]:
    """Yield what stands in a file's tail: footers left out, blank lines, and rows, which are refused.

    `first` is the row number of its first line, and `chunk` counts what precedes it behind the last
    row. `row_of` returns a line's cells where it may be a row.
    """
    blank, left_out = chunk.blank, chunk.left_out
    footers = dict(tail.lines)
    for place in range(tail.start, tail.total):
        number = first + place - tail.start
        if number <= after:
            continue
        if place not in footers:
            blank += 1
        elif (row := row_of(footers[place])) is None:
            left_out += 1
        else:
            fault = RowFault(0, "format.footer", *messages.row_in_footer(len(footers)))
            frame = text_frame(columns, [row])
            yield Chunk(frame, [number], (fault,), blank=blank, left_out=left_out)
            blank = left_out = 0
    if blank or left_out:
        yield Chunk(text_frame(columns, []), [], (), blank=blank, left_out=left_out)


def is_row(
    line: str, cells: Sequence[str], before: Sequence[tuple[str, Sequence[str]]], count: int
) -> bool:
    """Whether a line may be a row like those before it, each a line and its cells.

    `count` is the number of all lines before it that may be rows.
    """
    if _has_sum(cells) and not any(_has_sum(row) for _, row in before):
        return False
    if _BEGINNING.match(line) and not any(_BEGINNING.match(text) for text, _ in before):
        return False
    rows = [row for _, row in before]
    filled = [bool(cell.strip()) for cell in cells]
    always = [n for n in range(len(cells)) if all(row[n].strip() for row in rows)]
    if not always:
        return sum(filled) >= min(sum(bool(cell.strip()) for cell in row) for row in rows)
    alike = sum(filled[n] and _is_alike(cells[n], [row[n] for row in rows]) for n in always)
    if alike < len(always) and any(_is_count(cell, count) for cell in cells):
        return False
    return 2 * alike > len(always)


def _is_count(cell: str, count: int) -> bool:
    digits = cell.strip()[:_DIGITS]
    return digits.isascii() and digits.isdecimal() and int(digits) == count


def _has_sum(cells: Sequence[str]) -> bool:
    return any(_SUM.fullmatch(cell) for cell in cells if cell)


def _is_alike(cell: str, others: Sequence[str]) -> bool:
    return not others or _kind(cell) in {_kind(other) for other in others}


def _kind(cell: str) -> str:
    if _FIGURE.fullmatch(cell):
        return "figure"
    return "code" if cell.isascii() else "text"
