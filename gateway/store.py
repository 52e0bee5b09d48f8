"""The gateway's own store: opened with its tables, and held by one process where it is SQLite."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, func, select
from sqlalchemy.engine import make_url

from gateway.exchange import tables
from gateway.feeds import GatewaySettings
from gateway.messages import GatewayError
from outbox import Outbox, create_tables, open_engine


class AlreadyRunning(GatewayError):
    """Another gateway process uses the same store."""


def open_store(url: str) -> Engine:
    """Open the gateway's store and create the tables that are missing."""
    engine = open_engine(url)
    Outbox(engine).create()
    create_tables(engine, tables.metadata)
    return engine


def open_outbox(settings: GatewaySettings) -> Outbox:
    """Open the gateway's store, as `open_store` does, with the keys that its payloads are sealed under."""
    seal = settings.at_rest.seal() if settings.at_rest else None
    return Outbox(open_store(settings.store), seal)


def shared(engine: Engine) -> bool:
    """Tell whether several processes may work on the store at once."""
    return engine.dialect.name == "postgresql"


def store_time(engine: Engine) -> datetime:
    """Ask a shared store for its time, by which all its nodes go; raises SQLAlchemyError."""
    with engine.connect() as connection:
        moment: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return moment.astimezone(UTC)


@contextmanager
def alone(store_url: str) -> Iterator[None]:
    """Hold a SQLite store for one gateway process; raises AlreadyRunning while another holds it."""
    url = make_url(store_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        yield
        return
    path = Path(f"{url.database}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AlreadyRunning(
                f"另一网关进程正在使用 {url.database}，请先停止它", f"another gateway process uses {url.database}; stop it first"
            ) from None  # fmt: skip
        yield
