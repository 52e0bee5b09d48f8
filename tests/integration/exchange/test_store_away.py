"""A store that is away is no fault of what was fetched; what a store cannot take is."""

import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from gateway.exchange import refusal_store
from gateway.exchange.fetch import FetchReport
from gateway.submissions.store_away import StoreUnavailableError, is_away
from tests.support.line import sound_rows
from tests.support.record_versions import (
    FEED,
    LICENCE,
    push_feed,
    states,
)
from tests.support.set_aside import (
    aside,
    batch,
    drop,
    drop_feed,
    fetch,
    poisoned,
    problem,
    strange,
)

pytestmark = pytest.mark.usefixtures("quiet_unit_errors")
ROWS = sound_rows(LICENCE, 2)


def test_a_store_that_is_away_is_no_fault_of_what_is_fetched(
    engine: Engine, bug: Callable[[BaseException], None]
) -> None:
    bug(OperationalError("INSERT", {}, OSError("gone")))
    poisoned(engine)
    feed = push_feed(engine)

    for _ in range(6):
        assert isinstance(fetch(engine, feed), OperationalError)

    assert aside(engine) == []
    assert states(engine) == ["waiting", "waiting"]


@pytest.mark.parametrize("reading", [False, True])
def test_a_row_for_which_the_store_has_no_room_in_an_index_is_counted(
    engine: Engine, bug: Callable[[BaseException], None], reading: bool
) -> None:
    """Its class is the one that a server has too that is away."""
    error = OperationalError("INSERT", {}, psycopg.errors.ProgramLimitExceeded("index row size"))
    feed = strange(error) if reading else push_feed(engine)
    if not reading:
        bug(error)
        poisoned(engine)

    came = fetch(engine, feed)

    assert isinstance(came, OperationalError)
    assert "OperationalError" in problem(engine)


AWAY: list[tuple[BaseException, bool]] = [
    (psycopg.errors.AdminShutdown(), True),
    (psycopg.errors.LockNotAvailable(), True),
    (psycopg.errors.SerializationFailure(), True),
    (psycopg.errors.DiskFull(), True),
    (psycopg.errors.ReadOnlySqlTransaction(), True),
    (psycopg.OperationalError("connection refused"), True),
    (psycopg.errors.ProgramLimitExceeded(), False),
    (psycopg.errors.UntranslatableCharacter(), False),
]


@pytest.mark.parametrize(("cause", "away"), AWAY, ids=lambda one: type(one).__name__)
def test_what_of_the_store_is_no_fault_of_what_was_fetched(cause: Exception, away: bool) -> None:
    assert is_away(OperationalError("INSERT", {}, cause)) is away


def test_a_file_is_not_refused_where_the_store_is_away_while_it_is_read(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(tmp_path, "a.csv", sound_rows(LICENCE, 1))
    feed, _ = drop_feed(engine, tmp_path)

    def locked(*_: Any) -> Any:
        error = sqlite3.OperationalError("database is locked")
        error.sqlite_errorcode = sqlite3.SQLITE_BUSY
        raise OperationalError("SELECT", {}, error)

    monkeypatch.setattr("gateway.exchange.restores.fully_read", locked)
    for _ in range(6):
        assert isinstance(fetch(engine, feed), StoreUnavailableError)
    assert "own store was away" in problem(engine)
    monkeypatch.undo()

    report = fetch(engine, feed)

    assert isinstance(report, FetchReport)
    assert report.counts["packed"] == 1
    assert aside(engine) == []


def test_a_row_whose_name_is_very_long_is_refused_and_kept(either_engine: Engine) -> None:
    ref = random.Random(1).randbytes(5_000).hex()
    row = {**ROWS[0], "XK_WSH": "", "XK_BH": ""}
    feed = strange(
        batch([row], refs=pl.Series([ref])),
        batch([row], refs=pl.Series([ref]), stable_refs=True, unit="2", cursor="2"),
    )

    report = fetch(either_engine, feed)

    assert isinstance(report, FetchReport), report
    assert report.counts["refused"] == 2
    with either_engine.connect() as connection:
        refusals = refusal_store.refusals(connection, FEED)
        identities = connection.execute(text("SELECT identity FROM refusal")).scalars()
        assert {len(one) for one in identities} == {refusal_store.LONGEST_IDENTITY}
    assert [refusal.ref for refusal in refusals] == [ref, ref]
