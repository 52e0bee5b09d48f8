"""Workdays of China: public holidays, makeup workdays, and what is done in a year nobody has
announced. Pure.

The State Council announces each year's arrangement late in the year before. The package
chinesecalendar has the announced years; a year that it lacks is imported from a file.
"""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

import chinese_calendar

from gateway.errors import GatewayError
from gateway.text import workdays as messages

Workday = Callable[[date], bool]
HOLIDAY, MAKEUP = "holiday", "workday"
#: Month of a year from which on a person is told that the next year is missing.
WARN_FROM_MONTH = 12
#: Public holidays that every year has had at least since 2008 (国务院令第644号: eleven days by
#: law).
_HOLIDAYS_AT_LEAST = 11


class CalendarRefusedError(GatewayError):
    """A calendar file cannot be a year's arrangement of holidays."""


@dataclass(frozen=True, slots=True)
class Year:
    """One year's arrangement: days off, and days of a weekend that are worked."""

    holidays: frozenset[date]
    makeups: frozenset[date]
    source: str = ""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The years that are known; in any other, weekends are the days off."""

    years: Mapping[int, Year]

    def workday(self, day: date) -> bool:
        """Whether offices work on a day."""
        year = self.years.get(day.year)
        if year is not None and day in year.makeups:
            return True
        if year is not None and day in year.holidays:
            return False
        return day.weekday() < 5

    def missing(self, today: date) -> list[int]:
        """Return the years that a person should import: this one, and from December on the next."""
        years = [today.year]
        if today.month >= WARN_FROM_MONTH:
            years.append(today.year + 1)
        return [year for year in years if year not in self.years]


@cache
def announced() -> Mapping[int, Year]:
    """Return the years that the package chinesecalendar has."""
    holidays, makeups = chinese_calendar.holidays, chinese_calendar.workdays
    years = {day.year for day in holidays}
    return {
        year: Year(
            frozenset(day for day in holidays if day.year == year),
            frozenset(day for day in makeups if day.year == year),
            "chinesecalendar",
        )
        for year in years
    }


def read_year(text: str, year: int) -> Year:
    """Return a year's arrangement read from CSV lines `date,kind[,name]`.

    The kind is holiday or workday.

    Raises CalendarRefusedError for a line that is none, a day of another year, a day twice, a
    makeup workday that is no weekend day, or fewer holidays than the law gives.
    """
    kinds: dict[date, str] = {}
    for number, row in enumerate(csv.reader(io.StringIO(text)), 1):
        if not row or row[0].strip().lower() in ("date", "日期") or row[0].startswith("#"):
            continue
        day, kind = _line(row, number)
        if day.year != year:
            raise CalendarRefusedError.of(messages.other_year(number, day, year))
        if day in kinds:
            raise CalendarRefusedError.of(messages.day_twice(number, day))
        if kind == MAKEUP and day.weekday() < 5:
            raise CalendarRefusedError.of(messages.no_weekend(number, day))
        kinds[day] = kind
    arrangement = Year(
        frozenset(day for day, kind in kinds.items() if kind == HOLIDAY),
        frozenset(day for day, kind in kinds.items() if kind == MAKEUP),
    )
    if len(arrangement.holidays) < _HOLIDAYS_AT_LEAST:
        raise CalendarRefusedError.of(
            messages.too_few(len(arrangement.holidays), _HOLIDAYS_AT_LEAST)
        )
    return arrangement


def _line(row: list[str], number: int) -> tuple[date, str]:
    kinds = {"holiday": HOLIDAY, "放假": HOLIDAY, "workday": MAKEUP, "上班": MAKEUP}
    try:
        day = datetime.strptime(row[0].strip(), "%Y-%m-%d").date()  # noqa: DTZ007
        return day, kinds[row[1].strip().lower()]
    except (ValueError, KeyError, IndexError):
        raise CalendarRefusedError.of(messages.line_malformed(number)) from None
