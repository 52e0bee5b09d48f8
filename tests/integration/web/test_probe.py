"""Readiness writes: what cannot be written is not ready, in time, and asked of seldom."""

import time
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from outbox import writing
from outbox.probe import COUNTS, WriteProbe, probe


class Seconds:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def committed(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(probe.select()).all())


def test_a_store_is_written_and_the_verdict_counts_for_some_seconds(either_engine: Engine) -> None:
    seconds = Seconds()
    probe = WriteProbe(either_engine, seconds)

    assert probe.writable()
    [first] = committed(either_engine)
    assert probe.writable()
    assert committed(either_engine) == [first]
    seconds.now += COUNTS
    assert probe.writable()
    [second] = committed(either_engine)
    assert second.at > first.at


@pytest.mark.parametrize("statement", ["DROP TABLE outbox_probe", None])
def test_a_store_that_reads_and_does_not_write_is_not_writable(
    engine: Engine, statement: str | None
) -> None:
    """As on a full disk: BEGIN and SELECT work, the commit does not."""
    with writing(engine) as connection:
        if statement:
            connection.execute(text(statement))
        else:
            connection.execute(
                text(
                    "CREATE TRIGGER t BEFORE INSERT ON outbox_probe BEGIN SELECT "
                    "raise(ABORT, 'database or disk is full'); END"
                )
            )

    assert not WriteProbe(engine).writable()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1


def test_a_write_that_hangs_is_waited_for_in_bounds_and_no_second_is_begun(engine: Engine) -> None:
    probe = WriteProbe(engine, patience=0.3)
    with writing(engine):
        began = time.monotonic()
        first, second = probe.writable(), probe.writable()
        took = time.monotonic() - began

    assert (first, second) == (False, False)
    # Others wait for the one that hangs no longer than it was given.
    assert took < 10
    deadline = time.monotonic() + 30
    while not probe.writable() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert probe.writable()


def test_a_disk_without_room_is_full_although_the_log_has_room_for_a_row(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outbox.probe.free_bytes", lambda _: 4096)

    assert not WriteProbe(engine).writable()


def test_a_probe_writes_in_one_small_transaction(engine: Engine) -> None:
    said: list[str] = []
    listen = lambda conn, cursor, statement, *_: said.append(statement)  # noqa: E731
    probe = WriteProbe(engine)
    probe.writable()
    event.listen(Engine, "before_cursor_execute", listen)
    try:
        again = WriteProbe(engine).writable()
    finally:
        event.remove(Engine, "before_cursor_execute", listen)

    assert again
    assert [one.split()[0] for one in said if "probe" in one] == ["UPDATE"]
