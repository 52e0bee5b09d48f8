"""Texts about holidays and makeup workdays."""

from datetime import date
from pathlib import Path

from gateway.text import Text


def other_year(number: int, day: date, year: int) -> Text:
    """Return that a line of a calendar is of another year."""
    return Text(f"第 {number} 行 {day} 不在 {year} 年", f"line {number}: {day} is not in {year}")


def day_twice(number: int, day: date) -> Text:
    """Return that a day of a calendar comes twice."""
    return Text(f"第 {number} 行 {day} 重复", f"line {number}: {day} comes twice")


def no_weekend(number: int, day: date) -> Text:
    """Return that a makeup workday is no weekend day."""
    return Text(
        f"第 {number} 行 {day} 本是工作日，不能调休上班",
        f"line {number}: {day} is no weekend day, so it cannot be a makeup workday",
    )


def too_few(count: int, least: int) -> Text:
    """Return that a calendar has fewer holidays than the law gives."""
    return Text(
        f"只有 {count} 个放假日，法定至少 {least} 天；请核对是否完整",
        f"there are {count} holidays and the law gives {least} at least; is the file whole?",
    )


def line_malformed(number: int) -> Text:
    """Return how a line of a calendar is written."""
    return Text(
        f"第 {number} 行应为“日期,放假”或“日期,上班”，日期如 2027-01-01",
        f"line {number} must be `date,holiday` or `date,workday`, with a date like 2027-01-01",
    )


def imported(person: str, year: int, holidays: int, makeups: int) -> Text:
    """Return who imported the holidays of a year, and how many days they are."""
    return Text(
        f"{person} 导入 {year} 年节假日：放假 {holidays} 天，调休上班 {makeups} 天",
        f"{person} imports the holidays of {year}: {holidays} days off, {makeups} makeup workdays",
    )


def year_unknown(year: int, begun: bool) -> Text:
    """Return that the holidays of a year are not known; `begun` is whether it has begun."""
    return Text(
        f"尚无 {year} 年节假日安排，{('现' if begun else '届时')}只按周末休息；"
        "国务院公布后执行 creditgate calendar import",
        f"the holidays of {year} are not known: {('now' if begun else 'then')} only weekends"
        " are days off; once they are announced run creditgate calendar import",
    )


def not_utf8(file: Path) -> Text:
    """Return that a calendar's file is no text in UTF-8."""
    return Text(f"{file} 不是 UTF-8 文本", f"{file} is no UTF-8 text")
