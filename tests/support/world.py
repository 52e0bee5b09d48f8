"""A gateway's outbox, a real centre, and between them a network that can be made to fail."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import Engine, text

from gateway.central.app import create_app
from gateway.delivery.settlement import UnitSettlement
from gateway.delivery.worker import Deliverer
from gateway.destinations import Destination
from gateway.destinations.http import HttpDestination, HttpSettings, Queries
from gateway.exchange.feed import Feed
from gateway.serving.server import WsgiServer
from outbox import Message, Outbox, RetryPolicy
from tests.support.clock import Clock
from tests.support.line import ListAdapter, feed_of, fetch, sound_rows
from tests.support.proxy import Proxy
from tests.support.senders import TOKEN, centre_with
from tests.support.stores import centre_store

FEED = "environment.licence"


@dataclass
class World:
    engine: Engine
    centre: Engine
    proxy: Proxy
    client: Destination
    queries: Queries
    clock: Clock
    deliverer: Deliverer

    def messages(self) -> list[Message]:
        with self.engine.connect() as connection:
            return Outbox(self.engine).messages(
                connection, ("waiting", "sending", "dead", "settled")
            )

    def deliver(self, times: int = 1) -> None:
        """Try a number of times, each after the longest wait."""
        for _ in range(times):
            self.deliverer.step([FEED])
            self.clock.now += timedelta(hours=1)

    def use(self, box: Outbox) -> None:
        """Deliver from an outbox that is opened otherwise."""
        lease = timedelta(minutes=5)
        self.deliverer = Deliverer(
            self.engine, box, self.client, UnitSettlement(self.engine, box), self.clock, lease
        )

    def at_centre(self) -> int:
        with self.centre.connect() as connection:
            return int(
                connection.execute(text("SELECT count(*) FROM administrative_licence")).scalar_one()
            )


@contextmanager
def world_over(engine: Engine, folder: Path) -> Iterator[World]:
    """Set up a centre, a proxy before it and a deliverer, over a gateway store."""
    centre = centre_store(folder / "centre.db")
    clock = Clock()
    server = WsgiServer(create_app(centre_with(centre, clock))).start()
    proxy = Proxy(server.port)
    # Less than the proxy's longest delay, and long enough for a machine that runs other tests too.
    endpoint = HttpSettings(url=f"http://127.0.0.1:{proxy.port}", token=SecretStr(TOKEN), timeout=4)
    client, queries = HttpDestination(endpoint), Queries(endpoint)
    deliverer = Deliverer(
        engine,
        Outbox(engine),
        client,
        UnitSettlement(engine, Outbox(engine)),
        clock,
        timedelta(minutes=5),
        lambda _: RetryPolicy(strikes=5),
    )
    yield World(engine, centre, proxy, client, queries, clock, deliverer)
    client.close()
    queries.close()
    proxy.close()
    server.stop()
    centre.dispose()


def put(world: World, count: int = 3) -> tuple[Feed, ListAdapter]:
    """Fetch a number of sound licences into the outbox."""
    feed, adapter = feed_of(
        "environment/licence.yaml", sound_rows("environment/licence.yaml", count)
    )
    fetch(world.engine, feed)
    return feed, adapter
