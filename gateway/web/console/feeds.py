"""One feed: how it stands, its last units and runs, and what an operator may have done with it."""

from flask import Blueprint, abort, request
from werkzeug.wrappers import Response as BaseResponse

from gateway.events import store as event_store
from gateway.exchange import slots, source_units, unit_store
from gateway.masking import masked_name, source_name
from gateway.operations import feeds as feed_acts
from gateway.operations.feed_status import standing
from gateway.submissions.adapter import PushAdapter
from gateway.text import console as texts
from gateway.text import operations as messages
from gateway.web.kit.context import Console
from gateway.web.kit.guard import principal
from gateway.web.kit.language import page
from gateway.web.kit.parts import back, flashing, note
from outbox import writing

#: Units, runs and events that the page shows.
_UNITS, _RUNS, _EVENTS = 20, 12, 20


def feed_routes(console: Console) -> Blueprint:
    """Return the routes, below /feeds/FEED."""
    routes = Blueprint("feeds", __name__, url_prefix="/feeds/<feed>")

    @routes.get("/", endpoint="page")
    def one(feed: str) -> str:
        matching = [
            feed_standing
            for feed_standing in standing(console.gateway, principal())
            if feed_standing.name == feed
        ]
        if not matching:
            abort(404)
        with console.engine.connect() as connection:
            listed = unit_store.latest(connection, feed, _UNITS)
            runs = slots.slots(connection, feed, _RUNS)
            happened = event_store.events(connection, _EVENTS, feed)
            aside = source_units.set_aside(connection, feed)
        running_feed = console.gateway.fetching.feeds.get(feed)
        pushed = running_feed is not None and isinstance(running_feed.adapter, PushAdapter)
        return page(
            "feed.html",
            feed=matching[0],
            pushed=pushed,
            units=listed,
            runs=runs,
            events=happened,
            aside=aside,
            now=console.clock(),
        )

    @routes.post("/run")
    def run(feed: str) -> BaseResponse:
        with flashing(texts.fetch_asked()), writing(console.engine) as connection:
            feeds = console.gateway.fetching.feeds
            feed_acts.ask_to_fetch(connection, feeds, feed, principal().name, console.clock())
        return back("feeds.page", feed=feed)

    @routes.post("/confirm")
    def confirm(feed: str) -> BaseResponse:
        with flashing(texts.shrunk_list_confirmed()), writing(console.engine) as connection:
            feeds, reason = console.gateway.fetching.feeds, request.form.get("why", "")
            feed_acts.ask_to_confirm(
                connection, feeds, feed, principal().name, reason, console.clock()
            )
        return back("feeds.page", feed=feed)

    @routes.post("/resume")
    def resume(feed: str) -> BaseResponse:
        with flashing(messages.feed_resumed()), writing(console.engine) as connection:
            feed_acts.resume(
                connection, feed, principal().name, request.form.get("why", ""), console.clock()
            )
        return back("feeds.page", feed=feed)

    @routes.post("/again")
    def again(feed: str) -> BaseResponse:
        with flashing(), writing(console.engine) as connection:
            unit, reason = request.form.get("unit", ""), request.form.get("why", "")
            person, now = principal().name, console.clock()
            for name in feed_acts.read_again(connection, feed, unit, person, reason, now):
                note(messages.read_again(masked_name(source_name(name))))
        return back("feeds.page", feed=feed)

    @routes.post("/give-up")
    def give_up(feed: str) -> BaseResponse:
        with flashing(), writing(console.engine) as connection:
            unit, reason = request.form.get("unit", ""), request.form.get("why", "")
            person, now = principal().name, console.clock()
            for name in feed_acts.give_up(connection, feed, unit, person, reason, now):
                note(messages.gave_up(masked_name(source_name(name))))
        return back("feeds.page", feed=feed)

    return routes
