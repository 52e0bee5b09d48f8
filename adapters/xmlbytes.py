"""The bytes of XML as UTF-8, whatever they were in: the declaration is held against them first."""

import codecs
import io
import re
from collections.abc import Iterator
from typing import BinaryIO, cast

from adapters import AdapterError
from adapters.formats.evidence import encoding_seen_instead
from adapters.text import Text
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
#: GBK and GB 2312 are parts of GB 18030, and who declares the one often writes the other.
_GB = {"gb2312", "gbk", "gb18030", "cp936", "x-gbk", "gb_2312-80", "euc-cn", "windows-936"}
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
    return cast(BinaryIO, io.BufferedReader(Blocks(_blocks(start, stream, encoding)), _BLOCK))


def _blocks(start: bytes, stream: BinaryIO, encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    first = True
    block = start
    while True:
        text = decoder.decode(block, final=not block)
        if first:
            data = _without_declaration(text.encode())
            first = False
        else:
            data = text.encode()
        # U+FFFE and U+FFFF are no characters of XML.
        yield data.replace(b"\xef\xbf\xbe", b"\xef\xbf\xbd").replace(
            b"\xef\xbf\xbf", b"\xef\xbf\xbd"
        )
        if not block:
            return
        block = stream.read(_BLOCK)


def _without_declaration(data: bytes) -> bytes:
    """Return the start of a document whose declaration names no encoding any more."""
    declaration = _DECLARATION.match(data)
    if declaration is None:
        return data
    return _ENCODING.sub(b"", declaration[1]) + data[declaration.end() :]


def _encoding(start: bytes, charset: str) -> tuple[str, bytes]:
    """Return the codec of a document and its start without a mark."""
    by_mark = next((name for mark, name in _MARKS if start.startswith(mark)), "")
    if by_mark:
        start = start[len(next(mark for mark, _ in _MARKS if start.startswith(mark))) :]
    wide = by_mark or next((name for sign, name in _WIDE if start.startswith(sign)), "")
    declared = charset or _declared(start, wide)
    codec = _codec(declared) if declared else wide or "utf-8"
    seen = wide or None
    if codec.startswith("utf-16") or codec.startswith("utf-32"):
        # Without a mark its bytes may be in either order.
        family = codec.replace("_", "-")[:6]
        if not wide.startswith(family):
            raise XmlEncodingError(*_contradicted(declared, encoding_seen_instead(start, "latin-1") or "UTF-8"))  # fmt: skip
        return wide, start
    if seen is not None and seen != codec:
        raise XmlEncodingError(*_contradicted(declared, seen.upper()))
    if seen is None and (instead := encoding_seen_instead(start, codec)):
        raise XmlEncodingError(*_contradicted(declared or "UTF-8", instead))
    return codec, start


def _declared(start: bytes, wide: str) -> str:
    head = start[:1000]
    if wide.startswith(("utf-16", "utf-32")):
        head = head[:1000].decode(wide, "replace").encode("ascii", "replace")
    declaration = _DECLARATION.match(head)
    encoding = _ENCODING.search(declaration[1]) if declaration else None
    return (encoding[1] or encoding[2] or b"").decode("ascii", "replace") if encoding else ""


def _codec(declared: str) -> str:
    """Return the codec of a declared encoding; raises XmlEncodingError for what is none of text."""
    name = declared.lower()
    if name in _GB:
        return "gb18030"
    if name in ("utf-16", "utf-32", "ucs-2", "iso-10646-ucs-2"):
        return "utf-32" if name == "utf-32" else "utf-16"
    try:
        codec = codecs.lookup(name)
        text, _ = codec.decode(_ASCII)
    except (LookupError, ValueError, TypeError):
        raise XmlEncodingError(*messages.xml_encoding_unknown(declared)) from None
    if text != _ASCII.decode("ascii") and not codec.name.startswith(("utf-16", "utf-32")):
        raise XmlEncodingError(*messages.xml_encoding_unknown(declared))
    return codec.name


def _contradicted(declared: str, seen: str) -> Text:
    return messages.encoding_contradicted(messages.short(declared or "UTF-8"), seen)
