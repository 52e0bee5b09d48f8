"""Of which records a feed has said something newer than a unit that is older than it comes.

A unit is older than it comes when it is read again after it was set aside, and when a person has
mended its rows by hand: it stands in its feed's order where it stood, or when it was uploaded.
"""

import polars as pl
from sqlalchemy import Connection

from gateway.exchange import refusal_store, taking
from gateway.submissions.names import MENDED


def newer_keys(
    connection: Connection,
    feed_id: int,
    known_records: pl.DataFrame,
    unit_id: int,
    place: int | None,
    *,
    by_hand: bool,
) -> frozenset[str]:
    """Return the keys among `known_records` that a unit after `place` had.

    Where `place` is None the unit is the newest, and there are none. `by_hand`: the rows were
    mended after a refusal. What the source has given since that refusal is newer than they are;
    what was mended by hand before them is not.
    """
    if place is None or known_records.is_empty():
        return frozenset()
    seen_in = dict(zip(known_records["key"], known_records["seen_in"], strict=True))
    stands = taking.places(
        connection, sorted({seen_unit for seen_unit in seen_in.values() if seen_unit != unit_id})
    )
    refused = refusal_store.newest_units(connection, feed_id, list(seen_in)) if by_hand else {}
    newer = set()
    for key, last in seen_in.items():
        if last not in stands:
            continue
        at, name = stands[last]
        mended = name.startswith(MENDED)
        if at > place or (key in refused and at > refused[key] and not mended):
            newer.add(key)
    return frozenset(newer)
