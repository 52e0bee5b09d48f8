"""`creditgate` with a fault built in: `python -m tests.faults.process ARGUMENTS`.

FAULT_DESCRIPTORS=N lets it have no more open files than that. FAULT_POINT=NAME:N kills the process (-9)
the Nth time that it passes a point; FAULT_COMMIT=SITE|before:N the same at a commit (see commits);
FAULT_RECORD=FILE writes down each place that commits. FAULT_MUTANT=NAME breaks a promise on purpose, so
that the checker can be seen to notice. The product itself has no such switch.
"""

import hashlib
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from uuid import uuid4

import polars as pl
import zstandard
from sqlalchemy import delete

from adapters.database import DatabaseAdapter
from adapters.sftp import SftpAdapter
from adapters.soap import SoapAdapter
from gateway import platform, run, schedule
from gateway.central import intake as central_intake
from gateway.central import keep as central_keep
from gateway.central import store as central_store
from gateway.central.tables import package as received_package
from gateway.cli import main
from gateway.delivery import settle, worker
from gateway.delivery.destinations import Parcel, Settled
from gateway.delivery.destinations.http import HttpDestination
from gateway.delivery.receipt import Receipt
from gateway.delivery.worker import Deliverer
from gateway.exchange import acknowledge, fetch, journal, store
from gateway.exchange.frames import keys_of
from outbox import Claim, Outbox, writing
from outbox.tables import message
from tests.faults import commits

ADAPTERS = (SoapAdapter, SftpAdapter, DatabaseAdapter)


def die() -> None:
    """End as a power cut does."""
    os.kill(os.getpid(), signal.SIGKILL)


class Point:
    """A place in the program: passing it for the Nth time is the end."""

    def __init__(self, hits: int) -> None:
        self._left = hits
        self._lock = threading.Lock()

    def passed(self) -> None:
        with self._lock:
            self._left -= 1
            if self._left == 0:
                die()


def after(
    owner: Any, name: str, point: Point, counts: Callable[[Any], bool] = lambda _: True
) -> None:
    """Let a function pass the point when it has returned something that counts."""
    original = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        if counts(result):
            point.passed()
        return result

    setattr(owner, name, wrapped)


def before(owner: Any, name: str, point: Point) -> None:
    """Let a function pass the point before it does anything."""
    original = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        point.passed()
        return original(*args, **kwargs)

    setattr(owner, name, wrapped)


def while_sending(point: Point) -> None:
    """Let the point be passed some milliseconds after a package began to be sent."""
    original = HttpDestination._post

    def wrapped(self: HttpDestination, parcel: Parcel) -> Any:
        threading.Timer(0.004, point.passed).start()
        return original(self, parcel)

    HttpDestination._post = wrapped  # type: ignore[method-assign]


def while_telling(point: Point) -> None:
    """Let the point be passed when a department has taken the first frame of its verdicts."""
    original = acknowledge._verdicts

    def wrapped(*args: Any) -> Iterator[pl.DataFrame]:
        for frame in original(*args):
            yield frame
            point.passed()

    acknowledge._verdicts = wrapped


def something(found: Any) -> bool:
    return found is not None and found is not False


#: Every named point: of the gateway, then of the centre.
GATEWAY_POINTS: dict[str, Callable[[Point], None]] = {
    "start: tables made": lambda p: after(run, "open_outbox", p),
    "catalogue: before it is kept": lambda p: before(platform, "insert_new", p),
    "slot: taken, not committed": lambda p: after(journal, "take_slot", p, something),
    "slot: committed, nothing fetched": lambda p: before(schedule.Schedule, "_fetch_for_slot", p),
    "slot: run, not closed": lambda p: before(journal, "close_slot", p),
    "fetch: batch mapped, nothing kept": lambda p: after(fetch, "prepare", p),
    "fetch: messages put, not committed": lambda p: after(Outbox, "put", p),
    "fetch: all kept, not committed": lambda p: after(fetch.Fetcher, "_keep", p),
    "fetch: committed, source not told": lambda p: before(fetch.FetchReport, "add", p),
    "fetch: source told that it is kept": lambda p: [after(kind, "keep", p) for kind in ADAPTERS] and None,
    "fetch: noted": lambda p: after(store, "note_fetch", p),
    "claim: not committed": lambda p: after(Outbox, "claim", p, something),
    "claim: committed, nothing sent": lambda p: after(Deliverer, "_claim", p, something),
    "send: under way": while_sending,
    "send: answered, not settled": lambda p: after(HttpDestination, "send", p),
    "settle: not committed": lambda p: after(settle, "_apply", p),
    "settle: committed": lambda p: after(worker, "settle", p),
    "acknowledge: nothing told": lambda p: [before(kind, "acknowledge", p) for kind in ADAPTERS] and None,
    "acknowledge: half told": while_telling,
    "acknowledge: told, not noted": lambda p: [after(kind, "acknowledge", p) for kind in ADAPTERS] and None,
    "acknowledge: noted, not committed": lambda p: after(store, "acknowledged", p),
}  # fmt: skip
CENTRE_POINTS: dict[str, Callable[[Point], None]] = {
    "centre: judged, nothing kept": lambda p: after(central_intake, "judge", p),
    "centre: records written, not committed": lambda p: after(central_keep, "_write", p),
    "centre: receipt made, not committed": lambda p: after(central_keep, "receipt_xml", p),
    "centre: committed, not answered": lambda p: after(central_intake, "keep", p),
}


