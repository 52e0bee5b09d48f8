"""The centre as its doors see it: its store, its senders, its clock and its terms."""

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import Engine

from gateway.central.senders.directory import Directory
from gateway.clock import Clock
from gateway.protocol.signing import CLOCK_TOLERANCE, Signer

#: Policy: how far a package's Sequence may be beyond the highest of its feed. A gateway counts
#: packages one by one; a million of them are 10^9 records, beyond any gap that an outage or a
#: restore leaves, and it takes 9 * 10^9 packages to walk to the end of the range.
SEQUENCE_AHEAD = 1_000_000
#: Policy: how old a signed statement may be: a drop that nobody looked into over a holiday of a
#: week.
OLDEST_STATEMENT = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a centre asks of packages.

    `name` is what statements are signed for, "" takes none of 1.1.
    """

    name: str = ""
    signer: Signer | None = None
    clock_tolerance: timedelta = CLOCK_TOLERANCE
    oldest_statement: timedelta = OLDEST_STATEMENT
    sequence_ahead: int = SEQUENCE_AHEAD


@dataclass(frozen=True)
class Centre:
    """One centre; safe to share among threads."""

    engine: Engine
    clock: Clock
    terms: Terms = Terms()
    directory: Directory = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "directory", Directory(self.engine))
