"""Fixtures of the tests against real servers."""

from collections.abc import Callable, Iterator
from copy import copy
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import polars as pl
import pytest
from sqlalchemy import Engine

from gateway.exchange import commit
from outbox import open_engine
from tests.support.carriers import CARRIERS, Drop, drop_over
from tests.support.closing import close_all
from tests.support.record_versions import CONTENT
from tests.support.set_aside import POISON
from tests.support.stores import clear, gateway_store
from tests.support.world import World, world_over


@pytest.fixture(autouse=True)
def _closed_adapters() -> Iterator[None]:
    yield
    close_all()


@pytest.fixture
def url(tmp_path: Path) -> str:
    """The URL of a gateway store on SQLite that is not there yet."""
    return f"sqlite:///{tmp_path / 'gateway.db'}"


@pytest.fixture
def world(engine: Engine, tmp_path: Path) -> Iterator[World]:
    """An outbox and a centre, with a network between them."""
    with world_over(engine, tmp_path) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def either_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A gateway store with its tables, empty, on either database."""
    if request.param == "sqlite":
        engine = gateway_store(tmp_path / "gateway.db")
    else:
        engine = open_engine(request.getfixturevalue("postgresql"))
        clear(engine)
    yield engine
    engine.dispose()


@pytest.fixture(params=CARRIERS)
def drop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Drop]:
    """A drop over each carrier."""
    with drop_over(request.param, tmp_path) as made:
        yield made


@pytest.fixture
def quiet_unit_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no traceback be drawn for each error: to draw them takes longer than all else."""
    monkeypatch.setattr("gateway.exchange.unit_watch._log", MagicMock())


@pytest.fixture
def bug(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Let the line fail at rows that hold POISON, as a step of a stranger's does."""
    check = commit.check

    def inject(error: BaseException) -> None:
        def checked(rows: pl.DataFrame, *given: Any) -> Any:
            if POISON in rows[CONTENT]:
                # Anew each time: one that is raised twice has both ways in its traceback.
                raise copy(error)
            return check(rows, *given)

        monkeypatch.setattr(commit, "check", checked)

    return inject
