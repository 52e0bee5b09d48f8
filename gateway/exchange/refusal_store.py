"""Refusals: opened with their faults and source row, seen again, mended, listed.

Their SQL is here; in `refusal_counts` is what counts them, in `refused_alone` is what asks for
those that another day may judge otherwise, in `turned_down` for those that the centre may.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    exists,
    func,
    insert,
    literal_column,
    select,
    update,
)

from gateway.exchange.refused_rows import opened_row, row_json, row_text, sealed_row
from gateway.exchange.tables import fault, feed, known, refusal, unit
from gateway.masking import Personal, masked, masked_text
from gateway.text import Text
from outbox import DecryptionError, among

#: Refusals whose faults are asked for in one statement.
_AT_ONCE = 5_000
#: Characters of an identity: it stands in an index, of which PostgreSQL takes rows of 2,704 bytes.
LONGEST_IDENTITY = 500


@dataclass(frozen=True, slots=True)
class Fault:
    """One rule that a row broke; `field` is "" where it is about the whole row."""

    field: str
    rule: str
    text: Text


@dataclass(frozen=True, slots=True)
class Refused:
    """A row to refuse: `row` as received, `guid` the package in which the centre saw it."""

    identity: str
    ref: str
    row: dict[str, Any]
    faults: tuple[Fault, ...]
    guid: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal as stored; its row is as received, empty without its key (`sealed`)."""

    id: int
    feed: str
    unit: str
    ref: str
    refused_by: str
    state: str
    opened_at: datetime
    closed_at: datetime | None
    mended_by: str | None
    row: Personal[dict[str, Any]]
    faults: tuple[Fault, ...]
    sealed: bool = False


def bounded(identity: str) -> str:
    """Return what stands for a row's identity: itself, or its begin and digest if long."""
    if len(identity) <= LONGEST_IDENTITY:
        return identity
    digest = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{identity[: LONGEST_IDENTITY - len(digest) - 1]}#{digest}"


def open_refusals(
    connection: Connection,
    feed_id: int,
    unit_id: int,
    refused: Sequence[Refused],
    now: datetime,
    refused_by: str = "gateway",
) -> None:
    """Open a refusal for each row.

    One that is open already for the same row as received goes on.
    """
    if not refused:
        return
    # A row that the centre refused in another package is another refusal: by its package it is
    # told.
    open_ones = _open_by_identity(connection, feed_id, [r.identity for r in refused])
    new: list[tuple[Refused, str]] = []
    repeated: list[dict[str, Any]] = []
    replaced: list[int] = []
    for row in refused:
        text = row_json(row.row)
        earlier = open_ones.get(row.identity)
        if earlier is not None and earlier[1] == text and row.guid in (None, earlier[2]):
            repeated.append(
                {"same": earlier[0], "seen_at": now, "unit_id": unit_id, "ref": row.ref}
            )
            continue
        if earlier is not None:
            replaced.append(earlier[0])
        new.append((row, text))
    if repeated:
        connection.execute(update(refusal).where(refusal.c.id == bindparam("same")), repeated)
    if replaced:
        connection.execute(
            update(refusal)
            .where(refusal.c.id == bindparam("replaced"))
            .values(state="replaced", closed_at=now),
            [{"replaced": refusal_id} for refusal_id in replaced],
        )
    if new:
        _insert(connection, feed_id, unit_id, new, now, refused_by)


def _insert(
    connection: Connection,
    feed_id: int,
    unit_id: int,
    rows: Sequence[tuple[Refused, str]],
    now: datetime,
    refused_by: str,
) -> None:
    ids = connection.execute(
        insert(refusal).returning(refusal.c.id, sort_by_parameter_order=True),
        [
            {
                "feed_id": feed_id,
                "identity": row.identity,
                "unit_id": unit_id,
                "ref": row.ref,
                "refused_by": refused_by,
                "guid": row.guid,
                "state": "open",
                "opened_at": now,
                "seen_at": now,
                **sealed_row(connection, feed_id, row.identity, now, text),
            }
            for row, text in rows
        ],
    ).scalars()
    connection.execute(
        insert(fault),
        [
            {
                "refusal_id": refusal_id,
                "field": f.field,
                "rule": f.rule,
                "zh": masked_text(f.text.zh),
                "en": masked_text(f.text.en),
            }
            for refusal_id, (row, _) in zip(ids, rows, strict=True)
            for f in row.faults
        ],
    )


