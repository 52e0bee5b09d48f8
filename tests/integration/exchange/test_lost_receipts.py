"""Receipts that a restore lost answer 410 until the same rows are posted again."""

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Engine, text

from gateway.exchange import feed_store as feeds
from gateway.exchange import restores
from gateway.exchange.restore_watch import begin, mark_as_copy, open_run
from gateway.generations import store as generations
from gateway.store.open import open_store
from gateway.submissions import receipts
from gateway.submissions import store as submissions
from gateway.submissions.store import ReceiptLostError, SubmissionRefusedError
from gateway.text import Text
from outbox import writing
from tests.support.clock import NOW
from tests.support.restoring import FEED, put_store_back
from tests.support.stores import clear
from tests.support.waiting import wait_for


def lose(engine: Engine, receipt: str, at: datetime = NOW) -> None:
    """Restore the store to before a submission: as if it had never been taken."""
    with writing(engine) as connection:
        connection.execute(text("DELETE FROM submission WHERE receipt = :r"), {"r": receipt})
        begin(connection, Text("因", "why"), "-", [FEED], at)


def take(engine: Engine, rows: list[dict[str, Any]], given_id: str = "") -> str:
    with writing(engine) as connection:
        return submissions.take(connection, FEED, rows, given_id, NOW).receipt


def asked(engine: Engine, receipt: str, now: datetime = NOW) -> int:
    """Ask for a receipt as the door does; return HTTP's status."""
    try:
        with engine.connect() as connection:
            submissions.find(connection, FEED, receipt, now)
    except ReceiptLostError as error:
        with writing(engine) as connection:
            submissions.note_lost(connection, error, NOW)
        return error.status
    except SubmissionRefusedError as error:
        return error.status
    return 200


def after(engine: Engine) -> restores.FeedAfterRestore:
    with engine.connect() as connection:
        return restores.after_restore(connection)[FEED]


def test_a_receipt_number_tells_its_store_and_the_rows_and_no_two_are_alike(
    engine: Engine,
) -> None:
    numbers = {take(engine, [{"a": "1"}]) for _ in range(50)}
    with engine.connect() as connection:
        this = generations.identity_of(connection)
    told = [receipts.read_number(number) for number in numbers]

    assert len(numbers) == 50
    assert {len(number) for number in numbers} == {36}
    assert {(one.store, one.generation) for one in told if one} == {(this.store, 1)}
    assert len({one.fingerprint for one in told if one}) == 1


def test_a_lost_receipt_is_gone_until_its_rows_are_posted_again(engine: Engine) -> None:
    receipt = take(engine, [{"a": "1"}], "id-1")
    other = take(engine, [{"a": "2"}])
    lose(engine, receipt)
    with writing(engine) as connection:
        restores.note_looked(connection, FEED, 2, NOW)

    status = asked(engine, receipt)
    lost = after(engine)
    # Other rows are not those, however many are posted.
    take(engine, [{"a": "3"}])
    still = after(engine)
    again = take(engine, [{"a": "1"}], "id-1")

    assert (status, asked(engine, other), asked(engine, again)) == (410, 200, 200)
    assert (lost.lost, lost.sure) == ((receipt,), False)
    assert still.lost == (receipt,)
    assert (after(engine).lost, after(engine).posted_again, after(engine).sure) == ((), 1, True)
    assert asked(engine, receipt) == 410


def test_rows_that_were_posted_again_before_anybody_asked_are_not_awaited(engine: Engine) -> None:
    receipt = take(engine, [{"a": "1"}])
    lose(engine, receipt)
    take(engine, [{"a": "1"}])

    assert asked(engine, receipt) == 410
    assert after(engine).lost == ()


def test_a_number_of_another_history_of_the_same_generation_is_lost_too(engine: Engine) -> None:
    with engine.connect() as connection:
        this = generations.identity_of(connection)
    before, later = NOW - timedelta(hours=2), NOW + timedelta(minutes=2)
    lose(engine, take(engine, [{"a": "1"}]))
    lost, never = (
        receipts.receipt_number(this.store, 2, at, "0badc0de", 1) for at in (before, later)
    )

    assert (asked(engine, lost), asked(engine, never)) == (410, 404)


@pytest.mark.parametrize(
    "receipt",
    ["no number", "7f1e2d3c-0000-8000-8000-000000000000", "", "\x00", "5A1E0000-0000-8000-8000-0"],
)
def test_what_was_never_given_is_not_there_after_a_restore_either(
    engine: Engine, receipt: str
) -> None:
    lose(engine, take(engine, [{"a": "1"}]))

    assert asked(engine, receipt) == 404


