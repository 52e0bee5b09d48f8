"""Database values as text, every digit as the server gave it; what is no single value is named.

Pure.
"""

import json
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from adapters.database.columns import Column
from adapters.formats.decoding import canonical, current_edition
from adapters.input_limits import input_limits
from adapters.text import Text
from adapters.text import database as messages

SHANGHAI = ZoneInfo("Asia/Shanghai")
#: PostgreSQL's times: the fraction has six digits or none, the zone hours and minutes.
_MOMENT = re.compile(r"(\d{4,}-\d\d-\d\d(?: \d\d:\d\d:\d\d)?)(\.\d+)?([+-]\d\d)?(:[\d:]+)?")
#: Letters of Western Europe in a row, as GBK or UTF-8 bytes look where a table says latin1.
_ACCENTS = re.compile(
    "[\x80-\xff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6"
    "\u02dc\u2013-\u203a\u20ac\u2122]{4,}"
)
_CHINESE = re.compile("[\u4e00-\u9fff\u3400-\u4dbf]")


class UnreadableValueError(Exception):
    """A value that is no single text; says why in both languages."""

    def __init__(self, text: Text) -> None:
        self.text = text
        super().__init__(text.en)


def series(
    column: Column, values: Sequence[Any], encoding: str
) -> tuple[pl.Series, dict[int, Text]]:
    """Return a column's values as text, and by row what cannot be read (its text is None then)."""
    way = _ways(column)
    if way is None:
        at_once = _at_once(column, values, encoding)
        if at_once is not None:
            return at_once, _unfit(column, at_once)
    written: list[str | None] = []
    faults: dict[int, Text] = {}
    for row, value in enumerate(values):
        try:
            text = None if value is None else _valid(column, as_text(column, value, encoding))
            written.append(text if text is None or way is None else way(text))
        except UnreadableValueError as error:
            faults[row] = error.text
            written.append(None)
    made = pl.Series(column.name, written, dtype=pl.String)
    return made, {**_unfit(column, made), **faults}


def _at_once(column: Column, values: Sequence[Any], encoding: str) -> pl.Series | None:
    """Return a column of which every value is text, or is UTF-8; None where one is not."""
    first = next((value for value in values if value is not None), "")
    try:
        if isinstance(first, str):
            return pl.Series(column.name, values, dtype=pl.String, strict=True)
        if isinstance(first, bytes) and encoding == "utf-8" and column.kind in ("text", "other"):
            return pl.Series(column.name, values, dtype=pl.Binary, strict=True).cast(pl.String)
    except (TypeError, UnicodeError, pl.exceptions.PolarsError):
        pass
    return None


def as_text(column: Column, value: Any, encoding: str) -> str:  # noqa: PLR0912
    """Return one value as text; raises UnreadableValueError.

    Decimals keep every digit they came with, floats are the shortest that mean the same and have no
    exponent, times are ISO 8601 with a space, bytes are text in `encoding`, LOBs are read.
    """
    match value:
        case str():
            return value
        case bool():
            return "1" if value else "0"
        case int():
            return f"{value:0{column.width}b}" if column.kind == "bits" else str(value)
        case float():
            return _shortest(column, value)
        case Decimal():
            return _number(column, str(value))
        case datetime():
            aware = value if value.tzinfo is None else value.astimezone(SHANGHAI)
            return aware.isoformat(sep=" ")
        case date():
            return value.isoformat()
        case timedelta():
            return _clock(value)
        case bytes() | bytearray() | memoryview():
            return _decoded(column, bytes(value), encoding)
        case dict():
            return json.dumps(value, ensure_ascii=False)
        case set() | frozenset():
            return ",".join(sorted(map(str, value)))
        case list() | tuple():
            raise UnreadableValueError(messages.no_text(column.name, column.type_name or "array"))
        case _ if hasattr(value, "read"):
            # A LOB of Oracle or DM: its text, or its bytes.
            return as_text(column, value.read(), encoding)
        case _:
            return str(value)


def exact_text(column: Column, value: Any) -> str | None:
    """Return a key or version as text by which its row is found again: nothing is cut off."""
    if value is None:
        return None
    if isinstance(value, bytes | bytearray | memoryview):
        plain = bytes(value)
        if column.kind == "bits":
            return _bits(column, plain)
        try:
            return plain.decode()
        except UnicodeDecodeError:
            return plain.hex()
    try:
        if isinstance(value, float):
            # SQLite finds a value that has no type by its own text, which has a point.
            return _number(column, repr(value))
        text = as_text(column, value, "utf-8")
        return _moment(text) or text if column.kind == "moment" and column.native else text
    except UnreadableValueError:
        return str(value)


