"""What a gateway's store tells an adapter, for tests of adapters alone."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class Memory:
    """A store of a name, with the units that it has."""

    store: str = "5a1e0000"
    generation: int = 1
    units: set[str] = field(default_factory=set)
    is_restored: bool = False
    until: datetime | None = None

    def mark(self) -> tuple[str, int]:
        return self.store, self.generation

    def knows(self, units: Collection[str], /) -> frozenset[str]:
        return frozenset(self.units & set(units))

    def passes_over(self, units: Collection[str], /) -> frozenset[str]:
        return frozenset()

    def restored(self) -> bool:
        return self.is_restored

    def known_until(self) -> datetime | None:
        return self.until
