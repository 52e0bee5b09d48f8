"""Workdays of China: windows by them, the import of a year, what is said of one that is missing."""

from datetime import date, datetime, timedelta

import pytest

from gateway.catalogue.model import in_window, read_catalogue
from gateway.clock import SHANGHAI
from gateway.demo.exchange_platform import catalogue_xml
from gateway.workdays.model import Calendar, CalendarRefusedError, announced, read_year
from tests.support.catalogues import item
from tests.support.clock import NOW
from tests.support.workday_years import NEXT_YEAR

CALENDAR = Calendar(announced())


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2026-11-25", True),  # a Wednesday
        ("2026-11-28", False),  # a Saturday
        ("2026-10-01", False),  # National Day, a Thursday
        ("2026-10-10", True),  # a Saturday that makes up for it
        ("2026-02-14", True),  # a Saturday that makes up for the Spring Festival
        ("2026-02-16", False),  # Spring Festival, a Monday
    ],
)
def test_the_announced_arrangement_tells_which_days_are_worked(day: str, worked: bool) -> None:
    assert CALENDAR.workday(date.fromisoformat(day)) is worked


def test_in_a_year_that_is_not_known_weekends_are_the_days_off() -> None:
    assert CALENDAR.workday(date(2031, 10, 1))
    assert not CALENDAR.workday(date(2031, 10, 4))


@pytest.mark.parametrize(
    ("begin", "end", "when", "is_open"),
    [
        ("09:00", "17:00", "2026-11-27T16:59", True),
        ("09:00", "17:00", "2026-11-28T10:00", False),
        ("22:00", "06:00", "2026-11-27T23:00", True),
        # What opens on Friday evening stays open into Saturday; what would open on Sunday does not.
        ("22:00", "06:00", "2026-11-28T05:59", True),
        ("22:00", "06:00", "2026-11-28T22:00", False),
        ("22:00", "06:00", "2026-11-30T05:00", False),
        ("00:00", "24:00", "2026-10-10T00:00", True),
        ("00:00", "24:00", "2026-10-01T12:00", False),
        ("08:00", "08:00", "2026-10-01T12:00", False),
        ("08:00", "08:00", "2026-10-10T03:00", True),
    ],
)
def test_a_window_of_workdays_opens_on_workdays(
    begin: str, end: str, when: str, is_open: bool
) -> None:
    found = item(deliver_on="workdays", deliver_from=begin, deliver_to=end)

    assert in_window(found, at(when), CALENDAR.workday) is is_open


def test_the_catalogue_says_days_and_limits_and_may_be_silent() -> None:
    xml = catalogue_xml(1, NOW)
    said = (
        b"<DeliverOn>workdays</DeliverOn><MaxAttempts>3</MaxAttempts><GiveUpAfter>P2D</GiveUpAfter>"
    )
    end = b"</DueWithin></Item>"

    first, second, _ = read_catalogue(
        xml.replace(end, b"</DueWithin>" + said + b"</Item>", 1)
    ).items

    assert (first.deliver_on, first.max_attempts, first.give_up_after) == (
        "workdays",
        3,
        timedelta(days=2),
    )
    assert (second.deliver_on, second.max_attempts, second.give_up_after) == (
        "every-day",
        None,
        None,
    )


def test_a_year_is_read_from_what_an_office_types() -> None:
    found = read_year(NEXT_YEAR, 2027)
    calendar = Calendar({2027: found})

    assert len(found.holidays) == 16
    assert calendar.workday(date(2027, 1, 31))
    assert not calendar.workday(date(2027, 2, 5))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("2026-12-31,放假", "not in 2027"),
        ("2027-01-01,放假", "twice"),
        ("2027-03-01,上班", "no weekend day"),
        ("2027-02-30,放假", "line 20"),
        ("2027-03-06,maybe", "line 20"),
        ("2027-03-06", "line 20"),
        ("=cmd|' /C calc'!A0,放假", "line 20"),
    ],
)
def test_a_wrong_line_refuses_the_file_with_its_number(line: str, said: str) -> None:
    with pytest.raises(CalendarRefusedError, match=said):
        read_year(NEXT_YEAR + "\n" + line, 2027)


def test_half_a_year_is_refused() -> None:
    with pytest.raises(CalendarRefusedError, match="whole"):
        read_year("2027-01-01,放假", 2027)


@pytest.mark.parametrize(
    ("today", "missing"),
    [
        ("2026-11-30", []),
        ("2026-12-01", [2027]),
        ("2027-01-01", [2027]),
        ("2027-12-01", [2027, 2028]),
    ],
)
def test_from_december_on_the_missing_year_is_named(today: str, missing: list[int]) -> None:
    calendar = Calendar({year: announced()[year] for year in announced() if year <= 2026})

    assert calendar.missing(date.fromisoformat(today)) == missing
