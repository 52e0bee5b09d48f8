"""The bytes of JSON: UTF-8 (RFC 8259), a mark at the very start read off,
anything else refused whole.
"""

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from adapters.formats import FormatError
from adapters.formats.evidence import contradiction
from adapters.formats.padding import without_padding
from adapters.formats.utf8 import is_utf8
from adapters.text import record_files as messages

#: Bytes read at a time.
BLOCK = 1 << 17
_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}


def blocks(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the bytes of a file; raises FormatError where its start shows another encoding."""
    first = stream.read(BLOCK)
    if seen := _other_encoding(first):
        raise FormatError("format.encoding", *messages.encoding_contradicted("utf-8", seen))
    yield from without_padding(_unmarked(first, stream))


def _unmarked(first: bytes, stream: BinaryIO) -> Iterator[bytes]:
    first = first.removeprefix(codecs.BOM_UTF8)
    if first:
        yield first
    while block := stream.read(BLOCK):
        yield block


def _other_encoding(start: bytes) -> str | None:
    """Return the encoding that bytes are in where they prove not to be UTF-8.

    Half a character or a single broken byte proves nothing: it refuses its row.
    """
    for mark, name in _MARKS.items():
        if start.startswith(mark):
            return name
    # JSON begins with an ASCII character, so zeros around it are those of a wider code unit.
    if b"\0" in start[:4]:
        return "UTF-32" if start[:4].count(0) > 2 else "UTF-16"
    return None if is_utf8(start) else contradiction(start, "utf-8")
