"""What one administrator has asked and another must approve. All SQL of the table."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, select

from gateway.accounts.model import Role
from gateway.accounts.tables import request
from outbox import insert_new

#: What a second administrator is asked to approve.
Act = Literal["add", "role", "reset", "second", "enable"]


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `role` and `departments` are those that an account is to have, or has.

    `password` is the hash of the first password, `half` what of it the approver is shown, sealed.
    """

    account: str
    act: Act
    role: Role
    departments: tuple[str, ...]
    subject: str | None
    password: str
    half: bytes | None
    half_key_id: str
    person: str
    at: datetime


def keep(connection: Connection, pending: Request) -> bool:
    """Record a request and return True; False where one waits for its account already."""
    values = {name: getattr(pending, name) for name in Request.__slots__}
    return insert_new(
        connection, request, values | {"departments": json.dumps(pending.departments)}
    )


def waiting(connection: Connection, since: datetime) -> list[Request]:
    """Return the requests that were made since a moment, the oldest first."""
    query = select(request).where(request.c.at >= since).order_by(request.c.at)
    return [_request(row) for row in connection.execute(query)]


def find(connection: Connection, account: str) -> Request | None:
    """Return the request that waits for an account, if one does."""
    row = connection.execute(select(request).where(request.c.account == account)).one_or_none()
    return None if row is None else _request(row)


def take(connection: Connection, pending: Request) -> bool:
    """Remove a request that is decided and return True; False where another has decided it."""
    same = (request.c.account == pending.account, request.c.at == pending.at)
    return bool(connection.execute(delete(request).where(*same)).rowcount)


def sweep(connection: Connection, moment: datetime) -> None:
    """Remove requests that nobody has decided for too long."""
    connection.execute(delete(request).where(request.c.at < moment))


def _request(row: Row[Any]) -> Request:
    departments: Sequence[str] = json.loads(row.departments)
    return Request(**{**row._mapping, "departments": tuple(departments)})
