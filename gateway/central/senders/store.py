"""Senders in the centre's store: all the SQL of their tables.

Every function takes the caller's connection.

Whoever writes begins with `begin_change`.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from gateway.central.senders.model import Sender, SenderKey
from gateway.central.senders.tables import sender, sender_change, sender_key
from outbox.database import insert_new


def change_number(connection: Connection) -> int:
    """Return the number of the last change of any sender; 0 where none was ever added."""
    number = connection.execute(select(sender_change.c.number)).scalar_one_or_none()
    return int(number or 0)


def all_senders(connection: Connection) -> list[Sender]:
    """Return every sender, also those revoked, in order of id."""
    # Senders first: one that is added between the two reads must not be seen without its keys, for
    # who has none need not sign.
    rows = connection.execute(select(sender).order_by(sender.c.id)).all()
    keys: dict[str, list[SenderKey]] = {}
    for row in connection.execute(
        select(sender_key).order_by(sender_key.c.sender, sender_key.c.id)
    ):
        key = SenderKey(row.id, row.pem, row.since, row.until, row.revoked_at)
        keys.setdefault(row.sender, []).append(key)
    return [_sender(row, keys.get(row.id, [])) for row in rows]


def begin_change(connection: Connection) -> None:
    """Count a change of senders; until the caller's transaction ends nobody else can change any.

    What is read before this may be another's by the time that it is written: a sender that was
    revoked meanwhile would be there again.
    """
    insert_new(connection, sender_change, {"id": 1, "number": 0})
    connection.execute(update(sender_change).values(number=sender_change.c.number + 1))


def insert_sender(connection: Connection, new: Sender) -> bool:
    """Insert a sender with its keys, and return whether its id was free."""
    values = {**_values(new), "id": new.id, "added_by": new.by, "revoked_at": None}
    existing = connection.execute(select(sender.c.id).where(sender.c.id == new.id)).first()
    if existing is not None:
        return False
    connection.execute(insert(sender).values(**values))
    for key in new.keys:
        insert_key(connection, new.id, key)
    return True


def update_sender(connection: Connection, changed: Sender) -> None:
    """Write what a sender has become, but for its keys."""
    values = {**_values(changed), "revoked_at": changed.revoked_at}
    connection.execute(update(sender).where(sender.c.id == changed.id).values(**values))


def insert_key(connection: Connection, sender_id: str, key: SenderKey) -> None:
    """Add a key to a sender."""
    connection.execute(
        insert(sender_key).values(
            sender=sender_id, id=key.id, pem=key.pem, since=key.since, until=key.until
        )
    )


def raise_exchange(connection: Connection, sender_id: str, exchange: str) -> bool:
    """Refuse a sender's older forms of statement from now on; return whether that changed anything.

    False where the sender is revoked, or refuses them already.
    """
    where = (sender.c.id == sender_id) & sender.c.revoked_at.is_(None)
    older = update(sender).where(where, sender.c.exchange != exchange)
    return bool(connection.execute(older.values(exchange=exchange)).rowcount)


def revoke_key(connection: Connection, sender_id: str, key_id: str, at: datetime) -> None:
    """Let nothing count any more that a key signs."""
    where = (sender_key.c.sender == sender_id) & (sender_key.c.id == key_id)
    connection.execute(update(sender_key).where(where).values(revoked_at=at))


def _values(new: Sender) -> dict[str, Any]:
    return {
        "node": new.node,
        "token_digest": new.token_digest,
        "feeds": " ".join(new.feeds),
        "since": new.since,
        "until": new.until,
        "why": new.why,
        "may_relay": new.may_relay,
        "test": new.test,
        "exchange": new.exchange,
    }


def _sender(row: Row[Any], keys: list[SenderKey]) -> Sender:
    return Sender(
        row.id,
        row.node,
        row.token_digest,
        tuple(row.feeds.split()),
        row.since,
        row.until,
        row.added_by,
        row.why,
        row.may_relay,
        row.test,
        row.exchange,
        row.revoked_at,
        tuple(keys),
    )
