"""One fact, one commit: a unit is taken once, no older version follows a newer one."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from adapters import AdapterError, Batch, SourceUnavailableError
from gateway.exchange import feed_store, unit_store
from gateway.exchange.acknowledge import acknowledge_due
from gateway.exchange.fetch import Fetcher
from gateway.reconciliation.compare import reconcile
from gateway.submissions import store as submissions
from outbox import Outbox, writing
from tests.support.clock import NOW
from tests.support.line import feed_of, fetch, sound_rows
from tests.support.record_versions import (
    CONTENT,
    FEED,
    LICENCE,
    Named,
    counts,
    named,
    names,
    push_feed,
    sent,
    states,
    submit,
    verdicts,
    version,
    writer_of,
)
from tests.support.world import World, world_over

# --- the mark is in the commit that keeps the rows ------------------------------------------------

_DIES = """
import os, signal, sys
from sqlalchemy import event
from tests.support.record_versions import push_feed, writer_of
from gateway.exchange import feed_store as store
from gateway.store.open import open_store
from outbox import Outbox
from gateway.exchange.fetch import Fetcher
from gateway.exchange.context import frame_of
from tests.support.clock import NOW

engine = open_store(sys.argv[1])
advance, kept = store.advance, []

def noted(*given):
    kept.append(True)
    return advance(*given)

def dies(_connection):
    if kept:
        os.kill(os.getpid(), signal.SIGKILL)

