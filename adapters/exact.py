"""Values as they are written: what turns a value that a library has parsed into the text of a row.

`str()` of a parsed value is not that: null becomes "None", 1.10 becomes 1.1, a number beyond 2^53
loses its last digits. What has no single exact text is refused, with its reason in both languages.
Pure, but for `read_json`, which opens the bytes in a reader process.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from adapters import AdapterError
from adapters.reader.exact_json import JsonReading, read_json
from adapters.text import exact as messages

__all__ = ("InexactValueError", "JsonReading", "as_text", "float_text", "read_json", "rows_frame")

_SHANGHAI = ZoneInfo("Asia/Shanghai")
#: Beyond it a float does not tell one whole number from the next.
_WHOLE = 2**53


class InexactValueError(AdapterError):
    """A value has no single exact text; `rule` is that of the fault of its row."""

    rule = "format.cell"


def as_text(value: object) -> str | None:
    """Return a value of a database driver, a JSON parser or the like as the text of a row.

    None stays None: it is neither "None" nor "". Texts stay as they are, blanks and all. Truth
    values are 1 and 0, decimals keep every digit, moments with a zone are by Shanghai's clock.

    Raises InexactValueError for NaN and infinities, floats that have lost digits, bytes (whose
    encoding is not known), lists and objects, half a character, and classes that nobody knows.

    >>> as_text(Decimal("1.10")), as_text(2**53 + 1), as_text(None)
    ('1.10', '9007199254740993', None)
    """
    match value:
        case None:
            return None
        case str():
            return _whole_text(value)
        case bool():
            return "1" if value else "0"
        case int():
            return int.__str__(value)
        case float():
            return float_text(value)
        case Decimal():
            return _decimal_text(value)
        case datetime():
            moment = value if value.tzinfo is None else value.astimezone(_SHANGHAI)
            return moment.isoformat(sep=" ")
        case date() | time():
            return value.isoformat()
        case _:
            raise InexactValueError(*messages.no_single_value(type(value).__name__))


def float_text(value: float) -> str:
    """Return the shortest number that means the same, without an exponent and without ".0".

    It is what a spreadsheet or a driver has made of a number: how it was written is lost, and its
    digits are too beyond 2^53, which is refused. A code or an amount is better asked for as text.

    >>> float_text(440101.0), float_text(0.1), float_text(1e-7)
    ('440101', '0.1', '0.0000001')
    """
    if not isfinite(value):
        raise InexactValueError(*messages.no_finite_number(repr(value)))
    if abs(value) >= _WHOLE:
        raise InexactValueError(*messages.digits_lost(repr(value)))
    return format(Decimal(repr(value).removesuffix(".0")), "f")


def rows_frame(
    rows: Sequence[Mapping[str, str | None]], columns: Sequence[str] = ()
) -> pl.DataFrame:
    """Return rows as the frame of a `Batch`: text columns, in the order given, or as they appear.

    A row that lacks a column has no value there. Raises InexactValueError where a value is no
    text, a row has a column that is not among those given, or a column comes twice.
    """
    names = list(columns) or list(dict.fromkeys(name for row in rows for name in row))
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InexactValueError(*messages.column_twice(twice))
    for row in rows:
        if extra := row.keys() - set(names):
            raise InexactValueError(*messages.column_unknown(min(extra)))
        for name, value in row.items():
            if value is not None and not isinstance(value, str):
                raise InexactValueError(*messages.no_text(name, type(value).__name__))
    series = [pl.Series(name, [row.get(name) for row in rows], dtype=pl.String) for name in names]
    return pl.DataFrame(series)


def _decimal_text(value: Decimal) -> str:
    if not value.is_finite():
        raise InexactValueError(*messages.no_finite_number(str(value)))
    return format(value, "f")


def _whole_text(value: Any) -> str:
    """Return a text; raises InexactValueError where half a character is in it."""
    text = str(value)
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise InexactValueError(*messages.half_a_character()) from None
    return text
