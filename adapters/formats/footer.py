"""Whether what stands where a footer is declared is one, or a row of a file that has none.

What is taken for a footer is left out, so doubt speaks for a row, which is refused by its number. A
footer is unlike the rows before it (a cell is empty, or of another kind, where each of them has
one), and it says what it is: by a word (合计, 共3条, TRAILER) or by the number of rows. Either
alone is no proof: a row may lack a value, and a company may be called Total. Only nobody is called
合计.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import polars as pl

from adapters import RowFault
from adapters.formats import Chunk, FormatError, text_frame
from adapters.formats.textfile import Tail
from adapters.setting_faults import InvalidSettingsError
from adapters.text import settings as settings_messages
from adapters.text import text_files as messages

#: Digits of a count that are looked at: no file has so many rows.
_DIGITS = 20
#: Most characters of what says that it is a footer; what is longer is a value.
_SHORT = 100
_NUMBER = r"[\d,.]++"
#: A cell that is nothing but the name of a sum or a count, with the figure.
_SUM = re.compile(
    r"\W*+(?:本[页月表期次批]|全[部年])?\s*+(?:合\s*+计|总\s*+计|小\s*+计|累\s*+计|共\s*+计|"
    r"总\s*+[数额和]|汇\s*+总|[条行笔件户家项]\s*+数|记录数|共)\W*+"
    rf"(?:{_NUMBER}\s*+(?:条|行|笔|件|户|家|项|万?元)?)?+(?:记录|数据|信息)?+\W*+"
)
#: A cell that is the name of a sum and no more: nobody and nothing is called so.
_SUM_NAME = re.compile(r"\W*+(?:本[页月表期次批]|全[部年])?\s*+[合总小累共]\s*+计\W*+")
#: How a footer begins. A word that a name may begin with must fill its cell, or a figure follows.
_BEGINNING = re.compile(
    r"\W*+(?:"
    r"(?:(?:本[页月表期次批]|全[部年])?+[合总小累共]\s*+计(?:金额|数量|人数|[条行笔件户家项]数)?+|"
    r"制表(?:人|单位|日期|时间)?+|"
    r"填[报表](?:人|单位|日期|时间)|经办人|联系(?:人|电话)|以下空白|"
    r"以上(?:(?:为|是|共|合计|数据|内容|记录)\w{0,20}+)?+|trailer|trl|footer|eof|checksum)"
    r"(?=[\s:：\d]|\W*+\Z)"
    r"|(?:审核人?|负责人|备注|说明|注)[:：]"
    r"|共\s*+\d"
    r"|(?:totals?|subtotal|sum|count|rows|records|tail|end)"
    r"(?:\s++(?:of|file|data|rows?|records?|lines?|count|number|amount))*+"
    r"(?:\s*+[:：=\d]|\W*+\Z))",
    re.IGNORECASE,
)
#: A line that is a mark and a number, no more.
_MARKED = re.compile(r"\W*+([A-Za-z]{1,8})\W*+(\d{1,20})\W*+")
#: What SQL*Plus, sqlcmd and psql write under the last row.
_FEEDBACK = re.compile(r"\W*+\d+ rows?\b[ \w]{0,20}\W*+")
_FIGURE = re.compile(r"[\d\s.,:/+%年月日-]+")

#: A line and its cells.
Row = tuple[str, Sequence[str]]


def chunks_of_tail(
    tail: Tail,
    first: int,
    after: int,
    columns: Sequence[str],
    row_of: Callable[[Any], Sequence[str] | None],
    chunk: Chunk,
    declared: int,
) -> Iterator[Chunk]:
    """Yield what stands in a file's tail: footers left out, blank lines, and rows,
    which are refused.

    `first` is the row number of its first line, and `chunk` counts what precedes it behind the last
    row. `row_of` returns a line's cells where it may be a row. `declared` is how many lines are set
    to be the footer.
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
            fault = RowFault(0, "format.footer", *messages.row_in_footer(declared))
            frame = text_frame(columns, [row])
            yield Chunk(frame, [number], (fault,), blank=blank, left_out=left_out)
            blank = left_out = 0
    if blank or left_out:
        yield Chunk(text_frame(columns, []), [], (), blank=blank, left_out=left_out)


def is_row(line: str, cells: Sequence[str], before: Sequence[Row], count: int) -> bool:
    """Whether a line may be a row like those before it, each a line and its cells.

    `count` is the number of all rows before it.
    """
    rows = [row for _, row in before]
    always = [n for n in range(len(cells)) if all(row[n].strip() for row in rows)]
    empty = [n for n in always if not cells[n].strip()]
    alike = [n for n in always if cells[n].strip() and _is_alike(cells[n], [r[n] for r in rows])]
    if _is_sum(cells) and not any(map(_is_sum, rows)):
        return False
    if not _is_unlike(cells, rows, always, alike, count):
        return True
    if _has_word(line, cells, always) and not any(_has_word(*row, always) for row in before):
        return False
    if _is_marked_count(line, before, count):
        return False
    if not empty or not any(_is_count(cell, count) for cell in cells):
        return True
    # A row that lacks a value has its number, its name, or its place in a series.
    names = any(_kind(cells[n]) != "figure" for n in alike)
    return names or any(_goes_on(cells[n], [row[n] for row in rows]) for n in range(len(cells)))


