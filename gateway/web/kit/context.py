"""What every page of the console works with."""

from dataclasses import dataclass

from sqlalchemy import Engine

from gateway.accounts import Accounts, Administration, Sessions, Tokens
from gateway.clock import Clock
from gateway.mapping.disclosure import source_mask
from gateway.operations.node_view import Shown
from gateway.registry import Registry
from gateway.settings.web import WebSettings
from gateway.standard.disclosure import NOTHING_KNOWN, RowMask, record_mask
from gateway.web.kit.guard import Guard


@dataclass(frozen=True, slots=True)
class Console:
    """The gateway that is shown, and who may see it."""

    gateway: Shown
    settings: WebSettings
    accounts: Accounts
    administration: Administration
    sessions: Sessions
    tokens: Tokens
    guard: Guard
    #: By which alerts may be told.
    channels: tuple[str, ...]

    @property
    def engine(self) -> Engine:
        """Return the gateway's store."""
        return self.gateway.engine

    @property
    def clock(self) -> Clock:
        """Return the clock that the gateway goes by."""
        return self.gateway.clock

    @property
    def registry(self) -> Registry:
        """Return the registry of adapters."""
        return self.gateway.fetching.registry

    def row_mask(self, feed: str) -> RowMask:
        """Return what masks a feed's rows as received; of one that is not open nothing is known."""
        running_feed = self.gateway.fetching.feeds.get(feed)
        return source_mask(running_feed.mapping if running_feed else None)

    def record_mask(self, feed: str) -> RowMask:
        """Return what masks a feed's records."""
        running_feed = self.gateway.fetching.feeds.get(feed)
        return record_mask(running_feed.mapping.kind) if running_feed else NOTHING_KNOWN
