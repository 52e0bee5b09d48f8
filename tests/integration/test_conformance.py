"""The receiver's suite: our centre passes, and each centre that is wrong in one way fails for that."""

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, text

from gateway.central import keep, store
from gateway.central.app import create_app
from gateway.clock import utc_now
from gateway.conformance.cases import Outcome, receiver_cases
from gateway.conformance.certificate import (
    CertificateRefused,
    certificate,
    statement,
    verified,
)
from gateway.conformance.receiver import run_receiver
from gateway.feeds import Endpoint
from gateway.messages import Text
from gateway.serving import WsgiServer
from gateway.signing import KeyRefused, new_key
from outbox import open_engine

TOKEN = "made-up-token"
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_engine(f"sqlite:///{tmp_path / 'centre.db'}")
    store.create(made)
    yield made
    made.dispose()


def outcomes(app: Wsgi) -> dict[str, Outcome]:
    server = WsgiServer(app).start()
    try:
        endpoint = Endpoint(url=f"http://127.0.0.1:{server.port}", token=SecretStr(TOKEN), timeout=60)  # fmt: skip
        return {outcome.duty.id: outcome for outcome in run_receiver(endpoint, utc_now)}
    finally:
        server.stop()


def failed(found: dict[str, Outcome]) -> set[str]:
    return {name for name, outcome in found.items() if not outcome.passed}


def replaced(app: Wsgi, path: str, change: Callable[[bytes], bytes]) -> Wsgi:
    """Let an application answer something else for one path."""

    def wrong(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        kept: list[Any] = []
        body = b"".join(app(environ, lambda *given: kept.append(given)))
        status, headers, *_ = kept[0]
        if environ["PATH_INFO"] == path:
            body = change(body)
        headers = [(n, v) for n, v in headers if n.lower() != "content-length"]
        start(status, [*headers, ("Content-Length", str(len(body)))])
        return [body]

    return wrong


def test_our_centre_passes_every_case(engine: Engine) -> None:
    found = outcomes(create_app(engine, TOKEN, utc_now))

    assert failed(found) == set()
    assert len(found) == len(receiver_cases()) >= 16


def test_a_centre_that_drops_a_record_is_found(engine: Engine) -> None:
    def drop(body: bytes) -> bytes:
        if b'verdict="accepted"' in body:
            with engine.begin() as connection:
                connection.execute(text("DELETE FROM administrative_penalty WHERE rowid = (SELECT max(rowid) FROM administrative_penalty)"))  # fmt: skip
        return body

    found = outcomes(replaced(create_app(engine, TOKEN, utc_now), "/packages", drop))

    assert {"R01", "R16"} <= failed(found)
    assert "must be" in found["R01"].findings[0].en


def test_a_centre_that_doubles_a_record_is_found(engine: Engine) -> None:
    def double(body: bytes) -> bytes:
        page = json.loads(body)
        return json.dumps(page[:1] + page).encode()

    found = outcomes(replaced(create_app(engine, TOKEN, utc_now), "/records", double))

    assert {"R01", "R03", "R16"} <= failed(found)
    assert "2 times" in found["R01"].findings[0].en


def test_a_centre_that_accepts_a_bad_record_is_found(engine: Engine) -> None:
    found = outcomes(
        replaced(
            create_app(engine, TOKEN, utc_now), "/packages",
            lambda body: body.replace(b'verdict="refused"', b'verdict="accepted"'),
        )
    )  # fmt: skip

    assert failed(found) == {"R05", "R06"}
    assert "instead of refused" in found["R05"].findings[0].en


def test_a_centre_that_ignores_the_sequence_is_found(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keep, "_verdict", lambda *_: "accepted")

    found = outcomes(create_app(engine, TOKEN, utc_now))

    assert failed(found) == {"R03", "R07", "R17"}
    assert "instead of superseded" in found["R07"].findings[0].en


def test_a_centre_that_forgets_its_receipts_is_found(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (store, keep):
        monkeypatch.setattr(module, "receipt_in", lambda *_: None)

    found = outcomes(create_app(engine, TOKEN, utc_now))

    assert failed(found) == {"R02", "R04"}


def test_a_centre_that_lets_anyone_in_is_found(engine: Engine) -> None:
    app = create_app(engine, TOKEN, utc_now)

    def open_to_all(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        return app({**environ, "HTTP_AUTHORIZATION": f"Bearer {TOKEN}"}, start)

    found = outcomes(open_to_all)

    assert failed(found) == {"R14"}


def test_a_centre_that_dies_of_a_broken_package_is_found(engine: Engine) -> None:
    app = create_app(engine, TOKEN, utc_now)
    dead = []

    def fragile(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        def watch(status: str, headers: Any, *rest: Any) -> Any:
            if status.startswith("422"):
                dead.append(status)
            return start(status, headers, *rest)

        if dead:
            start("500 Dead", [("Content-Length", "0")])
            return [b""]
        return app(environ, watch)

    found = outcomes(fragile)

    assert {"R10", "R16"} <= failed(found)
    assert found["R09"].passed


def test_nobody_answering_fails_every_case_and_raises_nothing() -> None:
    endpoint = Endpoint(url="http://127.0.0.1:9", token=SecretStr(TOKEN), timeout=5)

    assert not any(outcome.passed for outcome in run_receiver(endpoint, utc_now))


def test_a_certificate_is_verified_by_its_key_and_by_no_other() -> None:
    private, public = new_key()
    page = certificate(made(), private)

    assert verified(page, public) == json.loads(made())
    with pytest.raises(CertificateRefused, match="another key"):
        verified(page, new_key()[1])


def test_a_touched_or_unsigned_certificate_is_refused() -> None:
    private, public = new_key()
    better = base64.b64encode(made().replace(b'"conforms":false', b'"conforms":true')).decode()
    page = certificate(made(), private)

    with pytest.raises(CertificateRefused):
        verified(page.replace(base64.b64encode(made()).decode(), better), public)
    with pytest.raises(CertificateRefused, match="no signed"):
        verified(certificate(made(), None), public)
    with pytest.raises(KeyRefused, match="Ed25519"):
        certificate(made(), b"-----BEGIN NONSENSE-----")


def made() -> bytes:
    case, wrong = receiver_cases()[0], Text("第 1 步：没有回执", "step 1: no receipt")
    found = [Outcome(case, ()), Outcome(case, (wrong,))]
    return statement(found, "receiver", "http://centre.example", "2026-04-01 12:00", "0.1")
