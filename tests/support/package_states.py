"""A package in any state, and settings over a store."""

from pathlib import Path
from uuid import uuid4

from sqlalchemy import Engine

from gateway.operations.package_states import (
    PackageState,
)
from outbox import Draft, Outbox, writing
from outbox.tables import message
from tests.support.clock import NOW

LANE = "environment.licence"


def package_in(engine: Engine, state: PackageState) -> str:
    """Put a package, and bring it into a state."""
    outbox, guid = Outbox(engine), str(uuid4())
    with writing(engine) as connection:
        first = outbox.reserve(connection, LANE, 1, NOW, ordered=True)
        outbox.put(connection, LANE, [Draft(guid, first, b"payload", b"", 1)], NOW)
        values = {"state": state, "settled_at": NOW if state in ("settled", "dropped") else None}
        connection.execute(message.update().where(message.c.guid == guid).values(**values))
    return guid


def settings_of(engine: Engine, folder: Path) -> str:
    """Write settings over a store; return the option of every command."""
    file = folder / "gateway.yaml"
    file.write_text(
        f"store: {engine.url}\n"
        "catalogue: {url: 'http://127.0.0.1:9', token: made-up-token-of-a-test}\n"
        "centre: {kind: http, url: 'http://127.0.0.1:9', token: made-up-token-of-a-test}\n"
    )
    return f"--settings={file}"
