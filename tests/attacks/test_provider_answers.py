"""Whoever answers in the provider's place: no answer takes the gateway's memory, ends in an error
of ours, or has a code and our secret sent elsewhere."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, Response, redirect, request
from pydantic import SecretStr

from gateway.clock import utc_now
from gateway.serving.server import WsgiServer
from gateway.settings.web import OidcSettings
from gateway.web.kit.oidc import OidcError, Provider

BACK = "http://localhost/sign-in/oidc/back"
NOTE = {"nonce": "n", "verifier": "v" * 43, "state": "s"}
CAME_BACK = f"{BACK}?code=c&state=s"


class Liar:
    """A server that describes itself as a provider and answers one question its way."""

    def __init__(self, path: str, answer: Any) -> None:
        self.path, self.answer = path, answer
        self.sent = 0
        self.asked: list[str] = []
        self.stolen: list[dict[str, str]] = []
        self.issuer = ""

    def app(self) -> Flask:
        app = Flask("liar")

        @app.route("/<path:path>", methods=["GET", "POST"])
        def any_path(path: str) -> Any:
            self.asked.append(path)
            if path == "stolen":
                self.stolen.append({**request.form, "auth": str(request.authorization)})
            if path == self.path:
                return self.answer(self) if callable(self.answer) else self.answer
            if path == "token":
                return {"access_token": "x", "token_type": "Bearer", "id_token": "x.y.z"}
            if path == "keys":
                return {"keys": []}
            return self.described()

        return app

    def described(self, **more: Any) -> dict[str, Any]:
        ends = {
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
            "jwks_uri": "keys",
        }
        return {
            "issuer": self.issuer,
            **{name: f"{self.issuer}/{path}" for name, path in ends.items()},
            **more,
        }


def endless(liar: Liar) -> Response:
    def pieces() -> Iterator[bytes]:
        yield b'{"x": "'
        # More than a client that stops at its bound ever takes, and no gigabyte for one that does
        # not.
        for _ in range(1_000):
            liar.sent += 65_536
            yield b"x" * 65_536

    return Response(pieces(), content_type="application/json")


def ask(liar: Liar) -> None:
    server = WsgiServer(liar.app()).start()
    try:
        liar.issuer = f"http://127.0.0.1:{server.port}"
        settings = OidcSettings(issuer=liar.issuer, client_id="us", client_secret=SecretStr("ours"))
        with pytest.raises(OidcError):
            Provider(settings).person(CAME_BACK, NOTE, BACK, utc_now())
    finally:
        server.stop()


@pytest.mark.parametrize("path", [".well-known/openid-configuration", "token", "keys"])
def test_an_answer_without_end_is_read_up_to_its_bound(path: str) -> None:
    liar = Liar(path, endless)

    ask(liar)

    # What lies between in the sockets is some megabytes.
    assert 0 < liar.sent < 30_000_000


@pytest.mark.parametrize("path", [".well-known/openid-configuration", "token", "keys"])
@pytest.mark.parametrize(
    "answer",
    [
        "[]",
        "null",
        '"x"',
        "[" * 200_000,
        '{"issuer": 1}',
        '{"keys": 5}',
        '{"keys": [null]}',
        '{"keys": {"x": []}, "id_token": null}',
        "\udcff".encode("utf-8", "surrogatepass"),
    ],
    ids=[
        "list",
        "null",
        "text",
        "nested",
        "number",
        "keys of none",
        "null key",
        "odd keys",
        "no text",
    ],
)
def test_an_odd_answer_knows_nobody_and_is_no_error_of_ours(path: str, answer: Any) -> None:
    ask(Liar(path, lambda _: Response(answer, content_type="application/json")))


def test_a_redirect_takes_no_code_and_no_secret_elsewhere() -> None:
    liar = Liar("token", lambda _: redirect("/stolen", 307))

    ask(liar)

    assert "token" in liar.asked
    assert liar.stolen == []


@pytest.mark.parametrize("url", [None, 5, "", "token", "file:///etc/passwd", "javascript:alert(1)"])
def test_an_address_that_is_none_is_not_asked(url: Any) -> None:
    def described(liar: Liar) -> Response:
        return Response(
            json.dumps(liar.described(token_endpoint=url)), content_type="application/json"
        )

    liar = Liar(".well-known/openid-configuration", described)

    ask(liar)

    assert set(liar.asked) == {".well-known/openid-configuration"}


def test_a_provider_of_https_names_no_address_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = OidcSettings(
        issuer="https://id.example", client_id="us", client_secret=SecretStr("ours")
    )
    liar = Liar("", "")
    liar.issuer = "https://id.example"
    monkeypatch.setattr(
        Provider,
        "_get",
        lambda _self, _url: liar.described(authorization_endpoint="http://id.example/a"),
    )

    with pytest.raises(OidcError, match="https"):
        Provider(settings).begin(BACK)
