"""The accounts of one store, with a clock that the test sets."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

import pyotp
import pytest
from sqlalchemy import Engine

from gateway import audit
from gateway.accounts import AccountError, AccountPolicy, Accounts, Session, Tokens
from gateway.accounts import store as kept
from gateway.accounts.sessions import Opened, Sessions
from outbox import PayloadCipher

HERE, THERE = "10.0.0.1", "10.0.0.2"
NEW = "Correct-horse-7"


@dataclass
class House:
    """The accounts of one store, and a clock that the test sets."""

    engine: Engine
    now: datetime
    accounts: Accounts
    sessions: Sessions
    tokens: Tokens

    def enter(self, name: str, password: str = NEW, source: str = HERE) -> Opened:
        return self.sessions.sign_in(name, password, source)

    def alive(self, opened: Opened) -> bool:
        found = self.sessions.find(opened.token)
        return found is not None and found.principal is not None

    def acts(self) -> list[tuple[str, str]]:
        with self.engine.connect() as connection:
            return [(entry.act, entry.detail) for entry in audit.entries(connection)]


def house_over(engine: Engine, policy: AccountPolicy = AccountPolicy()) -> House:  # noqa: B008
    made: House

    def clock() -> datetime:
        return made.now

    seal = PayloadCipher({"k1": bytes(32)}, "k1")
    made = House(
        engine,
        datetime(2026, 4, 1, 2, tzinfo=UTC),
        Accounts(engine, clock),
        Sessions(engine, seal, clock, policy),
        Tokens(engine, clock),
    )
    return made


def with_second(house: House, name: str = "wang.wu") -> tuple[str, list[str]]:
    """Set up a second factor; give its secret and the recovery codes."""
    session = house.sessions.find(house.enter(name).token)
    assert session is not None
    secret = house.sessions.begin_second(session)
    again = kept_session(house, session.digest)
    with pytest.raises(AccountError):
        house.sessions.set_second(again, "000000x", HERE)
    _, codes = house.sessions.set_second(again, code(house, secret), HERE)
    return secret, codes


def kept_session(house: House, digest: str) -> Session:
    """Read a session anew, as the next request does."""
    with house.engine.connect() as connection:
        row = kept.find_session(connection, digest)
    assert row is not None
    return Session(
        row.digest, row.stage, row.csrf, row.account, None, json.loads(row.note), row.proved_at
    )


def code(house: House, secret: str) -> str:
    return pyotp.TOTP(secret).at(house.now)
