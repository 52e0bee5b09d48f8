"""Statements of the way in do not grow with the store: none reads a whole table."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from gateway.exchange import (
    acknowledgement_store,
    feed_store,
    refusal_store,
    restores,
    source_units,
    taking,
    unit_store,
)
from gateway.generations import store as generations
from gateway.submissions import store as submissions
from outbox import writing
from tests.support.clock import NOW
from tests.support.line import fetch, sound_rows
from tests.support.record_versions import FEED, LICENCE, mended_feed, submit

Asks = Callable[[Connection, int], object]
STATEMENTS: dict[str, Asks] = {
    "begin_unit": lambda c, feed_id: taking.begin_unit(c, feed_id, "new", NOW),
    "due_acknowledgements": lambda c, _: acknowledgement_store.due_acknowledgements(c, FEED, NOW),
    "waiting": lambda c, _: submissions.waiting(c, FEED, 0, 20),
    "waiting_counts": lambda c, _: submissions.waiting_counts(c),
    "newest_units": lambda c, feed_id: refusal_store.newest_units(c, feed_id, ["a", "b"]),
    "fully_read": lambda c, _: restores.fully_read(c, FEED, ["a", "b"]),
    "passed_over": lambda c, _: source_units.passed_over(c, FEED, ["a", "b"]),
    "places": lambda c, _: taking.places(c, [1, 2]),
    "is_noted": lambda c, _: generations.is_noted(c, FEED, "R1"),
}
#: How SQLite says that it goes through more than it was asked for: a whole table, or all units of a
#: feed.
GROWS = (
    "SCAN unit",
    "SCAN submission",
    "SCAN refusal",
    "SCAN lost",
    "ix_unit_feed",
    "ix_submission_feed",
    "SCAN known",
)
#: An index in which only those stand that are asked for may be gone through.
FEW = ("ix_submission_waiting",)


@contextmanager
def noted(connection: Connection) -> Iterator[list[tuple[str, Any]]]:
    """Note the statements of a connection, with their parameters."""
    found: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, given: Any, *_: Any) -> None:
        found.append((statement, given))

    event.listen(connection, "before_cursor_execute", note)
    yield found
    event.remove(connection, "before_cursor_execute", note)


@pytest.mark.parametrize("name", STATEMENTS)
def test_no_statement_of_the_way_in_grows_with_what_is_kept(engine: Engine, name: str) -> None:
    feed, _ = mended_feed(engine, sound_rows(LICENCE, 2))
    fetch(engine, feed)
    submit(engine, sound_rows(LICENCE, 1))
    with writing(engine) as connection:
        feed_id = feed_store.feed_state(connection, FEED).id
        with noted(connection) as statements:
            STATEMENTS[name](connection, feed_id)
        plans = [
            row[3]
            for statement, given in statements
            if not statement.startswith("INSERT")
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)
        ]

    assert plans
    grows = [plan for plan in plans if any(one in plan for one in GROWS)]
    assert [plan for plan in grows if not any(one in plan for one in FEW)] == []


def test_more_units_are_asked_for_than_a_statement_takes_parameters(either_engine: Engine) -> None:
    many = list(range(1, 70_001))
    with writing(either_engine) as connection:
        feed_id = feed_store.feed_state(connection, FEED).id
        unit_id = taking.begin_unit(connection, feed_id, "list", NOW)

        unit_store.wait_for(connection, unit_id, many)

        assert taking.places(connection, many) == {unit_id: (unit_id, "list")}
