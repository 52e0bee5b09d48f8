"""The bytes of XML as UTF-8, whatever they were in: the declaration is held against them first."""

import codecs
import io
import re
from collections.abc import Iterator
from typing import BinaryIO, cast

from adapters import AdapterError
from adapters.formats.decoding import canonical
from adapters.formats.decoding import decode as current
from adapters.formats.evidence import contradiction
from adapters.formats.padding import without_padding
from adapters.formats.utf8 import is_utf8
from adapters.text import record_files as messages
from adapters.xmlstream import Blocks

_BLOCK = 1 << 16
_DECLARATION = re.compile(rb"[ \t\r\n]*(<\?xml\s[^<>]*\?>)")
_ENCODING = re.compile(rb"""\s+encoding\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: "<" and a zero, or the other way round: UTF-16 without a mark.
_WIDE = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
#: Names of XML and Windows that Python does not know.
_ALIASES = {
    "x-gbk": "gb18030",
    "windows-936": "gb18030",
    "gb_2312-80": "gb18030",
    "ucs-2": "utf-16",
    "iso-10646-ucs-2": "utf-16",
    "iso-10646-ucs-4": "utf-32",
}
_REPLACEMENT = "\ufffd".encode()
_ASCII = bytes(range(0x20, 0x7F)) + b"\t\r\n"


class XmlEncodingError(AdapterError):
    """The bytes are not in the encoding that is declared, or nobody knows that encoding."""


def to_utf8(stream: BinaryIO, charset: str = "") -> BinaryIO:
    """Return the document as UTF-8 without its encoding declaration and blanks before it.

    `charset` is what a transport declares: it counts before the document's own word (RFC 7303).
    Bytes that do not decode become U+FFFD, so that their row is refused. Raises XmlEncodingError
    where the start of the file is in another encoding than is declared.
    """
    start = stream.read(_BLOCK)
    encoding, start = _encoding(start, charset)
    return cast(
        BinaryIO,
        io.BufferedReader(Blocks(without_padding(_blocks(start, stream, encoding))), _BLOCK),
    )


def _blocks(start: bytes, stream: BinaryIO, encoding: str) -> Iterator[bytes]:
    decode = codecs.getincrementaldecoder(encoding)("replace").decode
    block = start
    first = True
    while True:
        data = _utf8(decode(block, not block), encoding)
        yield _characters(_without_declaration(data) if first else data)
        first = False
        if not block:
            return
        block = stream.read(_BLOCK)


def _utf8(text: str, encoding: str) -> bytes:
    """Return text that Python's codec has decoded as UTF-8, by the edition of 2022 where it is GB18030."""
    made = text.encode(errors="replace")
    # The private use area begins with EE, U+1E3F is E1 B8 BF: without them no character has moved.
    if encoding == "gb18030" and (b"\xee" in made or b"\xe1\xb8\xbf" in made):
        return current(text.encode(encoding), encoding).encode()
    return made


def _characters(data: bytes) -> bytes:
    """Return UTF-8 without U+FFFE and U+FFFF, which are no characters of XML."""
    if b"\xef\xbf" not in data:
        return data
    return data.replace(b"\xef\xbf\xbe", _REPLACEMENT).replace(b"\xef\xbf\xbf", _REPLACEMENT)


def _without_declaration(data: bytes) -> bytes:
    """Return the start of a document whose declaration names no encoding any more."""
    declaration = _DECLARATION.match(data)
    if declaration is None:
        return data
    return _ENCODING.sub(b"", declaration[1]) + data[declaration.end() :]


def _encoding(start: bytes, charset: str) -> tuple[str, bytes]:
    """Return the codec of a document, and its start without a mark."""
    seen = ""
    for mark, name in _MARKS:
        if start.startswith(mark):
            seen, start = name, start[len(mark) :]
            break
    seen = seen or next((name for begin, name in _WIDE if start.startswith(begin)), "")
    declared = charset or _declared(start, seen)
    codec = _codec(declared) if declared else seen or "utf-8"
    if codec[:6] in ("utf-16", "utf-32") and not seen:
        raise _contradicted(declared, contradiction(start, "latin-1") or "utf-8")
    if seen and not seen.startswith(codec):
        raise _contradicted(declared, seen)
    fits = codec == "utf-8" and is_utf8(start)
    if not seen and not fits and (instead := contradiction(start, codec)):
        raise _contradicted(declared, instead)
    return seen or codec, start


def _declared(start: bytes, wide: str) -> str:
    head = start[:1000]
    if wide[:6] in ("utf-16", "utf-32"):
        head = head.decode(wide, "replace").encode("ascii", "replace")
    declaration = _DECLARATION.match(head)
    encoding = _ENCODING.search(declaration[1]) if declaration else None
    return (encoding[1] or encoding[2] or b"").decode("ascii", "replace") if encoding else ""


def _codec(declared: str) -> str:
    """Return the codec of a declared encoding; raises XmlEncodingError for what is none of text."""
    name = _ALIASES.get(declared.lower(), declared.lower())
    try:
        codec = canonical(name)
        readable = codec[:6] in ("utf-16", "utf-32") or _ASCII.decode(codec) == _ASCII.decode()
    except (LookupError, ValueError, TypeError, AttributeError):
        readable = False
    if not readable:
        raise XmlEncodingError(*messages.xml_encoding_unknown(declared))
    return codec


def _contradicted(declared: str, seen: str) -> XmlEncodingError:
    return XmlEncodingError(*messages.encoding_contradicted(declared or "utf-8", seen))
