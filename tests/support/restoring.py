"""A store that is put back to an earlier copy, and opened as a gateway opens it."""

import shutil
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from gateway.exchange.restore_watch import open_run
from gateway.store.open import open_store
from tests.support.clock import NOW

FEED = "water.licence"


def opened(url: str) -> Any:
    """Open a store as a gateway does; return the restore that it noticed."""
    engine = open_store(url)
    try:
        return open_run(engine, [FEED], NOW)
    finally:
        engine.dispose()


def put_store_back(store: Engine, copy: Path) -> Engine:
    """Put a copy in a store's place, as after its disk was lost; return it as it is opened."""
    path = Path(store.url.database or "")
    store.dispose()
    for name in ("", "-wal", "-shm"):
        path.with_name(path.name + name).unlink(missing_ok=True)
    shutil.copy(copy, path)
    path.chmod(0o600)
    opened_again = open_store(str(store.url))
    assert open_run(opened_again, ["environment.licence"], NOW) is not None
    return opened_again


def settings_file(folder: Path, url: str) -> Path:
    path = folder / "gateway.yaml"
    path.write_text(
        f"store: {url}\ncatalogue: {{url: 'http://127.0.0.1:1', token: x}}\n"
        "centre: {kind: http, url: 'http://127.0.0.1:1', token: x}\n"
    )
    return path
