"""Watermarks: how far back a fetch looks, which values cannot serve,
and how a place is written down. Pure.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from math import ceil, isfinite
from typing import Any, Literal

from sqlalchemy import ColumnElement, func

from adapters import SourceRefusedError
from adapters.database.columns import Column, sent
from adapters.database.source import Source
from adapters.database.values import SHANGHAI, exact_text
from adapters.text import database as messages

#: Rows whose watermarks tell how they are written.
SAMPLED = 200
#: Share of them that must be written in one way.
_AGREED = 0.9
#: A watermark may be ahead of our clock by this much; beyond it is a mistake of the department's.
_AHEAD = timedelta(days=1)
_DAY = 86_400
#: Ways of writing a time whose order as text is that of time: every part has all its digits.
_WAYS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%Y.%m.%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y/%m/%d %H:%M",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日",
    "%Y%m%d%H%M%S",
    "%Y%m%d %H:%M:%S",
    "%Y%m%d%H%M",
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
)
_DIGITS = {"%Y": r"\d{4}", **dict.fromkeys(("%m", "%d", "%H", "%M", "%S"), r"\d{2}")}
_ZONE = r"(?:[.,]?\d{1,9})?(?P<zone>Z|[+-]\d{2}:?\d{2})?"


@dataclass(frozen=True, slots=True)
class Way:
    """How a text watermark is written: as a time, or as a number of always the same length."""

    #: A pattern of strptime; empty for a number.
    pattern: str
    #: Characters that are looked at; what follows (a fraction, a zone) orders after them.
    length: int
    zone: str = ""

    @property
    def like(self) -> str:
        """Return the SQL pattern of values written so."""
        if not self.pattern:
            return "_" * self.length
        return re.sub(r"%.", lambda part: "_" * (4 if part[0] == "%Y" else 2), self.pattern) + "%"

    def read(self, text: str) -> datetime | int | None:
        """Return what a text means; None where it is not written so."""
        if not self.pattern:
            return int(text) if text.isdecimal() and len(text) == self.length else None
        if _way_of(text) != self:
            return None
        return datetime.strptime(text[: self.length], self.pattern)  # noqa: DTZ007

    def rounded(self, value: datetime | int) -> datetime | int:
        """Return what is left of a time or number once it is written so."""
        if isinstance(value, datetime):
            return datetime.strptime(self.write(value), self.pattern)  # noqa: DTZ007
        return max(value, 0)

    def write(self, value: datetime | int) -> str:
        """Return a time or number written so; never longer than it was."""
        if isinstance(value, datetime):
            # Not every platform's strftime fills years up to four digits.
            return value.strftime(self.pattern.replace("%Y", f"{value.year:04}"))
        return f"{max(value, 0):0{self.length}}"


@dataclass(frozen=True, slots=True)
class Reckoning:
    """How one source's watermark is reckoned with: by its kind, or by how its text is written."""

    kind: Literal["moment", "date", "number", "text", "opaque"]
    column: Column
    way: Way | None = None

    def value(self, watermark: Any) -> Any:
        """Return a watermark as something that can be compared; None where it cannot serve."""
        match self.kind:
            case "moment" | "date" if isinstance(watermark, datetime | date):
                return watermark
            case "moment" | "date":
                return _moment(str(watermark), day=self.kind == "date")
            case "number":
                return _number(watermark)
            case "text" if self.way is not None and isinstance(watermark, str):
                return self.way.read(watermark)
        return None

    def earlier(self, watermark: Any, by: float) -> Any:
        """Return what is sent to look back by so many seconds, or numbers.

        Raises SourceRefusedError.
        """
        back = self.floor(watermark, by)
        if self.way is not None:
            return self.way.write(back)
        return exact_text(self.column, back) if self.column.native else back

    def floor(self, watermark: Any, by: float) -> Any:
        """Return what `value` gives for the place from which a fetch looks.

        Raises SourceRefusedError.
        """
        value = self.value(watermark)
        if value is None:
            written = exact_text(self.column, watermark) or ""
            raise SourceRefusedError(*messages.cursor_unreadable(self.column.name, written))
        try:
            back = _back(value, by)
        except OverflowError:
            return value
        return back if self.way is None else self.way.rounded(back)

    def serves(self, watermark: Any, now: datetime) -> bool:
        """Whether the next fetch may begin at a watermark: not at one that means nothing,
        or lies in the future.
        """
        if self.kind == "opaque":
            return True
        value = self.value(watermark)
        if isinstance(value, datetime):
            clock = (
                now if value.tzinfo is not None else now.astimezone(SHANGHAI).replace(tzinfo=None)
            )
            return value <= clock + _AHEAD
        if isinstance(value, date):
            return value <= (now.astimezone(SHANGHAI) + _AHEAD).date()
        return value is not None

    def usable(self, source: Source) -> ColumnElement[bool] | None:
        """Return what holds in SQL of a watermark that can serve (where it is not NULL)."""
        plain = source.clause.c[self.column.name]
        if self.way is not None:
            trimmed = func.rtrim(plain) if self.column.kind == "padded" else plain
            return trimmed.like(self.way.like)
        if self.kind in ("moment", "date") and source.dialect == "postgresql":
            return plain > sent(self.column, "least", "-infinity")
        if self.kind in ("moment", "date") and source.dialect in ("mysql", "mariadb"):
            return (func.dayofmonth(plain) > 0) & (func.month(plain) > 0)
        if source.dialect == "sqlite":
            kinds = ("integer", "real") if self.kind == "number" else ("text",)
            return func.typeof(plain).in_(kinds)
        return None


