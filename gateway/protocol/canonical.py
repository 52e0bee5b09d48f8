"""The plainest form of a package: how ours are written, and read without a tree.

In it a record is one line, with nothing between its elements, no comment and no CDATA. So what the
XSD says of a record can be said of its line by one pattern, compiled from the XSD, which reads the
fields as well, at a third of the cost of libxml2 and a tree. What is written otherwise goes that
way. Pure.
"""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import cache

from gateway.standard.model import Field, Kind
from gateway.standard.xsd_reader import CREDIT_NS, EXCHANGE_NS, load_standard

START = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<Package xmlns="{EXCHANGE_NS}" xmlns:c="{CREDIT_NS}">\n<Header>'
)
BODY = "</Header>\n<Body>\n"
END = "\n</Body>\n</Package>\n"
#: Signs that would be markup in a text, and how they are written there; "&" is undone last.
SPECIAL = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
#: One text of each record, in their order.
Texts = Sequence[str]
#: A run of signs that are neither markup nor space, an escape, and a text of both as xs:token has
#: it.
_SIGNS = rf"[^{''.join(SPECIAL)} \x00-\x1f]++"
_WORD = f"(?:{_SIGNS}|{'|'.join(SPECIAL.values())})++"
_TOKEN = f"{_WORD}(?: {_WORD})*+"
#: Signs that no XML document may hold, beside those below the space.
_NO_SIGNS = ("\ufffe", "\uffff")


def split_plain(xml: bytes) -> tuple[bytes, bytes] | None:
    """Return a package in its plainest form in two parts: all before its body, and its lines.

    None where it is written otherwise. The header is not validated here.
    """
    if not xml.startswith(START.encode()) or not xml.endswith(END.encode()):
        return None
    at = xml.find(BODY.encode())
    if at < 0:
        return None
    at += len(BODY)
    return xml[:at], xml[at : -len(END)]


def read_plain(body: bytes, kind: Kind) -> tuple[Texts, Sequence[Texts]] | None:
    """Return a plain body's keys, and a column of texts for each of the kind's fields.

    A field that is absent is "". None where anything in it is written otherwise, or breaks the XSD:
    then its tree tells why.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    if any(sign in text for sign in _NO_SIGNS):
        return None
    matches = list(map(_record(kind.name, kind.version).fullmatch, text.split("\n")))
    records = [record.groups("") for record in matches if record is not None]
    if len(records) < len(matches):
        return None
    columns: Sequence[Texts]
    keys, *columns = zip(*records, strict=True)
    values = (
        (field, set(texts) - {""})
        for field, texts in zip(kind.fields, columns, strict=True)
        if field.base != "text"
    )
    if not all(within_facets(field, text) for field, texts in values for text in texts):
        return None
    return keys, list(map(_unescaped, columns)) if "&" in text else columns


def within_facets(field: Field, text: str) -> bool:
    """Whether a date or a number of the right form is within its other facets.

    Each digit counts, also a 0 that says nothing: a number that has many of them goes by its tree.
    """
    low, high = field.minimum, field.maximum
    if field.base == "date":
        # Days of this form are in order as their texts are.
        return _is_day(text) and (low or text) <= text <= (high or text)
    integer, _, fraction = text.lstrip("+-").partition(".")
    if field.total_digits is not None and len(integer) + len(fraction) > field.total_digits:
        return False
    if field.fraction_digits is not None and len(fraction) > field.fraction_digits:
        return False
    return Decimal(low or text) <= Decimal(text) <= Decimal(high or text)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _unescaped(texts: Texts) -> Texts:
    text = "\n".join(texts)
    if "&" not in text:
        return texts
    for sign, escape in SPECIAL.items():
        text = text.replace(escape, sign)
    return text.split("\n")


def accepted_lines(keys: Texts) -> list[str]:
    """Return the lines of a receipt in its plainest form for records that are all accepted."""
    return [f'<Verdict key="{key}" verdict="accepted"/>' for key in keys]


@cache
def _record(kind_name: str, version: str) -> re.Pattern[str]:
    """Return the lines that the XSD allows of a kind; the groups are its key and its fields."""
    kind = load_standard(version).kind(kind_name)
    start = f'<c:{kind.name} key="([0-9a-f]{{32}})" change="(?:added|changed)">'
    return re.compile(start + "".join(map(_element, kind.fields)) + f"</c:{kind.name}>")


def _element(field: Field) -> str:
    element = f"<c:{field.name}>({_value(field)})</c:{field.name}>"
    return element if field.required else f"(?:{element})?+"


def _value(field: Field) -> str:
    """Return what a pattern can say of a field's value; it is never empty, and has no markup."""
    if field.codes:
        return "|".join(re.escape(code.value) for code in field.codes)
    if field.patterns:
        [form] = map(_without_groups, field.patterns)
        return f"(?:{form})"
    # Longer by its escapes than it is, a text may have to go by its tree.
    return f"(?=[^<]{{{field.min_length or 1},{field.max_length or ''}}}+<){_TOKEN}"


def _without_groups(pattern: str) -> str:
    """Return a pattern of the XSD that captures nothing.

    What stands in a class or is escaped opens no group.
    """
    return re.sub(r"(\[(?:\\.|[^\]\\])*\]|\\.)|\(", lambda part: part[1] or "(?:", pattern)
