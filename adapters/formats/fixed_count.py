"""A count of the lines of fixed-width text by their ends,
which shares no code with what reads them.
"""

import codecs
import re
from typing import BinaryIO

from adapters.formats import Counted

_BLOCK = 1 << 20
#: Bytes in which a last line of nothing but padding is looked for.
_LAST = 4096
_PADDING = b"\0\x1a"
#: Length of a line from which on looking for its end is quicker than counting.
_LONG = 300
_PADDED = re.compile(rb"[\r\n][\0\x1a]+(?:\r\n|\n|\r)\Z")
_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_WIDE = ("utf-16", "utf-32", "utf-7", "iso2022", "hz", "cp037", "cp500", "cp1140")


def count_lines(stream: BinaryIO, encoding: str) -> Counted:
    """Return how many lines a file has; padding behind the last end of a line is none."""
    name = codecs.lookup(encoding).name
    start = stream.tell()
    if name in ("utf-16", "utf-32") and not stream.read(4).startswith(_MARKS):
        name = f"{name}-le"
    stream.seek(start)
    decode = (
        codecs.getincrementaldecoder(name)("replace").decode if name.startswith(_WIDE) else None
    )
    ends, returned, rest, behind = 0, False, b"", b""
    while True:
        piece = stream.read(_BLOCK)
        block = piece if decode is None else decode(piece, not piece).encode("utf-8", "replace")
        returns = _number(block, b"\r")
        ends += _number(block, b"\n") + returns
        if returns:
            ends -= block.count(b"\r\n")
        # A CR LF that stands over the border of two blocks is one end.
        ends -= returned and block.startswith(b"\n")
        returned = block.endswith(b"\r") if block else returned
        last = max(block.rfind(b"\n"), block.rfind(b"\r") if returns else -1)
        behind = (behind + block[-_LAST:])[-_LAST:]
        line = block[last + 1 :].strip(_PADDING)
        rest = line if last >= 0 else (rest + line)[:_BLOCK]
        if not piece:
            break
    text = rest.removeprefix(codecs.BOM_UTF8)
    padded = not rest and decode is None and _PADDED.search(behind) is not None
    return Counted(ends + bool(text) - padded, ends)


def _number(block: bytes, end: bytes) -> int:
    """Return how often a character ends a line;
    looking for the next is quicker where they are long.
    """
    place = block.find(end)
    if -1 < place < _LONG:
        return block.count(end)
    number = 0
    while place >= 0:
        number += 1
        place = block.find(end, place + 1)
    return number
