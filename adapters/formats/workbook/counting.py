"""Rows of a worksheet that have a cell, counted by a scan of its tags:
shares nothing with the reader of rows.
"""

import codecs
import re
from collections.abc import Iterable, Iterator

_ROW_END = re.compile(rb"</(?:[A-Za-z_][\w.-]*:)?row\s*>")
_CELL = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?c[\s/>]")
_ANY_END = b"row"
#: What is no tag and may hold what looks like one: how it begins and how it ends.
_CLOSED = {b"<!--": b"-->", b"<![CDATA[": b"]]>", b"<?": b"?>"}
_OPENED = re.compile(rb"<!--|<!\[CDATA\[|<\?")
#: Bytes of one row, comment or the like from which on nothing is counted.
_LONGEST = 1 << 24
_STEP = 1 << 20
#: Bytes of a tag whose start may be in one block and its end in the next.
_TAG = 200


class _EndlessError(Exception):
    """A row, comment or the like has no end in sight."""


def count_rows(blocks: Iterable[bytes]) -> int | None:
    """Return how many rows of a worksheet's XML hold a cell element;
    None where one has no end in sight.
    """
    try:
        return _count(_tags_only(_as_utf8(blocks)))
    except _EndlessError:
        return None


def _count(blocks: Iterable[bytes]) -> int:
    count, carry, end = 0, b"", b""
    for block in blocks:
        text = carry + block
        if not end and (match := _ROW_END.search(text)):
            end = match.group()
        *rows, carry = text.split(end) if end else [text]
        if text.count(end[:-1] or _ANY_END) > len(rows):
            # A tag with blanks in it, or one that is cut off.
            *rows, carry = _ROW_END.split(text)
        count += sum(b"<c " in row or _CELL.search(row) is not None for row in rows)
        if len(carry) > _STEP and _CELL.search(carry) is None:
            carry = carry[-_TAG:]
        if len(carry) > _LONGEST:
            raise _EndlessError
    return count


def _as_utf8(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield UTF-16 as UTF-8, and anything else as it is."""
    decoder = None
    for number, block in enumerate(blocks):
        if number == 0 and (block[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in block[:2]):
            little = block[:2] == b"\xff\xfe" or block[1:2] == b"\x00"
            name = "utf-16-le" if little else "utf-16-be"
            decoder = codecs.getincrementaldecoder(name)("replace")
        yield block if decoder is None else decoder.decode(block).encode("utf-8", "replace")


def _tags_only(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield XML without comments, CDATA and instructions, which may hold what looks like tags."""
    carry = b""
    for block in blocks:
        text, place = carry + block, 0
        opened = _next_opened(text, place)
        while opened is not None:
            yield text[place : opened.start()]
            end = _CLOSED[opened.group()]
            closed = text.find(end, opened.end())
            if closed < 0:
                break
            place = closed + len(end)
            opened = _next_opened(text, place)
        if opened is not None:
            cut = opened.start()
        else:
            # A tag may be cut off at the end of a block.
            tag = text.rfind(b"<", max(place, len(text) - 9))
            cut = len(text) if tag < 0 else tag
            yield text[place:cut]
        carry = text[cut:]
        if len(carry) > _LONGEST:
            raise _EndlessError
    yield carry


def _next_opened(text: bytes, place: int) -> re.Match[bytes] | None:
    """Return where the next thing that is no tag begins; single bytes are looked for first."""
    if text.find(b"!", place) < 0 and text.find(b"?", place) < 0:
        return None
    return _OPENED.search(text, place)
