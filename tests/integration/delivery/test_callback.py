"""A centre that answers 202 and brings the receipt later."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import zstandard
from flask import Flask, Response, request
from pydantic import SecretStr
from sqlalchemy import Engine

from gateway.catalogue.keeper import CatalogueKeeper
from gateway.central.intake.receive import Arrival, Taken, answer
from gateway.delivery.settlement import UnitSettlement
from gateway.delivery.worker import Deliverer
from gateway.destinations.http import HttpDestination, HttpSettings
from gateway.serving.server import WsgiServer
from gateway.settings.model import Endpoint
from gateway.settings.web import WebSettings
from gateway.web import create_app
from outbox import Message, Outbox
from tests.support import http_client
from tests.support.clock import Clock
from tests.support.closing import closed_later
from tests.support.line import feed_of, fetch, sound_rows
from tests.support.senders import centre_with
from tests.support.stores import centre_store
from tests.support.world import FEED, TOKEN

LICENCE = "environment/licence.yaml"
CALLBACK = "made-up-callback-token"


@dataclass
class Page:
    """What the gateway's web application needs of it."""

    engine: Engine
    outbox: Outbox
    keeper: CatalogueKeeper
    clock: Clock


class Later:
    """A centre that takes packages and says no more than 202; `receipts` has what it will bring."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.engine = centre_store(folder / "centre.db")
        centre = centre_with(self.engine, clock)
        sender = centre.directory.senders()["tests"]
        self.receipts: dict[str, Taken] = {}
        self.posts = 0
        app = Flask(__name__)

        @app.post("/packages")
        def _take() -> Response:
            self.posts += 1
            guid = request.headers["Creditgate-Package"]
            assert zstandard.decompress(request.get_data())
            taken = answer(centre, sender, Arrival(request.get_data(), "zstd", guid, ""))
            assert isinstance(taken, Taken)
            self.receipts[guid] = taken
            return Response(status=202, headers={"Retry-After": "600"})

        self.server = WsgiServer(app).start()


@pytest.fixture
def later(tmp_path: Path) -> Iterator[Later]:
    made = Later(tmp_path, Clock())
    yield made
    made.server.stop()
    made.engine.dispose()


@pytest.fixture
def gateway(engine: Engine) -> Page:
    clock = Clock()
    unused = Endpoint(url="http://127.0.0.1:1", token=SecretStr("t"))
    return Page(engine, Outbox(engine), CatalogueKeeper(engine, unused, clock), clock)


def sent(gateway: Page, later: Later) -> tuple[Deliverer, Message]:
    """Send a package to which the centre says 202."""
    feed, _ = feed_of(LICENCE, sound_rows(LICENCE, 3))
    fetch(gateway.engine, feed)
    settings = HttpSettings(
        url=f"http://127.0.0.1:{later.server.port}", token=SecretStr(TOKEN), timeout=5
    )
    deliverer = Deliverer(
        gateway.engine,
        gateway.outbox,
        closed_later(HttpDestination(settings)),
        UnitSettlement(gateway.engine, gateway.outbox),
        gateway.clock,
        timedelta(minutes=1),
    )
    deliverer.step([FEED])
    return deliverer, message(gateway)


def message(gateway: Page) -> Message:
    with gateway.engine.connect() as connection:
        [found] = gateway.outbox.messages(connection, ("waiting", "sending", "settled", "dead"))
    return found


def test_a_receipt_that_is_brought_settles_its_package_at_once(gateway: Page, later: Later) -> None:
    deliverer, waiting = sent(gateway, later)
    server = WsgiServer(create_app(gateway, WebSettings(receipt_token=SecretStr(CALLBACK)))).start()  # type: ignore[arg-type]
    idle = deliverer.step([FEED])
    answer = http_client.put(
        f"http://127.0.0.1:{server.port}/receipts/{waiting.guid}",
        content=later.receipts[waiting.guid].receipt,
        headers={"Authorization": f"Bearer {CALLBACK}"},
    )
    server.stop()
    deliverer.step([FEED])

    assert waiting.state == "waiting"
    assert idle is False
    assert answer.status_code == 202
    assert message(gateway).state == "settled"
    assert later.posts == 1


def test_who_brings_something_else_settles_nothing(gateway: Page, later: Later) -> None:
    deliverer, waiting = sent(gateway, later)
    client = create_app(gateway, WebSettings(receipt_token=SecretStr(CALLBACK))).test_client()  # type: ignore[arg-type]
    own = {"Authorization": f"Bearer {CALLBACK}"}

    assert client.put(f"/receipts/{waiting.guid}", data=b"x").status_code == 401
    assert client.put(f"/receipts/{uuid4()}", data=b"x", headers=own).status_code == 404
    assert client.put("/receipts/..%2fx", data=b"x", headers=own).status_code in (404, 303, 401)
    assert (
        client.put(f"/receipts/{waiting.guid}", data=b"<Receipt/>", headers=own).status_code == 202
    )
    deliverer.step([FEED])

    assert message(gateway).state == "waiting"
    assert "no receipt" in message(gateway).why


def test_without_a_receipt_token_nobody_may_bring_one(gateway: Page, later: Later) -> None:
    _, waiting = sent(gateway, later)
    client = create_app(gateway, WebSettings()).test_client()  # type: ignore[arg-type]

    for header in ("Bearer None", "Bearer ", "Bearer page"):
        answer = client.put(
            f"/receipts/{waiting.guid}", data=b"x", headers={"Authorization": header}
        )
        assert answer.status_code == 401
