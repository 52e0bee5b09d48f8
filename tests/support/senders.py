"""Senders of a centre under test: added as the command does, without its process."""

import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from sqlalchemy import Engine

from gateway.central.centre import Centre, Terms
from gateway.central.senders.administration import Act, Wanted, add, senders
from gateway.central.senders.model import SenderKey
from gateway.central.store import create
from gateway.clock import Clock
from gateway.private_files import write_private
from outbox import open_engine

#: The token of the sender `tests`, and departments that tests speak for.
TOKEN = "made-up-token-of-tests"
DEPARTMENTS = (
    "environment",
    "housing-fund",
    "market-regulator",
    "water",
    "demo",
    "health",
    "sample",
)
EVERY = tuple(f"{department}.*" for department in DEPARTMENTS)
#: A day long before the clock of any test.
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ACT = Act(LONG_AGO, "tester", "for a test")


def key_of(key_id: str, public: Path, **term: object) -> SenderKey:
    """Return a key whose term began long ago."""
    values: dict[str, object] = {"since": LONG_AGO, **term}
    return SenderKey(key_id, public.read_text("ascii"), **values)  # type: ignore[arg-type]


def add_sender(
    engine: Engine,
    sender_id: str = "tests",
    token: str = TOKEN,
    feeds: Sequence[str] = EVERY,
    *,
    test: bool = False,
    keys: Sequence[SenderKey] = (),
    **more: object,
) -> str:
    """Add a sender to a store whose tables are there; return its token."""
    wanted = Wanted("a test", tuple(feeds), LONG_AGO, keys=tuple(keys), **more)  # type: ignore[arg-type]
    return add(engine, sender_id, wanted, ACT, token, test=test)


def centre_with(
    engine: Engine, clock: Clock, terms: Terms | None = None, keys: Sequence[SenderKey] = ()
) -> Centre:
    """Make a centre's tables in a store; return it with `tests`, who may send for all."""
    create(engine)
    if not senders(engine):
        add_sender(engine, keys=keys)
    return Centre(engine, clock, terms or Terms())


@cache
def _empty() -> bytes:
    """Return a centre's SQLite store without senders, a copy: tables take long to make."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "centre.db"
        engine = open_engine(f"sqlite:///{path}")
        create(engine)
        engine.dispose()
        return path.read_bytes()


def empty_centre(path: Path) -> Engine:
    """Open a new store of a centre, with its tables."""
    write_private(path, _empty())
    return open_engine(f"sqlite:///{path}")


def store_with_sender(url: str, token: str = TOKEN, feeds: Sequence[str] = EVERY) -> None:
    """Make a centre's store with the sender `tests`, for a process that is started on it then."""
    engine = open_engine(url)
    create(engine)
    add_sender(engine, token=token, feeds=feeds)
    engine.dispose()
