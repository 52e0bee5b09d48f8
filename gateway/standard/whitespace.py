"""White space as xs:token has it, by which a value that the XSD has passed is read. Pure."""

import re

#: What XML Schema calls white space; `str.strip` would take away more, such as U+3000.
_BLANKS = re.compile("[ \t\r\n]+")


def collapse(text: str | None) -> str:
    """Return a text as xs:token has it: one space between words, none around them; "" for None.

    libxml2 validates this text and hands out the raw one: " refused " passes the enumeration and
    is not equal to "refused".
    """
    return _BLANKS.sub(" ", text or "").strip(" ")
