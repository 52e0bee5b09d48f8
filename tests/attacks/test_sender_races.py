"""Two processes that change senders at once: what one has ended the other must not bring back."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from sqlalchemy import Connection, Engine, text

from gateway.central.senders import administration, store
from gateway.central.senders.administration import Wanted, limit, raise_exchange, revoke
from gateway.central.senders.model import InvalidSenderError
from gateway.central.store import create
from outbox import open_engine, writing
from tests.support.senders import ACT, LONG_AGO, TOKEN, add_sender

_WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = "
    "current_database()"
)


@pytest.fixture
def centre(postgresql: str) -> Iterator[Engine]:
    """Yield a centre's store on PostgreSQL with one sender."""
    server = open_engine(postgresql)
    with writing(server) as connection:
        connection.execute(text("CREATE SCHEMA sender_races"))
    server.dispose()
    joint = "&" if "?" in postgresql else "?"
    engine = open_engine(f"{postgresql}{joint}options=-csearch_path%3Dsender_races")
    create(engine)
    add_sender(engine)
    yield engine
    with writing(engine) as connection:
        connection.execute(text("DROP SCHEMA sender_races CASCADE"))
    engine.dispose()


def while_revoking(
    centre: Engine, monkeypatch: pytest.MonkeyPatch, change: Callable[[], object]
) -> list[Exception]:
    """Begin a change while a revocation is not committed yet; return what the change raised."""
    raised: list[Exception] = []

    def changing() -> None:
        try:
            change()
        except Exception as error:  # noqa: BLE001
            raised.append(error)

    thread = threading.Thread(target=changing)
    noted = administration._note

    def note(connection: Connection, act: object, what: str, *rest: object) -> None:
        noted(connection, act, what, *rest)  # type: ignore[arg-type]
        if what == "sender.revoke":
            thread.start()
            until = time.monotonic() + 20
            # Each look begins anew: within a transaction PostgreSQL shows what it showed first.
            with centre.connect().execution_options(isolation_level="AUTOCOMMIT") as watch:
                while not watch.execute(_WAITING).scalar_one() and thread.is_alive():
                    assert time.monotonic() < until
                    time.sleep(0.02)

    monkeypatch.setattr(administration, "_note", note)
    revoke(centre, "tests", ACT)
    thread.join(20)
    assert not thread.is_alive()
    return raised


def revoked_at(centre: Engine) -> datetime | None:
    with centre.connect() as connection:
        [sender] = store.all_senders(connection)
    return sender.revoked_at


def test_a_sender_that_is_revoked_is_not_brought_back_by_its_first_statement_of_1_1(
    centre: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = lambda: raise_exchange(centre, "tests", LONG_AGO)  # noqa: E731

    assert while_revoking(centre, monkeypatch, first) == []
    assert revoked_at(centre) is not None


def test_a_sender_that_is_revoked_is_not_brought_back_by_who_limits_it(
    centre: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrower = lambda: limit(centre, "tests", Wanted(feeds=("water.*",)), ACT)  # noqa: E731

    [error] = while_revoking(centre, monkeypatch, narrower)

    assert isinstance(error, InvalidSenderError)
    assert revoked_at(centre) is not None


def test_two_senders_are_not_given_one_token_at_once(
    centre: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    same = lambda: add_sender(centre, "others", TOKEN)  # noqa: E731

    [error] = while_revoking(centre, monkeypatch, same)

    assert isinstance(error, InvalidSenderError)


def test_a_sender_that_comes_between_two_reads_is_not_taken_for_one_without_keys(
    centre: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It need not sign then; the order of the reads decides it."""
    read: list[str] = []
    with centre.connect() as connection:
        execute = connection.execute
        monkeypatch.setattr(
            connection, "execute", lambda query: (read.append(str(query)), execute(query))[1]
        )
        store.all_senders(connection)

    assert ["FROM sender_key" in query for query in read] == [False, True]
