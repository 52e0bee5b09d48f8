"""Keeps judged packages, each exactly once; those that wait for one another, in one transaction."""

from collections.abc import Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, Table, func, insert, select, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import SQLAlchemyError

from gateway.central.centre import Centre
from gateway.central.intake.group_commit import GroupCommit
from gateway.central.intake.validate import PackageRefusedError, ValidatedPackage
from gateway.central.records.store import PackageConflictError, owner_of, receipt_in
from gateway.central.records.tables import (
    OWN,
    feed,
    metadata,
    package,
    record_table,
    snake,
    test_record,
)
from gateway.central.senders.model import Sender
from gateway.clock import local_day
from gateway.protocol.receipt_writer import receipt_xml
from gateway.protocol.verdict import Verdict
from gateway.standard.digest import row_digests
from gateway.text import senders as messages
from outbox.database import among, insert_new, writing

#: Most packages in one transaction: more would keep the first waiting for the last.
PACKAGES_TOGETHER = 8
#: Policy: feeds of one department, where its senders may name them themselves (`water.*`): each
#: stays for ever, with a lock and a number of its own. A department has some ten.
MOST_FEEDS = 1_000
#: A record's OWN and the texts of its kind's fields, "" where absent.
_Row = tuple[int | str, ...]


class SequenceRefusedError(PackageRefusedError):
    """A package's Sequence is so far beyond its feed's that it would bury all later records."""


class FeedLimitError(PackageRefusedError):
    """A package names a feed that is new here, and its department has as many as one may have."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """A package with all that needs no lock done.

    `rows` are of its sound records by place, in order of key.

    `sender` is who brought it and alone gets its receipt, `by` who speaks in it and is named there,
    `relayed_by` who brings for others, "" where the sender does not.
    """

    engine: Engine
    judged: ValidatedPackage
    digest: str
    signature: str
    now: datetime
    feed_id: int
    digests: list[str]
    rows: dict[int, _Row]
    table: Table
    names: tuple[str, ...]
    sender: str
    by: str
    relayed_by: str
    ahead: int


#: Of each SQLite engine, what its threads' packages meet in: it has one writer, and they queue for
#: it.
_meeting: WeakKeyDictionary[Engine, GroupCommit[_Ready, bytes]] = WeakKeyDictionary()
#: Of each engine, the numbers of feeds; none ever changes.
_feeds: WeakKeyDictionary[Engine, dict[str, int]] = WeakKeyDictionary()


def store_package(
    centre: Centre,
    judged: ValidatedPackage,
    digest: str,
    now: datetime,
    signature: str,
    sender: Sender,
    by: str,
) -> bytes:
    """Store a package's sound records and its receipt in one transaction, and return the receipt.

    `digest` is the SHA-256 of the package's bytes in hexadecimal. A package received before changes
    nothing and gets its first receipt again. Raises PackageConflictError when the GUID comes with
    other content or was another sender's, SequenceRefusedError and FeedLimitError.
    """
    engine, kind = centre.engine, judged.kind
    feed_id = _feed_id(engine, judged.header.feed, sender)
    texts = judged.records.rows()
    digests = row_digests(texts)
    table: Table = record_table(kind.name)
    names: tuple[str, ...] = (*OWN, *map(snake, kind.field_names))
    if sender.test:
        # What a test made up is never where a subject is looked for: its fields are kept nowhere.
        table, names, texts = test_record, OWN, [()] * len(texts)
    rows = _rows(judged, texts, digests, feed_id)
    prepared = _Ready(
        engine,
        judged,
        digest,
        signature,
        now,
        feed_id,
        digests,
        rows,
        table,
        names,
        sender.id,
        by,
        sender.id if sender.may_relay else "",
        centre.terms.sequence_ahead,
    )
    if engine.dialect.name == "postgresql":
        with writing(engine) as connection:
            return _keep_one(connection, prepared)
    return _meeting.setdefault(engine, GroupCommit(_keep, PACKAGES_TOGETHER))(prepared)


def _keep(packages: Sequence[_Ready]) -> list[bytes | Exception]:
    """Store packages in one transaction; return each one's receipt, or why it is refused."""
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(writing(packages[0].engine))
        except SQLAlchemyError as error:
            # The store is away or busy: each by itself would wait as long again.
            return [error] * len(packages)
        return [_answer(connection, prepared) for prepared in packages]


def _answer(connection: Connection, prepared: _Ready) -> bytes | Exception:
    try:
        return _keep_one(connection, prepared)
    except (PackageConflictError, SequenceRefusedError) as refused:
        # Found before anything of it was written: the others stand.
        return refused


