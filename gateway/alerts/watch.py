"""Looks again and again whether something is an alert, and sees that it is told. A shell."""

import random
import shutil
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from gateway.alerts import store
from gateway.alerts.channels import AlertSendError, channels, send
from gateway.alerts.deadlines import states
from gateway.alerts.rules import Condition, Rule, Standing, conditions, is_due_again, send_at
from gateway.catalogue.keeper import CatalogueKeeper
from gateway.clock import Clock
from gateway.exchange import restores, source_units
from gateway.exchange.feed_store import feed_states
from gateway.generations import store as generations
from gateway.settings.model import AlertSettings
from gateway.text import Text
from gateway.text import restores as messages
from outbox import Breaker, Outbox, RetryPolicy, writing
from outbox.database import sqlite_path

#: How sending is tried again, and how often before it is given up: about a day.
RETRY, TRIES = RetryPolicy(base=30.0, cap=7200.0), 20
_DAY = timedelta(days=1)
_LOCKED = timedelta(minutes=15)
_TOGETHER = 50


class AlertWatch:
    """Watches one store; one thread at a time."""

    def __init__(
        self,
        outbox: Outbox,
        keeper: CatalogueKeeper,
        breaker: Callable[[], Breaker],
        settings: AlertSettings,
        base: str,
        clock: Clock,
    ) -> None:
        self._engine: Engine = outbox.engine
        self._outbox = outbox
        self._keeper = keeper
        self._breaker = breaker
        self._settings = settings
        self._base = base
        self._clock = clock

    def look(self) -> None:
        """Open what has become an alert, close what is over, and let both be sent.

        Raises SQLAlchemyError.

        What is open and nobody acknowledges is sent again.
        """
        now, channel_names = self._clock(), channels(self._settings)
        with self._engine.connect() as connection:
            rules = store.rules(connection, channel_names)
            current_conditions = conditions(self._standing(connection), rules, now)
            open_now = store.open_alerts(connection)
            unanswered = store.unanswered(connection)
        by_kind = {rule.kind: rule for rule in rules}
        conditions_now = {(one.kind, one.feed): one for one in current_conditions}
        with writing(self._engine) as connection:
            for condition in current_conditions:
                self._open(connection, condition, by_kind[condition.kind])
            for alert in open_now:
                if (alert.kind, alert.feed) not in conditions_now:
                    store.close_one(connection, alert.id, now)
                    heard = sorted(store.withdraw_notices(connection, alert.id))
                    self._tell(connection, alert.id, "over", by_kind[alert.kind], heard)
                elif is_due_again(by_kind[alert.kind], unanswered.get(alert.id), now):
                    rule = by_kind[alert.kind]
                    self._tell(connection, alert.id, "again", rule, rule.channels)

    def send(self) -> None:
        """Send what is due; what fails is tried again later. Raises SQLAlchemyError."""
        now = self._clock()
        with self._engine.connect() as connection:
            due = store.due_notices(connection, now, _TOGETHER)
        for notice in due:
            try:
                send(self._settings, notice, self._base)
            except AlertSendError as error:
                with writing(self._engine) as connection:
                    if notice.tries + 1 >= TRIES:
                        store.end_notice(connection, notice.id, "failed", str(error))
                    else:
                        wait = RETRY.delay(notice.tries + 1, 0.5 + random.random() / 2)  # noqa: S311
                        store.send_later(connection, notice.id, now + wait, str(error))
                continue
            with writing(self._engine) as connection:
                store.end_notice(connection, notice.id, "sent", "")

    def _open(self, connection: Connection, condition: Condition, rule: Rule) -> None:
        number = store.open_one(connection, condition, self._clock())
        if number is not None:
            self._tell(connection, number, "opened", rule, rule.channels)

    def _tell(
        self, connection: Connection, number: int, what: store.What, rule: Rule, to: Sequence[str]
    ) -> None:
        at = send_at(rule, self._clock())
        for channel in to:
            store.add_notice(connection, number, what, channel, at)

    def _standing(self, connection: Connection) -> Standing:
        now, catalogue = self._clock(), self._keeper.held
        lanes = self._outbox.lanes(connection)
        due = self._outbox.earliest_due(connection)
        feeds = feed_states(connection)
        path = sqlite_path(str(self._engine.url))
        return Standing(
            deadlines=states(due, catalogue.items if catalogue else (), now),
            oldest=self._outbox.oldest(connection),
            refused=store.refused_since(connection, now - _DAY),
            breaker_until=self._breaker().opened_until,
            held={
                feed_state.name: feed_state.hold
                for feed_state in feeds
                if feed_state.hold is not None
            },
            failing={
                feed_state.name: feed_state.problem
                for feed_state in feeds
                if feed_state.problem is not None
            },
            dead={lane.name: lane.dead for lane in lanes},
            free_mb=None if path is None else shutil.disk_usage(path.parent).free / 1_000_000,
            locked=store.said_since(connection, "account.locked", now - _LOCKED),
            aside=source_units.undecided(connection),
            restored=_restored(connection, now),
        )


def _restored(connection: Connection, now: datetime) -> Text | None:
    """Return what is to be said of a restore: for a day, and for as long as something is unsure."""
    last = generations.latest(connection)
    if last is None:
        return None
    unsure = [
        feed_state
        for feed_state in restores.after_restore(connection).values()
        if not feed_state.sure
    ]
    if not unsure and now - last.at >= _DAY:
        return None
    not_looked = sum(not feed_state.looked for feed_state in unsure)
    return messages.alert(last.at, not_looked, sum(len(feed_state.lost) for feed_state in unsure))
