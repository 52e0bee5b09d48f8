"""What is removed when its time is over, and never before it is settled and its department was told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Engine, Table, and_, delete, select

from gateway.alerts.tables import alert, alert_notice
from gateway.exchange import journal
from gateway.exchange.journal import Event
from gateway.exchange.periods import SAMPLES_KEPT, Retention
from gateway.exchange.tables import (
    batch,
    cleaning,
    drop_request,
    event,
    fault,
    mark,
    package,
    proof,
    refusal,
    slot,
    unit,
    unmarked,
    warning,
)
from gateway.messages import GatewayError, Text
from gateway.push.tables import submission
from gateway.registry.tables import adapter_sample
from outbox import Outbox, among, forget_free_pages, upkeep, writing
from outbox.upkeep import Choice

#: Rows removed in one transaction: others must not wait for long.
PORTION = 500
#: A store in which nothing has happened for so long is not purged: more likely the clock is wrong.
QUIET = timedelta(days=30)


class ClockDoubted(GatewayError):
    """The time is so far beyond all that the store knows that nothing is removed."""


@dataclass(slots=True)
class Purged:
    """How many were removed, by what they are."""

    counts: dict[str, int] = field(default_factory=dict)

    def add(self, what: str, count: int) -> None:
        """Count some."""
        self.counts[what] = self.counts.get(what, 0) + count

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts.values())


def purge(
    engine: Engine, outbox: Outbox, keep: Retention, now: datetime, *, forced: bool = False
) -> Purged:
    """Remove what is over in small portions; interrupted, it goes on the next time.

    What is never removed: open messages, messages of units whose department was not told, open
    refusals, what was sent of each record (it tells a repeat), units' counts. Raises ClockDoubted
    unless `forced`.
    """
    if not forced:
        _check_clock(engine, outbox, now)
    done = Purged()
    payloads, history = now - keep.payloads, now - keep.history
    _messages(engine, "payloads", lambda c, after: upkeep.closed(c, Choice(until=payloads), PORTION, after), upkeep.purge_payloads, done)  # fmt: skip
    _messages(engine, "packages", lambda c, after: upkeep.closed(c, Choice(until=history), PORTION, after, payloads=False), _purge_packages, done)  # fmt: skip
    told = select(unit.c.id).where(unit.c.state == "acknowledged", unit.c.acknowledged_at < payloads)  # fmt: skip
    _rows(engine, batch, batch.c.unit_id.in_(told), done)
    old = select(unit.c.id).where(unit.c.state == "acknowledged", unit.c.acknowledged_at < history)
    for notes in (cleaning, warning):
        _rows(engine, notes, notes.c.unit_id.in_(old), done)
    closed = and_(refusal.c.state != "open", refusal.c.closed_at < history)
    _rows(engine, fault, fault.c.refusal_id.in_(select(refusal.c.id).where(closed)), done)
    _rows(engine, refusal, closed, done)
    _rows(engine, event, event.c.at < history, done)
    _rows(engine, proof, proof.c.kept_at < history, done)
    _rows(engine, slot, slot.c.due_at < history, done)
    answered = and_(submission.c.state == "answered", submission.c.received_at < payloads)
    _rows(engine, submission, answered, done)
    _rows(engine, adapter_sample, adapter_sample.c.taken_at < now - SAMPLES_KEPT, done)
    closed_alerts = select(alert.c.id).where(alert.c.closed_at < history)
    _rows(engine, alert_notice, alert_notice.c.alert_id.in_(closed_alerts), done)
    _rows(engine, alert, alert.c.closed_at < history, done)
    forget_free_pages(engine)
    if done.total:
        counts = ", ".join(f"{what} {count}" for what, count in done.counts.items())
        with writing(engine) as connection:
            text = Text(f"已按保存期限清除：{counts}", f"removed as its time was over: {counts}")
            journal.note_event(connection, Event(now, "info", "retention.purged", "", text))
    return done


def _check_clock(engine: Engine, outbox: Outbox, now: datetime) -> None:
    with engine.connect() as connection:
        newest = outbox.newest_change(connection)
    if newest is not None and now - newest > QUIET:
        raise ClockDoubted(
            f"存储中最近的变化在 {newest:%Y-%m-%d}，早于现在 30 天以上，疑时钟有误，不予清除；确认后执行 creditgate outbox purge --force --why 原因",
            f"the newest change in the store is of {newest:%Y-%m-%d}, more than 30 days ago: the clock may be wrong and nothing is removed; if it is right run creditgate outbox purge --force --why REASON",
        )


def _messages(
    engine: Engine, what: str, find: Callable[[Connection, str], list[str]],
    remove: Callable[[Connection, Sequence[str]], int], done: Purged,
) -> None:  # fmt: skip
    after = ""
    while True:
        with writing(engine) as connection:
            guids = find(connection, after)
            if not guids:
                return
            owed = _untold(connection, guids)
            done.add(what, remove(connection, [guid for guid in guids if guid not in owed]))
        after = guids[-1]


def _untold(connection: Connection, guids: Sequence[str]) -> set[str]:
    """Give those packages of whose unit the department was not told: their rows are still needed."""
    query = (
        select(package.c.guid)
        .join(unit, unit.c.id == package.c.unit_id)
        .where(among(connection, package.c.guid, guids), unit.c.state != "acknowledged")
    )
    return set(connection.execute(query).scalars())


def _purge_packages(connection: Connection, guids: Sequence[str]) -> int:
    for table in (mark, unmarked, drop_request, package):
        connection.execute(delete(table).where(among(connection, table.c.guid, guids)))
    return upkeep.purge_messages(connection, guids)


def _rows(engine: Engine, table: Table, over: ColumnElement[bool], done: Purged) -> None:
    """Remove the rows of which the condition is true, in portions by their key."""
    keys = list(table.primary_key.columns)
    while True:
        with writing(engine) as connection:
            found = connection.execute(select(*keys).where(over).limit(PORTION)).all()
            for key in found:
                same = and_(*(column == value for column, value in zip(keys, key, strict=True)))
                connection.execute(delete(table).where(same))
        if found:
            done.add(table.name, len(found))
        if len(found) < PORTION:
            return