def _keep_one(connection: Connection, prepared: _Ready) -> bytes:
    header, keys, verdicts = (
        prepared.judged.header,
        prepared.judged.records.keys,
        prepared.judged.refused,
    )
    table, names = prepared.table, prepared.names
    _one_at_a_time(connection, header.feed)
    first = receipt_in(connection, header.guid, prepared.digest)
    if first is not None:
        _check_owner(connection, prepared)
        return first
    _check_sequence(connection, prepared)
    # Most records are new: what was there before is looked up only where some are not.
    if _write(connection, table, names, prepared.rows.values(), over=False) < len(prepared.rows):
        stored = _stored_records(
            connection,
            table,
            prepared.feed_id,
            [keys[place] for place in prepared.rows],
            header.guid,
        )
        for place in prepared.rows:
            if (record_before := stored.get(keys[place])) is not None:
                new = (prepared.digests[place], prepared.judged.withdrawal(place))
                verdicts[place] = Verdict(
                    keys[place], _verdict(new, record_before, header.sequence)
                )
        newer = [
            p for p in prepared.rows if keys[p] in stored and verdicts[p].verdict != "superseded"
        ]
        _write(connection, table, names, [prepared.rows[place] for place in newer], over=True)
    receipt = receipt_xml(
        header.guid, prepared.digest, prepared.now, keys, verdicts, prepared.by, prepared.relayed_by
    )
    connection.execute(
        insert(package).values(
            guid=header.guid,
            digest=prepared.digest,
            feed=header.feed,
            department=header.department,
            kind=header.kind,
            sequence=header.sequence,
            records=header.records,
            created_at=header.created_at,
            received_at=prepared.now,
            receipt=receipt,
            signature=prepared.signature,
            sender=prepared.sender,
        )
    )
    return receipt


def _check_owner(connection: Connection, prepared: _Ready) -> None:
    """Raise PackageConflictError where a package received before, or at this very moment, is
    another sender's.
    """
    owner = owner_of(connection, prepared.judged.header.guid)
    if owner is not None and owner[0] not in ("", prepared.sender):
        raise PackageConflictError.of(messages.package_of_another())


def in_proportion(sequence: int, highest: int, now: datetime, ahead: int) -> bool:
    """Whether a Sequence may follow the highest of its feed (0: the centre has nothing of the
    feed).

    A number far beyond the highest would bury whatever comes after it, whoever gave it. A feed of
    which there is nothing has none to bury and no highest to go by: a gateway begins to count at
    the second since 1970 at which the feed begins, and may be older than this centre.
    """
    return sequence <= (highest or int(now.timestamp())) + ahead


def _check_sequence(connection: Connection, prepared: _Ready) -> None:
    """Store a package's Sequence; raises SequenceRefusedError where it is too far ahead."""
    sequence = prepared.judged.header.sequence
    where = feed.c.id == prepared.feed_id
    highest = int(connection.execute(select(feed.c.highest).where(where)).scalar_one())
    if not in_proportion(sequence, highest, prepared.now, prepared.ahead):
        raise SequenceRefusedError.of(messages.sequence_too_far(sequence, highest, prepared.ahead))
    if sequence > highest:
        connection.execute(update(feed).where(where).values(highest=sequence))


def _verdict(new: tuple[str, bool], stored: tuple[int, str, bool], sequence: int) -> str:
    """Return what a record (digest, withdrawn) does to the held one (sequence before these)."""
    if stored[0] > sequence:
        return "superseded"
    return "duplicate" if stored[1:] == new else "accepted"


def _feed_id(engine: Engine, name: str, sender: Sender) -> int:
    numbers = _feeds.setdefault(engine, {})
    if name not in numbers:
        numbers[name] = _enter_feed(engine, name, sender)
    return numbers[name]


def _enter_feed(engine: Engine, name: str, sender: Sender) -> int:
    number = select(feed.c.id).where(feed.c.name == name)
    with writing(engine) as connection:
        feed_id = connection.execute(number).scalar_one_or_none()
        if feed_id is not None:
            return int(feed_id)
        # One that the centre itself has named to the sender is no stranger's invention.
        if name not in sender.feeds:
            _check_number_of_feeds(connection, name)
        insert_new(connection, feed, {"name": name})
        return int(connection.execute(number).scalar_one())


