"""All SQL of accounts, sessions, failed sign-ins and API tokens. Every function takes the caller's connection."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from gateway.accounts.model import WINDOW, AccountError, Failures, Right, Role
from gateway.accounts.secrets import DRIFT, STEP
from gateway.accounts.tables import account, failure, origin, session, token
from outbox import insert_new
from outbox.waits import hold_moments


@dataclass(frozen=True, slots=True)
class Account:
    """An account as it is kept; `password` is a hash and `second` sealed."""

    name: str
    role: Role
    departments: tuple[str, ...]
    password: str
    must_change: bool
    disabled: bool
    second: bytes | None
    second_key_id: str
    second_step: int
    recovery: tuple[str, ...]
    subject: str | None
    made_at: datetime
    signed_in_at: datetime | None


@dataclass(frozen=True, slots=True)
class TokenView:
    """An API token as it may be shown."""

    id: int
    account: str
    label: str
    rights: frozenset[Right]
    made_at: datetime
    ends_at: datetime
    used_at: datetime | None


def add(connection: Connection, made: Account) -> None:
    """Keep a new account; raises AccountError where the name is taken."""
    values = {name: getattr(made, name) for name in Account.__slots__}
    values |= {"departments": json.dumps(made.departments), "recovery": json.dumps(made.recovery)}
    if not insert_new(connection, account, values):
        raise AccountError(
            f"账户 {made.name} 已存在，或该 OIDC 主体已属他人",
            f"there is an account {made.name}, or that OIDC subject is another's",
        )


def find(connection: Connection, name: str) -> Account | None:
    """Give one account or None."""
    row = connection.execute(select(account).where(account.c.name == name)).one_or_none()
    return None if row is None else _account(row)


def by_subject(connection: Connection, subject: str) -> Account | None:
    """Give the account of an OpenID subject or None."""
    row = connection.execute(select(account).where(account.c.subject == subject)).one_or_none()
    return None if row is None else _account(row)


def every(connection: Connection) -> list[Account]:
    """List accounts by name."""
    return [_account(row) for row in connection.execute(select(account).order_by(account.c.name))]


def change(connection: Connection, name: str, **values: Any) -> None:
    """Write some of an account's columns."""
    connection.execute(update(account).where(account.c.name == name).values(**values))


def use_step(connection: Connection, name: str, step: int) -> bool:
    """Note the time step of a code that was used; False where that one, or a later one, was used before."""
    changed = connection.execute(
        update(account)
        .where(account.c.name == name, account.c.second_step < step)
        .values(second_step=step)
    )
    return bool(changed.rowcount)


def open_session(connection: Connection, values: dict[str, Any]) -> None:
    """Keep a session."""
    connection.execute(insert(session).values(**values))


def find_session(connection: Connection, digest: str) -> Row[Any] | None:
    """Give one session or None."""
    return connection.execute(select(session).where(session.c.digest == digest)).one_or_none()


def see_session(connection: Connection, digest: str, now: datetime) -> None:
    """Note that a session is in use."""
    connection.execute(update(session).where(session.c.digest == digest).values(seen_at=now))


def note_session(connection: Connection, digest: str, note: str) -> None:
    """Write what a session has to remember (JSON)."""
    connection.execute(update(session).where(session.c.digest == digest).values(note=note))


def end_session(connection: Connection, digest: str) -> None:
    """Remove a session if it is there."""
    connection.execute(delete(session).where(session.c.digest == digest))


def end_sessions(connection: Connection, name: str, but: str = "") -> None:
    """Remove every session of an account, save one if it is named."""
    connection.execute(delete(session).where(session.c.account == name, session.c.digest != but))


def sweep(connection: Connection, made_before: datetime, now: datetime) -> None:
    """Remove sessions and failures that count no more."""
    connection.execute(delete(session).where(session.c.made_at < made_before))
    connection.execute(delete(failure).where(failure.c.at < now - 2 * WINDOW))


def failures(connection: Connection, who: str, source: str, now: datetime) -> Failures:
    """Give the failures that count for a name and an address."""

    recent = failure.c.at > now - WINDOW
    mine = select(failure.c.at, failure.c.source).where(failure.c.who == who, recent)
    account = [(row.at, row.source) for row in connection.execute(mine.order_by(failure.c.at))]
    there = select(failure.c.at).where(failure.c.source == source, recent).order_by(failure.c.at)
    known = connection.execute(
        select(func.count()).select_from(origin).where(origin.c.who == who, origin.c.source == source)
    ).scalar_one()  # fmt: skip
    return Failures(
        [at for at, whence in account if whence == source],
        list(connection.execute(there).scalars()),
        [at for at, _ in account],
        bool(known),
    )


def note_failure(connection: Connection, who: str, source: str, now: datetime) -> None:
    """Keep a failed sign-in."""
    connection.execute(insert(failure).values(who=who, source=source, at=now))


def note_success(connection: Connection, who: str, source: str, now: datetime) -> None:
    """Forget a name's failures from an address, and remember the address."""
    connection.execute(delete(failure).where(failure.c.who == who, failure.c.source == source))
    connection.execute(delete(origin).where(origin.c.who == who, origin.c.source == source))
    connection.execute(insert(origin).values(who=who, source=source, at=now))


def add_token(
    connection: Connection, name: str, label: str, digest: str, rights: Sequence[Right], now: datetime, ends_at: datetime
) -> None:  # fmt: skip
    """Keep an API token by its digest."""
    connection.execute(insert(token).values(
        account=name, label=label, digest=digest, rights=json.dumps(sorted(rights)), made_at=now, ends_at=ends_at,
    ))  # fmt: skip


def tokens(connection: Connection, name: str) -> list[TokenView]:
    """List an account's API tokens."""
    query = select(token).where(token.c.account == name).order_by(token.c.id)
    return [_token(row) for row in connection.execute(query)]


def token_by(connection: Connection, digest: str) -> TokenView | None:
    """Give an API token by its digest or None."""
    row = connection.execute(select(token).where(token.c.digest == digest)).one_or_none()
    return None if row is None else _token(row)


def use_token(connection: Connection, token_id: int, now: datetime) -> None:
    """Note when a token was used."""
    connection.execute(update(token).where(token.c.id == token_id).values(used_at=now))


def revoke_token(connection: Connection, name: str, token_id: int) -> TokenView | None:
    """Remove a token of an account; give what it was."""
    row = connection.execute(
        select(token).where(token.c.id == token_id, token.c.account == name)
    ).one_or_none()
    connection.execute(delete(token).where(token.c.id == token_id, token.c.account == name))
    return None if row is None else _token(row)


def _token(row: Any) -> TokenView:
    rights = frozenset(json.loads(row.rights))
    return TokenView(row.id, row.account, row.label, rights, row.made_at, row.ends_at, row.used_at)


def _account(row: Any) -> Account:
    values = dict(row._mapping)
    values["departments"] = tuple(json.loads(row.departments))
    values["recovery"] = tuple(json.loads(row.recovery))
    return Account(**values)


def hold_moments_ahead(connection: Connection, now: datetime) -> int:
    """Bring back to now what a clock that was ahead has stored; count it.

    Failed sign-ins would lock people out, sessions live on, and codes of a second factor be refused
    for as long as the clock was wrong. The end of an API token is a date that a person sees and can
    set anew: it stays.
    """
    latest = int(now.timestamp()) // STEP + DRIFT
    used_ahead = update(account).where(account.c.second_step > latest)
    count = connection.execute(used_ahead.values(second_step=latest)).rowcount
    for column in (failure.c.at, session.c.made_at, session.c.seen_at):
        count += hold_moments(connection, column, now)
    return count
