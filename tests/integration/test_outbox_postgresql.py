"""The outbox on PostgreSQL: the same stories as on SQLite, and workers that never take one message twice."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from outbox import Breaker, Draft, Outbox, SharedBoard, open_engine, writing
from outbox.tables import metadata
from tests import outbox_machine
from tests.conftest import NOW

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
    boards = [SharedBoard(engine, "centre"), SharedBoard(engine, "centre")]
    for _ in range(Breaker().limit):
        boards[0].change(lambda found: found.failed(NOW))
    later = NOW + timedelta(seconds=10)

    def admitted(board: SharedBoard) -> bool:
        before, _ = board.change(lambda found: found.sent(later) if found.admits(later) else found)
        return before.admits(later)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(admitted, boards * 4))
    boards[1].change(Breaker.succeeded)

    assert answers.count(True) == 1
    assert all(admitted(board) for board in boards)
