"""Where a destination's breaker is kept: in this process, or in the store for all nodes."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy import Engine, Row, select, update

from outbox.breaker import Breaker
from outbox.database import insert_new, writing
from outbox.tables import breaker

Change = Callable[[Breaker], Breaker]


class Board(Protocol):
    """Holds one breaker."""

    def change(self, change: Change) -> tuple[Breaker, Breaker]:
        """Replace the breaker by what `change` makes of it; return it before and after.

        Changes are made one at a time: none is lost to another made at the same moment.
        """
        ...


class LocalBreaker:
    """A breaker of this process."""

    def __init__(self, initial: Breaker | None = None) -> None:
        self._breaker = initial or Breaker()
        self._lock = threading.Lock()

    def change(self, change: Change) -> tuple[Breaker, Breaker]:
        """Change the breaker under a lock; return it before and after."""
        with self._lock:
            old = self._breaker
            self._breaker = change(old)
            return old, self._breaker


class SharedBreaker:
    """A breaker of all nodes on one store: of all of them, one package probes."""

    def __init__(self, engine: Engine, name: str, initial: Breaker | None = None) -> None:
        self._engine = engine
        self._name = name
        self._initial = initial or Breaker()
        with writing(engine) as connection:
            insert_new(connection, breaker, {"name": name, "failures": 0, "wait_seconds": 0.0})

    def change(self, change: Change) -> tuple[Breaker, Breaker]:
        """Change the breaker under its row's lock; return it before and after.

        Where nothing changes, the row is only read: most calls come while all is well.
        """
        query = select(breaker).where(breaker.c.name == self._name)
        with self._engine.connect() as connection:
            old = self._breaker_of(connection.execute(query).one())
        if change(old) == old:
            return old, old
        with writing(self._engine) as connection:
            old = self._breaker_of(connection.execute(query.with_for_update()).one())
            new = change(old)
            connection.execute(
                update(breaker)
                .where(breaker.c.name == self._name)
                .values(
                    failures=new.failures,
                    opened_until=new.opened_until,
                    wait_seconds=new.wait.total_seconds(),
                    probing_since=new.probing_since,
                )
            )
        return old, new

    def _breaker_of(self, row: Row[Any]) -> Breaker:
        return replace(
            self._initial,
            failures=row.failures,
            opened_until=row.opened_until,
            wait=timedelta(seconds=row.wait_seconds),
            probing_since=row.probing_since,
        )
