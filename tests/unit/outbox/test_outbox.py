"""The outbox: no message is lost, doubled or out of order."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from outbox import Draft, Outbox, RetryPolicy, writing
from tests.support import outbox_machine
from tests.support.clock import NOW
from tests.support.outbox_machine import LEASE


def test_the_outbox_does_what_its_reference_does(engine: Engine) -> None:
    outbox_machine.run(engine, 60)


def put(
    engine: Engine, count: int = 1, lane: str = "demo.feed", *, ordered: bool = True
) -> list[str]:
    box = Outbox(engine)
    with writing(engine) as connection:
        first = box.reserve(connection, lane, count, NOW, ordered=ordered)
        drafts = [Draft(str(uuid4()), first + n, b"x", b"", 1) for n in range(count)]
        box.put(connection, lane, drafts, NOW)
    return [draft.guid for draft in drafts]


def test_a_dead_message_holds_its_own_lane_and_no_other(engine: Engine) -> None:
    first, second = put(engine, 2)
    [other] = put(engine, 1, "demo.other")
    box = Outbox(engine)

    with writing(engine) as connection:
        claim = box.claim(connection, ["demo.feed"], NOW, LEASE)
        assert claim is not None
        box.bury(connection, claim, NOW, "refused whole")
    with writing(engine) as connection:
        following = box.claim(connection, ["demo.feed", "demo.other"], NOW, LEASE)
        nothing = box.claim(connection, ["demo.feed"], NOW, LEASE)

    assert (claim.guid, following and following.guid, nothing) == (first, other, None)
    assert second


def test_every_state_that_a_message_passed_is_kept_with_its_reason(engine: Engine) -> None:
    [guid] = put(engine)
    box = Outbox(engine)

    with writing(engine) as connection:
        claim = box.claim(connection, ["demo.feed"], NOW, LEASE)
        assert claim is not None
        box.retry(connection, claim, NOW, "HTTP 503", delay=timedelta(), outcome="failed")
        again = box.claim(connection, ["demo.feed"], NOW, LEASE)
        assert again is not None
        box.settle(connection, again, NOW, "accepted 1")
        history = box.history(connection, guid)

    assert [(state, why) for _, state, why in history] == [
        ("waiting", "put"),
        ("sending", "claimed"),
        ("waiting", "HTTP 503"),
        ("sending", "claimed"),
        ("settled", "accepted 1"),
    ]


def test_every_connection_of_a_sqlite_store_is_durable(engine: Engine) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 60_000}

    connections = [engine.connect() for _ in range(3)]

    for connection in connections:
        found = {name: connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in wanted}
        assert found == wanted
        connection.close()


@pytest.mark.parametrize(
    ("attempts", "chance", "retry_after", "seconds"),
    [
        (1, 0.0, None, 0.0),
        (1, 1.0, None, 1.0),
        (4, 0.5, None, 4.0),
        (4, 1.0, None, 8.0),
        (40, 1.0, None, 600.0),
        (1, 0.0, 90.0, 90.0),
        (4, 1.0, 2.0, 8.0),
        (1, 0.0, 1e9, 86_400.0),
    ],
)
def test_a_retry_waits_up_to_a_growing_limit_and_never_less_than_the_receiver_asks(
    attempts: int, chance: float, retry_after: float | None, seconds: float
) -> None:
    assert RetryPolicy().delay(attempts, chance, retry_after).total_seconds() == seconds
