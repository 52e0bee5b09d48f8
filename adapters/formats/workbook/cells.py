"""What a cell holds as the text that it stands for, or the fault that refuses its row.

Numbers are read as decimal digits. A workbook's number is a double: where more than 15 digits are
written they are those of one (Excel writes 4.1 as 4.0999999999999996), or the row is refused.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from adapters.formats.workbook.number_formats import NumberFormat, Section, Shown
from adapters.input_limits import input_limits
from adapters.text import Text, workbook_cells

#: Digits that Excel keeps of a number.
EXACT_DIGITS = 15
_NUMBER = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]{1,9}))?")
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)?T?(\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?")
_LARGEST_POWER = 400
_LAST_DAY = 2_958_465
#: Excel takes 1900 for a leap year: this day never was.
_NO_DAY = 60


class CellError(Exception):
    """A cell refuses its row: the rule and what is said."""

    def __init__(self, rule: str, text: Text) -> None:
        self.rule, self.text = rule, text
        super().__init__(rule)


@dataclass(frozen=True, slots=True)
class Layout:
    """What all cells of a workbook share."""

    formats: tuple[NumberFormat, ...]
    date_1904: bool = False
    #: The workbook says that its formulas are yet to be calculated.
    uncalculated: bool = False

    def format(self, style: int, column: int) -> NumberFormat:
        """Return a cell's number format; raises CellError where it has none."""
        if 0 <= style < len(self.formats):
            return self.formats[style]
        raise CellError("format.cell", workbook_cells.no_style(column))


def number_text(written: str, column: int) -> str:
    """Return a number as plain decimal digits: no exponent, no point in a whole number."""
    match = _NUMBER.fullmatch(written.strip(" \t\r\n"))
    whole, part = (match.group(2), match.group(3) or "") if match else ("", "")
    if match is None or not whole + part or (whole[:1] == "0" and len(whole) > 1):
        raise CellError("format.number", workbook_cells.no_number(column, written))
    digits = (whole + part).lstrip("0")
    point = len(whole) + int(match.group(4) or 0) - (len(whole + part) - len(digits))
    digits = digits.rstrip("0")
    if not digits:
        return "0"
    if len(whole + part) > input_limits().digits or point > EXACT_DIGITS:
        raise CellError("format.precision", workbook_cells.precision(column))
    if abs(point) > _LARGEST_POWER:
        raise CellError("format.number", workbook_cells.no_number(column, written))
    sign = "-" if match.group(1) == "-" else ""
    if len(digits) > EXACT_DIGITS:
        return sign + _of_double(f"0.{digits}E{point}", column)
    return sign + _plain(digits, point)


def _of_double(written: str, column: int) -> str:
    """Return the shortest digits of the double that more than 15 digits stand for."""
    value, exact = float(written), Decimal(written)
    shortest = Decimal(repr(value))
    if exact not in (shortest, Decimal(f"{value:.16e}"), Decimal(f"{value:.15e}")):
        raise CellError("format.precision", workbook_cells.precision(column))
    return f"{shortest:f}"


def _plain(digits: str, point: int) -> str:
    if point <= 0:
        return f"0.{'0' * -point}{digits}"
    if point >= len(digits):
        return digits + "0" * (point - len(digits))
    return f"{digits[:point]}.{digits[point:]}"


def shown_number(written: str, style: NumberFormat, layout: Layout, column: int) -> str:
    """Return what a number under a format stands for: itself, its digits with zeros, or a date."""
    text = number_text(written, column)
    signed = style.negative if text[0] == "-" else style.positive
    section = style.zero if text == "0" else signed
    if section.shown is Shown.DATE:
        return date_text(text, section, layout, column)
    if section.shown is Shown.LITERAL:
        raise CellError("format.shown", workbook_cells.shows_literal(column, style.code))
    if section.shown is Shown.SCALED:
        raise CellError("format.shown", workbook_cells.shows_scaled(column, style.code))
    if section.digits > 1:
        return _with_zeros(text, section, style, column)
    return text


def _with_zeros(text: str, section: Section, style: NumberFormat, column: int) -> str:
    sign, digits = ("-", text[1:]) if text[0] == "-" else ("", text)
    whole = digits.partition(".")[0]
    if len(whole) >= section.digits:
        return text
    if section.shown is not Shown.ZEROS or whole != digits:
        raise CellError("format.shown", workbook_cells.shows_zeros(column, style.code))
    return sign + digits.zfill(section.digits)


def date_text(serial: str, section: Section, layout: Layout, column: int) -> str:
    """Return a serial as YYYY-MM-DD, with HH:MM:SS where it has a time of day.

    Seconds are rounded as they are shown; a day that never was is a fault.
    """
    fault = CellError("format.date", workbook_cells.no_date(column, serial))
    value = Decimal(serial)
    if value < 0 or value > _LAST_DAY + 1:
        raise fault
    milliseconds = int((value * 86_400_000).quantize(Decimal(1)))
    if not section.milliseconds:
        milliseconds = (milliseconds + 500) // 1000 * 1000
    day, rest = divmod(milliseconds, 86_400_000)
    if section.elapsed:
        return _clock(milliseconds)
    if section.clock_only and value < 1:
        return _clock(rest)
    if layout.date_1904:
        start = datetime(1904, 1, 1)  # noqa: DTZ001
    elif day in (0, _NO_DAY):
        raise fault
    else:
        start = datetime(1899, 12, 31 if day < _NO_DAY else 30)  # noqa: DTZ001
    try:
        date = (start + timedelta(days=day)).date().isoformat()
    except OverflowError:
        raise fault from None
    return f"{date} {_clock(rest)}" if rest else date


def _clock(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{text}.{rest:03}" if rest else text


def iso_date_text(written: str, column: int) -> str:
    """Return a date that a cell holds as ISO 8601 text, as `date_text` would."""
    match = _ISO.fullmatch(
        written.strip().removesuffix("Z") if written.endswith("T00:00:00Z") else written.strip()
    )
    fault = CellError("format.date", workbook_cells.no_date(column, written))
    if match is None or not written.strip():
        raise fault
    day, clock = match.groups()
    try:
        moment = datetime.fromisoformat(f"{day or '2000-01-01'}T{clock or '00:00:00'}")
    except ValueError:
        raise fault from None
    time = moment.time().isoformat("milliseconds" if moment.microsecond else "seconds")
    if day is None:
        return time
    return f"{day} {time}" if moment.time() != moment.time().min else day


def boolean_text(written: str, column: int) -> str:
    """Return TRUE or FALSE; raises CellError for what is neither."""
    match written.strip().lower():
        case "1" | "true":
            return "TRUE"
        case "0" | "false":
            return "FALSE"
        case _:
            raise CellError("format.cell", workbook_cells.no_value(column, written))


def text_under(text: str, style: NumberFormat, column: int) -> str:
    """Return a text cell; raises CellError where its format shows words beside it."""
    if style.text_literal and text.strip():
        raise CellError("format.shown", workbook_cells.shows_literal(column, style.code))
    if len(text) > (limit := input_limits().characters):
        raise CellError("format.cell", workbook_cells.too_long(column, limit))
    return text
