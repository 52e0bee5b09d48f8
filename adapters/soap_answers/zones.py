"""Moments with a zone as days and times of Asia/Shanghai:
what a department's calendar says. Pure.
"""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

_SHANGHAI = ZoneInfo("Asia/Shanghai")
#: Of XML Schema, and as Java and databases write it into JSON: `+0000`, `+08`, without seconds.
_WRITTEN = (
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(\.[0-9]+)? ?"
    r"(?:[Zz]|([+-][0-9]{2}):?([0-9]{2})?)"
)
_MOMENT = re.compile(_WRITTEN)
_TIME = re.compile(rb"[Tt ][0-9]{2}:[0-9]{2}")
#: A day of Shanghai with its zone, as XML Schema's date may be written.
_DAY = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})\+08:00$"
_EITHER = rf"^(?:{_WRITTEN}|[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}\+08:00)$"


def shanghai(text: str) -> str:
    """Return a moment with a zone as `YYYY-MM-DD HH:MM:SS` of Asia/Shanghai;
    any other text as it stands.

    A fraction of a second stays unless it is naught.

    >>> shanghai("2026-03-04T16:00:00Z")
    '2026-03-05 00:00:00'
    """
    match = _MOMENT.fullmatch(text)
    if match is None:
        return text
    day, clock, seconds, fraction, hours, minutes = match.groups()
    try:
        moment = datetime.fromisoformat(
            f"{day}T{clock}{seconds or ':00'}{hours or '+00'}:{minutes or '00'}"
        )
        local = moment.astimezone(_SHANGHAI)
    except (ValueError, OverflowError):
        return text
    fraction = (fraction or "").rstrip("0").rstrip(".")
    return f"{local:%Y-%m-%d %H:%M:%S}{fraction}" if local.year >= 1000 else text


def may_hold_moments(data: bytes) -> bool:
    """Whether any text in some bytes of UTF-8 may be a moment or day with a zone."""
    return b"+08:00" in data or _TIME.search(data) is not None


def shanghai_column(column: pl.Series) -> pl.Series:
    """Return a text column with each moment that has a zone as one of Asia/Shanghai."""
    at = column.str.slice(10, 1)
    if not at.is_in(["T", "t", " ", "+"]).any() or not column.str.contains(_EITHER).any():
        return column
    known: dict[str, str] = {}
    days = column.str.replace(_DAY, "$1")
    return pl.Series(
        column.name,
        [
            None if text is None else known.get(text) or known.setdefault(text, shanghai(text))
            for text in days
        ],
        dtype=pl.String,
    )