def replace(connection: Connection, guid: str, keys: Sequence[str], now: datetime) -> None:
    """Close the refusals of a package's records of which a later version was sent.

    That version counts.
    """
    if keys:
        connection.execute(
            update(refusal)
            .where(
                refusal.c.guid == guid,
                refusal.c.state == "open",
                among(connection, refusal.c.identity, keys),
            )
            .values(state="replaced", closed_at=now)
        )


def mend(
    connection: Connection, feed_id: int, identities: Sequence[tuple[str, str]], now: datetime
) -> int:
    """Close the open refusals of rows that came right; return how many.

    The rows are pairs of identity and GUID of the package.
    """
    guids = dict(identities)
    open_ones = select(refusal.c.id, refusal.c.identity).where(is_open(feed_id))
    # Where few are open they are looked up among the rows, else the rows among them.
    to_mend = connection.execute(open_ones.limit(len(guids) + 1)).all()
    if len(to_mend) > len(guids):
        to_mend = connection.execute(
            open_ones.where(among(connection, refusal.c.identity, list(guids)))
        ).all()
    to_mend = [row for row in to_mend if row.identity in guids]
    if to_mend:
        connection.execute(
            update(refusal)
            .where(refusal.c.id == bindparam("mended"))
            .values(state="mended", closed_at=now, mended_by=bindparam("guid_of_mended")),
            [{"mended": row.id, "guid_of_mended": guids[row.identity]} for row in to_mend],
        )
    return len(to_mend)


def refusals(
    connection: Connection,
    feed_name: str | None = None,
    states: Sequence[str] = ("open",),
    limit: int = 100,
    after: int = 0,
    about: tuple[str, str] | None = None,
) -> list[Refusal]:
    """Return refusals in order of id, those after a given one; `about` picks one rule and field."""
    # Only in these words does the index of open refusals serve.
    in_states = (
        refusal.c.state == literal_column("'open'")
        if tuple(states) == ("open",)
        else refusal.c.state.in_(states)
    )
    query = listing().where(in_states, refusal.c.id > after)
    if feed_name is not None:
        query = query.where(feed.c.name == feed_name)
    if about is not None:
        has_fault = exists().where(
            fault.c.refusal_id == refusal.c.id, fault.c.rule == about[0], fault.c.field == about[1]
        )
        query = query.where(has_fault)
    return found_by(connection, query.order_by(refusal.c.id).limit(limit))


def found_by(connection: Connection, query: Select[Any]) -> list[Refusal]:
    """Return the refusals that a query of `listing` finds."""
    rows = connection.execute(query).all()
    faults = _faults(connection, [row.id for row in rows])
    return [
        Refusal(
            row.id,
            row.feed,
            row.unit,
            row.ref,
            row.refused_by,
            row.state,
            row.opened_at,
            row.closed_at,
            row.mended_by,
            *_row_of(connection, row, faults.get(row.id, ())),
        )
        for row in rows
    ]


def _row_of(
    connection: Connection, row: Any, faults: Sequence[Fault]
) -> tuple[Personal[dict[str, Any]], tuple[Fault, ...], bool]:
    """Return a refusal's row, its faults, and whether the key of its seal is missing."""
    try:
        return Personal(opened_row(connection, row)), tuple(faults), False
    except DecryptionError:
        return Personal({}), tuple(faults), True


def of_package(connection: Connection, guid: str) -> list[Refusal]:
    """Return the refusals of a package's records."""
    return found_by(connection, listing().where(refusal.c.guid == guid).order_by(refusal.c.id))


def of_package_by_key(connection: Connection, guid: str) -> dict[str, Refusal]:
    """Return the refusals of a package's records by record key."""
    query = select(refusal.c.id, refusal.c.identity).where(refusal.c.guid == guid)
    keys = {row.id: row.identity for row in connection.execute(query)}
    return {keys[refused.id]: refused for refused in of_package(connection, guid)}


