"""Delivery workers: claim inside the delivery window, send, settle; one package at a time each."""

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy import Engine

from gateway.clock import Clock
from gateway.destinations import Destination, Failed, Outcome, Pending, Settled
from gateway.events import store as event_store
from gateway.events.store import Event
from gateway.text import delivery as messages
from gateway.tracing import package_span
from outbox import (
    Board,
    Breaker,
    Claim,
    DecryptionError,
    LocalBreaker,
    Outbox,
    RetryPolicy,
    writing,
)
from outbox.suspects import SUSPECT

#: How long an idle worker waits before it looks again, in seconds.
IDLE = 0.2
#: Of a lease, the share that must be left when it is renewed.
RENEW_AT = 2 / 3
#: How long a worker waits after a failure of our own (the store, say), in seconds.
PAUSE = 2.0

_log = structlog.get_logger("creditgate")


class Settlement(Protocol):
    """What becomes of a package once it was sent, for whoever has put it into the outbox."""

    def keys(self, claim: Claim) -> list[str]:
        """Return the keys of a package's records, in their order."""
        ...

    def arrived(self, claim: Claim) -> tuple[bytes, str] | None:
        """Return the receipt that the centre has brought by itself, with its signature, if any."""
        ...

    def settle(
        self, claim: Claim, outcome: Outcome, now: datetime, policy: RetryPolicy, chance: float
    ) -> bool:
        """Store an outcome; return False when the lease was lost, so that it is void."""
        ...

    def give_up(self, claim: Claim, now: datetime, policy: RetryPolicy) -> bool:
        """Whether a package's tries or its time are used up; it is a dead letter then."""
        ...

    def set_aside(self, broken: DecryptionError, now: datetime) -> None:
        """Make a package a dead letter whose payload does not open."""
        ...


