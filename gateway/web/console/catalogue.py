"""The catalogue as it was taken, and what changed with it.

The schedule that follows is shown as a calendar.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint

from gateway.catalogue.keeper import issues
from gateway.catalogue.model import Item
from gateway.clock import local_day
from gateway.exchange import slots
from gateway.operations.feed_status import standing
from gateway.web.kit.context import Console
from gateway.web.kit.guard import principal
from gateway.web.kit.language import page
from gateway.web.kit.parts import number

#: Issues of the catalogue whose changes are shown, days of the calendar, runs of each feed.
_ISSUES, _DAYS, _RUNS = 6, 14, 6
#: How many weeks the calendar goes back and on.
_WEEKS = 52


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar: which feeds are delivered on it."""

    day: date
    workday: bool
    open: dict[str, bool]


def catalogue_routes(console: Console) -> Blueprint:
    """Return the routes, below /catalogue and /schedule."""
    routes = Blueprint("catalogue", __name__)

    @routes.get("/catalogue", endpoint="page")
    def in_force() -> str:
        with console.engine.connect() as connection:
            latest = issues(connection, _ISSUES)
        return page("catalogue.html", found=latest, now=console.clock())

    @routes.get("/schedule")
    def schedule() -> str:
        feeds = standing(console.gateway, principal())
        catalogue = console.gateway.keeper.held
        week = max(-_WEEKS, min(number("week") or 0, _WEEKS))
        first = local_day(console.clock()) + timedelta(weeks=week)
        items = catalogue.items if catalogue else ()
        days = [_day(console, items, first + timedelta(days=n)) for n in range(_DAYS)]
        with console.engine.connect() as connection:
            runs = {feed.name: slots.slots(connection, feed.name, _RUNS) for feed in feeds}
        return page(
            "schedule.html",
            feeds=feeds,
            items=items,
            days=days,
            runs=runs,
            week=week,
            today=local_day(console.clock()),
        )

    return routes


def _day(console: Console, items: tuple[Item, ...], day: date) -> Day:
    workday = console.gateway.keeper.calendar.workday(day)
    return Day(
        day, workday, {item.feed: item.deliver_on == "every-day" or workday for item in items}
    )
