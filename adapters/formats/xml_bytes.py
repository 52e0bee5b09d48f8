"""The bytes of XML as UTF-8, whatever they were in: the declaration is held against them first."""

import codecs
import io
from collections.abc import Iterator
from typing import BinaryIO, cast

from adapters.formats.padding import without_padding
from adapters.formats.xml_encoding import START, encoding_of, held_against, utf8, without_declared
from adapters.xml_stream import Blocks

_BLOCK = START
_REPLACEMENT = "\ufffd".encode()


def to_utf8(stream: BinaryIO) -> BinaryIO:
    """Return the document as UTF-8 without its encoding declaration and blanks before it.

    Bytes that do not decode become U+FFFD, so that their row is refused. Raises XmlEncodingError,
    while it is read too, where it is in another encoding than is declared.
    """
    start = stream.read(_BLOCK)
    encoding = encoding_of(start)
    raw = held_against(_blocks(start[encoding.mark :], stream), encoding)
    decode = codecs.getincrementaldecoder(encoding.codec)("replace").decode

    def made() -> Iterator[bytes]:
        first = True
        for block in raw:
            data = utf8(decode(block), encoding)
            yield _characters(without_declared(data) if first else data)
            first = False
        yield _characters(utf8(decode(b"", True), encoding))

    return cast(BinaryIO, io.BufferedReader(Blocks(without_padding(made())), _BLOCK))


def _blocks(start: bytes, stream: BinaryIO) -> Iterator[bytes]:
    if start:
        yield start
    while block := stream.read(_BLOCK):
        yield block


def _characters(data: bytes) -> bytes:
    """Return UTF-8 without U+FFFE and U+FFFF, which are no characters of XML."""
    if b"\xef\xbf" not in data:
        return data
    return data.replace(b"\xef\xbf\xbe", _REPLACEMENT).replace(b"\xef\xbf\xbf", _REPLACEMENT)
