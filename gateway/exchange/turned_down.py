"""Rows of a whole list that the centre has turned down, and that are as they were.

Who reads a list again gives nothing anew: such a row would travel with each look at its source and
be turned down each time. It keeps its refusal, and travels once a day: what stood against it may
have been mended at the centre. A file or submission that is given again is another matter: its
department means it to be sent.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import polars as pl
from sqlalchemy import Connection, select

from gateway.exchange import refusal_store
from gateway.exchange.pipeline import Checked, with_faults
from gateway.exchange.refusal_store import Fault
from gateway.exchange.refused_rows import row_json, row_text
from gateway.exchange.tables import refusal
from gateway.standard.findings import FAULT_SCHEMA
from outbox import DecryptionError, among

#: For how long a row that the centre turned down is not sent again as it is.
AGAIN_AFTER = timedelta(days=1)


def with_turned_down(
    connection: Connection, feed_id: int, checked: Checked, rows: pl.DataFrame, now: datetime
) -> Checked:
    """Return a checked batch of a whole list with faults on rows turned down before.

    Those are rows that the centre turned down as they are.
    """
    since = now - AGAIN_AFTER
    standing = _turned_down_since(connection, feed_id, checked.keys.to_list(), since)
    lines = []
    for place, key in enumerate(checked.keys) if standing else ():
        text, fault = standing.get(key, (None, None))
        if fault is not None and row_json(rows.row(place, named=True)) == text:
            lines.append((place, fault.field, fault.rule, fault.text.zh, fault.text.en))
    return with_faults(checked, pl.DataFrame(lines, schema=FAULT_SCHEMA, orient="row"))


def _turned_down_since(
    connection: Connection, feed_id: int, identities: Sequence[str], since: datetime
) -> dict[str, tuple[str, Fault]]:
    """Return row (`row_json`) and first fault of each record that the centre refused lately.

    Those of which something came right since are not among them.
    """
    query = select(refusal).where(
        refusal_store.is_open(feed_id),
        refusal.c.refused_by == "centre",
        refusal.c.opened_at > since,
        among(connection, refusal.c.identity, identities),
    )
    rows = connection.execute(query).all()
    faults = refusal_store.first_faults(connection, rows)
    standing = {}
    for row in rows:
        # Of a row whose key is not here nobody knows whether it is as it was: it is sent.
        with suppress(DecryptionError):
            standing[row.identity] = (row_text(connection, row), faults[row.identity])
    return standing