# --- mutants -------------------------------------------------------------------------------------


def acknowledge_before_commit() -> None:
    """Tell the source that all is accepted before anything is kept."""
    original = fetch.Fetcher._take

    def wrapped(self: Any, feed: Any, state: Any, batch: Any, *rest: Any) -> Any:
        marks = (
            batch.marks
            if batch.marks is not None
            else pl.Series([None] * batch.rows.height, dtype=pl.String)
        )
        frame = pl.DataFrame({"ref": batch.refs, "mark": marks}).with_columns(
            pl.lit("accepted").alias("verdict"), *(pl.lit(None, pl.String).alias(n) for n in ("field", "rule", "zh", "en"))
        )  # fmt: skip
        if batch.rows.height:
            feed.adapter.acknowledge(batch.unit, [frame])
        return original(self, feed, state, batch, *rest)

    fetch.Fetcher._take = wrapped  # type: ignore[method-assign]


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
        return answer.status_code, answer.headers, body.replace(
            hashlib.sha256(xml).hexdigest().encode(), hashlib.sha256(zstandard.decompress(claim.payload)).hexdigest().encode()
        )  # fmt: skip

    HttpDestination._post = send  # type: ignore[method-assign]


def no_fence() -> None:
    """Write down a worker's result whoever holds the lease by now."""
    original = Outbox._end

    def wrapped(self: Outbox, connection: Any, claim: Claim, *rest: Any) -> None:
        connection.execute(
            message.update().where(message.c.guid == claim.guid).values(state="sending", lease_token=claim.token)
        )  # fmt: skip
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
    """Let the centre forget which packages it has had after a second (an hour, in a faster life)."""
    original = central_store.receipt_of

    def wrapped(engine: Any, guid: str, digest: str) -> Any:
        now = run.SteadyClock()()
        with writing(engine) as connection:
            for row in connection.execute(
                received_package.select().where(received_package.c.guid == guid)
            ).all():
                if (now - row.received_at).total_seconds() > 1:
                    connection.execute(
                        delete(received_package).where(received_package.c.guid == guid)
                    )
        return original(engine, guid, digest)

    central_store.receipt_of = wrapped


def refusal_dropped() -> None:
    """Keep no refusal of the gateway's own: the row is simply gone."""
    fetch.refusals.open_refusals = lambda *_args, **_more: None


MUTANTS: dict[str, Callable[[], None]] = {
    "acknowledge before commit": acknowledge_before_commit,
    "a new id per attempt": new_id_per_attempt,
    "no fence": no_fence,
    "done before commit": done_before_commit,
    "a duplicate window of an hour": short_memory,
    "a refusal dropped": refusal_dropped,
}


def recorder(file: str) -> Callable[[str, str], None]:
    """Write down each place that commits, a line the first time that it does."""
    seen: set[str] = set()

    def passed(name: str, _: str) -> None:
        if name not in seen:
            seen.add(name)
            with open(file, "a", encoding="utf-8") as out:
                out.write(f"{name}\n")

    return passed


def killer(place: str, when: str, point: Point) -> Callable[[str, str], None]:
    """Let a point be passed before or after a place's commit."""

    def passed(name: str, moment: str) -> None:
        if (name, moment) == (place, when):
            point.passed()

    return passed


def arm(environment: Iterable[tuple[str, str]]) -> None:
    """Build in what the environment asks for."""
    asked = dict(environment)
    if limit := asked.get("FAULT_DESCRIPTORS"):
        resource.setrlimit(resource.RLIMIT_NOFILE, (int(limit), int(limit)))
    if record := asked.get("FAULT_RECORD"):
        commits.watch(recorder(record))
    if commit := asked.get("FAULT_COMMIT"):
        place, _, hits = commit.rpartition(":")
        commits.watch(killer(*place.split("|"), Point(int(hits))))
    if mutant := asked.get("FAULT_MUTANT"):
        MUTANTS[mutant]()
    if point := asked.get("FAULT_POINT"):
        name, _, hits = point.rpartition(":")
        {**GATEWAY_POINTS, **CENTRE_POINTS}[name](Point(int(hits)))


if __name__ == "__main__":
    arm(os.environ.items())
    sys.exit(main())
