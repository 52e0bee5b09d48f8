"""What watching machines ask: alive, ready, figures that agree with the store."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from gateway.clock import utc_now
from gateway.serving.server import WsgiServer
from gateway.settings.web import ApiToken, WebSettings
from gateway.web import create_app
from outbox import Outbox, writing
from tests.support import http_client
from tests.support.line import feed_of, fetch, sound_rows
from tests.support.stores import gateway_store

TOKENS = [
    ApiToken(name="prometheus", token=SecretStr("made-up-token-of-prometheus")),
    ApiToken(name="water", token=SecretStr("made-up-token-of-water"), departments=("water",)),
]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    store = gateway_store(tmp_path / "gateway.db")
    yield store
    store.dispose()


@pytest.fixture
def watched(engine: Engine) -> Iterator[tuple[str, Any]]:
    keeper = SimpleNamespace(held=object())
    gateway: Any = SimpleNamespace(
        engine=engine,
        outbox=Outbox(engine),
        keeper=keeper,
        clock=utc_now,
        fetching=SimpleNamespace(feeds={}, registry=None, paused=False),
    )
    server = WsgiServer(create_app(gateway, WebSettings(api_tokens=tuple(TOKENS)))).start()
    yield f"http://127.0.0.1:{server.port}", gateway
    server.stop()


def metrics(url: str, token: str = "made-up-token-of-prometheus") -> httpx.Response:
    return http_client.get(f"{url}/metrics", headers={"Authorization": f"Bearer {token}"})


def test_alive_and_ready_are_told_apart_and_tell_nothing_else(watched: tuple[str, Any]) -> None:
    url, gateway = watched
    answer = http_client.get(f"{url}/readyz")
    gateway.keeper.held = None
    without_catalogue = http_client.get(f"{url}/readyz")

    assert (http_client.get(f"{url}/healthz").text, answer.text) == ("ok\n", "ok\n")
    assert without_catalogue.status_code == 503
    assert without_catalogue.text == "尚未取得目录 / no catalogue was taken yet\n"


def test_figures_are_those_of_the_store(watched: tuple[str, Any], engine: Engine) -> None:
    rows = sound_rows("environment/licence.yaml", 4)
    feed, _ = feed_of("environment/licence.yaml", [*rows, {**rows[0], "XK_ZT": "7", "XK_WSH": "x"}])
    fetch(engine, feed)

    found = metrics(watched[0]).text

    def figure(name: str, labels: str) -> float:
        return float(re.search(rf"^{name}{{{labels}}} (\S+)$", found, re.MULTILINE)[1])  # type: ignore[index]

    of = 'feed="environment.licence"'
    assert figure("creditgate_rows_total", f'fate="refused",{of}') == 1
    assert figure("creditgate_records_waiting", of) == 4
    assert figure("creditgate_packages_waiting", of) == 1
    assert figure("creditgate_oldest_package_seconds", of) > 0
    assert figure("creditgate_refusals_open", of) == 1
    assert "creditgate_attempt_seconds" in found


def test_attempts_are_told_by_outcome_and_duration(
    watched: tuple[str, Any], engine: Engine
) -> None:
    feed, _ = feed_of("environment/licence.yaml", sound_rows("environment/licence.yaml", 4))
    now = utc_now()
    fetch(engine, feed, now)
    box = Outbox(engine)
    with writing(engine) as connection:
        claim = box.claim(connection, [feed.name], now, timedelta(minutes=1))
        assert claim is not None
        box.settle(connection, claim, now + timedelta(seconds=0.2), "accepted 4, refused 0")

    found = metrics(watched[0]).text
    labels = 'feed="environment.licence",'
    assert f'creditgate_attempt_seconds_bucket{{{labels}le="0.1",outcome="settled"}} 0.0' in found
    assert f'creditgate_attempt_seconds_bucket{{{labels}le="0.25",outcome="settled"}} 1.0' in found
    assert f'creditgate_attempt_seconds_gcount{{{labels}outcome="settled"}} 1.0' in found


@pytest.mark.parametrize(
    ("token", "status"), [("", 401), ("wrong", 401), ("made-up-token-of-water", 403)]
)
def test_figures_are_for_who_may_see_every_department(
    watched: tuple[str, Any], token: str, status: int
) -> None:
    answer = http_client.get(
        f"{watched[0]}/metrics", headers={"Authorization": f"Bearer {token}"} if token else {}
    )

    assert answer.status_code == status
    assert "creditgate_" not in answer.text
