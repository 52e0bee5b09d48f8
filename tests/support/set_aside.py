"""Units of a feed that fail on the way in, and what a person does with them."""

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
from polars.exceptions import PanicException
from sqlalchemy import Engine

from adapters import Batch
from adapters.files.folder import FolderAdapter, FolderSettings
from adapters.reader.errors import AnswerEndedReadersError
from gateway.exchange import feed_store, source_units
from gateway.exchange.acknowledge import acknowledge_due
from gateway.exchange.binding import bound
from gateway.exchange.feed import Feed
from gateway.exchange.fetch import Fetcher, FetchReport
from gateway.submissions import store as submissions
from outbox import Outbox, writing
from tests.support.clock import NOW
from tests.support.closing import closed_later
from tests.support.line import feed_of, sound_rows
from tests.support.record_versions import FEED, LICENCE, submit, version

#: What a row holds at which the line fails.
POISON = "poison"


def fetch(engine: Engine, feed: Feed, errors: int = 5) -> FetchReport | BaseException:
    """Fetch once; return what came of it, be it an error."""
    try:
        return Fetcher(engine, Outbox(engine), lambda: NOW, errors=errors).fetch(feed)
    except (Exception, PanicException) as error:  # noqa: BLE001
        return error


def problem(engine: Engine) -> str:
    """Return what the feed says of its last fetch."""
    with engine.connect() as connection:
        state = feed_store.peek(connection, FEED)
    return state.problem.en if state and state.problem else ""


def held(engine: Engine) -> str:
    """Return why the feed has stopped."""
    with engine.connect() as connection:
        state = feed_store.peek(connection, FEED)
    return state.hold.en if state and state.hold else ""


def aside(engine: Engine) -> list[source_units.SourceUnit]:
    """Return what waits for a person."""
    with engine.connect() as connection:
        return list(source_units.set_aside(connection, FEED))


def act(engine: Engine, what: Callable[..., list[str]], unit: str) -> list[str]:
    """Do something to a unit that is set aside."""
    with writing(engine) as connection:
        return what(connection, FEED, unit, "operator", "looked at it", NOW)


def answer(engine: Engine, feed: Feed, receipt: str) -> tuple[str, list[tuple[str, str]]]:
    """Return a submission's state, and verdict and rule of each of its verdicts."""
    acknowledge_due(engine, Outbox(engine), feed, lambda: NOW + timedelta(days=1), 0.5)
    with engine.connect() as connection:
        one, told = submissions.answered(connection, FEED, receipt)
    return one.state, [(verdict["verdict"], verdict["rule"]) for verdict in told]


def poisoned(engine: Engine) -> tuple[str, str]:
    """Submit a row at which the line fails, and then one that is sound; return both receipts."""
    one, two = sound_rows(LICENCE, 2)
    return submit(engine, [version(one, POISON)]), submit(engine, [two])


def drop_feed(engine: Engine, folder: Path, **other: Any) -> tuple[Feed, FolderAdapter]:
    """Return the feed of licences by files; its adapter remembers by the store."""
    adapter = FolderAdapter(
        FolderSettings(folder=str(folder), format_settings={"encoding": "utf-8"}, settle=0, **other)
    )
    plain, _ = feed_of(LICENCE, mode="update")
    return bound(replace(plain, adapter=closed_later(adapter)), engine), adapter


def drop(folder: Path, name: str, rows: list[dict[str, Any]], *, marker: bool = True) -> None:
    pl.DataFrame(rows).write_csv(folder / name)
    if marker:
        (folder / f"{name}.ok").touch()


def batch(listed: list[dict[str, Any]], **other: Any) -> Batch:
    """Return a batch as an adapter yields it, with something of it otherwise."""
    frame = pl.DataFrame(listed, schema=dict.fromkeys(listed[0], pl.String))
    refs = pl.Series([str(n) for n in range(len(listed))])
    return replace(Batch("page", frame, refs, "1", last=True), **other)


class Strange:
    """A stranger's adapter: yields what it is given; an exception it raises."""

    def __init__(self, *came: Any) -> None:
        self.came = came
        self.kept: list[str] = []

    def fetch(self, cursor: str) -> Iterator[Any]:
        for number, item in enumerate(self.came):
            if number < int(cursor or 0):
                continue
            if isinstance(item, BaseException):
                raise item if isinstance(item, AnswerEndedReadersError) else copy(item)
            yield item

    def keep(self, batch: Batch) -> None:
        self.kept.append(batch.unit)

    def acknowledge(self, unit: str, verdicts: Any) -> None: ...

    def close(self) -> None: ...


def strange(*came: Any) -> Feed:
    feed, _ = feed_of(LICENCE, mode="update")
    return replace(feed, adapter=Strange(*came))  # type: ignore[arg-type]
