"""Plain text between tags, as the quick ways read it:
what they take must be what a parser would give.
"""

import re

#: Text without markup, where nothing is in it that XML forbids.
TEXT = "[^<]*"
#: What stands in the value of an attribute, without references.
ATTRIBUTE = '[^"<>&\x00-\x1f]*'
_REFERENCE = re.compile(r"&(?:(amp|lt|gt|quot|apos)|#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6}));|&")
#: Bytes that are no control character, and those that XML allows.
_ALLOWED = bytes(byte for byte in range(256) if byte >= 32 or byte in b"\t\n\r")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")


class NotPlainError(Exception):
    """A text must go to the parser, which will say what is wrong with it."""


def as_parsed(text: str) -> str:
    """Return text between tags as a parser gives it: line ends and references.

    Raises NotPlainError.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _REFERENCE.sub(_character, text) if "&" in text else text


def _character(match: re.Match[str]) -> str:
    name, decimal, hexadecimal = match.groups()
    if name:
        return _NAMED[name]
    if not (decimal or hexadecimal):
        raise NotPlainError
    number = int(decimal) if decimal else int(hexadecimal, 16)
    if not (
        number in (9, 10, 13)
        or 0x20 <= number < 0xD800
        or 0xE000 <= number < 0xFFFE
        or 0x10000 <= number < 0x110000
    ):
        raise NotPlainError
    return chr(number)


def is_plain(block: bytes) -> bool:
    """Whether bytes of UTF-8 hold no control character that XML forbids."""
    return not block.translate(None, _ALLOWED)


def is_plain_text(text: str) -> bool:
    """Whether text of XML holds nothing else that is forbidden between tags."""
    return not ("\ufffe" in text or "\uffff" in text or ("]" in text and "]]>" in text))


def has_more_than_tags(block: bytes) -> bool:
    """Whether there is a comment, CDATA, an instruction or a DTD;
    single bytes are looked for first.
    """
    return (b"!" in block and b"<!" in block) or (b"?" in block and b"<?" in block)


def is_utf8(start: bytes) -> bool:
    """Whether a part that starts so can only be UTF-8."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in start[:4]:
        return False
    declared = _DECLARED.match(start.removeprefix(b"\xef\xbb\xbf"))
    return declared is None or declared.group(1).lower() == b"utf-8"
