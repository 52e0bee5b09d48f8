"""Bytes held against the encoding that is declared: they can prove it wrong, never choose another.

A file that is in another encoding as a whole is refused; a single broken character is its row's.
"""

import codecs

#: Most bytes that are looked at, and characters other than ASCII of which the kind is looked up.
LOOKED_AT = 1 << 18
_SAMPLE = 1_000
#: GB 2312 has the commoner half of its characters, by pinyin, in the rows of these lead bytes, and
#: punctuation and full-width characters in these.
_COMMON, _PUNCTUATION = range(0xB0, 0xD8), (0xA1, 0xA3)
_NO_ASCII = dict.fromkeys(range(0x80))
_GB = ("gb18030", "gbk", "gb2312")


def encoding_seen_instead(data: bytes, declared: str) -> str | None:
    """Return the encoding that bytes are in where they prove not to be in the declared one.

    None where nothing speaks against it: ASCII alone fits every encoding but the wide ones.
    """
    data = data[:LOOKED_AT]
    codec = codecs.lookup(declared).name
    if codec == "utf-8":
        return _instead_of_utf8(data)
    text = _decoded(data, "utf-8")
    if text is not None and len(_foreign(text)) > 1:
        return "UTF-8"
    if codec in _GB:
        return "Big5" if _is_rather(data, "big5", codec) else None
    if codec in ("big5", "big5hkscs", "cp950"):
        return "GB18030" if _is_rather(data, "gb18030", codec) else None
    text = _decoded(data, "gb18030")
    chinese = text is not None and len(_foreign(text)) > 1 and _usual_share(text) > 0.6
    return "GB18030 (GBK)" if chinese else None


def _instead_of_utf8(data: bytes) -> str | None:
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(data)
    broken = text.count("\ufffd")
    if broken < 2 or broken <= len(_foreign(text)) - broken:
        return None
    if _is_rather(data, "big5", "gb18030"):
        return "Big5"
    return None if _decoded(data, "gb18030") is None else "GB18030 (GBK)"


def _is_rather(data: bytes, other: str, declared: str) -> bool:
    """Whether a text reads as common characters in another encoding and as rare ones in its own."""
    text = _decoded(data, other)
    if text is None or len(_foreign(text)) < 4:
        return False
    own = codecs.getincrementaldecoder(declared)("replace").decode(data)
    return _usual_share(text) > 0.8 and _usual_share(own) < 0.5


def _decoded(data: bytes, encoding: str) -> str | None:
    """Return the text, or None where a character is broken that is not the last."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(data)
    except UnicodeDecodeError:
        return None


def _foreign(text: str) -> str:
    """Return the characters of a text that are not ASCII."""
    return "" if text.isascii() else text.translate(_NO_ASCII)


def _usual_share(text: str) -> float:
    """Return how many of the characters other than ASCII are ones that offices write."""
    sample = _foreign(text)[:_SAMPLE]
    return sum(map(_usual, sample)) / len(sample) if sample else 0.0


def _usual(character: str) -> bool:
    try:
        lead = character.encode("gb2312")[0]
    except UnicodeEncodeError:
        # Traditional characters are in Big5's commoner half.
        return b"\xa4" <= character.encode("big5", "replace")[:1] <= b"\xc6"
    return lead in _COMMON or lead in _PUNCTUATION
