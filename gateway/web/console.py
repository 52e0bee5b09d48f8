"""What every page of the console works with."""

from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Engine

from gateway.accounts import Accounts, Administration, Sessions, Tokens
from gateway.audit.anchoring import Anchoring
from gateway.catalogue.keeper import CatalogueKeeper
from gateway.clock import Clock
from gateway.mapping.disclosure import source_mask
from gateway.registry import Registry
from gateway.settings.web import WebSettings
from gateway.standard.disclosure import NOTHING_KNOWN, RowMask, record_mask
from gateway.web.guard import Guard
from gateway.web.push import Pushed, Receiving
from outbox import Breaker, Outbox


class Registering(Protocol):
    """What the API needs of the fetching."""

    registry: Registry


class Fed(Receiving, Registering, Protocol):
    """What the pages need of the fetching."""

    @property
    def due(self) -> list[str]:
        """Name the feeds that are fetched by the catalogue."""
        ...


class Shown(Pushed, Protocol):
    """What the console needs of a gateway."""

    engine: Engine
    outbox: Outbox
    keeper: CatalogueKeeper

    @property
    def fetching(self) -> Fed:
        """The feeds, and the registry."""
        ...

    @property
    def anchoring(self) -> Anchoring:
        """Where the audit log's head is written down."""
        ...

    def breaker(self) -> Breaker:
        """Tell how the destination stands."""
        ...


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
        """The gateway's store."""
        return self.gateway.engine

    @property
    def clock(self) -> Clock:
        """The clock that the gateway goes by."""
        return self.gateway.clock

    @property
    def registry(self) -> Registry:
        """The registry of adapters."""
        return self.gateway.fetching.registry

    def row_mask(self, feed: str) -> RowMask:
        """Return what masks a feed's rows as received; of one that is not open nothing is known."""
        opened = self.gateway.fetching.feeds.get(feed)
        return source_mask(opened.mapping if opened else None)

    def record_mask(self, feed: str) -> RowMask:
        """Return what masks a feed's records."""
        opened = self.gateway.fetching.feeds.get(feed)
        return record_mask(opened.mapping.kind) if opened else NOTHING_KNOWN
