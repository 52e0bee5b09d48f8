"""Whoever has a stolen password and tries without a pause, while an administrator takes it away.

To weigh a password takes a tenth of a second: what is true before it need not be true after it.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Connection, Engine, func, select

from gateway.accounts import AccountError, Principal, secrets, store
from gateway.accounts.session import Session
from gateway.accounts.tables import session as session_table
from outbox import writing
from tests.support.account_house import (
    HERE,
    NEW,
    THERE,
    House,
    code,
    house_over,
    kept_session,
    with_second,
)

WHO = "wang.wu"


@pytest.fixture
def house(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> House:
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(secrets, "_HASHER", quick)
    console = house_over(engine)
    for name, role in ((WHO, "editor"), ("admin", "administrator"), ("second", "administrator")):
        first = console.accounts.add(
            name, role, ["water"] if role == "editor" else [], "test", "a reason"
        )  # type: ignore[arg-type]
        session = console.sessions.find(console.enter(name, first).token)
        assert session is not None
        console.sessions.change_password(session, first, NEW, HERE)
    return console


def reset(house: House) -> None:
    house.accounts.reset_password(WHO, "admin", "stolen")


def disabled(house: House) -> None:
    house.accounts.disable(WHO, "admin", "stolen")
    house.accounts.enable(WHO, "admin", "found again")


def disabled_alone(house: House) -> None:
    house.accounts.disable(WHO, "admin", "stolen")


ACTS = pytest.mark.parametrize("act", [reset, disabled_alone], ids=lambda act: act.__name__)


def meanwhile(house: House, monkeypatch: pytest.MonkeyPatch, act: Callable[[House], None]) -> None:
    """Let an administrator do something right after the next password was found to be right."""
    weigh = secrets.password_ok

    def overtaken(kept: str, shown: str) -> bool:
        monkeypatch.setattr(secrets, "password_ok", weigh)
        right = weigh(kept, shown)
        act(house)
        return right

    monkeypatch.setattr(secrets, "password_ok", overtaken)


def session_of(house: House) -> Session:
    session = house.sessions.find(house.enter(WHO).token)
    assert session is not None
    return session


def sessions(house: House) -> int:
    return len(house.sessions.of(WHO))


@ACTS
def test_who_is_signing_in_while_the_password_is_taken_away_is_not_let_in(
    house: House, monkeypatch: pytest.MonkeyPatch, act: Callable[[House], None]
) -> None:
    meanwhile(house, monkeypatch, act)

    with pytest.raises(AccountError):
        house.enter(WHO, source=THERE)

    assert sessions(house) == 0


@ACTS
def test_a_thief_sets_no_password_of_their_own_over_the_one_that_was_reset(
    house: House, monkeypatch: pytest.MonkeyPatch, act: Callable[[House], None]
) -> None:
    session = session_of(house)
    meanwhile(house, monkeypatch, act)

    with pytest.raises(AccountError):
        house.sessions.change_password(session, NEW, "Another-horse-8", THERE)

    assert sessions(house) == 0
    with house.engine.connect() as connection:
        kept = store.find(connection, WHO)
    assert kept is not None
    assert not secrets.password_ok(kept.password, "Another-horse-8")


@ACTS
def test_a_proof_by_a_password_that_is_being_taken_away_is_none(
    house: House, monkeypatch: pytest.MonkeyPatch, act: Callable[[House], None]
) -> None:
    meanwhile(house, monkeypatch, act)

    with pytest.raises(AccountError):
        house.sessions.check_person(WHO, NEW, "", THERE)


@pytest.mark.parametrize("act", [reset, disabled], ids=lambda act: act.__name__)
def test_a_session_that_was_ended_meanwhile_sets_no_second_factor_and_makes_no_token(
    house: House, act: Callable[[House], None]
) -> None:
    session = session_of(house)
    house.sessions.begin_second(session)
    begun = kept_session(house, session.digest)
    secret = house.sessions.pending_second(begun)
    assert secret is not None
    act(house)

    with pytest.raises(AccountError):
        house.sessions.set_second(begun, code(house, secret), THERE)
    who = Principal(WHO, frozenset(("read",)), ("water",))
    with pytest.raises(AccountError):
        house.tokens.make(who, "x", ["read"], timedelta(days=1), session.digest)

    assert sessions(house) == 0
    assert house.tokens.of(WHO) == []


def test_a_code_is_not_taken_for_a_sign_in_that_was_ended_meanwhile(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, _ = with_second(house)
    person = house.enter(WHO)
    house.now += timedelta(minutes=1)
    may_try = house.sessions._may_try

    def overtaken(*given: object) -> None:
        monkeypatch.setattr(house.sessions, "_may_try", may_try)
        with writing(house.engine) as connection:
            store.end_sessions(connection, WHO)

    monkeypatch.setattr(house.sessions, "_may_try", overtaken)

    with pytest.raises(AccountError):
        house.sessions.confirm(person.token, code(house, secret), HERE)
    assert sessions(house) == 0


def test_two_administrators_who_take_one_another_away_leave_one(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second of two at one moment waits for the first, and counts who is left after it."""
    asked: list[str] = []
    lock = store.lock_administrators

    def noted(connection: Connection) -> None:
        asked.append("locked")
        lock(connection)

    monkeypatch.setattr(store, "lock_administrators", noted)
    house.accounts.disable("admin", "second", "of two one")
    with pytest.raises(AccountError):
        house.accounts.disable("second", "admin", "of two the other")

    assert asked == ["locked", "locked"]


def test_strangers_who_go_to_the_provider_and_do_not_come_back_leave_nothing(house: House) -> None:
    for _ in range(20):
        begun = house.sessions.begin_oidc({"state": "x"}, THERE)
    assert house.sessions.find(begun.token) is not None
    house.now += timedelta(minutes=11)
    last = house.sessions.begin_oidc({"state": "y"}, THERE)

    with house.engine.connect() as connection:
        query = (
            select(func.count()).select_from(session_table).where(session_table.c.stage == "oidc")
        )
        assert connection.execute(query).scalar_one() == 1
    assert house.sessions.find(last.token) is not None
