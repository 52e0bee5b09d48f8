"""Delivery workers: claim inside the delivery window, send, settle; one package at a time each."""

import random
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta

import structlog
from sqlalchemy import Engine

from gateway.clock import Clock
from gateway.delivery.client import CentreClient, Settled
from gateway.delivery.settle import settle
from gateway.exchange.frames import keys_of
from outbox import Outbox, RetryPolicy, writing

#: How long an idle worker waits before it looks again, in seconds.
IDLE = 0.2
#: How long a worker waits after a failure of our own (the store, say), in seconds.
PAUSE = 2.0

_log = structlog.get_logger("creditgate")


class Deliverer:
    """Delivers what is due from one outbox to one centre; `step` may run in many threads."""

    def __init__(
        self, engine: Engine, outbox: Outbox, client: CentreClient, clock: Clock,
        lease: timedelta, policy: RetryPolicy | None = None,
    ) -> None:  # fmt: skip
        self._engine = engine
        self._outbox = outbox
        self._client = client
        self._clock = clock
        self._lease = lease
        self._policy = policy or RetryPolicy()

    def step(self, lanes: Sequence[str]) -> bool:
        """Deliver one package of the given lanes; False when none is due."""
        if not lanes:
            return False
        with writing(self._engine) as connection:
            claim = self._outbox.claim(connection, lanes, self._clock(), self._lease)
        if claim is None:
            return False
        outcome = self._client.send(claim, keys_of(claim.context))
        chance = random.random()  # noqa: S311
        counted = settle(
            self._engine, self._outbox, claim, outcome, self._clock(), self._policy, chance
        )
        if not isinstance(outcome, Settled):
            _log.warning("package.not_settled", guid=claim.guid, feed=claim.lane, attempt=claim.attempts, why=outcome.why.en)  # fmt: skip
        elif not counted:
            _log.warning("package.lease_lost", guid=claim.guid, feed=claim.lane)
        return True

    def run(self, stop: threading.Event, lanes: Callable[[], Sequence[str]]) -> None:
        """Deliver until told to stop; whatever fails makes the worker wait, never die."""
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
