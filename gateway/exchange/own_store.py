"""Units whose source is the gateway's own store: marked there in the same transaction.

A foreign source is told after the commit (`Adapter.keep`), and may miss it; the gateway's own store
must not: the rows and the mark are one fact, so they are one commit.
"""

from typing import Protocol, cast

from sqlalchemy import Connection

from adapters import Adapter, BadUnit


class OwnStore(Protocol):
    """What an adapter that reads the gateway's own store has besides.

    The names of its own units stand for the same rows for ever.
    """

    def owns(self, unit: str, /) -> bool:
        """Whether a unit comes from the gateway's own store."""
        ...

    def keep_within(self, connection: Connection, unit: str, /) -> None:
        """Mark a unit of its own as taken, within the transaction that keeps its rows."""
        ...

    def refuse_within(self, connection: Connection, bad: BadUnit, /) -> None:
        """Mark a unit of its own as refused whole, within the transaction that says so."""
        ...

    def place_within(self, connection: Connection, unit: str, /) -> int | None:
        """Return the feed's newest unit as of when one of its own came.

        None stands for a unit that is as new as it is met.
        """
        ...


def owner_of(adapter: Adapter, unit: str) -> OwnStore | None:
    """Return an adapter as the owner of a unit, None where the unit comes from elsewhere."""
    if not hasattr(adapter, "owns"):
        return None
    owner = cast("OwnStore", adapter)
    return owner if owner.owns(unit) else None
