"""Which encoding an XML body is in: what HTTP says counts over what the document says (RFC 7303).

A name that contradicts the bytes is refused and never guessed around. The centre, which stands
apart from adapters, has the same rules in `gateway/standard/charset.py`.
"""

import re
from email.message import Message

from adapters.formats import FormatError
from adapters.text import submissions as messages

RULE = "format.encoding"
#: Names of encodings that are read, with what libxml2 calls each. GB 18030 holds all of GBK and
#: GB 2312, and who says GB2312 writes 镕 as well.
_ENCODINGS = {
    "utf-8": "UTF-8", "utf8": "UTF-8", "us-ascii": "US-ASCII", "ascii": "US-ASCII",
    "gb18030": "GB18030", "gbk": "GB18030", "x-gbk": "GB18030", "cp936": "GB18030",
    "gb2312": "GB18030", "big5": "BIG5", "iso-8859-1": "ISO-8859-1", "latin1": "ISO-8859-1",
    "windows-1252": "WINDOWS-1252", "utf-16": "UTF-16", "utf-16le": "UTF-16LE",
    "utf-16be": "UTF-16BE",
}  # fmt: skip
_MARKS = ((b"\xef\xbb\xbf", "UTF-8"), (b"\xff\xfe", "UTF-16LE"), (b"\xfe\xff", "UTF-16BE"))
#: Encodings in which nearly any bytes make some text.
_LENIENT = {"GB18030", "BIG5", "ISO-8859-1", "WINDOWS-1252"}
_DECLARED = re.compile(
    rb"(?:\xef\xbb\xbf)?<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']"
)
#: From here on a character takes three bytes in UTF-8: hardly ever are such bytes anything else.
_THREE_BYTES = "\u0800"


def xml_encoding(data: bytes, content_type: str) -> str | None:
    """Return the encoding to read XML in, as libxml2 calls it; None where the parser tells by itself.

    Raises FormatError where the header's charset is not known, and where a byte-order mark or the
    bytes contradict the name that counts.
    """
    charset = _charset(content_type)
    match = _DECLARED.match(data)
    named = charset or (match[1].decode().lower() if match else "")
    encoding = _ENCODINGS.get(named)
    if encoding is None:
        if charset:
            raise FormatError(RULE, *messages.charset_unknown(charset))
        return None
    mark = next((name for start, name in _MARKS if data.startswith(start)), None)
    if mark is not None and not mark.startswith(encoding):
        raise FormatError(RULE, *messages.charset_contradicts(named, mark))
    if encoding in _LENIENT and _is_utf8(data):
        raise FormatError(RULE, *messages.charset_contradicts(named, "UTF-8"))
    if encoding == "UTF-8" and (at := _not_utf8_at(data)) is not None:
        raise FormatError(RULE, *messages.charset_broken(named, at))
    return encoding


def _charset(content_type: str) -> str:
    message = Message()
    message["Content-Type"] = content_type
    return message.get_content_charset("").strip("'")


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