def reckoning(column: Column, sample: Sequence[Any], overlap: float) -> Reckoning:
    """Return how a watermark is reckoned with.

    Raises SourceRefusedError where none can be looked back from.
    """
    by_kind = _by_kind(column, sample)
    if by_kind is not None:
        return Reckoning(by_kind, column)
    as_text = not column.native or column.kind in ("text", "padded")
    texts = [value for value in sample if isinstance(value, str) and value and as_text]
    if texts and (way := _agreed(texts)) is not None:
        return Reckoning("text", column, way)
    if overlap > 0 and sample:
        example = next((text for text in texts if _way_of(text) is None), str(sample[0]))
        raise SourceRefusedError(*messages.text_watermark(column.name, example))
    return Reckoning("opaque", column)


def places(values: Sequence[Any], columns: Sequence[Column]) -> list[str | None]:
    """Return a position as JSON can hold it: the texts, then of what kind each was."""
    pairs = [
        (
            v.hex() if isinstance(v, bytes) else exact_text(column, v),
            "" if column.native else type(v).__name__,
        )
        for v, column in zip(values, columns, strict=True)
    ]
    return [text for text, _ in pairs] + [kind for _, kind in pairs]


def values_of(
    written: Sequence[str | None], columns: Sequence[Column], examples: Sequence[Any]
) -> tuple[Any, ...]:
    """Return a position's values as they are sent; raises SourceRefusedError.

    Cursors of before say nothing of kinds: they are those of a row that is there now.
    """
    texts = list(written[: len(columns)])
    kinds = list(written[len(columns) :]) or [type(example).__name__ for example in examples]
    read = []
    for text, kind, column in zip(texts, kinds, columns, strict=True):
        try:
            read.append(text if text is None or column.native else _of_kind(text, kind or ""))
        except (ValueError, ArithmeticError):
            raise SourceRefusedError(*messages.cursor_unreadable(column.name, text or "")) from None
    return tuple(read)


def _of_kind(text: str, kind: str) -> Any:
    match kind:
        case "int" | "bool":
            return int(text)
        case "float":
            return float(text)
        case "Decimal":
            return Decimal(text)
        case "datetime":
            return datetime.fromisoformat(text)
        case "date":
            return date.fromisoformat(text)
        case "timedelta":
            hours, minutes, seconds = text.lstrip("-").split(":")
            span = timedelta(hours=int(hours), minutes=int(minutes), seconds=float(seconds))
            return -span if text.startswith("-") else span
        case "bytes":
            return bytes.fromhex(text)
    return text


def _by_kind(column: Column, sample: Sequence[Any]) -> Literal["moment", "date", "number"] | None:
    """Return the kind of a watermark by what the driver gives, or by PostgreSQL's own type."""
    kinds: dict[str, Literal["moment", "date", "number"]] = {
        "moment": "moment",
        "date": "date",
        "integer": "number",
        "number": "number",
        "float": "number",
    }
    if column.native:
        return kinds.get(column.kind)
    counted = Counter(type(value) for value in sample)
    first = counted.most_common(1)[0][0] if counted else type(None)
    if first is str or first is type(None):
        # A driver gives dates of zeros as text; what SQLite declares means nothing.
        return kinds.get(column.kind) if column.kind in ("moment", "date") else None
    if issubclass(first, datetime):
        return "moment"
    if issubclass(first, date):
        return "date"
    return "number" if issubclass(first, int | float | Decimal) else None


def _agreed(texts: Sequence[str]) -> Way | None:
    ways = Counter(way for text in texts if (way := _way_of(text)) is not None)
    if not ways:
        return None
    way, times = ways.most_common(1)[0]
    return way if times >= _AGREED * len(texts) else None


def _way_of(text: str) -> Way | None:
    for pattern, compiled in _COMPILED:
        if (match := compiled.fullmatch(text)) is None:
            continue
        length = len(match["whole"])
        try:
            datetime.strptime(match["whole"], pattern)  # noqa: DTZ007
        except ValueError:
            continue
        return Way(pattern, length, match["zone"] or "")
    return Way("", len(text)) if text.isdecimal() and text.isascii() else None


def _compiled(pattern: str) -> re.Pattern[str]:
    digits = re.sub(r"%.", lambda part: _DIGITS[part[0]], pattern.replace(".", r"\."))
    return re.compile(f"(?P<whole>{digits}){_ZONE if '%S' in pattern else '(?P<zone>)'}", re.ASCII)


_COMPILED = tuple((pattern, _compiled(pattern)) for pattern in _WAYS)


def _moment(text: str, *, day: bool) -> datetime | date | None:
    try:
        return date.fromisoformat(text) if day else datetime.fromisoformat(text)
    except ValueError:
        return None


def _number(value: Any) -> int | float | Decimal | None:
    if isinstance(value, int | float | Decimal):
        return value if isfinite(value) else None
    text = str(value)
    if text.lstrip("-").isdecimal():
        return int(text)
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _back(value: Any, by: float) -> Any:
    if isinstance(value, datetime):
        return value - timedelta(seconds=by)
    if isinstance(value, date):
        # A day is looked at whole.
        return value - timedelta(days=ceil(by / _DAY))
    if isinstance(value, Decimal):
        return value - Decimal(str(by))
    return value - ceil(by) if isinstance(value, int) else value - by
