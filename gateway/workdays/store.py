"""Years of holidays that were imported, beside those of the package.

And what is said when one is missing.
"""

from datetime import date, datetime

from sqlalchemy import Connection, Engine, delete, insert, select

from gateway.events import store as event_store
from gateway.events.store import Event
from gateway.text import workdays as messages
from gateway.workdays.model import HOLIDAY, MAKEUP, Calendar, Year, announced
from gateway.workdays.tables import calendar_day


def load_calendar(connection: Connection) -> Calendar:
    """Return the calendar of the known years; an imported year goes before the package's."""
    years: dict[int, tuple[set[date], set[date]]] = {}
    for row in connection.execute(select(calendar_day)):
        holidays, makeups = years.setdefault(row.day.year, (set(), set()))
        (holidays if row.kind == HOLIDAY else makeups).add(row.day)
    imported = {
        year: Year(frozenset(holidays), frozenset(makeups), "imported")
        for year, (holidays, makeups) in years.items()
    }
    return Calendar({**announced(), **imported})


def import_year(
    connection: Connection, year: int, arrangement: Year, now: datetime, person: str
) -> None:
    """Keep a year's arrangement in place of what was known of that year."""
    connection.execute(
        delete(calendar_day).where(
            calendar_day.c.day >= date(year, 1, 1), calendar_day.c.day <= date(year, 12, 31)
        )
    )
    connection.execute(
        insert(calendar_day),
        [
            {"day": day, "kind": kind}
            for kind, days in ((HOLIDAY, arrangement.holidays), (MAKEUP, arrangement.makeups))
            for day in sorted(days)
        ],
    )
    text = messages.imported(person, year, len(arrangement.holidays), len(arrangement.makeups))
    event_store.note_event(connection, Event(now, "info", "calendar.imported", "", text))


def watch_calendar(engine: Engine, calendar: Calendar, today: date, now: datetime) -> None:
    """Write an event for each year that is missing: what will be done, and what to do."""
    for year in calendar.missing(today):
        has_begun = year <= today.year
        text = messages.year_unknown(year, has_begun)
        name = "calendar.fallback" if has_begun else "calendar.missing"
        event_store.say(engine, Event(now, "warning", name, "", text))
