"""Acknowledgements: what became of each row goes back to the department. A shell.

A unit is due once it has all its verdicts.
"""

from collections.abc import Iterable, Iterator
from typing import cast

import polars as pl
import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from adapters import VERDICT_SCHEMA, Adapter, AdapterError, Tally, TellsTally
from adapters.spool import work_folder_full
from gateway.clock import Clock
from gateway.events import store as event_store
from gateway.events.store import Event
from gateway.exchange import acknowledgement_store, refusal_store, unit_store
from gateway.exchange.context import fault_columns, frame_of
from gateway.exchange.feed import Feed
from gateway.settings.kinds import reason_of
from gateway.submissions.store_away import is_away
from gateway.text import Text
from gateway.text import exchange as messages
from outbox import Outbox, RetryPolicy, writing

_log = structlog.get_logger("creditgate")


def acknowledge_due(
    engine: Engine, outbox: Outbox, feed: Feed, clock: Clock, chance: float
) -> tuple[int, int]:
    """Acknowledge every unit of a feed that is due; return how many succeeded and how many did not.

    `chance` in [0, 1) spreads the next try. A failure is kept as an event and tried again. Nobody
    is told of a unit that was read once more since: its department hears of the new reading.
    """
    succeeded = failed = 0
    with engine.connect() as connection:
        due = acknowledgement_store.due_acknowledgements(connection, feed.name, clock())
    for unit in due:
        error = None if unit.replaced else _not_told(engine, outbox, feed, unit)
        if error is not None:
            failed += 1
            wait = RetryPolicy().delay(unit.tries + 1, chance)
            text = messages.result_not_taken(unit.name, _reason_of(unit.name, error))
            with writing(engine) as connection:
                acknowledgement_store.acknowledge_later(connection, unit.id, clock(), wait)
                event = Event(clock(), "warning", "acknowledge.failed", feed.name, text)
                event_store.note_event(connection, event)
            continue
        with writing(engine) as connection:
            acknowledgement_store.acknowledged(connection, unit.id, clock())
        succeeded += 1
    return succeeded, failed


class _StoreAwayError(Exception):
    """The gateway's own store was away while verdicts were read; not the adapter's doing."""

    def __init__(self, error: SQLAlchemyError) -> None:
        super().__init__(type(error).__name__)
        self.error = error


def _not_told(
    engine: Engine, outbox: Outbox, feed: Feed, unit: acknowledgement_store.UnitState
) -> BaseException | None:
    """Return what a feed's adapter raised as its department was told of a unit, or None.

    A stranger's adapter may raise anything; other units and feeds are told all the same. Raises
    SQLAlchemyError where the gateway's own store is away.
    """
    with engine.connect() as connection:
        try:
            tell(feed.adapter, unit.name, _unit_verdicts(connection, outbox, unit), unit.tally)
        except _StoreAwayError as away:
            raise away.error from None
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001
            return error
    return None


def _unit_verdicts(
    connection: Connection, outbox: Outbox, unit: acknowledgement_store.UnitState
) -> Iterator[pl.DataFrame]:
    """Yield a unit's verdicts; raise _StoreAwayError.

    No adapter takes that error for one of its own source.
    """
    try:
        yield from _verdicts(connection, outbox, unit)
    except SQLAlchemyError as error:
        if is_away(error):
            raise _StoreAwayError(error) from error
        raise


def _reason_of(unit: str, error: BaseException) -> Text:
    foreseen = error if isinstance(error, AdapterError) else work_folder_full(error)
    if foreseen is not None:
        return Text(foreseen.zh, foreseen.en)
    _log.error("acknowledge.broke", unit=unit, exc_info=error)
    return (
        reason_of(error)
        if isinstance(error, SystemExit)
        else messages.unforeseen_error(type(error).__name__)
    )


def tell(adapter: Adapter, unit: str, verdicts: Iterable[pl.DataFrame], tally: Tally) -> None:
    """Let an adapter acknowledge a unit, with the tally where it can; raise AdapterError."""
    # Asked of the adapter itself: what isinstance says of a protocol is remembered for its class.
    if hasattr(adapter, "acknowledge_with_tally"):
        cast("TellsTally", adapter).acknowledge_with_tally(unit, verdicts, tally)
    else:
        adapter.acknowledge(unit, verdicts)


def _verdicts(
    connection: Connection, outbox: Outbox, unit: acknowledgement_store.UnitState
) -> Iterator[pl.DataFrame]:
    """Yield VERDICT_SCHEMA frames, a batch each, rows in the order in which they were fetched."""
    for fates, guids in unit_store.unit_batches(connection, unit.id):
        quiet = _as_judged(connection, unit.feed_id, fates)
        parts = [quiet, *(_package_verdicts(connection, outbox, guid) for guid in guids)]
        yield pl.concat(parts).sort("#row").select(*VERDICT_SCHEMA)


def _as_judged(connection: Connection, feed_id: int, fates: pl.DataFrame) -> pl.DataFrame:
    """Return the fates of rows, with the centre's verdict on each record that was sent before."""
    if "#key" not in fates.columns:
        return fates
    keys = fates["#key"].to_list()
    sent_before = [key for key in keys if key is not None]
    refused = (
        refusal_store.refused_by_centre(connection, feed_id, sent_before) if sent_before else {}
    )
    plain = fates.drop("#key")
    if not refused:
        return plain
    faults = [refused.get(key) for key in keys]
    has_fault = pl.Series([fault is not None for fault in faults], dtype=pl.Boolean)
    columns = [pl.lit("refused").alias("verdict"), *fault_columns(faults)]
    judged = plain.with_columns(columns).select(plain.columns)
    return plain.with_columns(
        pl.when(has_fault).then(judged[name]).otherwise(plain[name]).alias(name)
        for name in plain.columns
    )


def _package_verdicts(connection: Connection, outbox: Outbox, guid: str) -> pl.DataFrame:
    context = frame_of(outbox.context(connection, guid))
    turned_down = refusal_store.turned_down(connection, guid)
    faults = [turned_down.get(key) for key in context["#key"]]
    verdicts = ["accepted" if fault is None else "refused" for fault in faults]
    return context.select(
        "#row",
        pl.col("#ref").alias("ref"),
        pl.col("#mark").alias("mark"),
        pl.Series("verdict", verdicts, dtype=pl.String),
        *fault_columns(faults),
    )
