"""Fixtures of the tests against real servers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.closing import close_all
from tests.world import World, world_over


@pytest.fixture(autouse=True)
def _closed_adapters() -> Iterator[None]:
    yield
    close_all()


@pytest.fixture
def world(engine: Engine, tmp_path: Path) -> Iterator[World]:
    """An outbox and a centre, with a network between them."""
    with world_over(engine, tmp_path) as made:
        yield made
