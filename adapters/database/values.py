"""Database values as text without loss, and back into a column's own type. Pure."""

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any


def as_text(value: Any, encoding: str = "utf-8") -> str | None:
    """Write a value as text; CHAR padding goes, a byte that does not decode becomes U+FFFD.

    Decimals keep every digit they came with, times are ISO 8601 with a space, bytes are text in
    `encoding`, LOBs are read.
    """
    match value:
        case None:
            return None
        case str():
            return value.rstrip(" ")
        case bool():
            return "1" if value else "0"
        case Decimal():
            return format(value, "f")
        case datetime():
            return value.isoformat(sep=" ")
        case date():
            return value.isoformat()
        case timedelta():
            return _clock(value)
        case bytes() | bytearray() | memoryview():
            return bytes(value).decode(encoding, errors="replace").rstrip(" ")
        case dict() | list():
            return json.dumps(value, ensure_ascii=False)
        case _ if hasattr(value, "read"):
            # A LOB of Oracle or DM: its text, or its bytes.
            return as_text(value.read(), encoding)
        case _:
            return str(value)


def typed(column: Any, text: str | None) -> Any:
    """Turn text that `as_text` wrote back into the column's own Python type."""
    if text is None:
        return None
    try:
        python = column.type.python_type
    except NotImplementedError:
        return text
    if python is datetime:
        return datetime.fromisoformat(text)
    if python is date:
        return date.fromisoformat(text)
    return python(text) if python in (int, float, Decimal) else text


def earlier(value: Any, by: float) -> Any:
    """Give a watermark that lies `by` seconds, or numbers, before another."""
    match value:
        case bool() | str() | None:
            return value
        case datetime():
            return value - timedelta(seconds=by)
        case date():
            # A day is looked at whole.
            return value - timedelta(days=1) if by else value
        case int():
            return value - int(by)
        case Decimal():
            return value - Decimal(str(by))
        case float():
            return value - by
        case _:
            return value


def _clock(value: timedelta) -> str:
    """Write a TIME, which MySQL's drivers give as a duration."""
    minutes, seconds = divmod(int(value.total_seconds()), 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
