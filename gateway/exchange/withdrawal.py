"""Withdraws records that a full list no longer has, unless it shrank too far.

Then the feed stops, and a person is asked.
"""

from collections.abc import Callable
from datetime import datetime

import polars as pl
from sqlalchemy import Connection, Engine

from gateway.clock import local_day
from gateway.errors import GatewayError
from gateway.events import store as event_store
from gateway.events.store import Event
from gateway.exchange import feed_store, refusal_store, taking, unit_store
from gateway.exchange.batch_plan import draft
from gateway.exchange.feed import Feed
from gateway.exchange.packing import GATE_RULE, pack, packages_for
from gateway.protocol.header import Header
from gateway.protocol.package_writer import withdrawal_xml
from gateway.standard import load_gate
from gateway.text import exchange as messages
from outbox import Outbox, writing


class ListCutOffError(GatewayError):
    """The newest list of a feed was not read to its end: nothing can be gone from it."""


def withdraw_missing(
    engine: Engine,
    outbox: Outbox,
    new_guid: Callable[[], str],
    feed: Feed,
    state: feed_store.FeedState,
    version: str | None,
    now: datetime,
    *,
    confirmed: bool = False,
) -> int:
    """Withdraw what the feed's newest list lacks; return how many records.

    `confirmed` says that a person has confirmed it.

    Raises ListCutOffError where that list was not read to its end.
    """
    policy = feed.mapping.change
    if not policy.withdraw_missing:
        return 0
    with writing(engine) as connection:
        unit_id = unit_store.last_unit(connection, state.id)
        if taking.is_cut_off(connection, unit_id):
            raise ListCutOffError.of(messages.not_a_whole_list(feed.name))
        missing, total = feed_store.unseen(connection, state.id, unit_id)
        if not missing:
            return 0
        if len(missing) > policy.stop_when_lost * total and not confirmed:
            message = messages.list_shrank(feed.name, len(missing), total)
            feed_store.hold(connection, state.id, message, "list")
            event_store.note_event(connection, Event(now, "error", "feed.held", feed.name, message))
            return 0
        if not confirmed and (rows := _unidentified(connection, feed, unit_id)):
            text = messages.nothing_withdrawn(len(missing), rows)
            event_store.note_event(connection, Event(now, "error", "list.unsure", feed.name, text))
            return 0
        header = header_of(outbox, connection, feed, len(missing), now, version)
        keys = pl.Series([key for key, _ in missing], dtype=pl.String)
        packages, _ = pack(withdrawal_xml(keys), header, load_gate(header.version), new_guid)
        drafts = [draft(package, _context(keys.gather(package.rows))) for package in packages]
        outbox.put(connection, feed.name, drafts, now)
        unit_store.add_packages(
            connection, unit_id, -1, [(new_draft.guid, 0) for new_draft in drafts]
        )
        feed_store.remember(connection, state.id, unit_id, local_day(now), missing, present=False)
    return len(missing)


def header_of(
    outbox: Outbox,
    connection: Connection,
    feed: Feed,
    records: int,
    now: datetime,
    version: str | None,
) -> Header:
    """Return the header that packages of so many records share, with sequence numbers reserved."""
    first = outbox.reserve(
        connection,
        feed.name,
        packages_for(records),
        now,
        ordered=feed.mapping.change.mode != "append",
    )
    kind = feed.mapping.kind
    return Header(
        guid="",
        department=feed.mapping.department,
        feed=feed.name,
        kind=kind.name,
        version=version or kind.version,
        sequence=first,
        created_at=now,
        records=0,
    )


def _unidentified(connection: Connection, feed: Feed, unit_id: int) -> int:
    """Return how many refused rows of a list may be records that it seems to lack."""
    kind = feed.mapping.kind
    sound = set(kind.field_names) - set(feed.mapping.key)
    return refusal_store.unidentified(connection, unit_id, sound, (GATE_RULE,))


def _context(keys: pl.Series) -> pl.DataFrame:
    return pl.DataFrame({"#key": keys}).with_columns(
        pl.lit("").alias("#ref"), pl.lit("withdrawn").alias("#change")
    )
