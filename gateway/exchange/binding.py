"""Hands adapters what they need of the gateway's own store: the store, or what it knows."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol, cast

from sqlalchemy import Engine

from adapters import Adapter, LeavesMarks
from gateway.exchange import restores, source_units
from gateway.exchange.feed import Feed
from gateway.generations import store as generations
from gateway.submissions.store_away import asking


class StoreUser(Protocol):
    """An adapter whose source is the gateway's own store."""

    def use(self, engine: Engine, feed: str) -> None:
        """Take the store, and the feed's name."""
        ...


class FeedMemory:
    """What the store knows of one feed, for an adapter that leaves marks at its source.

    Raises StoreUnavailableError.
    """

    def __init__(self, engine: Engine, feed: str) -> None:
        self._engine = engine
        self._feed = feed

    def mark(self) -> tuple[str, int]:
        """Return what of the store's identity is written at sources, and its generation."""
        with asking(self._engine) as connection:
            this = generations.identity_of(connection)
        return this.store, this.generation

    def knows(self, units: Collection[str], /) -> frozenset[str]:
        """Return those of some units that the store has whole."""
        with asking(self._engine) as connection:
            return restores.fully_read(connection, self._feed, units)

    def passes_over(self, units: Collection[str], /) -> frozenset[str]:
        """Return those of some units that are not read before a person has decided, or never."""
        with asking(self._engine) as connection:
            return source_units.passed_over(connection, self._feed, units)

    def restored(self) -> bool:
        """Whether the source was not looked through since the store was restored."""
        with asking(self._engine) as connection:
            return restores.pending(connection, self._feed) is not None

    def known_until(self) -> datetime | None:
        """Return up to when a restored store knows, while a source is to be read again."""
        with asking(self._engine) as connection:
            since = restores.pending(connection, self._feed)
        return None if since is None else since.as_of


def bound(feed: Feed, engine: Engine) -> Feed:
    """Return a feed whose adapter has what it wants of the gateway's own store."""
    bind(feed.adapter, engine, feed.name)
    return feed


def bind(adapter: Adapter, engine: Engine, feed: str) -> None:
    """Hand an adapter what it needs of the gateway's own store."""
    # Asked of the adapter itself: what isinstance says of a protocol is remembered for its class.
    if hasattr(adapter, "use"):
        cast("StoreUser", adapter).use(engine, feed)
    if hasattr(adapter, "remember_by"):
        cast("LeavesMarks", adapter).remember_by(FeedMemory(engine, feed))
