"""Which encoding XML from outside is in: what HTTP says counts over the document (RFC 7303).

A name that contradicts the bytes is refused and never guessed around. Pure.
"""

import re
from email.message import Message

from gateway.errors import GatewayError
from gateway.text import doors

#: Names of encodings that are read, with what libxml2 calls each. GB 18030 holds all of GBK and
#: GB 2312, and who says GB2312 writes 镕 as well.
_ENCODINGS = {
    "utf-8": "UTF-8",
    "utf8": "UTF-8",
    "us-ascii": "US-ASCII",
    "ascii": "US-ASCII",
    "gb18030": "GB18030",
    "gbk": "GB18030",
    "x-gbk": "GB18030",
    "cp936": "GB18030",
    "gb2312": "GB18030",
    "big5": "BIG5",
    "iso-8859-1": "ISO-8859-1",
    "latin1": "ISO-8859-1",
    "windows-1252": "WINDOWS-1252",
    "utf-16": "UTF-16",
    "utf-16le": "UTF-16LE",
    "utf-16be": "UTF-16BE",
}
_MARKS = ((b"\xef\xbb\xbf", "UTF-8"), (b"\xff\xfe", "UTF-16LE"), (b"\xfe\xff", "UTF-16BE"))
#: Encodings in which nearly any bytes make some text.
_LENIENT = {"GB18030", "BIG5", "ISO-8859-1", "WINDOWS-1252"}
_DECLARED = re.compile(
    rb"""(?:\xef\xbb\xbf)?<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']"""
)
#: From here on a character takes three bytes in UTF-8: hardly ever are such bytes anything else.
_THREE_BYTES = "\u0800"


class CharsetRefusedError(GatewayError):
    """The encoding that is named is not known, or the bytes are in another one."""


def charset_of(content_type: str) -> str:
    """Return the charset that a Content-Type header names, in lower case; "" for none."""
    message = Message()
    message["Content-Type"] = content_type
    return message.get_content_charset("").strip("'")


def xml_encoding(data: bytes, charset: str) -> str | None:
    """Return the encoding to read XML in, as libxml2 calls it; None to let the parser detect it.

    `charset` is what HTTP names, "" where it names none. Raises CharsetRefusedError where it is not
    known, and where a byte-order mark or the bytes contradict the name that counts.
    """
    match = _DECLARED.match(data)
    named = charset.lower() or (match[1].decode().lower() if match else "")
    encoding = _ENCODINGS.get(named)
    if encoding is None:
        if charset:
            raise CharsetRefusedError.of(doors.charset_unknown(charset))
        return None
    mark = next((name for start, name in _MARKS if data.startswith(start)), None)
    if mark is not None and not mark.startswith(encoding):
        raise CharsetRefusedError.of(doors.charset_contradicts(named, mark))
    if encoding in _LENIENT and _is_utf8(data):
        raise CharsetRefusedError.of(doors.charset_contradicts(named, "UTF-8"))
    if charset and encoding == "UTF-8" and (at := _not_utf8_at(data)) is not None:
        raise CharsetRefusedError.of(doors.charset_broken(named, at))
    return encoding


def _is_utf8(data: bytes) -> bool:
    """Whether bytes can hardly be anything but UTF-8."""
    if data.isascii():
        return False
    try:
        return max(data.decode()) >= _THREE_BYTES
    except UnicodeDecodeError:
        return False


def _not_utf8_at(data: bytes) -> int | None:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.start
    return None
