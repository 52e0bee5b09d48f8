"""Versions of one record by each way in, and what became of them in a store."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import polars as pl
from sqlalchemy import Engine, select, text

from adapters import Batch
from gateway.events import store as event_store
from gateway.exchange import feed_store, source_units
from gateway.exchange.acknowledge import acknowledge_due
from gateway.exchange.context import frame_of
from gateway.exchange.feed import Feed
from gateway.exchange.resubmissions import with_mended
from gateway.operations import refusals as refusal_acts
from gateway.submissions import store as submissions
from gateway.submissions.adapter import PushAdapter, PushSettings
from outbox import Outbox, writing
from outbox.database import _writers
from outbox.tables import message
from tests.support.clock import NOW
from tests.support.line import ListAdapter, feed_of, fetch

LICENCE = "environment/licence.yaml"
FEED = "environment.licence"
#: A field that is no part of the key.
CONTENT = "XK_NR"

Row = dict[str, Any]


def version(row: Row, name: str) -> Row:
    """Return another version of a row's record."""
    return {**row, CONTENT: name}


def writer_of(engine: Engine) -> Engine:
    """Return the engine whose connection writes."""
    return _writers.get(engine, engine)


def push_feed(engine: Engine, mode: str = "update") -> Feed:
    """Return the feed of licences, by submissions."""
    feed, _ = feed_of(LICENCE, mode=mode)
    adapter = PushAdapter(PushSettings(token="made-up-token-of-water"))
    adapter.use(engine, feed.name)
    return replace(feed, adapter=adapter)


def mended_feed(engine: Engine, *listed: list[Row]) -> tuple[Feed, ListAdapter]:
    """Return the feed of licences by lists, with rows mended by hand beside them."""
    feed, source = feed_of(LICENCE, *listed, mode="update")
    return replace(feed, adapter=with_mended(source, engine, FEED, "update")), source


def submit(engine: Engine, rows: list[Row]) -> str:
    """Submit rows as a department does; return the receipt number."""
    with writing(engine) as connection:
        return submissions.take(connection, FEED, rows, "", NOW).receipt


def mend(engine: Engine, rows: list[Row]) -> str:
    """Upload mended rows as a person does in the console."""
    with writing(engine) as connection:
        return refusal_acts.submit_mended(connection, FEED, rows, "editor", NOW)


def sent(engine: Engine) -> list[str]:
    """Return the versions that travel, in the order in which they do."""
    outbox = Outbox(engine)
    found: list[str] = []
    with engine.connect() as connection:
        order = connection.execute(select(message.c.guid).order_by(message.c.sequence))
        for guid in list(order.scalars()):
            found += frame_of(outbox.context(connection, guid))[CONTENT].to_list()
    return found


def counts(engine: Engine) -> tuple[int, int, int, int]:
    """Return the feed's rows, and those of them packed, unchanged and superseded."""
    with engine.connect() as connection:
        [one] = feed_store.totals(connection)
    return one.rows, one.packed, one.unchanged, one.superseded


def states(engine: Engine) -> list[str]:
    """Return the states of submissions, in their order."""
    with engine.connect() as connection:
        return list(
            connection.execute(text("SELECT state FROM submission ORDER BY number")).scalars()
        )


def names(engine: Engine) -> list[str]:
    """Return the names of events, the newest first."""
    with engine.connect() as connection:
        return [event.name for event in event_store.events(connection, 50)]


def verdicts(engine: Engine, feed: Feed, receipt: str) -> list[tuple[str, str]]:
    """Acknowledge, and return what a department is told: verdict and rule of each row."""
    later = NOW + timedelta(days=30)
    acknowledge_due(engine, Outbox(engine), feed, lambda: later, 0.5)
    with engine.connect() as connection:
        _, told = submissions.answered(connection, FEED, receipt)
    return [(one["verdict"], one["rule"]) for one in told]


class Named(ListAdapter):
    """A source that gives the same names at each fetch, in batches of two rows."""

    def fetch(self, _cursor: str) -> Iterator[Batch]:
        for number, rows in enumerate(self.units):
            parts = [rows[n : n + 2] for n in range(0, len(rows), 2)]
            for place, part in enumerate(parts):
                frame = pl.DataFrame(part, schema=dict.fromkeys(self.columns, pl.String))
                refs = pl.Series("ref", [f"{2 * place + n}" for n in range(len(part))])
                last = place == len(parts) - 1
                yield Batch(
                    f"list-{number}", frame, refs, "", last, declared=len(rows) if last else None
                )


def named(*listed: list[Row], **change: Any) -> tuple[Feed, Named]:
    feed, plain = feed_of(LICENCE, *listed, **{"mode": "update", **change})
    adapter = Named(plain.units, plain.columns)
    return replace(feed, adapter=adapter), adapter


def broken(engine: Engine, feed: Feed, receipt: str) -> None:
    """Let a submission be set aside."""
    with writing(engine) as connection:
        state = feed_store.feed_state(connection, FEED)
        reason = source_units.Text("意外错误", "an unforeseen error")
        source_units.error(connection, state.id, receipt, reason, NOW, 1)
    fetch(engine, feed)
    assert states(engine)[-1] == "aside"
