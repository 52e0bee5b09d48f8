"""What the gateway remembers of feeds, units and records sent. All SQL of these tables is here.

Refusals and events have modules of their own. Every method takes the caller's connection.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

import polars as pl
from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    func,
    literal_column,
    or_,
    select,
    update,
)

from gateway.errors import GatewayError
from gateway.exchange.pipeline import KNOWN_SCHEMA
from gateway.exchange.schema_drift import Shape
from gateway.exchange.sums import SUMS
from gateway.exchange.tables import feed, feed_total, known, unit
from gateway.masking import masked
from gateway.text import Text
from gateway.text import exchange as messages
from outbox import among, insert_new

#: Rows fetched at a time of a list that is gone through as a whole.
_STREAMED = 10_000
#: What a feed that stopped asks: whether its list may shrink so far, or something else.
HoldKind = Literal["", "list", "other"]

#: The last unit that had a record.
_SEEN_IN: ColumnElement[int] = func.coalesce(known.c.seen_in, known.c.unit_id)
_REMEMBER = "INSERT INTO known (feed_id, key, digest, day, present, unit_id) VALUES "
#: That a record is not at the centre, and a version of it is under way: the one before, which was
#: new, was turned down. A record that is withdrawn was not in the unit that withdrew it.
_UNBASED = ~known.c.present & (known.c.seen_in == known.c.unit_id)
_IS_UNBASED = "NOT known.present AND known.seen_in = known.unit_id"
_REMEMBER_ANEW = (
    " ON CONFLICT (feed_id, key) DO UPDATE SET digest = excluded.digest, day = excluded.day,"
    f" present = CASE WHEN {_IS_UNBASED} THEN known.present ELSE excluded.present END,"
    f" seen_in = CASE WHEN {_IS_UNBASED} THEN excluded.unit_id END, unit_id = excluded.unit_id"
)


@dataclass(frozen=True, slots=True)
class SentVersion:
    """A version of a record in a package: added, changed or withdrawn.

    Its digest is there where that is known.
    """

    key: str
    change: str
    digest: str | None


class FetchOvertakenError(GatewayError):
    """Another fetch of the same feed has stored a batch; this one stores nothing more."""


@dataclass(frozen=True, slots=True)
class FeedState:
    """Where a feed stands; `hold` says why it has stopped, and `hold_kind` for what."""

    id: int
    name: str
    cursor: str
    version: int
    hold: Text | None
    hold_kind: HoldKind
    fetched_at: datetime | None
    problem: Text | None
    shape: Shape | None


@dataclass(frozen=True, slots=True)
class FeedTotals:
    """Counts of one feed over all its units, and acknowledgements still owed."""

    feed: str
    declared: int
    rows: int
    refused: int
    unchanged: int
    superseded: int
    packed: int
    accepted: int
    turned_down: int
    #: Records counted apart from their reader; a unit that is not counted goes by its own rows.
    counted: int
    left_out: int
    blank: int
    deleted: int
    #: Units whose count is not what became of their records, and units that were not counted.
    uneven: int
    uncounted: int
    unacknowledged: int

    @property
    def waiting(self) -> int:
        """Return how many records were packed and have no verdict yet."""
        return self.packed - self.accepted - self.turned_down


def feed_state(connection: Connection, name: str) -> FeedState:
    """Return a feed's state, beginning it where it is new."""
    state = peek(connection, name)
    if state is None:
        blank = dict.fromkeys(
            ("cursor", "hold_zh", "hold_en", "shape", "problem_zh", "problem_en"), ""
        )
        insert_new(connection, feed, {"name": name, "version": 0, **blank})
        state = peek(connection, name)
        assert state is not None  # noqa: S101
    return state


def peek(connection: Connection, name: str) -> FeedState | None:
    """Return a feed's state; None where it was never fetched."""
    row = connection.execute(select(feed).where(feed.c.name == name)).one_or_none()
    if row is None:
        return None
    return FeedState(
        row.id,
        row.name,
        row.cursor,
        row.version,
        Text(row.hold_zh, row.hold_en) if row.hold_zh else None,
        row.hold_kind,
        row.fetched_at,
        Text(row.problem_zh, row.problem_en) if row.problem_zh else None,
        Shape.of_text(row.shape),
    )


def locked(connection: Connection, name: str) -> FeedState | None:
    """Return a feed's state as `peek` does, and keep fetches from moving it meanwhile.

    Whoever writes of a feed takes its row first: two that went other ways would wait for each
    other.
    """
    row = select(feed.c.id).where(feed.c.name == name)
    connection.execute(row.with_for_update(key_share=True))
    return peek(connection, name)


def feed_states(connection: Connection) -> list[FeedState]:
    """Return the states of every feed that was ever fetched, by name."""
    names = connection.execute(select(feed.c.name).order_by(feed.c.name)).scalars().all()
    return [feed_state(connection, name) for name in names]