def turned_down(connection: Connection, guid: str) -> dict[str, Fault]:
    """Return by identity the first fault of each record of a package that the centre refused."""
    rows = connection.execute(
        select(refusal.c.id, refusal.c.identity).where(refusal.c.guid == guid)
    ).all()
    return first_faults(connection, rows)


def refused_by_centre(
    connection: Connection, feed_id: int, identities: Sequence[str]
) -> dict[str, Fault]:
    """Return by identity the first fault of each record with an open refusal by the centre."""
    rows = connection.execute(
        select(refusal.c.id, refusal.c.identity).where(
            is_open(feed_id),
            refusal.c.refused_by == "centre",
            among(connection, refusal.c.identity, identities),
        )
    ).all()
    return first_faults(connection, rows)


def newest_units(connection: Connection, feed_id: int, identities: Sequence[str]) -> dict[str, int]:
    """Return the unit in which each of the records was refused last, of those that ever were."""
    query = select(refusal.c.identity, func.max(refusal.c.unit_id)).where(
        refusal.c.feed_id == feed_id, among(connection, refusal.c.identity, identities)
    )
    return {row[0]: int(row[1]) for row in connection.execute(query.group_by(refusal.c.identity))}


def unidentified(
    connection: Connection,
    unit_id: int,
    sound_fields: Collection[str],
    sound_rules: Collection[str],
) -> int:
    """Return how many refused rows of a unit may be a record sent before, or not: nobody can say.

    Their key is none of those sent, and it may be misread: something is wrong with the row as a
    whole, or with more than `sound_fields`, and it is none of `sound_rules`.
    """
    was_sent = exists().where(
        known.c.feed_id == refusal.c.feed_id, known.c.key == refusal.c.identity
    )
    misread = exists().where(
        fault.c.refusal_id == refusal.c.id,
        fault.c.field.not_in(list(sound_fields)),
        fault.c.rule.not_in(list(sound_rules)),
    )
    query = select(func.count()).where(
        refusal.c.unit_id == unit_id,
        refusal.c.state == "open",
        refusal.c.refused_by == "gateway",
        ~was_sent,
        misread,
    )
    return int(connection.execute(query).scalar_one())


def listing() -> Select[Any]:
    """Return the query of refusals, with the names of their feeds and units."""
    return (
        select(refusal, feed.c.name.label("feed"), unit.c.name.label("unit"))
        .join(feed, feed.c.id == refusal.c.feed_id)
        .join(unit, unit.c.id == refusal.c.unit_id)
    )


def _faults(connection: Connection, ids: Sequence[int]) -> dict[int, list[Fault]]:
    by_refusal: dict[int, list[Fault]] = {}
    for start in range(0, len(ids), _AT_ONCE):
        query = select(fault).where(fault.c.refusal_id.in_(ids[start : start + _AT_ONCE]))
        for row in connection.execute(query.order_by(fault.c.id)):
            # Earlier programs stored what an adapter said of a value as it was.
            text = masked(Text(row.zh, row.en))
            by_refusal.setdefault(row.refusal_id, []).append(Fault(row.field, row.rule, text))
    return by_refusal


def first_faults(connection: Connection, rows: Sequence[Any]) -> dict[str, Fault]:
    """Return by identity the first fault of each refusal, given rows of its id and identity."""
    faults = _faults(connection, [row.id for row in rows])
    return {row.identity: faults[row.id][0] for row in rows if row.id in faults}


def is_open(feed_id: int) -> ColumnElement[bool]:
    """Whether a refusal of a feed is open, in the words of the index of these."""
    return and_(refusal.c.feed_id == feed_id, refusal.c.state == literal_column("'open'"))


def _open_by_identity(
    connection: Connection, feed_id: int, identities: Sequence[str]
) -> dict[str, tuple[int, str, str | None]]:
    """Return id, source row (JSON) and package of each open refusal among the identities.

    One whose key is not here has no row: it is replaced.
    """
    query = select(refusal).where(
        is_open(feed_id), among(connection, refusal.c.identity, identities)
    )
    return {
        row.identity: (row.id, _text_of(connection, row), row.guid)
        for row in connection.execute(query)
    }


def _text_of(connection: Connection, row: Any) -> str:
    try:
        return row_text(connection, row)
    except DecryptionError:
        return ""