class Deliverer:
    """Delivers what is due from one outbox to one centre; `step` may run in many threads.

    A centre that fails again and again is left alone for a while, then probed by one package.
    """

    def __init__(
        self,
        engine: Engine,
        outbox: Outbox,
        client: Destination,
        settlement: Settlement,
        clock: Clock,
        lease: timedelta,
        policy_of: Callable[[str], RetryPolicy] = lambda _lane: RetryPolicy(),
        board: Board | None = None,
    ) -> None:
        self._engine = engine
        self._outbox = outbox
        self._client = client
        self._settlement = settlement
        self._clock = clock
        self._lease = lease
        self._policy_of = policy_of
        self._board = board or LocalBreaker()
        #: What is under way, by lease token, and until when it is leased.
        self._active: dict[str, tuple[Claim, datetime]] = {}
        self._lock = threading.Lock()
        #: Of workers that claim at the same moment one must know what the other has claimed.
        self._claiming = threading.Lock()
        #: By lease token, what is claimed and not settled; a suspect (outbox/suspects.py) is in it
        #: alone.
        self._claimed: dict[str, Claim] = {}

    def step(self, lanes: Sequence[str]) -> bool:
        """Deliver one package of the given lanes; return False when there is none to deliver.

        None is due, or the centre is left alone.
        """
        if not lanes or not self._admitted():
            return False
        try:
            claim = self._claim(lanes)
        except BaseException:
            self._weigh(None)
            raise
        if claim is None:
            self._weigh(None)
            return False
        try:
            self._deliver(claim)
        finally:
            with self._claiming:
                self._claimed.pop(claim.token, None)
        return True

    def _deliver(self, claim: Claim) -> None:
        """Send a claimed package and store what came of it."""
        outcome: Outcome | None = None
        policy = self._policy_of(claim.lane)
        try:
            if self._settlement.give_up(claim, self._clock(), policy):
                return
            keys = self._settlement.keys(claim)
            with package_span(
                claim.guid,
                "package.deliver",
                feed=claim.lane,
                attempt=claim.attempts,
                records=claim.records,
            ) as span:
                outcome = self._arrived(claim, keys)
                if outcome is None:
                    with self._under_way(claim):
                        outcome = self._client.send(claim, keys)
                span["outcome"] = type(outcome).__name__.lower()
        finally:
            self._weigh(outcome)
        chance = random.random()  # noqa: S311
        with package_span(claim.guid, "package.settle", feed=claim.lane) as span:
            counted = self._settlement.settle(claim, outcome, self._clock(), policy, chance)
            span["counted"] = counted
        if not isinstance(outcome, Settled | Pending):
            _log.warning(
                "package.not_settled",
                guid=claim.guid,
                feed=claim.lane,
                attempt=claim.attempts,
                why=outcome.why.en,
            )
        elif not counted:
            _log.warning("package.lease_lost", guid=claim.guid, feed=claim.lane)

    def _arrived(self, claim: Claim, keys: list[str]) -> Outcome | None:
        """Return the outcome by a receipt that the centre has brought by itself, if any."""
        receipt = self._settlement.arrived(claim)
        if receipt is None:
            return None
        return self._client.signing.judge(self._client.signing.parcel(claim, keys), *receipt)

    def beat(self) -> None:
        """Lengthen the leases of what is under way; call it every second or so.

        So a lease may be short: another takes over soon after a worker's death, and never while it
        works, however slow the centre is.
        """
        now = self._clock()
        with self._lock:
            # One beyond a whole lease was given before the clock was put back
            # (gateway/store/waits.py).
            due = [
                claim
                for claim, until in self._active.values()
                if now >= until - self._lease * RENEW_AT or until > now + self._lease
            ]
        if not due:
            return
        until = now + self._lease
        with writing(self._engine) as connection:
            self._outbox.renew(connection, due, until)
        with self._lock:
            self._active |= {c.token: (c, until) for c in due if c.token in self._active}

    @contextmanager
    def _under_way(self, claim: Claim) -> Iterator[None]:
        with self._lock:
            self._active[claim.token] = claim, claim.until
        try:
            yield
        finally:
            with self._lock:
                del self._active[claim.token]

    def _claim(self, lanes: Sequence[str]) -> Claim | None:
        """Return the claim of what is due first; None while a suspect is sent, alone."""
        with self._claiming:
            if any(claim.ends >= SUSPECT for claim in self._claimed.values()):
                return None
            try:
                with writing(self._engine) as connection:
                    claim = self._outbox.claim(
                        connection, lanes, self._clock(), self._lease, not self._claimed
                    )
            except DecryptionError as broken:
                self._settlement.set_aside(broken, self._clock())
                return None
            if claim is not None:
                self._claimed[claim.token] = claim
            return claim

    def _admitted(self) -> bool:
        """Whether the breaker admits a delivery; while it is open, that is its probe."""
        now = self._clock()
        old, _ = self._board.change(
            lambda breaker: breaker.sent(now) if breaker.admits(now) else breaker
        )
        return old.admits(now)

    def _weigh(self, outcome: Outcome | None) -> None:
        """Report an outcome to the breaker; note an event as it opens or closes.

        None stands for nothing sent.
        """
        now = self._clock()
        match outcome:
            case None:
                old, new = self._board.change(Breaker.unused)
            case Failed():
                old, new = self._board.change(lambda breaker: breaker.failed(now))
            case _:
                old, new = self._board.change(Breaker.succeeded)
        if new.open is old.open:
            return
        if new.open and isinstance(outcome, Failed):
            level, name = "error", "centre.unavailable"
            text = messages.centre_unavailable(new.failures, outcome.why)
        else:
            level, name = "info", "centre.available"
            text = messages.centre_available()
        with writing(self._engine) as connection:
            if not new.open:
                self._outbox.retry_now(connection, now)
            event_store.note_event(connection, Event(now, level, name, "", text))

    def run(self, stop: threading.Event, lanes: Callable[[], Sequence[str]]) -> None:
        """Deliver until told to stop; a failure makes the worker wait, never die."""
        while not stop.is_set():
            try:
                worked = self.step(lanes())
            except Exception as error:  # noqa: BLE001
                # A message that breaks us stays leased and comes again when its lease runs out.
                _log.exception("worker.failed", kind=type(error).__name__)
                stop.wait(PAUSE)
                continue
            if not worked:
                stop.wait(IDLE)