def advance(connection: Connection, state: FeedState, cursor: str) -> FeedState:
    """Move the cursor; raise FetchOvertakenError when another fetch moved it before.

    That is, since `state` was read.
    """
    changed = connection.execute(
        update(feed)
        .where(feed.c.id == state.id, feed.c.version == state.version)
        .values(cursor=cursor, version=state.version + 1)
    ).rowcount
    if not changed:
        raise FetchOvertakenError.of(messages.fetched_elsewhere(state.name))
    return replace(state, cursor=cursor, version=state.version + 1)


def note_problem(connection: Connection, feed_id: int, problem: Text) -> None:
    """Store what keeps a feed from being fetched at all; its next fetch replaces it."""
    values = {"problem_zh": problem.zh, "problem_en": problem.en}
    connection.execute(update(feed).where(feed.c.id == feed_id).values(values))


def note_fetch(connection: Connection, name: str, now: datetime, problem: Text | None) -> None:
    """Store when a feed was last fetched and what went wrong, if anything did."""
    connection.execute(
        update(feed)
        .where(feed.c.name == name)
        .values(
            fetched_at=now,
            problem_zh=masked(problem).zh if problem else "",
            problem_en=masked(problem).en if problem else "",
        )
    )


def hold(
    connection: Connection, feed_id: int, reason: Text | None, kind: HoldKind = "other"
) -> None:
    """Stop a feed until a person decides; None lets it go on, whatever its source looks like."""
    connection.execute(
        update(feed)
        .where(feed.c.id == feed_id)
        .values(
            {"hold_zh": masked(reason).zh, "hold_en": masked(reason).en, "hold_kind": kind}
            if reason
            else {"hold_zh": "", "hold_en": "", "hold_kind": "", "shape": ""}
        )
    )


def go_on(connection: Connection, feed_id: int) -> None:
    """Let a feed go on that stopped at something it could not process; its shape stays."""
    nothing = {"hold_zh": "", "hold_en": "", "hold_kind": ""}
    connection.execute(update(feed).where(feed.c.id == feed_id).values(nothing))


def keep_shape(connection: Connection, state: FeedState, shape: Shape) -> FeedState:
    """Store what a source looks like, where that is new; return the feed's state after it."""
    if shape == state.shape:
        return state
    connection.execute(update(feed).where(feed.c.id == state.id).values(shape=shape.as_text()))
    return replace(state, shape=shape)


def known_records(connection: Connection, feed_id: int, keys: pl.Series) -> pl.DataFrame:
    """Return those of the keys that were sent before, as KNOWN_SCHEMA."""
    # One that is under way is there to what comes after it.
    present = or_(known.c.present, _UNBASED)
    columns = (known.c.key, known.c.digest, present, known.c.unit_id, _SEEN_IN)
    query = select(*columns).where(
        known.c.feed_id == feed_id, among(connection, known.c.key, keys.to_list())
    )
    records = [tuple(row) for row in connection.execute(query)]
    return pl.DataFrame(records, schema=KNOWN_SCHEMA, orient="row")


def remember(
    connection: Connection,
    feed_id: int,
    unit_id: int,
    day: date,
    records: Sequence[tuple[str, str]],
    *,
    present: bool = True,
) -> None:
    """Store records (key, digest) as sent; known ones get the new digest and day."""
    if not records:
        return
    postgresql = connection.dialect.name == "postgresql"
    mark = "%s" if postgresql else "?"
    # SQLite's driver is slow with any type but its own, and has no Boolean.
    shared = (day.isoformat(), present if postgresql else int(present), unit_id)
    # In tuples by the driver: a fifth of the cost of SQLAlchemy's parameter dictionaries. Sorted
    # keys touch each page of the index once.
    connection.exec_driver_sql(
        _REMEMBER + f"({', '.join([mark] * 6)})" + _REMEMBER_ANEW,
        [(feed_id, key, digest, *shared) for key, digest in sorted(records)],
    )


def see(connection: Connection, feed_id: int, unit_id: int, keys: pl.Series) -> None:
    """Note that a unit has these records, as far as they were sent before."""
    if not keys.len():
        return
    # Where it says that a version is under way and none is at the centre, it goes on to say so.
    based = or_(known.c.present, known.c.seen_in.is_distinct_from(known.c.unit_id))
    where = _among(connection, feed_id, keys.to_list())
    connection.execute(update(known).where(where, based).values(seen_in=unit_id))


def unseen(connection: Connection, feed_id: int, unit_id: int) -> tuple[list[tuple[str, str]], int]:
    """Return the present records (key, digest) that a full list lacks, and how many are present."""
    present = (known.c.feed_id == feed_id) & known.c.present
    elsewhere = _SEEN_IN.is_distinct_from(unit_id)
    rows = connection.execute(select(known.c.key, known.c.digest).where(present, elsewhere))
    records = [(row.key, row.digest) for row in rows]
    total = connection.execute(select(func.count()).select_from(known).where(present)).scalar_one()
    return records, int(total)


