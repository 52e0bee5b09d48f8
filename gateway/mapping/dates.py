"""Dates by strptime patterns, read exactly: the declared digits, nothing around them, a real day.

The parser behind it repairs (a seven-digit `%Y%m%d`, blanks before a digit, a year alone), so that
a value's shape is held against the pattern before it is parsed. Pure.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import polars as pl

from gateway.text import Text
from gateway.text import mapping as texts

#: Moments with a zone fall on the day that it is then in Shanghai.
_DAYS_OF = "Asia/Shanghai"
_ZONE = r"(?:Z|[+-][0-9]{2}:?[0-9]{2})"
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_FULL_MONTHS = (
    "january|february|march|april|may|june|july|august|september|october|november|december"
)
_WEEKDAYS = "mon|tue|wed|thu|fri|sat|sun"
_FULL_WEEKDAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"

#: Directives that stand for several.
_SHORT = {"%F": "%Y-%m-%d", "%D": "%m/%d/%y", "%T": "%H:%M:%S", "%R": "%H:%M"}
#: Directives by another name: what a zone's colon or a missing zero is called does not matter.
_ALIKE = {"%:z": "%z", "%-m": "%m", "%-d": "%d", "%-e": "%e", "%-H": "%H", "%-I": "%I"}
#: Shapes of the directives; `{}` is how many digits a number has that may be written without its
#: zero.
_SHAPES = {
    "%Y": "[0-9]{4}",
    "%y": "[0-9]{2}",
    "%m": "[0-9]{}",
    "%d": "[0-9]{}",
    "%e": "[0-9]{}",
    "%j": "[0-9]{3}",
    "%H": "[0-9]{}",
    "%I": "[0-9]{}",
    "%M": "[0-9]{2}",
    "%S": "[0-9]{2}",
    "%p": "(?i:am|pm)",
    "%b": f"(?i:{_MONTHS})",
    "%B": f"(?i:{_FULL_MONTHS})",
    "%a": f"(?i:{_WEEKDAYS})",
    "%A": f"(?i:{_FULL_WEEKDAYS})",
    "%.f": r"(?:\.[0-9]{1,9})?",
    "%z": _ZONE,
    "%%": "%",
}
_NUMBERS = frozenset(("%Y", "%y", "%m", "%d", "%e", "%j", "%H", "%I", "%M", "%S"))
_YEAR, _MONTH, _DAY = {"%Y", "%y"}, {"%m", "%b", "%B"}, {"%d", "%e"}
_TOKEN = re.compile(r"%[-:.]?[0-9]?.|[^%]+|%", re.DOTALL)


class DatePatternError(ValueError):
    """A pattern cannot be used for dates; `text` says why."""

    def __init__(self, text: Text) -> None:
        self.text = text
        super().__init__(text.en)


@dataclass(frozen=True, slots=True)
class DatePattern:
    """How a day may be written: the shape of the whole value, and what parses it."""

    shape: str
    parser: str
    #: Whether it says of which zone the moment is.
    zoned: bool

    def day(self, value: pl.Expr) -> pl.Expr:
        """Return the day of each value; null where the value is not written so or is no day."""
        shaped = pl.when(value.str.contains(self.shape)).then(value)
        if not self.zoned:
            return shaped.str.to_date(self.parser, strict=False)
        with_offset = shaped.str.replace("Z$", "+00:00")
        moment = with_offset.str.to_datetime(self.parser, strict=False, time_unit="us")
        return moment.dt.convert_time_zone(_DAYS_OF).dt.date()


@cache
def date_pattern(written: str) -> DatePattern:
    """Compile a pattern of days; raises DatePatternError."""
    tokens = _tokens(written)
    named = set(tokens)
    if not (named & _YEAR and ((named & _MONTH and named & _DAY) or "%j" in named)):
        raise DatePatternError(texts.pattern_without_day(written))
    return _compiled(written, tokens)


@cache
def month_pattern(written: str) -> DatePattern:
    """Return a pattern of months, compiled, which is read as each month's first day.

    Raises DatePatternError.
    """
    tokens = _tokens(written)
    named = set(tokens)
    if not (named & _YEAR and named & _MONTH) or named & (_DAY | {"%j", "%z"}):
        raise DatePatternError(texts.pattern_without_month(written))
    compiled = _compiled(written, tokens)
    return DatePattern(compiled.shape, f"{compiled.parser} %d", compiled.zoned)


def days(values: pl.Series, patterns: Sequence[str]) -> pl.Series:
    """Return values as days (YYYY-MM-DD), by the first pattern that reads each; null for none."""
    compiled = [date_pattern(pattern) for pattern in patterns]
    return _first_read(
        values, [pattern_read.day(pl.col("value")) for pattern_read in compiled], "%Y-%m-%d"
    )


def months(values: pl.Series, patterns: Sequence[str]) -> pl.Series:
    """Return values as months (YYYY-MM), by the first pattern that reads each; null for none."""
    expressions = []
    for pattern in map(month_pattern, patterns):
        shaped = pl.when(pl.col("value").str.contains(pattern.shape)).then(pl.col("value") + " 01")
        expressions.append(shaped.str.to_date(pattern.parser, strict=False))
    return _first_read(values, expressions, "%Y-%m")


def _first_read(values: pl.Series, expressions: Sequence[pl.Expr], form: str) -> pl.Series:
    """Read each different value once: a batch has few days, whatever its length."""
    different = values.drop_nulls().unique()
    if different.is_empty():
        return pl.Series(values.name, [None] * values.len(), dtype=pl.String)
    written = (
        different.alias("value")
        .to_frame()
        .select(pl.coalesce(expressions).dt.to_string(form))
        .to_series()
    )
    return values.replace_strict(different, written, default=None, return_dtype=pl.String)


def _tokens(written: str) -> list[str]:
    """Split a pattern into directives and what stands between them; raises DatePatternError."""
    spelled_out = written.replace(".%f", "%.f")
    for short, long in _SHORT.items():
        spelled_out = spelled_out.replace(short, long)
    tokens = []
    for part in _TOKEN.findall(spelled_out):
        plain = _ALIKE.get(part, part)
        if part.startswith("%") and plain not in _SHAPES:
            raise DatePatternError(texts.unknown_directive(written, part))
        tokens.append(plain)
    # ISO 8601 writes Z for UTC: no letter of a local time.
    if tokens and tokens[-1] == "Z" and "%H" in tokens:
        tokens[-1] = "%z"
    return tokens


def _compiled(written: str, tokens: Sequence[str]) -> DatePattern:
    zoned = "%z" in tokens
    if zoned and (tokens[-1] != "%z" or not {"%H", "%M"} <= set(tokens)):
        raise DatePatternError(texts.zone_not_last(written))
    parser = "".join(tokens)
    literal_z = written.endswith("Z") and not written.endswith("%Z")
    shapes = [_shape(tokens, place) for place in range(len(tokens))]
    if zoned and literal_z:
        shapes[-1] = "Z"
    return DatePattern(f"^{''.join(shapes)}$", parser, zoned)


def _shape(tokens: Sequence[str], place: int) -> str:
    token = tokens[place]
    if token not in _SHAPES:
        return "".join(" +" if letter.isspace() else re.escape(letter) for letter in token)
    # Where numbers touch, only the declared digits say where one ends.
    touches = any(
        0 <= near < len(tokens) and _is_number(tokens[near], last=near < place)
        for near in (place - 1, place + 1)
    )
    return _SHAPES[token].replace("{}", "{2}" if touches else "{1,2}")


def _is_number(token: str, *, last: bool) -> bool:
    """Whether a neighbour is a number, or a text that touches with a digit."""
    if token in _NUMBERS:
        return True
    return token not in _SHAPES and token[-1 if last else 0].isdigit()
