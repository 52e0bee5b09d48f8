"""A gateway to which departments push, with its service, and what they send to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine

from gateway.catalogue.keeper import CatalogueKeeper
from gateway.clock import utc_now
from gateway.demo.generate import licences
from gateway.exchange.acknowledge import acknowledge_due
from gateway.exchange.binding import bound
from gateway.exchange.feed import Feed, open_feed
from gateway.exchange.fetch import Fetcher
from gateway.mapping.start import starting_mapping
from gateway.serving.server import WsgiServer
from gateway.settings.model import AdapterSettings
from gateway.settings.web import WebSettings
from gateway.standard import NEWEST, load_standard
from gateway.web import create_app
from outbox import Outbox
from tests.support import http_client
from tests.support.case_ways.submission import Body
from tests.support.clock import NOW
from tests.support.stores import gateway_store

FEED, OTHER = "water.licence", "water.other"
TOKEN = "made-up-token-of-water"
#: Headers of a push of JSON, and what bodies of each door are called.
JSON = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
TYPES = {"submissions": "application/json", "soap": "text/xml"}
KIND = load_standard(NEWEST).kind("AdministrativeLicence")
MADE = licences(1, 40, date(2026, 4, 1))
SOUND = [row for row, entry in zip(MADE.rows, MADE.ledger, strict=True) if entry.fate == "accepted"]
RECORDS = [{KIND.field(code).name: value for code, value in row.items()} for row in SOUND]  # type: ignore[union-attr]


class FeedRunner:
    """The feeds of the gateway under test."""

    def __init__(self, feeds: dict[str, Feed]) -> None:
        self.feeds = feeds
        self.paused = False


@dataclass
class Gateway:
    engine: Engine
    outbox: Outbox
    keeper: CatalogueKeeper | None
    fetching: FeedRunner
    url: str = ""

    def clock(self) -> Any:
        return utc_now()

    def exchange(self) -> None:
        """Fetch what was submitted and answer what has its verdicts already."""
        feed = self.fetching.feeds[FEED]
        Fetcher(self.engine, self.outbox, lambda: NOW).fetch(feed)
        acknowledge_due(self.engine, self.outbox, feed, lambda: NOW, 0.5)


@contextmanager
def push_gateway(tmp_path: Path) -> Iterator[Gateway]:
    """Serve a gateway over a new store with two feeds of one department, by submissions."""
    engine = gateway_store(tmp_path / "gateway.db")
    feeds = {}
    for name in (FEED, OTHER):
        path = tmp_path / f"{name}.yaml"
        path.write_text(
            starting_mapping(KIND, name, ("DocumentNumber", "OrganCode"), "en"), "utf-8"
        )
        settings = {"token": TOKEN if name == FEED else "another-token-of-water", "max_rows": 30}
        feeds[name] = bound(
            open_feed(
                AdapterSettings(feed=name, mapping=path, kind="push", settings=settings), tmp_path
            ),
            engine,
        )
    made = Gateway(engine, Outbox(engine), None, FeedRunner(feeds))
    server = WsgiServer(create_app(made, WebSettings())).start()  # type: ignore[arg-type]
    made.url = f"http://127.0.0.1:{server.port}"
    yield made
    server.stop()
    engine.dispose()


def whole(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows with every column of the kind, as the mapping wants them."""
    return [{name: row.get(name, "") for name in KIND.field_names} for row in rows]


def post(
    gateway: Gateway, rows: Any, token: str = TOKEN, feed: str = FEED, **headers: str
) -> httpx.Response:
    return http_client.post(
        f"{gateway.url}/push/{feed}/submissions",
        json={"rows": rows},
        headers={"Authorization": f"Bearer {token}", **headers},
    )


def ask(gateway: Gateway, receipt: str, token: str = TOKEN, feed: str = FEED) -> httpx.Response:
    return http_client.get(
        f"{gateway.url}/push/{feed}/submissions/{receipt}",
        headers={"Authorization": f"Bearer {token}"},
    )


def submit_body(gateway: Gateway, body: Body) -> httpx.Response:
    path = "submissions" if body.door == "json" else "soap"
    headers = {"Authorization": f"Bearer {TOKEN}"}
    headers["Content-Type"] = body.content_type or TYPES[path]
    data = body.path.read_bytes()
    if body.door == "soap":
        # The cases are about penalties, this feed about licences.
        for name, own in (
            ("AdministrativeLicence", "TaxArrears"),
            ("AdministrativePenalty", KIND.name),
            ("Facts", "Content"),
        ):
            data = data.replace(name.encode(), own.encode())
    return http_client.post(
        f"{gateway.url}/push/{FEED}/{path}", content=data, headers=headers, timeout=30
    )


def form(gateway: Gateway, path: str, token: str = TOKEN, **more: Any) -> httpx.Response:
    method = "POST" if {"data", "files"} & more.keys() else "GET"
    headers = {"Origin": gateway.url, **more.pop("headers", {})}
    return http_client.request(
        method,
        f"{gateway.url}/form/{FEED}/{path}",
        auth=("water", token),
        headers=headers,
        timeout=30,
        **more,
    )
