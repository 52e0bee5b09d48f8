"""People sign in by a real OpenID provider over HTTP; whatever is forged opens nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey
from pydantic import SecretStr
from werkzeug.test import TestResponse

from gateway.accounts import Accounts
from gateway.clock import utc_now
from gateway.feeds import OidcSettings, WebSettings
from gateway.serving import WsgiServer
from gateway.web import create_app
from outbox import Outbox
from tests.oidc_provider import CLIENT, SECRET, OidcProvider
from tests.support.stores import gateway_store


@dataclass
class Meeting:
    provider: OidcProvider
    client: FlaskClient

    def go(self) -> TestResponse:
        """Go to the provider and come back, as a browser does."""
        there = self.client.get("/sign-in/oidc")
        came_back = httpx.get(there.headers["Location"], follow_redirects=False).headers["Location"]
        parts = urlsplit(came_back)
        return self.client.get(f"{parts.path}?{parts.query}")


@pytest.fixture
def meeting(tmp_path: Path) -> Iterator[Meeting]:
    engine = gateway_store(tmp_path / "gateway.db")
    provider = OidcProvider()
    server = WsgiServer(provider.app()).start()
    provider.issuer = f"http://127.0.0.1:{server.port}"
    keeper = SimpleNamespace(held=None)
    gateway: Any = SimpleNamespace(
        engine=engine, outbox=Outbox(engine), keeper=keeper, clock=utc_now,
        fetching=SimpleNamespace(feeds={}, registry=None, paused=False, due=[]),
    )  # fmt: skip
    settings = WebSettings(public_url="http://localhost", oidc=OidcSettings(issuer=provider.issuer, client_id=CLIENT, client_secret=SecretStr(SECRET)))  # fmt: skip
    Accounts(engine, utc_now).add("sun.qi", "viewer", ["water"], "test", subject="person-1")
    yield Meeting(provider, create_app(gateway, settings).test_client())
    server.stop()
    engine.dispose()


def test_who_the_provider_knows_and_an_account_is_made_for_signs_in(meeting: Meeting) -> None:
    back = meeting.go()

    assert back.status_code == 303
    assert back.headers["Location"] == "/"
    assert "sun.qi" in meeting.client.get("/me/").text
    assert "统一身份认证登录" in meeting.client.get("/sign-in").text


def test_who_has_no_account_is_not_let_in(meeting: Meeting) -> None:
    meeting.provider.subject = "person-2"
    back = meeting.go()

    assert back.status_code == 401
    assert meeting.client.get("/me/").status_code == 303


@pytest.mark.parametrize(
    "tamper",
    [{"iss": "http://evil.invalid"}, {"aud": "another"}, {"nonce": "another"}, {"exp": 1}, {"sub": None}],
    ids=str,
)  # fmt: skip
def test_a_token_for_another_or_of_another_opens_nothing(meeting: Meeting, tamper: dict[str, Any]) -> None:  # fmt: skip
    meeting.provider.tamper = tamper

    assert meeting.go().status_code == 401
    assert meeting.client.get("/me/").status_code == 303


def test_a_token_signed_by_another_key_opens_nothing(meeting: Meeting) -> None:
    meeting.provider.key = RSAKey.generate_key(2048, {"kid": "k1"})

    assert meeting.go().status_code == 401


def test_a_foreign_or_used_answer_opens_nothing(meeting: Meeting) -> None:
    there = meeting.client.get("/sign-in/oidc")
    came_back = urlsplit(httpx.get(there.headers["Location"]).headers["Location"])
    other = meeting.client.application.test_client()

    assert other.get(f"{came_back.path}?{came_back.query}").status_code == 303
    forged = meeting.client.get(f"{came_back.path}?code=x&state=y")
    assert forged.status_code == 401
    assert meeting.client.get("/me/").status_code == 303


def test_a_provider_that_is_away_is_said(meeting: Meeting) -> None:
    meeting.provider.issuer = "http://127.0.0.1:1/another"
    answer = meeting.client.get("/sign-in/oidc")

    assert answer.status_code == 502
    assert "签发者" in answer.text
