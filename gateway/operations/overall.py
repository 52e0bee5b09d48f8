"""Is all well? The worst of centre, catalogue, feeds and alerts; what is not known is not well.

The first page, the API and the command tell the same by this.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from gateway.accounts import Principal
from gateway.alerts import store as alerts
from gateway.catalogue.model import Catalogue
from gateway.operations.feed_status import FeedStanding, standing
from gateway.operations.node_view import Shown
from gateway.text import Text
from gateway.text import overall as messages

OverallLight = Literal["bad", "warn", "unknown", "good"]
#: From the worst.
_ORDER: tuple[OverallLight, ...] = ("bad", "warn", "unknown", "good")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the whole: centre, catalogue, feeds or alerts."""

    name: str
    light: OverallLight
    text: Text


@dataclass(frozen=True, slots=True)
class Overall:
    """How all of it stands, for one reader."""

    parts: tuple[Part, ...]

    @property
    def light(self) -> OverallLight:
        """Return the worst of the parts; without any nothing is known."""
        lights = {part.light for part in self.parts} or {"unknown"}
        return next(light for light in _ORDER if light in lights)

    @property
    def text(self) -> Text:
        """Return whether all is well, in words."""
        return messages.verdict(self.light)


def overall(gateway: Shown, principal: Principal) -> tuple[Overall, list[FeedStanding]]:
    """Return how all of it stands that somebody sees, and the feeds that it was seen by."""
    feeds = standing(gateway, principal)
    with gateway.engine.connect() as connection:
        open_count = sum(principal.sees(alert.feed) for alert in alerts.open_alerts(connection))
        watched = any(rule.enabled for rule in alerts.rules(connection))
        last = gateway.outbox.last_outcome(connection)
    parts = (
        _centre(gateway.breaker().opened_until, last),
        _catalogue(gateway.keeper.held, gateway.clock()),
        _feeds(feeds),
        _alerts(open_count, watched=watched),
    )
    return Overall(parts), feeds


def _centre(away_until: datetime | None, last: str | None) -> Part:
    if away_until is not None:
        return Part("centre", "bad", messages.centre_away(away_until))
    if last is None:
        return Part("centre", "unknown", messages.centre_unknown())
    if last in ("failed", "unreachable", "lost"):
        return Part("centre", "warn", messages.centre_failed())
    # It has answered, if only by a refusal.
    return Part("centre", "good", messages.centre_there())


def _catalogue(catalogue: Catalogue | None, now: datetime) -> Part:
    if catalogue is None:
        return Part("catalogue", "bad", messages.no_catalogue())
    if catalogue.valid_until < now:
        return Part("catalogue", "bad", messages.catalogue_ended(catalogue.valid_until))
    return Part("catalogue", "good", messages.catalogue_in_force(catalogue.serial))


def _feeds(feeds: Sequence[FeedStanding]) -> Part:
    if not feeds:
        return Part("feeds", "unknown", messages.no_feeds())
    lights = [_light_of(feed) for feed in feeds]
    worst = next(light for light in _ORDER if light in lights)
    if worst == "good":
        return Part("feeds", "good", messages.feeds_well(len(feeds)))
    first = feeds[lights.index(worst)]
    return Part("feeds", worst, messages.feeds(first.name, first.why, lights.count(worst) - 1))


def _light_of(feed: FeedStanding) -> OverallLight:
    """Return a feed's light; of one that was not fetched yet nothing is known."""
    return "unknown" if feed.light == "idle" else feed.light


def _alerts(open_count: int, *, watched: bool) -> Part:
    if open_count:
        return Part("alerts", "bad", messages.alerts_open(open_count))
    if not watched:
        return Part("alerts", "unknown", messages.no_rules())
    return Part("alerts", "good", messages.no_alerts())
