"""Several gateway processes on one PostgreSQL store: one schedules, all deliver, any may die."""

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import create_engine, text

from gateway.demo.balance import complaints
from gateway.demo.town import Town
from gateway.store.open import open_store
from tests.support.command import in_this_process
from tests.support.stores import clear
from tests.support.waiting import wait_for

#: Within this many seconds of a scheduler's death another must have taken over.
TAKEN_OVER = 15
#: Seconds between two comparisons of everything that the centre has with the ledger.
EVERY = 1.0


@pytest.fixture
def town(tmp_path: Path, postgresql: str) -> Iterator[Town]:
    engine = open_store(postgresql)
    clear(engine)
    engine.dispose()
    with Town(tmp_path, rows=600, parts=3, every="PT2S", store=postgresql) as made:
        yield made


def leads(town: Town, log: str) -> int:
    path = town.folder / log
    return path.read_text().count("scheduler.leads") if path.exists() else 0


def rows_at_centre(town: Town) -> int:
    return sum(
        day["present"] for name in town.sources for day in town.centre_get("/totals", feed=name)
    )


def test_another_node_takes_over_when_the_scheduler_dies_and_nothing_is_lost_or_doubled(
    town: Town,
) -> None:
    nodes = {log: town.start_node(log) for log in ("node-a.log", "node-b.log")}
    wait_for(lambda: any(leads(town, log) for log in nodes))
    leader = next(log for log in nodes if leads(town, log))
    other = next(log for log in nodes if log != leader)
    wait_for(lambda: rows_at_centre(town) > 0)

    town.release()
    nodes[leader].kill()
    died = time.monotonic()
    wait_for(lambda: leads(town, other) > 0, TAKEN_OVER)
    taken_over = time.monotonic() - died
    town.release()

    wait_for(lambda: complaints(town) == [], 120, EVERY)
    nodes[other].terminate()
    assert nodes[other].wait(30) == 0
    assert taken_over < TAKEN_OVER
    engine = create_engine(town.store)
    with engine.connect() as connection:
        twice = connection.execute(
            text("SELECT feed, due_at FROM slot GROUP BY feed, due_at HAVING count(*) > 1")
        ).all()
        empty = connection.execute(
            text("SELECT count(*) FROM outbox_transition WHERE why = ''")
        ).scalar_one()
    engine.dispose()
    assert not twice
    assert empty == 0


def test_roles_apart_do_together_what_one_process_does(town: Town) -> None:
    workers = [town.start_node(f"worker-{n}.log", "--role", "worker") for n in range(2)]
    scheduler = town.start_node("scheduler.log", "--role", "scheduler")
    address = town.folder / "web.address"
    page = town.start_node("web.log", "--role", "web", "--address-file", str(address))
    for _ in range(2):
        town.release()

    wait_for(lambda: complaints(town) == [], 120, EVERY)

    assert address.exists()
    for process in (*workers, scheduler, page):
        process.terminate()
    assert [process.wait(30) for process in (*workers, scheduler, page)] == [0] * 4
    assert leads(town, "worker-0.log") == 0


def test_nodes_killed_at_any_moment_lose_and_double_nothing(town: Town) -> None:
    rng = Random(0)
    nodes = [town.start_node(f"node-{n}.log") for n in range(2)]
    for _ in range(3):
        time.sleep(rng.uniform(0.5, 3))
        number = rng.randrange(2)
        nodes[number].send_signal(signal.SIGKILL)
        nodes[number].wait()
        town.release()
        nodes[number] = town.start_node(f"node-{number}.log")

    wait_for(lambda: complaints(town) == [], 120, EVERY)
    for node in nodes:
        node.terminate()
    # One may still be starting, before it listens to signals.
    assert all(node.wait(30) in (0, -signal.SIGTERM) for node in nodes)


def test_a_sqlite_store_serves_one_process(tmp_path: Path) -> None:
    settings = tmp_path / "gateway.yaml"
    store = f"sqlite:///{tmp_path / 'gateway.db'}"
    catalogue = {"url": "http://127.0.0.1:9", "token": "x"}
    settings.write_text(json.dumps({"store": store, "catalogue": catalogue, "centre": {}}))

    result = in_this_process("run", "--role", "worker", "--settings", str(settings), code=2)

    assert "PostgreSQL" in result.stderr
