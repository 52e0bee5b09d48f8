"""What is logged of a database's errors: the statement and its place, no value that people sent."""

import io
import json
import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from adapters.database.connect import writer
from adapters.database.settings import DatabaseSettings
from gateway.exchange.feed_store import feed_state
from gateway.exchange.unit_watch import UnitWatch
from gateway.serving import logs
from gateway.store.open import open_store
from outbox import open_engine, writing
from tests.support.clock import NOW
from tests.support.stores import clear

#: Made up.
VALUE = "910000000000000000"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is logged, as a service logs; afterwards as before."""
    out = io.StringIO()
    monkeypatch.setattr(logs, "_stream", lambda: out)
    before = structlog.get_config()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    logs.configure_logs()
    logs.take_over_logs()
    yield out
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**before)


def twice(engine: Engine) -> None:
    """Run a statement that fails, with a value."""
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE people_logged (id VARCHAR(20) PRIMARY KEY)"))
        for _ in range(2):
            connection.execute(text("INSERT INTO people_logged VALUES (:v)"), {"v": VALUE})


def failed(engine: Engine) -> DBAPIError:
    """Have a real statement fail that has a value; return the error."""
    with pytest.raises(DBAPIError) as caught:
        twice(engine)
    return caught.value


def test_the_log_of_a_fetch_that_broke_has_no_value_of_the_statement(
    postgresql: str, written: io.StringIO
) -> None:
    engine = open_store(postgresql)
    clear(engine)
    with writing(engine) as connection:
        feed = feed_state(connection, "water.licence")
    error = failed(engine)
    # The server's own words have it.
    assert VALUE in str(error.orig)
    try:
        raise RuntimeError("a batch") from error
    except RuntimeError as outer:
        UnitWatch(engine, feed.id, "water.licence", lambda: NOW, 5).broke(outer, None, "")
    engine.dispose()

    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    [line] = [line for line in lines if "exception" in line]
    assert VALUE not in json.dumps(line)
    assert "in twice" in line["exception"]
    assert "IntegrityError" in line["exception"]
    assert "RuntimeError: a batch" in line["exception"]


def test_no_engine_names_the_values_of_a_statement_that_failed(
    engine: Engine, tmp_path: Path, written: io.StringIO
) -> None:
    (tmp_path / "source.db").touch()
    source = f"sqlite:///{tmp_path / 'source.db'}"
    settings = {"url": source, "table": "t", "key_column": "id", "columns": ["id"], "mode": "full"}
    department = writer(DatabaseSettings.model_validate(settings))
    centre = open_engine(f"sqlite:///{tmp_path / 'centre.db'}")
    errors = [failed(one) for one in (department, centre)]
    with writing(engine) as connection:
        missing = text("INSERT INTO no_such_table VALUES (:v)")
        with pytest.raises(DBAPIError) as caught:
            connection.execute(missing, {"v": VALUE})
    department.dispose()
    centre.dispose()

    for error in (*errors, caught.value):
        assert VALUE not in str(error)
        assert "parameters hidden" in str(error)
    logging.getLogger("a.library").error("failed", exc_info=errors[0])
    assert VALUE not in written.getvalue()
