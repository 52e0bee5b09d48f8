"""All SQL of API tokens; every function takes the caller's connection."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from gateway.accounts.model import Right
from gateway.accounts.tables import token


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
    proved_at: datetime | None = None


def add(
    connection: Connection,
    name: str,
    label: str,
    digest: str,
    rights: Sequence[Right],
    now: datetime,
    ends_at: datetime,
) -> None:
    """Keep an API token by its digest."""
    connection.execute(
        insert(token).values(
            account=name,
            label=label,
            digest=digest,
            rights=json.dumps(sorted(rights)),
            made_at=now,
            ends_at=ends_at,
        )
    )


def tokens_of(connection: Connection, name: str) -> list[TokenView]:
    """Return an account's API tokens, in the order in which they were made."""
    query = select(token).where(token.c.account == name).order_by(token.c.id)
    return [_token(row) for row in connection.execute(query)]


def find(connection: Connection, digest: str) -> TokenView | None:
    """Return an API token by its digest, or None."""
    row = connection.execute(select(token).where(token.c.digest == digest)).one_or_none()
    return None if row is None else _token(row)


def use(connection: Connection, token_id: int, now: datetime) -> None:
    """Note when a token was used."""
    connection.execute(update(token).where(token.c.id == token_id).values(used_at=now))


def prove(connection: Connection, token_id: int, now: datetime) -> None:
    """Note that a token's person has shown who they are."""
    connection.execute(update(token).where(token.c.id == token_id).values(proved_at=now))


def end_all(connection: Connection, name: str) -> int:
    """Remove every API token of an account; return how many there were."""
    return connection.execute(delete(token).where(token.c.account == name)).rowcount


def revoke(connection: Connection, name: str, token_id: int) -> TokenView | None:
    """Remove a token of an account; return what it was, None where there was none."""
    row = connection.execute(
        select(token).where(token.c.id == token_id, token.c.account == name)
    ).one_or_none()
    connection.execute(delete(token).where(token.c.id == token_id, token.c.account == name))
    return None if row is None else _token(row)


def _token(row: Any) -> TokenView:
    rights = frozenset(json.loads(row.rights))
    return TokenView(
        row.id, row.account, row.label, rights, row.made_at, row.ends_at, row.used_at, row.proved_at
    )
