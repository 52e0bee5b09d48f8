"""The outbox on PostgreSQL: SQLite's stories, and workers that take no message twice."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TypeVar
from uuid import uuid4

import pytest
from sqlalchemy import Connection, Engine, text

from outbox import Breaker, Draft, Outbox, SharedBreaker, open_engine, writing
from outbox.tables import metadata
from tests.support import outbox_machine
from tests.support.clock import NOW
from tests.support.waiting import wait_for

T = TypeVar("T")
LANES = ["ordered.a", "ordered.b", "free.a", "free.b"]


@pytest.fixture
def engine(postgresql: str) -> Iterator[Engine]:
    engine = open_engine(postgresql)
    metadata.drop_all(engine)
    Outbox(engine).create()
    yield engine
    engine.dispose()


def test_the_outbox_does_what_its_reference_does(engine: Engine) -> None:
    outbox_machine.run(engine, 20)


def test_workers_at_once_settle_each_message_once_and_lanes_keep_their_order(
    engine: Engine,
) -> None:
    box = Outbox(engine)
    for lane in LANES:
        with writing(engine) as connection:
            first = box.reserve(connection, lane, 50, NOW, ordered=lane.startswith("ordered"))
            drafts = [Draft(str(uuid4()), first + n, b"x", b"", 1) for n in range(50)]
            box.put(connection, lane, drafts, NOW)
    done: list[tuple[str, int]] = []

    def work() -> None:
        idle = 0
        while idle < 20:
            with writing(engine) as connection:
                claim = box.claim(connection, LANES, NOW, timedelta(minutes=5))
            if claim is None:
                idle += 1
                continue
            done.append((claim.lane, claim.sequence))
            with writing(engine) as connection:
                box.settle(connection, claim, NOW, "taken")

    with ThreadPoolExecutor(4) as pool:
        for worker in [pool.submit(work) for _ in range(4)]:
            worker.result()

    assert Counter(lane for lane, _ in done) == dict.fromkeys(LANES, 50)
    for lane in ("ordered.a", "ordered.b"):
        sequences = [sequence for name, sequence in done if name == lane]
        assert sequences == sorted(sequences)


def test_of_all_nodes_one_package_probes_a_destination_that_is_left_alone(engine: Engine) -> None:
    boards = [SharedBreaker(engine, "centre"), SharedBreaker(engine, "centre")]
    for _ in range(Breaker().limit):
        boards[0].change(lambda found: found.failed(NOW))
    later = NOW + timedelta(seconds=10)

    def admitted(board: SharedBreaker) -> bool:
        before, _ = board.change(lambda found: found.sent(later) if found.admits(later) else found)
        return before.admits(later)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(admitted, boards * 4))
    boards[1].change(Breaker.succeeded)

    assert answers.count(True) == 1
    assert all(admitted(board) for board in boards)


def put_two(engine: Engine, lane: str) -> int:
    """Put two messages; return the sequence number of the first."""
    box = Outbox(engine)
    with writing(engine) as connection:
        first = box.reserve(connection, lane, 2, NOW, ordered=False)
        box.put(
            connection, lane, [Draft(str(uuid4()), first + n, b"x", b"", 1) for n in (0, 1)], NOW
        )
    return first


def test_what_another_node_is_claiming_is_passed_over_and_not_waited_for(engine: Engine) -> None:
    """Given two sessions, as two nodes have them, when the first has not committed yet."""
    first = put_two(engine, "free.a")
    box = Outbox(engine)

    with engine.connect() as one, engine.connect() as other:
        other.execute(text("SET lock_timeout = '3s'"))
        taken = [
            box.claim(connection, ["free.a"], NOW, timedelta(minutes=5))
            for connection in (one, other, other)
        ]
        one.rollback()
        other.rollback()

    assert [claim and claim.sequence for claim in taken] == [first, first + 1, None]


def after_the_other(engine: Engine, change: Callable[[Connection], T]) -> tuple[T, T]:
    """Make a change in two sessions, the second begun before the first has committed."""
    with engine.connect() as one, ThreadPoolExecutor(1) as pool:
        first = change(one)

        def late() -> T:
            with engine.begin() as other:
                return change(other)

        second = pool.submit(late)
        wait_for(lambda: _blocked(engine) or second.done())
        one.commit()
        return first, second.result(20)


def _blocked(engine: Engine) -> bool:
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = "
        "current_database()"
    )
    with engine.connect() as connection:
        return bool(connection.execute(text(query)).scalar_one())


def test_nodes_that_reserve_numbers_at_once_get_different_ones(engine: Engine) -> None:
    put_two(engine, "ordered.a")
    box = Outbox(engine)

    first, second = after_the_other(
        engine, lambda connection: box.reserve(connection, "ordered.a", 5, NOW, ordered=True)
    )

    assert second == first + 5


def test_nodes_that_change_the_breaker_at_once_lose_no_failure(engine: Engine) -> None:
    boards = [SharedBreaker(engine, "centre"), SharedBreaker(engine, "centre")]
    began, go_on = threading.Event(), threading.Event()
    looks: list[Breaker] = []

    def slow(found: Breaker) -> Breaker:
        # It is asked once before the lock, whether anything would change, and once under it.
        looks.append(found)
        if len(looks) == 2:
            began.set()
            go_on.wait(20)
        return found.failed(NOW)

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(boards[0].change, slow)
        began.wait(20)
        other = pool.submit(boards[1].change, lambda found: found.failed(NOW))
        wait_for(lambda: _blocked(engine) or other.done())
        go_on.set()
        one.result(20)
        _, after = other.result(20)

    assert after.failures == 2
