"""What breaks a promise of the gateway or the centre on purpose, within its process."""

import hashlib
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import polars as pl
import zstandard
from sqlalchemy import Connection, Engine, Update, delete, event, literal, select

from adapters import Batch
from gateway.central.records import store as record_store
from gateway.central.records.tables import package as received_package
from gateway.delivery import settle
from gateway.delivery.worker import Deliverer
from gateway.destinations import Parcel, Settled
from gateway.destinations.http import HttpDestination
from gateway.exchange import newer, refusal_store, taking
from gateway.exchange.context import keys_of
from gateway.protocol import receipt_reader as delivery_receipt
from gateway.protocol.receipt_reader import Receipt
from gateway.runtime import process
from gateway.submissions import store
from gateway.submissions.adapter import PushAdapter
from gateway.submissions.tables import submission
from outbox import Claim, Outbox, writing
from outbox import database as outbox_engine
from outbox.tables import message
from tests.faults.wrapping import ADAPTERS, Point, everywhere

#: What `mark_after_commit` passes between its two commits.
BETWEEN = Point(0)


def acknowledge_before_commit() -> None:
    """Tell the source that all is accepted before anything is kept."""
    for kind in ADAPTERS:
        _tell_at_once(kind)


def _tell_at_once(kind: Any) -> None:
    original = kind.fetch

    def fetch(self: Any, cursor: str) -> Iterator[Any]:
        for item in original(self, cursor):
            if isinstance(item, Batch) and item.rows.height:
                self.acknowledge(item.unit, [_all_accepted(item)])
            yield item

    kind.fetch = fetch


def _all_accepted(batch: Batch) -> pl.DataFrame:
    nothing = pl.Series([None] * batch.rows.height, dtype=pl.String)
    marks = nothing if batch.marks is None else batch.marks
    empty = [pl.lit(None, pl.String).alias(n) for n in ("field", "rule", "zh", "en")]
    return pl.DataFrame({"ref": batch.refs, "mark": marks}).with_columns(
        pl.lit("accepted").alias("verdict"), *empty
    )


def new_id_per_attempt() -> None:
    """Give a package another GUID each time it is sent."""

    def send(self: HttpDestination, claim: Parcel) -> Any:
        other = str(uuid4())
        xml = zstandard.decompress(claim.payload).replace(claim.guid.encode(), other.encode())
        headers = {
            "Content-Type": "application/xml",
            "Content-Encoding": "zstd",
            "Creditgate-Package": other,
        }
        answer = self._http.post("/packages", content=zstandard.compress(xml), headers=headers)
        body = answer.content.replace(other.encode(), claim.guid.encode())
        return (
            answer.status_code,
            answer.headers,
            body.replace(
                hashlib.sha256(xml).hexdigest().encode(),
                hashlib.sha256(zstandard.decompress(claim.payload)).hexdigest().encode(),
            ),
        )

    HttpDestination._post = send  # type: ignore[method-assign]


def no_fence() -> None:
    """Write down a worker's result whoever holds the lease by now."""
    original = Outbox._end

    def wrapped(self: Outbox, connection: Any, claim: Claim, *rest: Any) -> None:
        connection.execute(
            message.update()
            .where(message.c.guid == claim.guid)
            .values(state="sending", lease_token=claim.token)
        )
        original(self, connection, claim, *rest)

    Outbox._end = wrapped  # type: ignore[method-assign]


def done_before_commit() -> None:
    """Settle a package as taken before it is sent."""
    original = Deliverer._claim

    def wrapped(self: Deliverer, lanes: Any) -> Claim | None:
        claim = original(self, lanes)
        if claim is not None:
            receipt = Receipt(("accepted",) * len(keys_of(claim.context)), ())
            settle.settle(
                self._engine,
                self._outbox,
                claim,
                Settled(receipt),
                self._clock(),
                self._policy_of(""),
                0.5,
            )
        return claim

    Deliverer._claim = wrapped  # type: ignore[method-assign]


