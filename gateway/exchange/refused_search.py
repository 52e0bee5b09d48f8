"""Finds refused rows by a value. They are sealed: each is opened, the newest first."""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection

from gateway.exchange.blind_index import plain
from gateway.exchange.refusal_store import Refusal, found_by, listing
from gateway.exchange.refused_rows import row_text
from gateway.exchange.tables import feed, refusal
from outbox import DecryptionError

#: Refusals of a feed that are looked into, the newest, and how many at a time.
LOOKED_AT, _TOGETHER = 20_000, 1_000


def containing(
    connection: Connection, feed_name: str, values: Collection[str], limit: int
) -> list[Refusal]:
    """Return a feed's newest refusals whose row has one of some values, of the newest `LOOKED_AT`.

    A value is compared as a whole (in the form of `blind_index.plain`): parts would let a person
    who sees only masks find out what is behind them, character by character.
    """
    matches: list[Refusal] = []
    last, looked_at = None, 0
    while len(matches) < limit and looked_at < LOOKED_AT:
        query = listing().where(feed.c.name == feed_name)
        if last is not None:
            query = query.where(refusal.c.id < last)
        rows = connection.execute(query.order_by(refusal.c.id.desc()).limit(_TOGETHER))
        page = rows.all()
        for row in page:
            if _has(connection, row, values):
                matches += found_by(connection, listing().where(refusal.c.id == row.id))
        if len(page) < _TOGETHER:
            break
        last, looked_at = page[-1].id, looked_at + len(page)
    return matches[:limit]


def _has(connection: Connection, row: Any, values: Collection[str]) -> bool:
    try:
        cells = json.loads(row_text(connection, row)).values()
    except DecryptionError:
        return False
    return any(plain(str(cell)) in values for cell in cells if cell)
