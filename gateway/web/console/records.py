"""A record's way: fetched when, from where, and mapped how.

And in which package, delivered when, with what verdict.
"""

from flask import Blueprint, request

from gateway.exchange import blind_index, refused_search
from gateway.exchange.lineage import record_lineage
from gateway.web.kit.context import Console
from gateway.web.kit.language import page

#: Refusals that the page shows beside the record's journeys.
_REFUSALS = 20


def record_routes(console: Console) -> Blueprint:
    """Return the routes, below /records/FEED."""
    routes = Blueprint("records", __name__, url_prefix="/records")

    @routes.get("/<feed>", endpoint="page")
    def way(feed: str) -> str:
        text = request.args.get("q", "").strip()
        legs, refused, behind = [], [], 0
        if text:
            with console.engine.connect() as connection:
                legs = record_lineage(connection, console.gateway.outbox, feed, text)
                forms = set(blind_index.forms(text))
                refused = refused_search.containing(connection, feed, forms, _REFUSALS)
                behind = blind_index.unmade(connection, 1000)
        running_feed = console.gateway.fetching.feeds.get(feed)
        kind = running_feed.mapping.kind if running_feed else None
        return page(
            "record.html",
            feed=feed,
            q=text,
            legs=legs,
            refused=refused,
            behind=behind,
            kind=kind,
            rows=console.row_mask(feed),
            records=console.record_mask(feed),
            looked_at=refused_search.LOOKED_AT,
            now=console.clock(),
        )

    return routes