def ends_a_file(line: str) -> bool:
    """Whether a line says by itself that it is a footer: it names a sum, or counts rows."""
    text = _short(line)
    if _SUM.fullmatch(text) or _FEEDBACK.fullmatch(text):
        return True
    return text.isascii() and _BEGINNING.match(text) is not None


def _is_sum(cells: Sequence[str]) -> bool:
    """Whether the first cell that is filled names a sum."""
    name = next((cell for cell in cells if cell.strip()), "")
    return bool(_SUM_NAME.fullmatch(_short(name)))


def _is_unlike(
    cells: Sequence[str],
    rows: Sequence[Sequence[str]],
    always: Sequence[int],
    alike: Sequence[int],
    count: int,
) -> bool:
    """Whether a line lacks what every row has, or has another kind of it."""
    if len(alike) < len(always):
        return True
    if not count:
        # No row tells of what kind a cell is.
        return any(_is_count(cell, 0) for cell in cells)
    return not always and _filled(cells) < min(map(_filled, rows))


def _filled(cells: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in cells)


def _has_word(line: str, cells: Sequence[str], always: Sequence[int]) -> bool:
    """Whether a line begins as a footer does, or names a sum where every row has a value."""
    first = next((n for n, cell in enumerate(cells) if cell.strip()), 0)
    if any(_SUM.fullmatch(text) for n in {first, *always} if (text := _short(cells[n]))):
        return True
    return any(_BEGINNING.match(text.strip()[:_SHORT]) for text in (cells[first], line))


def _short(text: str) -> str:
    """Return a text that may be a word of a footer, "" for one that is too long to be."""
    bare = text.strip()
    return bare if len(bare) <= _SHORT else ""


def _is_marked_count(line: str, before: Sequence[Row], count: int) -> bool:
    """Whether a line is a mark of its own and the number of rows (T00000002)."""
    marked = _MARKED.fullmatch(_short(line))
    if marked is None or int(marked[2]) != count:
        return False
    others = (
        re.match(rf"\W*+{marked[1]}\W*+\d", text[:_SHORT], re.IGNORECASE) for text, _ in before
    )
    return not any(others)


def _is_count(cell: str, count: int) -> bool:
    return _whole(cell) == count


def _whole(cell: str) -> int | None:
    digits = cell.strip()[:_DIGITS]
    return int(digits) if digits.isascii() and digits.isdecimal() else None


def _goes_on(cell: str, others: Sequence[str]) -> bool:
    """Whether a cell is the next number of a series."""
    numbers = [_whole(text) for text in (*others[-3:], cell)]
    if len(numbers) < 2:
        return False
    return all(one is not None and other == one + 1 for one, other in pairwise(numbers))


def _is_alike(cell: str, others: Sequence[str]) -> bool:
    return not others or _kind(cell) in {_kind(other) for other in others}


def _kind(cell: str) -> str:
    if _FIGURE.fullmatch(cell):
        return "figure"
    return "code" if cell.isascii() else "text"


# --- the count in a footer ------------------------------------------------------------------------


#: Characters of a pattern, which is compiled in the gateway itself: 200,000 of them took five
#: seconds.
_LONGEST_PATTERN = 500


def check_pattern(pattern: str) -> None:
    """Raise InvalidSettingsError where a pattern cannot tell the number of rows in a footer."""
    if len(pattern) > _LONGEST_PATTERN:
        raise InvalidSettingsError(settings_messages.footer_pattern(f"> {_LONGEST_PATTERN}"))
    try:
        groups = re.compile(pattern).groups
        _count_in("", pattern)
    except (re.error, pl.exceptions.ComputeError, OverflowError, RecursionError) as error:
        raise InvalidSettingsError(settings_messages.footer_pattern(str(error))) from None
    if groups != 1:
        raise InvalidSettingsError(settings_messages.footer_group())


def check_count(footer: str, pattern: str, rows: int) -> None:
    """Raise FormatError where a footer does not count the rows that a file has."""
    declared = _count_in(footer, pattern)
    if declared is None:
        raise FormatError("format.footer", *messages.no_footer_count())
    if not declared.isdecimal() or int(declared[:_DIGITS]) != rows:
        raise FormatError("format.footer", *messages.other_footer_count(declared, rows))


def _count_in(footer: str, pattern: str) -> str | None:
    """Return the count in a footer by polars' patterns, whose time is bounded whatever they say."""
    count: str | None = pl.Series([footer]).str.extract(pattern, 1).item()
    return count
