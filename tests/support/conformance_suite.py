"""The receiver's suite run against a centre, ours or one of another hand."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

from flask import Flask
from pydantic import SecretStr
from sqlalchemy import Engine
from werkzeug.serving import make_server

from gateway.central import store
from gateway.central.senders.administration import revoke
from gateway.clock import utc_now
from gateway.conformance.cases import Outcome
from gateway.conformance.receiver import Second, run_receiver
from gateway.documents.export import exported
from gateway.serving.server import WsgiServer
from gateway.settings.model import Endpoint
from gateway.standard import NEWEST, load_standard
from gateway.standard.schema_set import root_name
from outbox import open_engine
from tests.support.foreign_centre import ForeignCentre
from tests.support.senders import ACT, add_sender

TOKEN = "made-up-token-of-the-suite"
SECOND = "made-up-token-of-another-suite"
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def suite_centre(folder: Path) -> Iterator[Engine]:
    """Yield the store of a centre that knows both senders of the suite, for a fixture."""
    engine = open_engine(f"sqlite:///{folder / 'centre.db'}")
    store.create(engine)
    add_sender(engine, "suite", TOKEN, ("conformance.*",), test=True)
    add_sender(engine, "second", SECOND, ("conformance-other.*",), test=True)
    yield engine
    engine.dispose()


def outcomes(app: Wsgi, revoke: Callable[[], bool] = lambda: False) -> dict[str, Outcome]:
    with serving(app) as port:
        endpoint = Endpoint(url=f"http://127.0.0.1:{port}", token=SecretStr(TOKEN), timeout=60)
        second = Second(SECOND, revoke)
        return {o.duty.id: o for o in run_receiver(endpoint, utc_now, second=second)}


@contextmanager
def serving(app: Wsgi) -> Iterator[int]:
    """Serve a centre: ours by our server, a wrapped or foreign one by one that asks nothing."""
    if isinstance(app, Flask):
        ours = WsgiServer(app).start()
        try:
            yield ours.port
        finally:
            ours.stop()
        return
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def revoked(engine: Engine) -> Callable[[], bool]:
    """Return what revokes the suite's second sender, as the command does."""

    def done() -> bool:
        revoke(engine, "second", ACT)
        return True

    return done


def failed(found: dict[str, Outcome]) -> set[str]:
    return {name for name, outcome in found.items() if not outcome.passed}


def exported_root(folder: Path) -> Path:
    """Write the exported standard into a folder; return its root, as a vendor has it."""
    for name, data in exported(NEWEST).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder / root_name(NEWEST)


def foreign(root_schema: Path, wrong: str = "") -> dict[str, Outcome]:
    fields = load_standard(NEWEST).kind("AdministrativePenalty").field_names
    centre = ForeignCentre(root_schema, fields, TOKEN, wrong, SECOND)
    return outcomes(centre, centre.revoke)
