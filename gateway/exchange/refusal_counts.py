"""How many rows are refused, and why: of `refusals` the SQL that counts."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, literal_column, select

from gateway.exchange.tables import fault, feed, refusal
from gateway.masking import masked
from gateway.text import Text


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason for refusals and how many rows it met."""

    rule: str
    text: Text
    count: int


@dataclass(frozen=True, slots=True)
class Group:
    """Open refusals of a feed for one rule and field: how many rows, and one reason."""

    feed: str
    rule: str
    field: str
    text: Text
    rows: int


def groups(connection: Connection, feed_name: str) -> list[Group]:
    """Return a feed's open refusals grouped by rule and field, the commonest first."""
    count = func.count(func.distinct(refusal.c.id))
    query = (
        select(fault.c.rule, fault.c.field, func.min(fault.c.zh), func.min(fault.c.en), count)
        .join(refusal, refusal.c.id == fault.c.refusal_id)
        .join(feed, feed.c.id == refusal.c.feed_id)
        .where(feed.c.name == feed_name, refusal.c.state == literal_column("'open'"))
        .group_by(fault.c.rule, fault.c.field)
        .order_by(count.desc(), fault.c.rule, fault.c.field)
    )
    return [
        Group(feed_name, rule, field, masked(Text(zh, en)), int(rows))
        for rule, field, zh, en, rows in connection.execute(query)
    ]


def commonest(connection: Connection, feed_name: str, limit: int = 3) -> list[Reason]:
    """Return the commonest reasons among a feed's refusals, open or closed."""
    count = func.count()
    query = (
        select(fault.c.rule, fault.c.zh, fault.c.en, count)
        .join(refusal, refusal.c.id == fault.c.refusal_id)
        .join(feed, feed.c.id == refusal.c.feed_id)
        .where(feed.c.name == feed_name)
        .group_by(fault.c.zh, fault.c.en, fault.c.rule)
        .order_by(count.desc(), fault.c.rule)
        .limit(limit)
    )
    return [
        Reason(rule, masked(Text(zh, en)), int(rows))
        for rule, zh, en, rows in connection.execute(query)
    ]


def open_counts(connection: Connection) -> dict[str, int]:
    """Return how many open refusals each feed has."""
    query = (
        select(feed.c.name, func.count())
        .join(feed, feed.c.id == refusal.c.feed_id)
        .where(refusal.c.state == literal_column("'open'"))
        .group_by(feed.c.name)
    )
    return {row[0]: int(row[1]) for row in connection.execute(query)}
