"""What came where a SOAP message should be: nothing, a web page, plain text.

For people to read; pure.
"""

import re

from adapters.text import Text
from adapters.text import soap_http as messages

#: Rules of what is no SOAP message: a person is told what it is.
NO_SOAP = frozenset({"soap.envelope", "soap.dtd"})
_PAGE = re.compile(
    # Possessive: a comment is read in one way only, however many of them there are.
    rb"(?:<\?xml[^>]*+>|<!--(?:[^-]++|-(?!->))*+-->|\s++)*+<(?:!doctype\s++)?html\b",
    re.IGNORECASE,
)
_TITLE = re.compile(rb"<title[^>]*>\s*([^<]{1,200})", re.IGNORECASE)


def instead(data: bytes, content_type: str) -> Text | None:
    """Return what came where a SOAP message should be; None where it is some XML."""
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        return messages.empty_answer()
    if _PAGE.match(start):
        title = _TITLE.search(data)
        return messages.web_page(_guessed(title[1] if title else b""))
    if content_type.lower().startswith("multipart/") or start.startswith(
        (b"<", b"\xff\xfe", b"\xfe\xff")
    ):
        return None
    return messages.plain_text(_guessed(start[:200]))


def _guessed(data: bytes) -> str:
    """Return bytes as text that a person may read, whatever encoding they are in."""
    for encoding in ("utf-8", "gb18030"):
        text = data.decode(encoding, "ignore")
        if abs(len(text.encode(encoding, "ignore")) - len(data)) <= 3:
            break
    return " ".join(
        "".join(character if character.isprintable() else " " for character in text).split()
    )
