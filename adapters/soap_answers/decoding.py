"""An answer's bytes as XML that can be parsed: its encoding held against it,
single bad characters marked.

A character that XML may not hold (or bytes that the encoding does not know) is replaced by a mark
that occurs nowhere else; the row that it comes out in is refused with its name, and no other row
is. Pure.
"""

import re
from dataclasses import dataclass

from adapters.formats.decoding import current_edition
from adapters.formats.xml_encoding import (
    START,
    XmlEncoding,
    XmlEncodingError,
    charset_of,
    encoding_of,
    held_against,
)
from adapters.soap_answers.trouble import UnusableAnswerError
from adapters.text import soap as messages
from adapters.text.python_errors import undecodable

_DECLARATION = re.compile(r"<\?xml\s[^>]*?\?>")
_BLANK = " \t\r\n"
#: Bytes that no XML holds, and the beginnings of other characters and references that it may not.
_CONTROLS = bytes({*range(0x20)} - {0x9, 0xA, 0xD})
_FOREIGN = bytes(range(0x80, 0x100))
_SUSPECT = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")
#: References to characters that XML may not hold. Some writers refer to every Chinese character:
#: this passes the good ones without a look at each.
_BAD_REFERENCE = re.compile(
    rb"&#(?:0*(?:[0-8]|1[124-9]|2[0-9]|3[01]"
    rb"|5529[6-9]|55[3-9][0-9]{2}|56[0-9]{3}|57[0-2][0-9]{2}|573[0-3][0-9]|5734[0-3]|6553[45]"
    rb"|111411[2-9]|11141[2-9][0-9]|1114[2-9][0-9]{2}|111[5-9][0-9]{3}|11[2-9][0-9]{4}"
    rb"|1[2-9][0-9]{5}|[2-9][0-9]{6}|[1-9][0-9]{7,})"
    rb"|x0*(?:[0-8bcefBCEF]|1[0-9a-fA-F]|[dD][89a-fA-F][0-9a-fA-F]{2}|[fF]{3}[eEfF]"
    rb"|1[1-9a-fA-F][0-9a-fA-F]{4}|[2-9a-fA-F][0-9a-fA-F]{5}|[1-9a-fA-F][0-9a-fA-F]{6,}));"
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|&#(?:x([0-9A-Fa-f]{1,40})|([0-9]{1,40}));", re.DOTALL
)
#: Characters that Unicode keeps free for a program's own use: one of them marks what was bad.
_FREE = [chr(code) for code in range(0xFDD0, 0xFDF0)]
#: Bytes that an encoding does not know, as a share of the bytes that are not ASCII: above it, it is
#: the wrong one.
_BROKEN = 0.01
_BROKEN_BYTE = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """XML in UTF-8 without a declaration; `mark` stands around the name of each bad character,
    if there is any.
    """

    data: bytes
    mark: str = ""

    def bad(self, text: str) -> str:
        """Return the name of the first bad character of a text, such as U+0001;
        "" where there is none.
        """
        if not self.mark or self.mark not in text:
            return ""
        return text.split(self.mark, 2)[1]


def decoded(data: bytes, content_type: str) -> Decoded:
    """Return an answer ready to be parsed.

    A mark at its start tells the encoding, else the HTTP header, else the XML declaration (RFC
    7303).

    Raises UnusableAnswerError where its bytes contradict its encoding.
    """
    try:
        encoding = encoding_of(data[:START], charset_of(content_type))
        plain = data[encoding.mark :]
        if encoding.codec == "utf-8" and not _suspect(plain) and _is_utf8(plain):
            return Decoded(_without_declaration(plain))
        text, bad = _text(plain, encoding)
    except XmlEncodingError as error:
        raise _trouble(error) from None
    text = text.lstrip("\ufeff" + _BLANK)
    declaration = _DECLARATION.match(text)
    if declaration:
        text = text[declaration.end() :]
    return _marked(text, bad)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _trouble(error: XmlEncodingError) -> UnusableAnswerError:
    if not error.seen:
        return UnusableAnswerError(
            "refused", "soap.encoding", messages.unknown_encoding(error.declared)
        )
    return UnusableAnswerError(
        "refused", "soap.encoding", messages.contradicts(error.declared, error.seen)
    )


