"""Decoding of legacy text, strictly: what does not decode is U+FFFD and never guessed at.

GB18030 is read by its edition of 2022, also where a file calls itself GBK, GB2312 or cp936:
Python's codec is of the edition of 2000. What is private use or unassigned then stays in the text.
"""

import codecs
import re
from collections.abc import Callable
from functools import cache

import polars as pl

#: Encodings that are read as GB18030, of which they are parts.
_GB = {"gb18030", "gbk", "gb2312"}
#: Characters that the editions of 2005 (one) and 2022 (18) moved out of the private use area. The
#: 18 have four-byte codes beside, which stay readable, as the Unicode consortium recommends.
_MOVED = {
    **dict(
        zip(
            range(0xE78D, 0xE797),
            "\ufe10\ufe12\ufe11\ufe13\ufe14\ufe15\ufe16\ufe17\ufe18\ufe19",
            strict=True,
        )
    ),
    0xE81E: "\u9fb4",
    0xE826: "\u9fb5",
    0xE82B: "\u9fb6",
    0xE82C: "\u9fb7",
    0xE832: "\u9fb8",
    0xE843: "\u9fb9",
    0xE854: "\u9fba",
    0xE864: "\u9fbb",
    0xE7C7: "\u1e3f",
    0x1E3F: "\ue7c7",
}
_MOVED_BACK = {ord(new): old for old, new in _MOVED.items()}
#: Marks that files begin with, the longer ones first, and the encodings that they belong to.
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (b"\x84\x31\x95\x33", "gb18030"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: Encodings that shift between sets of characters: an ASCII byte is not always that character.
_STATEFUL = ("hz", "iso2022", "utf-7", "punycode", "idna")

#: Turns bytes into text; the second argument tells whether they are the last.
Decode = Callable[[bytes, bool], str]


#: What a name of an encoding is made of: words of ASCII with one sign between each two (a narrower
#: form of XML 1.0, production 81; Python's own may begin with a digit).
_NAME = re.compile(r"[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*")
#: Bytes of the longest character of any encoding in which ASCII stands for itself.
_LONGEST = 8


def codec_of(encoding: str) -> codecs.CodecInfo:
    """Return Python's codec of an encoding; raises LookupError where there is none.

    Python leaves out what is no character of a name: it takes `UTF-\ufffd8` and `(utf 8)` for
    UTF-8.
    """
    if not _NAME.fullmatch(encoding):
        raise LookupError(encoding)
    return codecs.lookup(encoding)


@cache
def canonical(encoding: str) -> str:
    """Return Python's own name of an encoding, that of GB18030 for all of its parts.

    Raises LookupError where there is none.
    """
    name = codec_of(encoding).name
    if name in _GB:
        return "gb18030"
    return "utf-8" if name == "utf-8-sig" else name


def decoder(encoding: str) -> Decode:
    """Return a function that decodes a stream piece by piece; what does not decode is U+FFFD.

    A mark at the beginning is not for it: `mark_of` finds that.
    """
    name = canonical(encoding)
    # Without its mark UTF-16 is what Windows writes.
    wide = f"{name}-le" if name in ("utf-16", "utf-32") else name
    decode = codecs.getincrementaldecoder(wide)("replace").decode
    if name != "gb18030":
        return decode
    return lambda data, final: current_edition(decode(data, final))


def decode(data: bytes, encoding: str) -> str:
    """Return bytes that are whole as text; what does not decode is U+FFFD."""
    name = canonical(encoding)
    text = _replaced(data, name)
    return current_edition(text) if name == "gb18030" else text


def encoder(encoding: str) -> Callable[[str], bytes]:
    """Return a function that encodes text piece by piece; what has no code is an XML reference."""
    codec = codecs.lookup(encoding)
    encode = codecs.getincrementalencoder(encoding)("xmlcharrefreplace").encode
    if codec.name != "gb18030":
        return encode
    return lambda text: encode(text.translate(_MOVED_BACK))


def utf8(data: bytes, encoding: str) -> bytes:
    """Return bytes that are whole as valid UTF-8, quickest where they are that already."""
    name = canonical(encoding)
    if name in ("utf-8", "gb18030") and data.isascii():
        return data
    if name == "utf-8":
        return data if _valid(data) else data.decode("utf-8", "replace").encode("utf-8")
    return _decoded(data, name)[1]


def text_and_utf8(data: bytes, encoding: str) -> tuple[str, bytes]:
    """Return bytes that are whole as text, and as UTF-8; what does not decode is U+FFFD."""
    if data.isascii() and keeps_ascii(encoding):
        return data.decode("ascii"), data
    return _decoded(data, canonical(encoding))


def _decoded(data: bytes, name: str) -> tuple[str, bytes]:
    text = _replaced(data, name)
    encoded = utf8_of(text)
    # The private use area begins with EE in UTF-8, and the one code that became private use has an
    # 81, which no common character has: where neither is, nothing moved.
    if name == "gb18030" and (b"\xee" in encoded or b"\x81" in data):
        text = current_edition(text)
        encoded = text.encode("utf-8")
    return text, encoded


def _replaced(data: bytes, name: str) -> str:
    """Return bytes as text, each broken one as U+FFFD.

    At the end of its input Python's codec takes ASCII behind a broken byte for the rest of that
    character, an end of line and a separator too: it is not told that the end is there.
    """
    if name == "utf-8" or data[-_LONGEST:].isascii() or not keeps_ascii(name):
        return data.decode(name, "replace")
    return (data + b"\n" * _LONGEST).decode(name, "replace")[:-_LONGEST]


def utf8_of(text: str) -> bytes:
    """Return text as UTF-8, a lone surrogate as U+FFFD."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode("utf-8")


@cache
def keeps_ascii(encoding: str) -> bool:
    """Whether a byte below 0x30 is that ASCII character wherever it stands: lines can be cut."""
    name = canonical(encoding)
    if (
        name.replace("_", "")
        .replace("-", "")
        .startswith(tuple(s.replace("-", "") for s in _STATEFUL))
    ):
        return False
    try:
        return bytes(range(128)).decode(name) == "".join(map(chr, range(128)))
    except (UnicodeError, LookupError):
        return False


def mark_of(head: bytes) -> tuple[bytes, str] | None:
    """Return the mark that a file begins with and its encoding, if it has one."""
    return next(((mark, name) for mark, name in MARKS if head.startswith(mark)), None)


def _valid(data: bytes) -> bool:
    """Whether bytes are UTF-8: polars sees that faster than Python decodes them."""
    try:
        pl.Series([data], dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.PolarsError:
        return False
    return True


def current_edition(text: str) -> str:
    """Return text that Python has decoded as GB18030 as the edition of 2022 reads it."""
    return text.translate(_MOVED)
