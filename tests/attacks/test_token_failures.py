"""Tokens guessed at several processes of one store, by many addresses, and across a restart."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, func, select

from gateway import audit
from gateway.accounts.model import WINDOW
from gateway.accounts.tables import token_failure
from gateway.events import store as event_store
from gateway.store.open import open_store
from gateway.web.kit import token_failures
from gateway.web.kit.token_failures import AT_ONCE, LIMIT, TOLD, TokenFailures
from tests.support.clock import NOW

FEED, ADDRESS = "water.penalty", "203.0.113.9"


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, span: timedelta) -> None:
        self.now += span


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    store = open_store(f"sqlite:///{tmp_path / 'gateway.db'}")
    yield store
    store.dispose()


def tries(counting: TokenFailures, count: int, source: str = ADDRESS) -> list[bool]:
    """Return, of so many wrong tokens, after which of them the address was told to wait."""
    return [counting.note("push", FEED, source) is not None for _ in range(count)]


def test_an_attacker_has_as_many_tries_at_three_consoles_as_at_one(
    engine: Engine, clock: Clock
) -> None:
    consoles = [TokenFailures(engine, clock) for _ in range(3)]
    let_go = 0
    for _ in range(LIMIT):
        let_go += sum(console.note("push", FEED, ADDRESS) is None for console in consoles)

    assert let_go < LIMIT
    with engine.connect() as connection:
        told = [event.name for event in event_store.events(connection)]
    assert told.count("token.refused") == 1


def test_a_restart_gives_no_tries_anew_and_the_end_of_the_window_does(
    engine: Engine, clock: Clock
) -> None:
    assert tries(TokenFailures(engine, clock), LIMIT)[-1]
    assert tries(TokenFailures(engine, clock), 1) == [True]
    clock.pass_by(WINDOW)
    assert tries(TokenFailures(engine, clock), 1) == [False]


def test_an_attacker_with_a_whole_network_of_ipv6_is_one_address(
    engine: Engine, clock: Clock
) -> None:
    counting = TokenFailures(engine, clock)
    waits = [tries(counting, 1, f"2001:db8:1:2::{number:x}")[0] for number in range(LIMIT)]

    assert waits[-1]
    assert tries(counting, 1, "2001:db8:1:3::1") == [False]


def test_a_flood_of_many_addresses_costs_a_bounded_number_of_writes_and_rows(
    engine: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.accounts.token_failure_store.MOST_ROWS", 50)
    counting, commits = TokenFailures(engine, clock), []
    event.listen(engine, "commit", lambda _: commits.append(1))
    for number in range(2_000):
        tries(counting, 1, f"198.51.{number // 250}.{number % 250}")
        clock.pass_by(timedelta(milliseconds=10))

    with engine.connect() as connection:
        rows = connection.execute(select(func.count()).select_from(token_failure)).scalar_one()
        recorded = len(list(audit.entries(connection)))
    assert rows <= 50
    assert recorded <= AT_ONCE
    # The first ones each by itself, the others together: once a second, for 20 seconds.
    assert len(commits) <= AT_ONCE + 25


def test_who_goes_on_when_they_have_to_wait_costs_nothing_more(
    engine: Engine, clock: Clock
) -> None:
    counting = TokenFailures(engine, clock)
    tries(counting, LIMIT)
    commits: list[int] = []
    event.listen(engine, "commit", lambda _: commits.append(1))

    assert all(tries(counting, 500))
    assert commits == []


def test_without_its_store_a_console_counts_by_itself(
    engine: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.exc import OperationalError

    def away(*_: object) -> None:
        raise OperationalError("", {}, Exception())

    monkeypatch.setattr(token_failures, "writing", away)
    waits = tries(TokenFailures(engine, clock), LIMIT)

    assert waits[-1]
    assert not any(waits[: LIMIT - 1])


def test_what_is_on_record_of_one_address_ends_where_an_operator_is_told(
    engine: Engine, clock: Clock
) -> None:
    tries(TokenFailures(engine, clock), LIMIT)
    with engine.connect() as connection:
        acts = [entry.act for entry in audit.entries(connection)]

    assert acts == ["token.refused"] * TOLD
