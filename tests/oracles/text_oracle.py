"""What oracles of text files share: bytes as text, text as lines. Slow and obvious."""

import codecs
import re

from tests.oracles import NoDocument

#: Codes of two bytes that GB 18030-2022 gives to other characters than the edition of 2000 did, as
#: annex D of the standard lists them, and the one of four bytes that the edition of 2005 changed.
_GB18030_2022 = {
    "A6D9": 0xFE10,
    "A6DA": 0xFE12,
    "A6DB": 0xFE11,
    "A6DC": 0xFE13,
    "A6DD": 0xFE14,
    "A6DE": 0xFE15,
    "A6DF": 0xFE16,
    "A6EC": 0xFE17,
    "A6ED": 0xFE18,
    "A6F3": 0xFE19,
    "A8BC": 0x1E3F,
    "FE59": 0x9FB4,
    "FE61": 0x9FB5,
    "FE66": 0x9FB6,
    "FE67": 0x9FB7,
    "FE6D": 0x9FB8,
    "FE7E": 0x9FB9,
    "FE90": 0x9FBA,
    "FEA0": 0x9FBB,
    "8135F437": 0xE7C7,
}
_CHANGED = {
    ord(bytes.fromhex(code).decode("gb18030")): chr(new) for code, new in _GB18030_2022.items()
}
_MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "gb18030": b"\x84\x31\x95\x33",
    "utf-16": codecs.BOM_UTF16_LE,
}
_GB = ("gbk", "gb2312", "gb18030")


def decoded(data: bytes, encoding: str) -> str:
    """Return bytes as text, what does not decode as U+FFFD."""
    if encoding in _GB:
        # Python's codec is not told where the data ends, and takes signs there for a broken
        # character.
        return (data + b"\n" * 4).decode("gb18030", "replace")[:-4].translate(_CHANGED)
    return data.decode("utf-16-le" if encoding == "utf-16" else encoding, "replace")


def content(data: bytes, encoding: str) -> bytes:
    """Return a file without the mark in front and what pads its very end; raises NoDocument.

    Padding is Ctrl-Z and NULs behind the last line, or as a last line.
    """
    name = "gb18030" if encoding in _GB else encoding
    if name == "utf-16" and data.startswith(codecs.BOM_UTF16_BE):
        raise NoDocument("big endian: not made here")
    for mark_of, mark in _MARKS.items():
        if data.startswith(mark):
            if mark_of != name:
                raise NoDocument("mark")
            data = data[len(mark) :]
            break
    padded_line = re.search(rb"(?<=[\r\n])[\0\x1a]+(\r\n|\n|\r)?\Z", data)
    if padded_line and name != "utf-16":
        return data[: padded_line.start()]
    bare = data.rstrip(b"\0\x1a")
    unit = 2 if name == "utf-16" else 1
    return data[: len(bare) + len(bare) % unit]


def lines(text: str) -> list[tuple[str, str]]:
    """Return each line and what ends it: CR LF, LF, CR, or nothing for the last."""
    made: list[tuple[str, str]] = []
    begin = at = 0
    while at < len(text):
        if text[at] not in "\r\n":
            at += 1
            continue
        end = text[at : at + 2] if text[at : at + 2] == "\r\n" else text[at]
        made.append((text[begin:at], end))
        at += len(end)
        begin = at
    if begin < len(text):
        made.append((text[begin:], ""))
    return made


def unpadded(data: bytes) -> bytes:
    """Return a file without Ctrl-Z and zeros at its end, and ends of line behind them."""
    end = start = len(data)
    while end and data[end - 1] in b"\x1a\0\r\n":
        end -= 1
        if data[end] in b"\x1a\0":
            start = end
    return data[:start]
