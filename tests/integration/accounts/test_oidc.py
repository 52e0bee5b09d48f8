"""People sign in by a real OpenID provider over HTTP; whatever is forged opens nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey
from pydantic import SecretStr
from werkzeug.test import TestResponse

from gateway.accounts import Accounts
from gateway.clock import utc_now
from gateway.serving.server import WsgiServer
from gateway.settings.web import OidcSettings, WebSettings
from gateway.web import create_app
from outbox import Outbox
from tests.support import http_client
from tests.support.oidc_provider import CLIENT, SECRET, OidcProvider
from tests.support.stores import gateway_store


@dataclass
class Meeting:
    provider: OidcProvider
    client: FlaskClient

    def go(self) -> TestResponse:
        """Go to the provider and come back, as a browser does."""
        there = self.client.get("/sign-in/oidc")
        came_back = http_client.get(there.headers["Location"], follow_redirects=False).headers[
            "Location"
        ]
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
        engine=engine,
        outbox=Outbox(engine),
        keeper=keeper,
        clock=utc_now,
        fetching=SimpleNamespace(feeds={}, registry=None, paused=False, due=[]),
    )
    settings = WebSettings(
        public_url="http://localhost",
        oidc=OidcSettings(
            issuer=provider.issuer, client_id=CLIENT, client_secret=SecretStr(SECRET)
        ),
    )
    Accounts(engine, utc_now).add(
        "sun.qi", "viewer", ["water"], "test", "a reason", subject="person-1"
    )
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
    [
        {"iss": "http://evil.invalid"},
        {"aud": "another"},
        {"nonce": "another"},
        {"exp": 1},
        {"sub": None},
        {"sub": ""},
        {"sub": ["person-1"]},
        {"aud": ["another", CLIENT]},
        {"aud": ["another", CLIENT], "azp": "another"},
        {"azp": "another"},
    ],
    ids=str,
)
def test_a_token_for_another_or_of_another_opens_nothing(
    meeting: Meeting, tamper: dict[str, Any]
) -> None:
    meeting.provider.tamper = tamper

    assert meeting.go().status_code == 401
    assert meeting.client.get("/me/").status_code == 303


def test_a_token_for_several_that_was_issued_to_us_is_taken(meeting: Meeting) -> None:
    meeting.provider.tamper = {"aud": ["another", CLIENT], "azp": CLIENT}

    assert meeting.go().headers["Location"] == "/"


@pytest.mark.parametrize("verified", [None, False, "true", 1])
def test_an_address_of_mail_that_nobody_has_verified_names_nobody(
    meeting: Meeting, verified: Any
) -> None:
    console = meeting.client.application.extensions["creditgate"]
    console.settings.oidc.__dict__["subject_claim"] = "email"
    Accounts(console.engine, utc_now).add(
        "boss", "operator", [], "test", "a reason", subject="boss@city.example"
    )
    claims = {"email": "boss@city.example"}
    meeting.provider.tamper = claims if verified is None else {**claims, "email_verified": verified}
    assert meeting.go().status_code == 401
    meeting.provider.tamper = {**claims, "email_verified": True}
    assert meeting.go().headers["Location"] == "/"


def test_the_provider_is_told_our_public_address_whatever_a_request_says(meeting: Meeting) -> None:
    for host in ("localhost", "127.0.0.1:99"):
        there = meeting.client.get("/sign-in/oidc", headers={"Host": host})
        assert (
            "redirect_uri=http%3A%2F%2Flocalhost%2Fsign-in%2Foidc%2Fback"
            in there.headers["Location"]
        )
    assert meeting.client.get("/sign-in/oidc", headers={"Host": "evil.example"}).status_code == 421


def test_who_signs_in_by_the_provider_proves_it_there_anew(meeting: Meeting) -> None:
    meeting.go()
    headers = {"Sec-Fetch-Site": "same-origin"}
    csrf = meeting.client.get("/me/").text.partition('name="csrf" value="')[2].partition('"')[0]
    token = {"csrf": csrf, "label": "x", "days": "3", "read": "1"}
    refused = meeting.client.post("/me/tokens", data=token, headers=headers)
    again = meeting.client.get("/sign-in/oidc?anew=1")
    meeting.provider.tamper = {"auth_time": int(utc_now().timestamp())}
    came_back = urlsplit(http_client.get(again.headers["Location"]).headers["Location"])
    meeting.client.get(f"{came_back.path}?{came_back.query}")
    csrf = meeting.client.get("/me/").text.partition('name="csrf" value="')[2].partition('"')[0]

    assert refused.headers["Location"].startswith("/sign-in/again")
    assert "prompt=login" in again.headers["Location"]
    assert "max_age=0" in again.headers["Location"]
    assert (
        "cgt_"
        in meeting.client.post("/me/tokens", data=token | {"csrf": csrf}, headers=headers).text
    )


def test_a_token_signed_by_another_key_opens_nothing(meeting: Meeting) -> None:
    meeting.provider.key = RSAKey.generate_key(2048, {"kid": "k1"})

    assert meeting.go().status_code == 401


def test_a_foreign_or_used_answer_opens_nothing(meeting: Meeting) -> None:
    there = meeting.client.get("/sign-in/oidc")
    came_back = urlsplit(http_client.get(there.headers["Location"]).headers["Location"])
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
