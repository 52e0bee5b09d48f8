"""For machines that watch: is the process alive, is it ready, and what it has to tell in figures.

`/healthz` and `/readyz` tell nothing but yes or no and ask for no token, and `/readyz` writes to
the store; `/metrics` asks for an API token with the right to read every department.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Protocol

from flask import Blueprint, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeHistogramMetricFamily,
    GaugeMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from sqlalchemy import Engine

from gateway.catalogue.keeper import CatalogueKeeper
from gateway.clock import Clock
from gateway.exchange import feed_store, refusal_counts
from gateway.protocol.problem import plain_answer
from gateway.text import health as messages
from outbox import Outbox
from outbox.probe import WriteProbe

#: Attempts whose durations are told: those of the last hour, so many of the newest; edges of the
#: buckets, in seconds.
_RECENT, _ATTEMPTS_LIMIT = timedelta(hours=1), 20_000
_EDGES = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_CONTENT = "text/plain; version=0.0.4; charset=utf-8"


class Watched(Protocol):
    """What is watched of a gateway."""

    engine: Engine
    outbox: Outbox
    keeper: CatalogueKeeper

    @property
    def clock(self) -> Clock:
        """Return the clock that the gateway goes by."""
        ...


def health_routes(gateway: Watched) -> Blueprint:
    """Return the routes of /health and /metrics."""
    routes = Blueprint("health", __name__)
    store_probe = WriteProbe(gateway.engine)

    @routes.get("/healthz")
    def alive() -> Response:
        return plain_answer("ok")

    @routes.get("/readyz")
    def ready() -> Response:
        if not store_probe.writable():
            return plain_answer(messages.store_unwritable(), 503)
        if gateway.keeper.held is None:
            return plain_answer(messages.no_catalogue(), 503)
        return plain_answer("ok")

    @routes.get("/metrics")
    def metrics() -> Response:
        registry = CollectorRegistry()
        registry.register(_Figures(gateway))
        return Response(generate_latest(registry), content_type=_CONTENT)

    return routes


class _Figures(Collector):
    """Reads the store when it is asked: what several nodes did is told by each of them alike."""

    def __init__(self, gateway: Watched) -> None:
        self._gateway = gateway

    def collect(self) -> Iterator[Metric]:
        """Yield every figure, by feed."""
        gateway, now = self._gateway, self._gateway.clock()
        with gateway.engine.connect() as connection:
            totals = feed_store.totals(connection)
            lanes = gateway.outbox.lanes(connection)
            oldest = gateway.outbox.oldest(connection)
            on_hold = [
                state.name for state in feed_store.feed_states(connection) if state.hold is not None
            ]
            open_refusals = refusal_counts.open_counts(connection)
            recent = gateway.outbox.ended_since(connection, now - _RECENT, _ATTEMPTS_LIMIT)
        rows = CounterMetricFamily(
            "creditgate_rows", "Rows fetched, by what became of them", labels=["feed", "fate"]
        )
        for total in totals:
            fates = {
                "accepted": total.accepted,
                "refused": total.refused,
                "turned_down": total.turned_down,
                "unchanged": total.unchanged,
                "superseded": total.superseded,
            }
            for fate, count in fates.items():
                rows.add_metric([total.feed, fate], count)
        yield rows
        yield _gauge(
            "creditgate_records_waiting",
            "Records packed that have no verdict yet",
            {total.feed: total.waiting for total in totals},
        )
        yield _gauge(
            "creditgate_packages_waiting",
            "Packages not settled",
            {lane.name: lane.waiting + lane.sending for lane in lanes},
        )
        yield _gauge(
            "creditgate_packages_dead", "Dead letters", {lane.name: lane.dead for lane in lanes}
        )
        ages = {name: (now - since).total_seconds() for name, since in oldest.items()}
        yield _gauge(
            "creditgate_oldest_package_seconds", "Age of the oldest package not settled", ages
        )
        yield _gauge(
            "creditgate_refusals_open", "Rows refused and not mended yet", dict(open_refusals)
        )
        yield _durations(recent)
        yield _gauge(
            "creditgate_feeds_held", "Feeds that have stopped and ask", dict.fromkeys(on_hold, 1)
        )


def _durations(recent: list[tuple[str, str, float]]) -> GaugeHistogramMetricFamily:
    family = GaugeHistogramMetricFamily(
        "creditgate_attempt_seconds",
        "Attempts that ended within the last hour, by how long they took",
        labels=["feed", "outcome"],
    )
    seconds: dict[tuple[str, str], list[float]] = {}
    for feed, outcome, took in recent:
        seconds.setdefault((feed, outcome), []).append(took)
    for labels, took_each in sorted(seconds.items()):
        buckets = [(str(edge), float(sum(took <= edge for took in took_each))) for edge in _EDGES]
        family.add_metric(labels, [*buckets, ("+Inf", float(len(took_each)))], sum(took_each))
    return family


def _gauge(
    name: str, description: str, values: dict[str, float] | dict[str, int]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, description, labels=["feed"])
    for feed, value in sorted(values.items()):
        family.add_metric([feed], value)
    return family
