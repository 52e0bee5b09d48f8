"""The audit log in the gateway's store.

All its SQL is here; every function takes the caller's connection.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, func, insert, select, text

from gateway.audit.chain import GENESIS, Entry, digest_of
from gateway.audit.reasons import reason_of
from gateway.audit.tables import audit
from gateway.audit.witnesses import Witness
from gateway.text import MOST_OF_AUDIT, cut

#: The advisory lock under which entries are chained on a shared store, one transaction after the
#: other.
_LOCK = 0x61756474
#: Entries read together.
_TOGETHER = 2_000


def append(
    connection: Connection, at: datetime, person: str, act: str, target: str = "", detail: str = ""
) -> Entry:
    """Chain an entry to the last one within the caller's writing transaction, and return it.

    Texts that are too long are cut, and say so: nobody may fill the log with one entry.
    """
    person, target, detail = (cut(text, MOST_OF_AUDIT) for text in (person, target, detail))
    if connection.dialect.name == "postgresql":
        # Released with the transaction; SQLite has one writer anyway.
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    number, digest_before = head(connection) or (0, GENESIS)
    # Stores keep microseconds; what is digested must be what is read back.
    moment = at.astimezone(UTC)
    entry = Entry(
        number + 1,
        moment,
        person,
        act,
        target,
        detail,
        digest_of(digest_before, number + 1, moment, person, act, target, detail),
    )
    connection.execute(
        insert(audit).values(
            number=entry.number,
            at=entry.at,
            person=entry.person,
            act=entry.act,
            target=entry.target,
            detail=entry.detail,
            digest=entry.digest,
        )
    )
    return entry


def record_act(
    connection: Connection,
    at: datetime,
    person: str,
    act: str,
    target: str,
    why: str,
    *,
    before: str = "",
    after: str = "",
) -> Entry:
    """Chain the entry of an act that a person answers for, with their reason, and return it.

    This is the one way of such acts into the log: what has no reason is not recorded, and so not
    done. `before` and `after` are what else is said of it. Raises ReasonRefusedError.
    """
    return append(connection, at, person, act, target, f"{before}{reason_of(why)}{after}")


def head(connection: Connection) -> tuple[int, str] | None:
    """Return number and digest of the last entry, None where the log is empty.

    A person writes them down outside the store, so that a cut log is noticed.
    """
    row = connection.execute(
        select(audit.c.number, audit.c.digest).order_by(audit.c.number.desc()).limit(1)
    ).one_or_none()
    return None if row is None else (row.number, row.digest)


def last(connection: Connection) -> Entry | None:
    """Return the last entry; None where there is none."""
    r = connection.execute(select(audit).order_by(audit.c.number.desc()).limit(1)).one_or_none()
    return (
        None if r is None else Entry(r.number, r.at, r.person, r.act, r.target, r.detail, r.digest)
    )


def counted(connection: Connection, acts: Collection[str]) -> Counter[Witness]:
    """Return how many entries there are of each of some acts, by target."""
    query = select(audit.c.act, audit.c.target, func.count()).where(audit.c.act.in_(acts))
    rows = connection.execute(query.group_by(audit.c.act, audit.c.target)).all()
    return Counter({Witness(act, target): count for act, target, count in rows})


def entries(
    connection: Connection, after: int = 0, limit: int | None = None, target: str | None = None
) -> Iterator[Entry]:
    """Yield entries in order after a number, those of one target if one is named."""
    remaining = limit
    while remaining is None or remaining > 0:
        query = select(audit).where(audit.c.number > after).order_by(audit.c.number)
        if target is not None:
            query = query.where(audit.c.target == target)
        rows = connection.execute(
            query.limit(_TOGETHER if remaining is None else min(remaining, _TOGETHER))
        ).all()
        for row in rows:
            yield Entry(row.number, row.at, row.person, row.act, row.target, row.detail, row.digest)
        if not rows:
            return
        after = rows[-1].number
        remaining = None if remaining is None else remaining - len(rows)


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for in the log.

    What is None does not matter. `before` is a number: lists go back from it.
    """

    person: str | None = None
    act: str | None = None
    target: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


def search(connection: Connection, sought: Sought, limit: int) -> list[Entry]:
    """Return the entries that match, the newest first."""
    query = select(audit)
    for column, value in ((audit.c.person, sought.person), (audit.c.target, sought.target)):
        if value is not None:
            query = query.where(column == value)
    if sought.act is not None:
        # "package" finds every act on packages.
        query = query.where(
            (audit.c.act == sought.act) | audit.c.act.startswith(f"{sought.act}.", autoescape=True)
        )
    if sought.since is not None:
        query = query.where(audit.c.at >= sought.since)
    if sought.until is not None:
        query = query.where(audit.c.at < sought.until)
    if sought.before is not None:
        query = query.where(audit.c.number < sought.before)
    rows = connection.execute(query.order_by(audit.c.number.desc()).limit(limit))
    return [Entry(r.number, r.at, r.person, r.act, r.target, r.detail, r.digest) for r in rows]