def test_without_a_restore_an_unknown_number_is_not_there(engine: Engine) -> None:
    receipt = take(engine, [{"a": "1"}])
    with writing(engine) as connection:
        connection.execute(text("DELETE FROM submission"))

    assert asked(engine, receipt) == 404


def test_numbers_of_before_are_gone_after_a_restore(engine: Engine) -> None:
    before = "4e0c7a1e-3f70-4c2e-9c3b-0f6f0d1f2a3b"
    first = asked(engine, before)
    lose(engine, take(engine, [{"a": "1"}]))

    assert (first, asked(engine, before)) == (404, 410)


def test_a_number_whose_time_was_over_before_the_backup_is_not_called_lost(engine: Engine) -> None:
    receipt = take(engine, [{"a": "1"}])
    with writing(engine) as connection:
        connection.execute(
            text(
                "INSERT INTO feed (name, cursor, version, hold_zh, hold_en, shape, "
                "problem_zh, problem_en, fetched_at)"
                " VALUES ('water.other', '', 0, '', '', '', '', '', '2026-09-01 00:00:00')"
            )
        )
    lose(engine, receipt, NOW + timedelta(days=200))

    assert asked(engine, receipt) == 404


def fetched_at(engine: Engine, **moments: datetime) -> None:
    """Have feeds stand as fetched at moments."""
    with writing(engine) as connection:
        for name, moment in moments.items():
            feeds.note_fetch(connection, f"water.{name}", moment, None)


@pytest.mark.parametrize("ahead", [timedelta(days=365), timedelta(minutes=1)])
def test_what_a_clock_that_was_ahead_has_written_is_no_moment_of_which_the_store_knows(
    engine: Engine, ahead: timedelta
) -> None:
    receipt = take(engine, [{"a": "1"}])
    with writing(engine) as connection:
        for name in ("right", "ahead"):
            feeds.feed_state(connection, f"water.{name}")
    fetched_at(engine, right=NOW - timedelta(minutes=5), ahead=NOW + ahead)
    lose(engine, receipt)

    status = asked(engine, receipt)
    with engine.connect() as connection:
        last = generations.latest(connection)

    assert last is not None
    assert last.as_of == NOW - timedelta(minutes=5)
    assert (status, after(engine).lost) == (410, (receipt,))


def test_a_copy_knows_of_nothing_later_than_the_moment_at_which_it_was_made(
    url: str, tmp_path: Path
) -> None:
    store = open_store(url)
    open_run(store, [], NOW)
    with writing(store) as connection:
        for name in ("right", "ahead"):
            feeds.feed_state(connection, f"water.{name}")
    fetched_at(store, right=NOW - timedelta(days=2), ahead=NOW - timedelta(hours=1))
    with (
        closing(sqlite3.connect(tmp_path / "gateway.db")) as source,
        closing(sqlite3.connect(tmp_path / "copy.db")) as copy,
    ):
        source.backup(copy)
        mark_as_copy(copy, NOW - timedelta(days=1))
    store = put_store_back(store, tmp_path / "copy.db")
    with store.connect() as connection:
        last = generations.latest(connection)
    store.dispose()

    assert last is not None
    assert last.as_of == NOW - timedelta(days=2)


BEFORE = "4e0c7a1e-3f70-4c2e-9c3b-0f6f0d1f2a3b"


def test_a_number_of_before_is_lost_only_where_the_backup_has_none_of_todays(
    engine: Engine,
) -> None:
    take(engine, [{"a": "1"}])
    lose(engine, take(engine, [{"a": "2"}]))

    assert asked(engine, BEFORE) == 404


def test_a_number_of_before_is_lost_for_as_long_as_answered_rows_are_kept(engine: Engine) -> None:
    lose(engine, take(engine, [{"a": "1"}]))
    term = submissions.EARLIER_FORM_LOST

    assert asked(engine, BEFORE, NOW + term) == 410
    assert asked(engine, BEFORE, NOW + term + timedelta(days=1)) == 404


def test_who_posts_again_while_the_loss_is_noted_is_not_missed(postgresql: str) -> None:
    engine = open_store(postgresql)
    clear(engine)
    receipt = take(engine, [{"a": "1"}])
    lose(engine, receipt)
    asking = Thread(target=asked, args=(engine, receipt))
    with engine.connect() as watch, writing(engine) as connection:
        submissions.take(connection, FEED, [{"a": "1"}], "", NOW)
        asking.start()
        waits = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        wait_for(lambda: not asking.is_alive() or watch.execute(waits).scalar_one() > 0)
    asking.join()
    left = after(engine).lost
    engine.dispose()

    assert left == ()