def _check_number_of_feeds(connection: Connection, name: str) -> None:
    """Raise FeedLimitError where a department has as many feeds as a pattern allows."""
    department = name.partition(".")[0]
    of_it = feed.c.name.startswith(f"{department}.", autoescape=True)
    count = connection.execute(select(func.count()).select_from(feed).where(of_it)).scalar_one()
    if count >= MOST_FEEDS:
        raise FeedLimitError.of(messages.feeds_too_many(department, MOST_FEEDS))


def _stored_records(
    connection: Connection, table: Table, feed_id: int, keys: Sequence[str], guid: str
) -> dict[str, tuple[int, str, bool]]:
    """Return what is held of records that came in other packages than this one."""
    c = table.c
    query = select(c.key, c.sequence, c.digest, c.withdrawn).where(
        c.feed_id == feed_id, among(connection, c.key, keys), c.package != guid
    )
    return {r.key: (r.sequence, r.digest, r.withdrawn) for r in connection.execute(query)}


def _one_at_a_time(connection: Connection, feed_name: str) -> None:
    """Let no two packages of a feed be compared at once; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(feed_name))))


def _rows(
    judged: ValidatedPackage, texts: Sequence[tuple[str, ...]], digests: list[str], feed_id: int
) -> dict[int, _Row]:
    """Return the rows of sound records in order of key: each page of the index is touched once."""
    header, keys = judged.header, judged.records.keys
    guid, day = header.guid, local_day(header.created_at).isoformat()
    return {
        place: (
            feed_id,
            keys[place],
            header.sequence,
            digests[place],
            guid,
            day,
            int(judged.withdrawal(place)),
            *texts[place],
        )
        for place in sorted(judged.sound, key=keys.__getitem__)
    }


def _write(
    connection: Connection,
    table: Table,
    names: Sequence[str],
    rows: Collection[_Row],
    *,
    over: bool,
) -> int:
    """Insert records; write over what is there, or let it be. Count those written."""
    if not rows:
        return 0
    into = _copied if connection.dialect.name == "postgresql" else _bound
    return into(connection, table, names, rows, over)


def _bound(
    connection: Connection, table: Table, names: Sequence[str], rows: Collection[_Row], over: bool
) -> int:
    statement = _statement(table.name, tuple(names), over)
    return connection.exec_driver_sql(statement, list(rows)).rowcount


@lru_cache(maxsize=1000)
def _statement(table_name: str, names: tuple[str, ...], over: bool) -> str:
    """Write SQLite's statement for records that have columns of some names; any other is empty."""
    table = metadata.tables[table_name]
    # Its driver takes longest for what is absent, and binds "" in no time.
    marks = ", ".join("?" if name in OWN else "NULLIF(?, '')" for name in names)
    sets = ", ".join(f'"{c.name}" = excluded."{c.name}"' for c in table.c if not c.primary_key)
    where_there = f"DO UPDATE SET {sets}" if over else "DO NOTHING"
    return (
        f"INSERT INTO {table.name} ({_quoted(names)}) VALUES ({marks})"  # noqa: S608
        f" ON CONFLICT (feed_id, key) {where_there}"
    )


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _copied(
    connection: Connection, table: Table, names: Sequence[str], rows: Collection[_Row], over: bool
) -> int:
    """Stream records by COPY into a temporary table, then merge: PostgreSQL's quickest way in.

    A column that is not named becomes empty: a sender of an older version does not know it.
    """
    staging = f"incoming_{table.name}"
    connection.execute(
        text(f"CREATE TEMP TABLE IF NOT EXISTS {staging} (LIKE {table.name}) ON COMMIT DELETE ROWS")
    )
    if over:
        # What the same transaction tried to insert.
        connection.execute(text(f"TRUNCATE {staging}"))
    driver: Any = connection.connection.driver_connection
    data = "\n".join(["\t".join(map(str, row)) for row in rows]).replace("\\", "\\\\") + "\n"
    with driver.cursor().copy(
        f"COPY {staging} ({_quoted(names)}) FROM STDIN WITH (NULL '')"
    ) as copy:
        copy.write(data)
    column_names = [c.name for c in table.c]
    insertion = postgresql.insert(table).from_select(
        column_names, select(text(_quoted(column_names))).select_from(text(staging))
    )
    key = ["feed_id", "key"]
    written = {c.name: insertion.excluded[c.name] for c in table.c if not c.primary_key}
    merged = (
        insertion.on_conflict_do_update(index_elements=key, set_=written)
        if over
        else insertion.on_conflict_do_nothing(index_elements=key)
    )
    return connection.execute(merged).rowcount