def without_bad_references(xml: Decoded) -> Decoded | None:
    """Return an answer with each reference to a character that XML may not hold between marks.

    None where it has none. Asked only of what could not be parsed: some writers refer to every
    Chinese character, and looking at each would cost as much as parsing.
    """
    if not _BAD_REFERENCE.search(xml.data):
        return None
    text = xml.data.decode()
    mark = xml.mark or _free_mark(text)

    def reference(match: re.Match[str]) -> str:
        if not match[1] and not match[2]:
            return match[0]
        code = int(match[1], 16) if match[1] else int(match[2])
        return match[0] if _allowed(code) else f"{mark}U+{min(code, 0xFFFFFFFF):04X}{mark}"

    return Decoded(_REFERENCE.sub(reference, text).encode(), mark)


def _suspect(data: bytes) -> bool:
    """Whether a text may hold characters that XML may not, and so has to be looked at closely."""
    return len(data.translate(None, _CONTROLS)) != len(data) or (
        b"\xef\xbf" in data and any(one in data for one in _SUSPECT)
    )


def _without_declaration(data: bytes) -> bytes:
    data = data.lstrip(_BLANK.encode())
    if not data.startswith(b"<?xml"):
        return data
    end = data.find(b"?>")
    return data if end < 0 else data[end + 2 :]


def _text(data: bytes, encoding: XmlEncoding) -> tuple[str, list[str]]:
    """Return a text, each broken byte in it as a lone surrogate, and the names of those bytes.

    Raises XmlEncodingError where bytes are in another encoding, or more are broken than by chance.
    """
    for _ in held_against((data[at : at + START] for at in range(0, len(data), START)), encoding):
        pass
    try:
        text = data.decode(encoding.codec, "surrogateescape")
    except UnicodeError as error:
        # Half a character of UTF-16 is no byte that could be named.
        reason = messages.broken_text(encoding.codec, *undecodable(error))
        raise UnusableAnswerError("unavailable", "soap.encoding", reason) from None
    broken = [f"{ord(sign) - 0xDC00:02X}" for sign in _BROKEN_BYTE.findall(text)]
    foreign = len(data) - len(data.translate(None, _FOREIGN))
    if len(broken) > max(4, _BROKEN * foreign):
        raise encoding.contradicted(_looks_like(data, encoding.codec))
    return current_edition(text) if encoding.codec == "gb18030" else text, broken


def _looks_like(data: bytes, codec: str) -> str:
    for other in ("utf-8", "gb18030", "big5"):
        if other != codec:
            try:
                data.decode(other)
            except UnicodeDecodeError:
                continue
            return other
    return "?"


def _marked(text: str, broken: list[str]) -> Decoded:
    """Put each character that XML may not hold between marks, by its name."""
    if not broken and not _suspect(data := text.encode("utf-8", "surrogatepass")):
        return Decoded(data)
    mark = _free_mark(text)

    def control(match: re.Match[str]) -> str:
        code = ord(match[0])
        name = f"0x{code - 0xDC00:02X}" if 0xDC80 <= code <= 0xDCFF else f"U+{code:04X}"
        return f"{mark}{name}{mark}"

    return Decoded(_CONTROL.sub(control, text).encode(), mark)


def _free_mark(text: str) -> str:
    """Return a character that a text neither holds nor refers to.

    Raises UnusableAnswerError where it has them all.
    """
    for sign in _FREE:
        code = ord(sign)
        if sign not in text and not re.search(rf"&#(?:0*{code}|x0*{code:x});", text, re.IGNORECASE):
            return sign
    raise UnusableAnswerError(
        "refused", "soap.encoding", messages.broken_text("XML", "U+FDD0", "U+FDD0")
    )


def _allowed(code: int) -> bool:
    return (
        code in (0x9, 0xA, 0xD)
        or 0x20 <= code <= 0xD7FF
        or 0xE000 <= code <= 0xFFFD
        or 0x10000 <= code <= 0x10FFFF
    )
