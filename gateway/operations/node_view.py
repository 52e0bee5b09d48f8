"""What doors and operations need to see of a running gateway."""

from typing import Protocol

from sqlalchemy import Engine

from gateway.audit.anchoring import Anchoring
from gateway.catalogue.keeper import CatalogueKeeper
from gateway.clock import Clock
from gateway.exchange.feed import Feed
from gateway.registry import Registry
from outbox import Breaker, Outbox


class Receiving(Protocol):
    """What the service needs of the fetching."""

    feeds: dict[str, Feed]

    @property
    def paused(self) -> bool:
        """Whether fetching waits for room."""
        ...


class Pushed(Protocol):
    """What the service needs of a gateway."""

    engine: Engine

    @property
    def clock(self) -> Clock:
        """Return the clock that the gateway goes by."""
        ...

    @property
    def fetching(self) -> Receiving:
        """Return the feeds."""
        ...


class Registering(Protocol):
    """What the API needs of the fetching."""

    registry: Registry


class Fed(Receiving, Registering, Protocol):
    """What the pages need of the fetching."""

    @property
    def due(self) -> list[str]:
        """Return the names of the feeds that are fetched by the catalogue."""
        ...


class Shown(Pushed, Protocol):
    """What the console needs of a gateway."""

    engine: Engine
    outbox: Outbox
    keeper: CatalogueKeeper

    @property
    def fetching(self) -> Fed:
        """Return the feeds, and the registry."""
        ...

    @property
    def anchoring(self) -> Anchoring:
        """Return where the audit log's head is written down."""
        ...

    def breaker(self) -> Breaker:
        """Return how the destination stands."""
        ...