store.advance = noted
# The first transaction that begins after the one that keeps the rows.
event.listen(writer_of(engine), "begin", dies)
Fetcher(engine, Outbox(engine), lambda: NOW).fetch(push_feed(engine))
"""


def test_a_kill_after_the_commit_that_keeps_a_submission_lets_no_older_version_win(
    either_engine: Engine, tmp_path: Path
) -> None:
    [row] = sound_rows(LICENCE, 1)
    first = submit(either_engine, [version(row, "v1")])
    url = either_engine.url.render_as_string(hide_password=False)
    died = subprocess.run([sys.executable, "-c", _DIES, url], check=False, capture_output=True)
    assert died.returncode == -signal.SIGKILL, died.stderr
    second = submit(either_engine, [version(row, "v2")])

    with world_over(either_engine, tmp_path) as world:
        feed = push_feed(either_engine)
        for _ in range(3):
            fetch(either_engine, feed)
        world.deliver(4)
        told = [verdicts(either_engine, feed, receipt) for receipt in (first, second)]
        [balance] = reconcile(either_engine, Outbox(either_engine), world.queries)
        with world.centre.connect() as connection:
            at_centre = connection.execute(text("SELECT content FROM administrative_licence"))
            contents = list(at_centre.scalars())

    assert sent(either_engine) == ["v1", "v2"]
    assert contents == ["v2"]
    assert told == [[("accepted", None)]] * 2
    assert counts(either_engine) == (2, 2, 0, 0)
    assert balance.balanced


def test_a_submission_that_an_earlier_release_kept_and_did_not_mark_is_passed_over(
    engine: Engine,
) -> None:
    [row] = sound_rows(LICENCE, 1)
    submit(engine, [version(row, "v1")])
    feed = push_feed(engine)
    fetch(engine, feed)
    submit(engine, [version(row, "v2")])
    with writing(engine) as connection:
        connection.execute(text("UPDATE submission SET state = 'waiting'"))
        connection.execute(text("UPDATE unit SET contents = NULL, complete = NULL"))

    fetch(engine, feed)
    fetch(engine, feed)

    assert sent(engine) == ["v1", "v2"]
    assert states(engine) == ["kept", "kept"]
    assert names(engine).count("unit.again") == 1


def test_submissions_are_numbered_in_the_order_in_which_they_are_told(
    either_engine: Engine,
) -> None:
    if either_engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer")
    [row] = sound_rows(LICENCE, 1)
    began = threading.Event()

    def second() -> None:
        began.set()
        submit(either_engine, [version(row, "v2")])

    thread = threading.Thread(target=second)
    with either_engine.begin() as connection:
        submissions.take(connection, FEED, [version(row, "v1")], "", NOW)
        thread.start()
        began.wait()
        thread.join(0.5)
        waited = thread.is_alive()
        with either_engine.connect() as looking:
            seen = submissions.waiting(looking, FEED, 0, 9)
    thread.join()

    assert waited
    assert seen == []
    fetch(either_engine, push_feed(either_engine))
    assert sent(either_engine) == ["v1", "v2"]


@pytest.mark.parametrize("fails", [OSError("gone"), SourceUnavailableError("断开", "broke off")])
def test_a_foreign_source_that_misses_the_mark_is_not_counted_twice(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, fails: Exception
) -> None:
    rows = sound_rows(LICENCE, 2)
    feed, source = feed_of(LICENCE, rows, mode="update")

    def missed(_batch: Batch) -> None:
        monkeypatch.undo()
        raise fails

    monkeypatch.setattr(source, "keep", missed)
    with pytest.raises((OSError, AdapterError)):
        fetch(engine, feed)
    with engine.connect() as connection:
        state = feed_store.peek(connection, FEED)
    assert state is not None
    assert state.problem is not None
    fetch(engine, feed)

    assert counts(engine) == (2, 2, 0, 0)


# --- a unit is taken once ------------------------------------------------------------------------


@pytest.mark.parametrize("told", [False, True])
def test_the_same_rows_under_the_same_name_are_passed_over_and_said_once(
    world: World, told: bool
) -> None:
    feed, adapter = named(sound_rows(LICENCE, 5))
    fetch(world.engine, feed)
    if told:
        world.deliver(3)
        acknowledge_due(world.engine, Outbox(world.engine), feed, world.clock, 0.5)

    for _ in range(2):
        fetch(world.engine, feed)
        acknowledge_due(world.engine, Outbox(world.engine), feed, world.clock, 0.5)

    assert counts(world.engine) == (5, 5, 0, 0)
    assert names(world.engine).count("unit.again") == 1
    # Its department has offered it again, and hears of it again.
    assert len(adapter.told) == (3 if told else 0)
    assert all(rows == adapter.told[0][1] for _, rows in adapter.told)


@pytest.mark.parametrize("changed", [0, 4], ids=["the first row", "the last row"])
def test_other_rows_under_the_same_name_are_a_unit_of_their_own(
    engine: Engine, changed: int
) -> None:
    rows = [version(row, "v1") for row in sound_rows(LICENCE, 5)]
    feed, adapter = named(rows)
    fetch(engine, feed)
    adapter.units[0] = [*rows[:changed], version(rows[changed], "v2"), *rows[changed + 1 :]]

    fetch(engine, feed)

    assert sent(engine) == ["v1"] * 5 + ["v2"]
    assert counts(engine) == (10, 6, 4, 0)
    with engine.connect() as connection:
        [totals] = feed_store.totals(connection)
        listed = [one.name for one in unit_store.latest(connection, FEED, 5)]
    assert totals.declared == totals.rows
    assert listed == ["list-0", "list-0~1"]
    assert "unit.anew" in names(engine)


def test_the_same_values_under_other_column_names_are_other_rows(engine: Engine) -> None:
    """Given an export whose heads were interchanged, and then put right."""
    rows = [version(row, "v1") for row in sound_rows(LICENCE, 2)]
    feed, adapter = named(rows)
    fetch(engine, feed)
    one, other = (adapter.columns.index(name) for name in (CONTENT, "XK_XKWS"))
    adapter.columns[one], adapter.columns[other] = adapter.columns[other], adapter.columns[one]
    adapter.units[0] = [{**r, CONTENT: r["XK_XKWS"], "XK_XKWS": r[CONTENT]} for r in rows]

    fetch(engine, feed)

    with engine.connect() as connection:
        assert len(unit_store.latest(connection, FEED, 5)) == 2
    assert sent(engine) == ["v1", "v1", *(row["XK_XKWS"] for row in rows)]


def test_a_full_list_that_always_has_the_same_name_withdraws_what_it_lacks(engine: Engine) -> None:
    rows = sound_rows(LICENCE, 6)
    feed, adapter = named(rows, mode="full", withdraw_missing=True, stop_when_lost=0.5)
    fetch(engine, feed)
    adapter.units[0] = rows[:5]

    reports = [fetch(engine, feed) for _ in range(2)]

    assert [report.withdrawn for report in reports] == [1, 0]


def test_a_unit_that_was_cut_off_and_comes_again_whole_loses_no_row(engine: Engine) -> None:
    rows = [version(row, "v1") for row in sound_rows(LICENCE, 4)]
    feed, adapter = named(rows)
    whole = Named.fetch

    # It is read to its first two rows; then another unit comes, with a newer version of the first.
    adapter.fetch = lambda cursor: iter([next(whole(adapter, cursor))])  # type: ignore[method-assign]
    fetch(engine, feed)
    adapter.fetch = lambda cursor: whole(adapter, cursor)  # type: ignore[method-assign]
    adapter.units = [[], [version(rows[0], "v2")]]
    fetch(engine, feed)
    adapter.units = [rows]
    fetch(engine, feed)

    assert sent(engine) == ["v1", "v1", "v2", "v1", "v1"]


@contextmanager
def recorded(engine: Engine) -> Iterator[list[str]]:
    """Yield a list of the statements that an engine runs."""
    said: list[str] = []

    def noted(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    def committed(_c: Any) -> None:
        said.append("COMMIT")

    writer = writer_of(engine)
    event.listen(writer, "before_cursor_execute", noted)
    event.listen(writer, "commit", committed)
    yield said
    event.remove(writer, "before_cursor_execute", noted)
    event.remove(writer, "commit", committed)


def test_the_mark_of_a_submission_stands_in_the_transaction_of_its_rows(engine: Engine) -> None:
    submit(engine, sound_rows(LICENCE, 1))
    with recorded(engine) as said:
        Fetcher(engine, Outbox(engine), lambda: NOW).fetch(push_feed(engine))

    rows = next(n for n, one in enumerate(said) if one.startswith("INSERT INTO batch"))
    mark = next(n for n, one in enumerate(said) if one.startswith("UPDATE submission"))
    between = said[min(rows, mark) : max(rows, mark)]
    assert "COMMIT" not in between
