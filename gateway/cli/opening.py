"""What commands open: the gateway's own store."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from gateway.feeds import GatewaySettings, load_settings
from gateway.store import open_outbox
from outbox import Outbox


@contextmanager
def opened(settings_file: Path) -> Iterator[tuple[GatewaySettings, Engine, Outbox]]:
    """Open the gateway's own store for a command; raises SettingsError."""
    settings = load_settings(settings_file)
    box = open_outbox(settings)
    try:
        yield settings, box.engine, box
    finally:
        box.engine.dispose()