def short_memory() -> None:
    """Let the centre forget which packages it has had after a second (an hour, at this pace)."""
    original = record_store.receipt_of

    def wrapped(engine: Any, guid: str, digest: str) -> Any:
        now = process.SteadyClock()()
        with writing(engine) as connection:
            for row in connection.execute(
                received_package.select().where(received_package.c.guid == guid)
            ).all():
                if (now - row.received_at).total_seconds() > 1:
                    connection.execute(
                        delete(received_package).where(received_package.c.guid == guid)
                    )
        return original(engine, guid, digest)

    record_store.receipt_of = wrapped


def refusal_dropped() -> None:
    """Keep no refusal of the gateway's own: the row is simply gone."""
    refusal_store.open_refusals = lambda *_args, **_more: None


def taken_again() -> None:
    """Let a unit that is over be opened again, and be as new as it is met: the second guards."""
    taking.Standing.over = property(lambda _: False)  # type: ignore[assignment]
    everywhere(newer.newer_keys, lambda _: lambda *_args, **_more: frozenset())


def mark_after_commit() -> None:
    """Mark a submission as kept in a transaction of its own, after the one that keeps its rows.

    That alone is caught by the unit's identity: so the mutant has the former code's other half too.
    """
    taken_again()
    waiting: list[tuple[Any, Any]] = []
    marking = threading.local()

    def postponed(_: Connection, statement: Any, many: Any, params: Any, __: Any) -> Any:
        if _marks_kept(statement) and not getattr(marking, "now", False):
            waiting.append((statement, params or many or None))
            return select(literal(1)), (), {}
        return statement, many, params

    original = PushAdapter.keep

    def keep(self: PushAdapter, batch: Batch) -> None:
        BETWEEN.passed()
        marking.now = True
        try:
            original(self, batch)
            with writing(self._store()) as connection:
                while waiting:
                    connection.execute(*waiting.pop())
        finally:
            marking.now = False

    event.listen(Engine, "before_execute", postponed, retval=True)
    PushAdapter.keep = keep  # type: ignore[method-assign]


def cursor_as_state() -> None:
    """Keep no state of a submission: the last one that was read is passed over, and no other."""
    taken_again()
    original = store.waiting
    last: dict[str, int] = {}

    def waiting(connection: Connection, feed: str, number: int, limit: int) -> Any:
        found = [
            one for one in original(connection, feed, number, limit) if one.number != last.get(feed)
        ]
        if found:
            last[feed] = found[-1].number
        return found

    everywhere(original, lambda _: waiting)

    def dropped(_: Connection, statement: Any, many: Any, params: Any, __: Any) -> Any:
        if _marks_kept(statement):
            return select(literal(1)), (), {}
        return statement, many, params

    event.listen(Engine, "before_execute", dropped, retval=True)


def _marks_kept(statement: Any) -> bool:
    if not isinstance(statement, Update) or statement.table is not submission:
        return False
    return bool(statement.compile().params.get("state") == "kept")


def accepted_by_default() -> None:
    """Take every verdict of a receipt for a yes that is not, letter by letter, `refused`."""

    def made(original: Any) -> Any:
        def read(data: bytes, *args: Any) -> Receipt:
            blank = re.sub(rb'verdict="(?!refused")[^"]*"', b'verdict="accepted"', data)
            receipt: Receipt = original(blank, *args)
            return receipt

        return read

    everywhere(delivery_receipt.read_receipt, made)


def never_synced() -> None:
    """Have SQLite leave it to the machine when what it wrote goes to disk."""

    def made(original: Any) -> Any:
        def prepare(connection: Any, *args: Any) -> None:
            original(connection, *args)
            connection.execute("PRAGMA synchronous=OFF")

        return prepare

    everywhere(outbox_engine._prepare, made)


MUTANTS: dict[str, Callable[[], None]] = {
    "acknowledge before commit": acknowledge_before_commit,
    "a new id per attempt": new_id_per_attempt,
    "no fence": no_fence,
    "done before commit": done_before_commit,
    "a duplicate window of an hour": short_memory,
    "a refusal dropped": refusal_dropped,
    "mark after commit": mark_after_commit,
    "cursor as state": cursor_as_state,
    "default accepted": accepted_by_default,
    "synchronous off": never_synced,
}