def _ways(column: Column) -> Callable[[str], str] | None:
    """Return what turns a column's text into ours; None where it stands as it is."""

    def set_in_order(text: str) -> str:
        return ",".join(sorted(text.split(",")))

    def nothing(_text: str) -> str:
        raise UnreadableValueError(messages.no_text(column.name, column.native or column.type_name))

    def number(text: str) -> str:
        return _number(column, text)

    def decimal(text: str) -> str:
        return _shortest(column, float(text))

    def moment(text: str) -> str:
        values = _moment(text)
        if values is None:
            raise UnreadableValueError(messages.no_finite(column.name, text))
        return values

    match column.kind:
        case "padded":
            return lambda text: text.rstrip(" ")
        case "array":
            return nothing
        case "set":
            return set_in_order
        case "flag" if column.native:
            return lambda text: {"true": "1", "false": "0"}.get(text, text)
        case "float" if column.native:
            return decimal
        case "number" | "money" if column.native:
            return number
        case "moment" | "date" if column.native:
            return moment
        case _:
            return None


def _number(column: Column, text: str) -> str:
    """Return a number without an exponent.

    Raises UnreadableValueError for infinity and what is no number.
    """
    if text.isdigit():
        return text
    if not text[-1:].isdigit():
        raise UnreadableValueError(messages.no_finite(column.name, text))
    return format(Decimal(text), "f") if "e" in text or "E" in text else text


def _shortest(column: Column, value: float) -> str:
    """Return the shortest number that means the same:
    a code that was kept as 440101 has no point.
    """
    return _number(column, repr(value).removesuffix(".0"))


def _moment(text: str) -> str | None:
    """Return a time of PostgreSQL's as Python writes it: today's text,
    so that nothing seems changed.
    """
    match = _MOMENT.fullmatch(text)
    if match is None:
        return None
    at, fraction, hours, rest = match.groups()
    digits = "" if fraction is None else f"{fraction:0<7}"
    return f"{at}{digits}{hours or ''}{(rest or ':00') if hours else ''}"


def _decoded(column: Column, value: bytes, encoding: str) -> str:
    if column.kind == "bits":
        return _bits(column, value)
    if column.kind == "array":
        raise UnreadableValueError(messages.no_text(column.name, column.native or column.type_name))
    try:
        text = _strictly(value, encoding)
    except (UnicodeDecodeError, LookupError):
        raise UnreadableValueError(messages.not_decodable(column.name, encoding, value)) from None
    # BINARY(n) is filled up with NULs by the server.
    return text.rstrip("\0") if column.type_name.upper().startswith("BINARY") else text


def _bits(column: Column, value: bytes) -> str:
    return f"{int.from_bytes(value, 'big'):0{column.width or 1}b}"


def _clock(value: timedelta) -> str:
    """Return a TIME, which MySQL's drivers give as a duration:
    negative and beyond a day as it is.
    """
    moment = abs(value)
    minutes, seconds = divmod(moment.days * 86_400 + moment.seconds, 60)
    fraction = f".{moment.microseconds:06}" if moment.microseconds else ""
    before = "-" if value < timedelta() else ""
    return f"{before}{minutes // 60:02}:{minutes % 60:02}:{seconds:02}{fraction}"


def _valid(column: Column, text: str) -> str:
    """Return a text that is one.

    Raises UnreadableValueError for halves of characters, which no text may hold.
    """
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            broken = text[error.start : error.end]
            raise UnreadableValueError(messages.no_finite(column.name, repr(broken))) from None
    return text


def _unfit(column: Column, values: pl.Series) -> dict[int, Text]:
    """Return by row what no record may hold: text of another encoding, and values without end."""
    faults: dict[int, Text] = {}
    most = input_limits().characters
    longest = values.str.len_bytes().max()
    if isinstance(longest, int) and longest > most:
        for row in values.str.len_chars().gt(most).arg_true():
            faults[row] = messages.too_long(column.name, most)
    if column.accents:
        for row in values.str.contains(_ACCENTS.pattern).arg_true():
            if (guess := mistaken_for_latin1(values[row])) is not None:
                faults[row] = messages.looks_mojibake(column.name, values[row], guess)
    return faults


def mistaken_for_latin1(value: str) -> str | None:
    """Return the encoding of whose bytes a text consists that the database calls latin1;
    None where of none.

    Four letters of Western Europe in a row, three of them different, that read as Chinese: no name
    has them.
    """
    if value.isascii() or _CHINESE.search(value):
        return None
    if not any(len(set(run)) > 2 for run in _ACCENTS.findall(value)):
        return None
    try:
        stored = b"".join(map(_byte_in_latin1, value))
    except UnicodeError:
        return None
    for encoding in ("utf-8", "gb18030"):
        try:
            text = _strictly(stored, encoding)
        except UnicodeError:
            continue
        if _CHINESE.search(text):
            return "gbk" if encoding == "gb18030" else encoding
    return None


def _byte_in_latin1(character: str) -> bytes:
    """Return the byte that MySQL's latin1, which is cp1252 with its gaps filled,
    shows as a character.
    """
    try:
        return character.encode("cp1252")
    except UnicodeError:
        return character.encode("latin-1")


def _strictly(data: bytes, encoding: str) -> str:
    """Return bytes as text, GB18030 by its edition of 2022; raises UnicodeDecodeError."""
    text = data.decode(encoding)
    return current_edition(text) if canonical(encoding) == "gb18030" else text
