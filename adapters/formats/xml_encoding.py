"""Which encoding XML from outside is in: the one reading of it for files,
answers and pushed bodies.

What a transport says counts over what the document says (RFC 7303). A name that nobody knows, and
one that a mark or the bytes contradict, is refused and never guessed around. Pure.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from adapters.formats.decoding import canonical, current_edition, mark_of
from adapters.formats.evidence import Suspicion, contradiction, utf8_lines
from adapters.formats.utf8 import is_utf8

#: Bytes by which the encoding of a document is told.
START = 1 << 16
_DECLARATION = re.compile(rb"[ \t\r\n]*(<\?xml\s[^<>]*\?>)")
_ENCODING = re.compile(rb"""\sencoding\s*+=\s*+(?:"([^"]*+)"|'([^']*+)')""")
_CHARSET = re.compile(r"""(?:^|[;\s])charset\s*=\s*["']?\s*([^\s;"']+)""", re.IGNORECASE)
#: Bytes in which a declaration is looked for.
_HEAD = 1_000
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
_ASCII = bytes(range(0x20, 0x7F)) + b"\t\r\n"
#: From here on a character takes three bytes in UTF-8: hardly ever are such bytes anything else.
_THREE_BYTES = "\u0800"


class XmlEncodingError(Exception):
    """The encoding that is declared is not known (`seen` is ""),
    or the bytes are in another one.
    """

    def __init__(self, declared: str, seen: str = "") -> None:
        self.declared, self.seen = declared, seen
        super().__init__(f"{declared}: {seen or 'unknown'}")


@dataclass(frozen=True, slots=True)
class XmlEncoding:
    """The codec of a document, the length of its mark, and the name by which it was declared."""

    codec: str
    mark: int
    declared: str

    def contradicted(self, seen: str) -> XmlEncodingError:
        """Return the error for bytes that are in another encoding."""
        return XmlEncodingError(self.declared or "utf-8", seen)


def charset_of(content_type: str) -> str:
    """Return the charset that a Content-Type header names, in lower case;
    "" where it names none.
    """
    match = _CHARSET.search(content_type)
    return match[1].lower() if match else ""


def encoding_of(start: bytes, charset: str = "") -> XmlEncoding:
    """Return the encoding of a document by its first bytes and the
    charset that its transport names.

    Raises XmlEncodingError.
    """
    signs, seen = mark_of(start) or (b"", "")
    mark = len(signs)
    body = start[mark:]
    seen = seen or next((name for begin, name in _WIDE if body.startswith(begin)), "")
    declared = charset or _declared(body, seen)
    codec = _codec(declared) if declared else seen or "utf-8"
    encoding = XmlEncoding(seen or codec, mark, declared)
    if codec[:6] in ("utf-16", "utf-32") and not seen:
        raise encoding.contradicted(contradiction(body, "latin-1") or "utf-8")
    if seen and not seen.startswith(codec):
        raise encoding.contradicted(seen)
    if not seen and (instead := _instead(body, codec)):
        raise encoding.contradicted(instead)
    return encoding


def _instead(body: bytes, codec: str) -> str | None:
    """Return the encoding that bytes are in, where that is not the declared one."""
    fits = is_utf8(body)
    if codec == "utf-8":
        return None if fits else contradiction(body, codec)
    if fits and max(body.decode(errors="ignore"), default="") >= _THREE_BYTES:
        return "utf-8"
    return contradiction(body, codec)


def held_against(blocks: Iterable[bytes], encoding: XmlEncoding) -> Iterator[bytes]:
    """Yield the bytes of a document; raises XmlEncodingError where some are in another encoding.

    What shows late is seen as well: the first Chinese name of a file may stand at its end.
    """
    if encoding.codec[:6] in ("utf-16", "utf-32"):
        yield from blocks
        return
    suspicion = Suspicion(encoding.codec)
    before = rest = b""
    for block in blocks:
        rest += block
        # No character goes over a "<": it is no part of one in any encoding that is read.
        cut = rest.rfind(b"<") if len(rest) < 4 * START else len(rest)
        if cut >= START // 2:
            before = rest[:cut]
            _hold(before, encoding, suspicion)
            rest = rest[cut:][-START:]
        yield block
    if len(rest) < START // 4 and contradiction(rest, encoding.codec) != "utf-8":
        # What is left may be one odd name: it is judged with what stands before it.
        rest = before[-START:] + rest
    _hold(rest, encoding, suspicion)
    if seen := suspicion.file():
        raise encoding.contradicted(seen)


def _hold(piece: bytes, encoding: XmlEncoding, suspicion: Suspicion) -> None:
    sound = piece.isascii() if encoding.codec != "utf-8" else is_utf8(piece)
    if not sound and (seen := suspicion.block(piece)):
        raise encoding.contradicted(seen)
    # A few texts in UTF-8 among many others are not seen by samples.
    if encoding.codec == "gb18030" and not sound and utf8_lines(piece.translate(_TAGS_AS_LINES)):
        raise encoding.contradicted("utf-8")


_TAGS_AS_LINES = bytes.maketrans(b"<>", b"\n\n")


def utf8(text: str, encoding: XmlEncoding) -> bytes:
    """Return text that Python's codec has decoded as UTF-8, GB18030 by its edition of 2022."""
    made = text.encode(errors="replace")
    # The private use area begins with EE, U+1E3F is E1 B8 BF: without them no character has moved.
    if encoding.codec == "gb18030" and (b"\xee" in made or b"\xe1\xb8\xbf" in made):
        return current_edition(text).encode(errors="replace")
    return made


def without_declared(data: bytes) -> bytes:
    """Return the start of a document in UTF-8 whose declaration names no encoding any more."""
    declaration = _DECLARATION.match(data)
    if declaration is None:
        return data
    return _ENCODING.sub(b"", declaration[1]) + data[declaration.end() :]


def _declared(body: bytes, wide: str) -> str:
    head = body[:_HEAD]
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
        raise XmlEncodingError(declared)
    return codec
