"""Whole lists, and rows that wait for exchange: both in the order of the key."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import Connection

from adapters import Fetched, Remark, Tally
from adapters.database.batches import Batches
from adapters.database.pages import (
    Page,
    Position,
    Reading,
    count_now,
    has_key,
    read_page,
    read_without_key,
)
from adapters.database.settings import DatabaseSettings
from adapters.database.source import Source
from adapters.database.writeback import Marks
from adapters.text import database as messages
from adapters.text import marks as mark_messages

#: Opens one transaction that reads.
Session: TypeAlias = Callable[[], AbstractContextManager[Connection]]


def whole_list(session: Session, source: Source, settings: DatabaseSettings) -> Iterator[Fetched]:
    """Yield the whole table as one unit: first the rows without a key, then page by page."""
    batches = Batches(settings, source)
    counted: int | None = 0
    if source.key.nullable:
        with session() as connection:
            page = read_without_key(connection, Reading(source, (source.key,)))
        counted = page.counted
        if page.rows:
            yield Remark("source.key", *messages.no_key(source.key.name, len(page.rows)))
            refs = batches.without_key(page.rows)
            yield batches.one_unit(page.rows, last=False, tally=None, refs=refs)
    reading = Reading(source, (source.key,), has_key(source))
    for page in _pages(session, reading, settings.page_rows):
        counted = None if counted is None or page.counted is None else counted + page.counted
        tally = None if page.more else Tally(counted=counted)
        yield batches.one_unit(page.rows, last=not page.more, tally=tally)
    yield from spoken(batches)


def waiting_rows(
    session: Session, source: Source, settings: DatabaseSettings, marks: Marks
) -> Iterator[Fetched]:
    """Yield the rows that wait for exchange, each page a unit of its own."""
    batches = Batches(settings, source)
    waiting = marks.waiting()
    if source.key.nullable:
        with session() as connection:
            nameless = source.clause.c[source.key.name].is_(None)
            lost = count_now(connection, source, (waiting, nameless))
        if lost:
            yield Remark("source.key", *messages.no_key_to_mark(source.key.name, lost))
    reading = Reading(source, (source.key,), (waiting, *has_key(source)))
    for page in _pages(session, reading, settings.page_rows):
        if page.rows:
            yield batches.unit(page.rows, "", Tally(counted=page.counted))
    yield from spoken(batches)


def kept_rows(
    session: Session,
    source: Source,
    settings: DatabaseSettings,
    marks: Marks,
    since: datetime | None,
) -> Iterator[Fetched]:
    """Yield the rows that stand marked as taken, each page a unit of its own:
    the store was restored.

    Those that it knows are found unchanged: to read too much is harmless, too little is loss.
    """
    batches = Batches(settings, source)
    reading = Reading(source, (source.key,), (marks.standing(since), *has_key(source)))
    count = 0
    for page in _pages(session, reading, settings.page_rows):
        if page.rows:
            count += len(page.rows)
            yield replace(batches.unit(page.rows, "", Tally(counted=page.counted)), again=True)
    if count:
        yield Remark("source.again", *mark_messages.kept_rows(count, marks.status.kept))


def _pages(session: Session, reading: Reading, rows: int) -> Iterator[Page]:
    """Yield page after page of at most so many rows, each read in a transaction that has ended."""
    after: Position | None = None
    more = True
    while more:
        with session() as connection:
            page = read_page(connection, reading, after, rows)
        more = page.more
        if more:
            after = reading.place(page.rows[-1])
        yield page


def spoken(batches: Batches) -> Iterator[Remark]:
    """Yield what a person should know of the rows that were read."""
    if batches.repeated:
        name = batches.source.key.name
        yield Remark("source.key", *messages.repeated_key(name, batches.repeated))
    if batches.zero_dates:
        yield Remark("source.zero_dates", *messages.zero_dates(sorted(batches.zero_dates)))
