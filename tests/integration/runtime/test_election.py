"""Who schedules among nodes on one store: one, and another soon after its end."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from gateway.runtime import leader_election
from gateway.runtime.leader_election import AdvisoryLock
from gateway.store.open import store_time
from outbox import open_engine
from tests.support.waiting import wait_for

#: Within this many seconds of a leader's end another must lead.
TAKEN_OVER = 15


@pytest.fixture
def nodes(postgresql: str) -> Iterator[tuple[Engine, Engine]]:
    engines = open_engine(postgresql), open_engine(postgresql)
    yield engines
    for engine in engines:
        engine.dispose()


def test_one_of_two_nodes_leads_and_the_other_when_it_resigns(nodes: tuple[Engine, Engine]) -> None:
    first, second = AdvisoryLock(nodes[0]), AdvisoryLock(nodes[1])

    before = [first.leads(), second.leads(), first.leads()]
    first.resign()
    # The server lets go of the lock when it has seen the session end: soon, not at once.
    wait_for(second.leads, TAKEN_OVER)
    after = [second.leads(), first.leads()]
    second.resign()
    first.resign()

    assert before == [True, False, True]
    assert after == [True, False]


def test_a_leader_whose_session_is_cut_knows_it_and_may_lead_again(
    nodes: tuple[Engine, Engine],
) -> None:
    first, second = AdvisoryLock(nodes[0]), AdvisoryLock(nodes[1])
    assert first.leads()
    assert not second.leads()
    with nodes[1].connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' "
                "AND granted"
            )
        )

    wait_for(second.leads, TAKEN_OVER)

    assert not first.leads()
    second.resign()
    wait_for(first.leads, TAKEN_OVER)
    first.resign()


def test_a_frozen_leader_loses_its_lock(
    nodes: tuple[Engine, Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leader_election, "SILENCE", 2)
    frozen, second = AdvisoryLock(nodes[0]), AdvisoryLock(nodes[1])
    assert frozen.leads()

    wait_for(second.leads, TAKEN_OVER)

    assert not frozen.leads()
    second.resign()
    frozen.resign()


def test_the_stores_time_is_the_time(nodes: tuple[Engine, Engine]) -> None:
    assert store_time(nodes[0]) <= store_time(nodes[1])


@pytest.mark.parametrize("setting", ["synchronous_commit = on", "lock_timeout = 1min"])
def test_every_session_is_as_a_store_needs_it(nodes: tuple[Engine, Engine], setting: str) -> None:
    name, _, value = setting.partition(" = ")
    with nodes[0].connect() as one, nodes[0].connect() as other:
        assert [c.execute(text(f"SHOW {name}")).scalar_one() for c in (one, other)] == [value] * 2
