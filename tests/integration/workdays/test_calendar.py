"""The calendar in a store: imported years, and what a person is told of missing ones."""

from datetime import date

from sqlalchemy import Engine

from gateway.events import store as event_store
from gateway.workdays.model import read_year
from gateway.workdays.store import import_year, load_calendar, watch_calendar
from outbox import writing
from tests.support.clock import NOW
from tests.support.workday_years import NEXT_YEAR


def test_an_imported_year_counts_and_is_replaced_whole_by_the_next_import(engine: Engine) -> None:
    with writing(engine) as connection:
        import_year(connection, 2027, read_year(NEXT_YEAR, 2027), NOW, "operator")
        import_year(
            connection,
            2027,
            read_year(NEXT_YEAR.replace("2027-01-31,上班", "#"), 2027),
            NOW,
            "operator",
        )
    with engine.connect() as connection:
        found = load_calendar(connection)
        told = [event.text.en for event in event_store.events(connection)]

    assert not found.workday(date(2027, 1, 31))
    assert found.workday(date(2027, 10, 9))
    assert not found.workday(date(2026, 10, 1))
    assert "operator imports the holidays of 2027: 16 days off, 1 makeup workdays" in told


def test_a_missing_year_is_said_once_and_said_louder_when_it_has_begun(engine: Engine) -> None:
    with engine.connect() as connection:
        calendar = load_calendar(connection)
    for today in (date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 2), date(2027, 1, 1)):
        watch_calendar(engine, calendar, today, NOW)

    with engine.connect() as connection:
        told = [(event.name, event.level) for event in event_store.events(connection)]
    assert told == [("calendar.fallback", "warning"), ("calendar.missing", "warning")]