def turned_down(
    connection: Connection,
    feed_id: int,
    unit_id: int,
    versions: Sequence[SentVersion],
    *,
    replayed: bool = False,
) -> list[str]:
    """Undo what was noted of versions turned down; return the keys of which later ones were sent.

    What is gone from `known` travels again. Of a record that the centre had before it keeps that
    version: its digest is not known here. Where it had none, a later version that is under way is
    the first: nothing of the record is there until it arrives (`arrived`). Of what was `replayed`
    the later version may have arrived long ago.
    """
    by_key = {version.key: version for version in versions}
    query = select(known.c.key, known.c.digest, known.c.unit_id, _UNBASED.label("unbased"))
    deleted, reverted, unbased, later = [], [], [], []
    for row in connection.execute(query.where(_among(connection, feed_id, list(by_key)))):
        version = by_key[row.key]
        if row.unit_id != unit_id or version.digest not in (None, row.digest):
            later.append(row.key)
            if version.change == "added" and not replayed:
                unbased.append(row.key)
        elif version.change == "added" or (version.change == "changed" and row.unbased):
            deleted.append(row.key)
        else:
            reverted.append(row.key)
    if deleted:
        connection.execute(known.delete().where(_among(connection, feed_id, deleted)))
    for keys, values in (
        (reverted, {"digest": "", "present": True}),
        (unbased, {"present": False, "seen_in": known.c.unit_id}),
    ):
        if keys:
            where = _among(connection, feed_id, keys)
            connection.execute(update(known).where(where).values(values))
    return later


def arrived(connection: Connection, feed_id: int, keys: Sequence[str]) -> None:
    """Note that the centre has taken records of which it may have had no version before."""
    if keys:
        connection.execute(
            update(known)
            .where(_among(connection, feed_id, keys), _UNBASED)
            .values(present=True, seen_in=None)
        )


def _among(connection: Connection, feed_id: int, keys: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a record of a feed is one of some keys."""
    return and_(known.c.feed_id == feed_id, among(connection, known.c.key, keys))


def totals(connection: Connection) -> list[FeedTotals]:
    """Return the sums of every feed over all its units, purged ones included."""
    # In the words of the index of units that are not acknowledged; the others are summed up
    # already.
    open_now = unit.c.state != literal_column("'acknowledged'")
    now_open = (
        select(unit.c.feed_id, *(func.sum(value) for value in SUMS.values()), func.count())
        .where(open_now)
        .group_by(unit.c.feed_id)
    )
    sums = {row[0]: [int(value) for value in row[1:]] for row in connection.execute(now_open)}
    closed_sums = {row.feed_id: row for row in connection.execute(select(feed_total))}
    totals_of_feeds = []
    for feed_id, feed_name in connection.execute(
        select(feed.c.id, feed.c.name).order_by(feed.c.name)
    ):
        if feed_id not in sums and feed_id not in closed_sums:
            continue
        *counts, owed = sums.get(feed_id, [0] * (len(SUMS) + 1))
        if feed_id in closed_sums:
            counts = [
                count + closed_sums[feed_id]._mapping[name]
                for name, count in zip(SUMS, counts, strict=True)
            ]
        totals_of_feeds.append(FeedTotals(feed_name, *map(int, (*counts, owed))))
    return totals_of_feeds


def sent_in_order(connection: Connection, feed_name: str) -> Iterator[tuple[str, str, date]]:
    """Yield key, digest and day of each record that should be present at the centre, by key."""
    query = (
        select(known.c.key, known.c.digest, known.c.day)
        .join(feed, feed.c.id == known.c.feed_id)
        .where(feed.c.name == feed_name, known.c.present)
        .order_by(known.c.key)
    )
    rows = connection.execution_options(stream_results=True).execute(query)
    for row in rows.yield_per(_STREAMED):
        yield row.key, row.digest, row.day


def sent_of_day(
    connection: Connection, feed_name: str, day: date, prefix: str = ""
) -> dict[str, str]:
    """Return key and digest of the records of a day whose keys begin so."""
    query = (
        select(known.c.key, known.c.digest)
        .join(feed, feed.c.id == known.c.feed_id)
        .where(feed.c.name == feed_name, known.c.present, known.c.day == day)
    )
    if prefix:
        # As a range: the index serves. Behind every hexadecimal character stands "g".
        query = query.where(known.c.key >= prefix, known.c.key < f"{prefix}g")
    return {row.key: row.digest for row in connection.execute(query)}


def sent_records(connection: Connection, feed_name: str) -> dict[str, str]:
    """Return the key and digest of each record that should be present at the centre."""
    query = (
        select(known.c.key, known.c.digest)
        .join(feed, feed.c.id == known.c.feed_id)
        .where(feed.c.name == feed_name, known.c.present)
    )
    return {row.key: row.digest for row in connection.execute(query)}
