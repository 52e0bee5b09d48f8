"""The first page: is all well? It updates itself.

For who sees every department it has packages, deliveries and alerts, too.
"""

from flask import Blueprint

from gateway.alerts import store as alerts
from gateway.events import store as event_store
from gateway.operations import packages as package_acts
from gateway.operations.feed_status import FeedStanding, last_day
from gateway.operations.overall import overall
from gateway.web.kit.context import Console
from gateway.web.kit.guard import principal
from gateway.web.kit.language import page

#: Events that the page shows.
_EVENTS = 8
#: Seconds between two polls of the page; it says so once two of them were not answered.
EVERY = 5
#: Height of the chart's bars.
CHART = 90


def home_routes(console: Console) -> Blueprint:
    """Return the routes of the first page."""
    routes = Blueprint("home", __name__)

    @routes.get("/", endpoint="page")
    def home() -> str:
        return page("home.html", **_values(console))

    @routes.get("/now")
    def now() -> str:
        """Return the part of the page that changes by itself."""
        return page("home-now.html", **_values(console))

    return routes


def _values(console: Console) -> dict[str, object]:
    gateway, reader = console.gateway, principal()
    state, feeds = overall(gateway, reader)
    everywhere = reader.departments is None
    with console.engine.connect() as connection:
        open_alerts = [item for item in alerts.open_alerts(connection) if reader.sees(item.feed)]
        drops = (
            package_acts.drops_wanted(connection, gateway.outbox) if reader.may("operate") else []
        )
        events = event_store.events(connection, 60, departments=reader.departments)
        happened = [e for e in events if reader.sees(e.feed)][:_EVENTS]
    submitted = [
        item
        for item in console.registry.every(reader.departments)
        if item.submitted_version is not None
    ]
    hours = last_day(gateway) if everywhere else []
    top = max((hour.delivered + hour.retried for hour in hours), default=0)
    return {
        "feeds": feeds,
        "alerts": open_alerts,
        "drops": drops,
        "events": happened,
        "submitted": submitted,
        "everywhere": everywhere,
        "hours": hours,
        "top": top,
        "chart": CHART,
        "now": console.clock(),
        "sums": _sums(feeds),
        "breaker": gateway.breaker().opened_until if everywhere else None,
        "whole": state,
        "every": EVERY,
    }


def _sums(feeds: list[FeedStanding]) -> dict[str, int]:
    lanes = [feed.lane for feed in feeds if feed.lane]
    return {
        "waiting": sum(lane.waiting + lane.sending for lane in lanes),
        "held": sum(lane.held for lane in lanes),
        "dead": sum(lane.dead for lane in lanes),
        "late": sum(feed.deadline == "late" for feed in feeds),
        "near": sum(feed.deadline == "near" for feed in feeds),
        "refusals": sum(feed.open_refusals for feed in feeds),
    }
