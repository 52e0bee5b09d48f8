"""Fixtures that more than one level of tests uses."""

import gc
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine

from gateway.serving.server import collect_rarely
from gateway.standard import load_gates
from tests.support import servers
from tests.support.compiled_templates import compile_templates_once
from tests.support.stores import gateway_store

# How long an example takes says something of the machine, and nothing of what is tested.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")
# As the processes do it: before there are threads.
load_gates()
compile_templates_once()
# Thousands of tests are collected, none of which is garbage: see `pytest_runtestloop`.
gc.disable()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the browser's tests keep pictures of the pages that they have held to be right."""
    parser.addoption("--pictures", default=None, help="folder for pictures of the console")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """Have Python look for garbage in what tests make alone, and rarely, as the processes do."""
    gc.enable()
    collect_rarely()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A gateway store on SQLite with its tables."""
    store = gateway_store(tmp_path / "gateway.db")
    yield store
    store.dispose()


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The SQLAlchemy URL of a real PostgreSQL server of this test run."""
    with servers.postgresql(tmp_path_factory.mktemp("postgresql")) as url:
        yield url


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The SQLAlchemy URL, without password, of a real MariaDB server of this test run."""
    if shutil.which("mariadbd", path="/usr/sbin:/usr/bin") is None:
        pytest.skip("needs Debian's mariadb-server")
    with servers.mariadb(tmp_path_factory.mktemp("mariadb")) as url:
        yield url
