"""Whoever has a recovery code and uses it twice within one moment."""

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Connection, Engine

from gateway.accounts import secrets, store
from gateway.accounts.model import SignInRefusedError
from gateway.accounts.store import Account
from tests.support.account_house import HERE, NEW, House, house_over, with_second


@pytest.fixture
def house(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> House:
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(secrets, "_HASHER", quick)
    console = house_over(engine)
    first = console.accounts.add("wang.wu", "editor", ["water"], "test", "a reason")
    session = console.sessions.find(console.enter("wang.wu", first).token)
    assert session is not None
    console.sessions.change_password(session, first, NEW, HERE)
    return console


@pytest.mark.parametrize("other", [0, 1], ids=["the same code", "another one"])
def test_a_recovery_code_is_good_once_where_two_use_codes_at_the_same_moment(
    house: House, monkeypatch: pytest.MonkeyPatch, other: int
) -> None:
    _, codes = with_second(house)
    find = store.find

    def overtaken(connection: Connection, name: str) -> Account | None:
        """Let somebody else use the first code right after the account was read."""
        monkeypatch.setattr(store, "find", find)
        found: Account | None = find(connection, name)
        connection.rollback()
        house.sessions.check_person("wang.wu", NEW, codes[0], HERE)
        return found

    monkeypatch.setattr(store, "find", overtaken)

    if other == 0:
        with pytest.raises(SignInRefusedError):
            house.sessions.check_person("wang.wu", NEW, codes[0], HERE)
    else:
        house.sessions.check_person("wang.wu", NEW, codes[1], HERE)
    # Each is used up whatever came of the other.
    for used in codes[: other + 1]:
        with pytest.raises(SignInRefusedError):
            house.sessions.check_person("wang.wu", NEW, used, HERE)
    house.sessions.check_person("wang.wu", NEW, codes[2], HERE)
