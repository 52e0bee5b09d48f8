"""As much of a gateway as its console and API need: a store, a registry, no threads."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Engine

from gateway.clock import utc_now
from gateway.registry import Registry
from gateway.settings.model import WebSettings
from gateway.settings.reach import DepartmentReach, ReachSettings
from gateway.web import create_app
from outbox import Outbox, PayloadCipher
from tests.support import planted
from tests.support.stores import gateway_store

SEAL = PayloadCipher({"k1": bytes(32)}, "k1")


class _Fetching:
    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.feeds: dict[str, Any] = {}
        self.paused = False
        self.due: list[str] = []


class StubGateway:
    """A gateway that fetches and sends nothing."""

    def __init__(self, engine: Engine, registry: Registry) -> None:
        self.engine, self.outbox, self.keeper = engine, Outbox(engine, SEAL), None
        self.fetching = _Fetching(registry)
        self.clock = utc_now


@contextmanager
def stub_gateway(folder: Path, *reach: Path) -> Iterator[StubGateway]:
    """Make one over a new SQLite store in a folder."""
    engine = gateway_store(folder / "gateway.db")
    own = {planted.FEED.partition(".")[0]: DepartmentReach(folders=reach)}
    registry = Registry(engine, SEAL, folder, ReachSettings(departments=own), utc_now)
    try:
        yield StubGateway(engine, registry)
    finally:
        engine.dispose()


def console_of(gateway: StubGateway, **web: Any) -> Flask:
    """Make its console."""
    return create_app(gateway, WebSettings(requests_per_minute=100_000, **web))  # type: ignore[arg-type]
