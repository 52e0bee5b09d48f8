"""The outbox on PostgreSQL: the same stories as on SQLite, and workers that never take one message twice."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from outbox import Draft, Outbox, open_engine, writing
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
