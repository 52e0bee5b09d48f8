"""An answer's bytes as XML that can be parsed: its encoding held against it, single bad characters marked.

A character that XML may not hold (or bytes that the encoding does not know) is replaced by a mark that
occurs nowhere else; the row that it comes out in is refused with its name, and no other row is. Pure.
"""

import codecs
import re
from dataclasses import dataclass

from adapters.formats.decoding import current_edition
from adapters.soap.trouble import Trouble
from adapters.text import soap as messages

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: Older Chinese encodings are parts of the newest, and what is declared as one is often the next.
_WIDER = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "cp936": "gb18030",
    "hz": "hz",
    "iso8859-1": "cp1252",
}
_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([^\s;"']+)""", re.IGNORECASE)
_DECLARATION = re.compile(r"<\?xml\s[^>]*?\?>")
_DECLARED = re.compile(rb"""<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._:-]+)["']""")
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
#: Bytes that an encoding does not know, as a share of the bytes that are not ASCII: above it, it is the wrong one.
_BROKEN = 0.01
#: Share of foreign bytes that read as Chinese, from which a text is Chinese.
_MOSTLY = 0.9
_WESTERN = ("cp125", "iso8859", "latin")
_CHINESE = re.compile("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """XML in UTF-8 without a declaration; `mark` stands around the name of each bad character, if there is any."""

    data: bytes
    mark: str = ""

    def bad(self, text: str) -> str:
        """Return the name of the first bad character of a text, such as U+0001; "" where there is none."""
        if not self.mark or self.mark not in text:
            return ""
        return text.split(self.mark, 2)[1]


def decoded(data: bytes, content_type: str) -> Decoded:
    """Return an answer ready to be parsed. Raises Trouble where its bytes contradict its encoding.

    A mark at its start tells the encoding, else the HTTP header, else the XML declaration (RFC 7303).
    """
    name, start = _encoding(data, content_type)
    plain = data[start:]
    if name == "utf-8" and not _suspect(plain):
        try:
            plain.decode()
        except UnicodeDecodeError:
            pass
        else:
            return Decoded(_without_declaration(plain))
    text, bad = _text(plain, name)
    text = text.lstrip("\ufeff" + _BLANK)
    declaration = _DECLARATION.match(text)
    if declaration:
        text = text[declaration.end() :]
    return _marked(text, bad)


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


def _encoding(data: bytes, content_type: str) -> tuple[str, int]:
    """Return the encoding of an answer, and where it begins after its mark."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name, len(mark) if name == "utf-8" else 0
    if match := _CHARSET.search(content_type):
        return _known(match[1]), 0
    head = data[:200].lstrip()
    if head.startswith(b"<\0"):
        return "utf-16-le", 0
    if head.startswith(b"\0<"):
        return "utf-16-be", 0
    declared = _DECLARED.match(head)
    return (_known(declared[1].decode("ascii")) if declared else "utf-8"), 0


def _known(name: str) -> str:
    try:
        known = codecs.lookup(name)
    except LookupError:
        raise Trouble("refused", "soap.encoding", messages.unknown_encoding(name)) from None
    # Python has codecs that read no text, such as hex and zip.
    if not getattr(known, "_is_text_encoding", True):
        raise Trouble("refused", "soap.encoding", messages.unknown_encoding(name))
    return _WIDER.get(known.name, known.name)


def _text(data: bytes, name: str) -> tuple[str, list[str]]:
    """Return a text, each broken byte in it as a lone surrogate, and the names of those bytes."""
    broken: list[str] = []
    try:
        text = _strictly(data, name)
        if text is None:
            text = data.decode(name, "surrogateescape")
            broken = [f"{ord(sign) - 0xDC00:02X}" for sign in re.findall("[\udc80-\udcff]", text)]
    except UnicodeError as error:
        raise Trouble(
            "unavailable", "soap.encoding", messages.broken_text(name, str(error))
        ) from None
    foreign = len(data) - len(data.translate(None, _FOREIGN))
    if foreign and name != "utf-8" and not name.startswith(("utf-16", "utf-32")):
        _check_not_utf8(data, name)
        if name.startswith(_WESTERN):
            _check_not_chinese(data, name, foreign)
    if len(broken) > max(4, _BROKEN * foreign):
        raise Trouble(
            "refused", "soap.encoding", messages.contradicts(name, _looks_like(data, name))
        )
    return _edition(text, name), broken


def _edition(text: str, name: str) -> str:
    return current_edition(text) if name == "gb18030" else text


def _strictly(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except UnicodeDecodeError:
        return None


def _check_not_utf8(data: bytes, name: str) -> None:
    """Raise Trouble where a text that is declared to be in another encoding is Chinese in UTF-8."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return
    if _CHINESE.search(text):
        raise Trouble("refused", "soap.encoding", messages.contradicts(name, "utf-8"))


def _check_not_chinese(data: bytes, name: str, foreign: int) -> None:
    """Raise Trouble where a text that is declared to be western reads as Chinese: servers declare by habit."""
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return
    if 2 * len(_CHINESE.findall(text)) >= _MOSTLY * foreign:
        raise Trouble("refused", "soap.encoding", messages.contradicts(name, "gb18030"))


def _looks_like(data: bytes, name: str) -> str:
    for other in ("utf-8", "gb18030", "big5"):
        if other != name:
            try:
                data.decode(other)
            except UnicodeDecodeError:
                continue
            return other
    return ""


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
    """Return a character that a text neither holds nor refers to; raises Trouble where it has them all."""
    for sign in _FREE:
        code = ord(sign)
        if sign not in text and not re.search(rf"&#(?:0*{code}|x0*{code:x});", text, re.IGNORECASE):
            return sign
    raise Trouble("refused", "soap.encoding", messages.broken_text("XML", "U+FDD0"))


def _allowed(code: int) -> bool:
    return (
        code in (0x9, 0xA, 0xD)
        or 0x20 <= code <= 0xD7FF
        or 0xE000 <= code <= 0xFFFD
        or 0x10000 <= code <= 0x10FFFF
    )
