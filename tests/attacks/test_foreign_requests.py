"""Requests that no browser makes, and links that lead astray: what held, and is to hold."""

import socket
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import pytest
from argon2 import PasswordHasher
from flask import Flask

from gateway.accounts import Accounts, secrets
from gateway.accounts import store as accounts
from gateway.clock import utc_now
from gateway.serving.server import WsgiServer
from outbox import writing
from tests.support.site import OURS, csrf_of
from tests.support.stub_gateway import StubGateway, console_of, stub_gateway

#: One gateway for all of them, in one process.
pytestmark = pytest.mark.xdist_group("attacks_foreign_requests")
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'`{{7*7}}"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StubGateway]:
    with stub_gateway(tmp_path_factory.mktemp("requests")) as stub:
        yield stub


@pytest.fixture(scope="module")
def console(gateway: StubGateway) -> Flask:
    return console_of(gateway)


@pytest.fixture(scope="module")
def port(console: Flask) -> Iterator[int]:
    server = WsgiServer(console, threads=2).start()
    yield server.port
    server.stop()


def answers(port: int, sent: bytes) -> bytes:
    """Return all that comes back for some bytes until the connection ends or falls silent."""
    told = b""
    with socket.create_connection(("127.0.0.1", port), timeout=2) as client:
        client.sendall(sent)
        try:
            while part := client.recv(65_536):
                told += part
        except TimeoutError:
            pass
    return told


SMUGGLED = b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\n\r\n"
CHUNKS = b"0\r\n\r\n" + SMUGGLED


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5",
        b"Content-Length: 5\r\nContent-Length: 6",
        b"Content-Length: 5, 6",
        b"Content-Length: +5",
        b"Transfer-Encoding: xchunked",
        b"Transfer-Encoding : chunked",
        b"Content-Length: 0x5",
        b"Content-Length: -1",
    ],
    ids=lambda head: head.decode().replace("\r\n", " and "),
)
def test_a_request_hidden_in_the_body_of_another_is_answered_by_nobody(
    port: int, head: bytes
) -> None:
    told = answers(
        port, b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\n" + head + b"\r\n\r\n" + CHUNKS
    )

    assert told.count(b"HTTP/1.") <= 1, told
    assert told == b"" or told.split()[1][:1] in (b"4", b"5"), told


def test_a_client_of_the_past_cannot_hide_one_in_chunks_either(port: int) -> None:
    head = b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n"
    told = answers(port, b"POST /sign-in HTTP/1.0\r\nHost: localhost\r\n" + head + CHUNKS)

    assert told.count(b"HTTP/1.") == 1, told
    assert told.split()[1] == b"400"


@pytest.mark.parametrize(
    "line",
    [
        b"TRACE /sign-in",
        b"GET /static/../../rules.py",
        b"GET /static/%2e%2e/rules.py",
        b"GET /static/..%2f..%2frules.py",
    ],
)
def test_an_echo_or_a_file_outside_the_static_ones_is_not_given(port: int, line: bytes) -> None:
    told = answers(
        port,
        line + b" HTTP/1.1\r\nHost: localhost\r\nX-Canary: canary\r\nConnection: close\r\n\r\n",
    )

    assert told.split()[1] in (b"303", b"400", b"404", b"405", b"501")
    assert b"canary" not in told
    assert b"RULES" not in told


@pytest.mark.parametrize(
    "target",
    [
        "//evil.invalid",
        "///evil.invalid",
        "/\\evil.invalid",
        "\\\\evil.invalid",
        "/\\/evil.invalid",
        "evil.invalid",
        "https://evil.invalid",
        "https:evil.invalid",
        "javascript:alert(1)",
        " //evil.invalid",
        "/\t/evil.invalid",
        "/\r\nSet-Cookie: x=1",
        "/%0d%0aSet-Cookie: x=1",
        "//evil.invalid/%2e%2e",
    ],
)
def test_no_link_to_us_leads_elsewhere_or_writes_a_header(console: Flask, target: str) -> None:
    answer = console.test_client().get("/language/en", query_string={"next": target})
    # As a browser reads an address: a backslash is a slash, and blanks and controls count for
    # nothing.
    seen = answer.headers["Location"].replace("\\", "/").replace("\t", "").strip()

    assert answer.status_code == 303
    assert urlsplit(urljoin("http://localhost/language/en", seen)).hostname == "localhost"
    assert "x=1" not in "".join(answer.headers.getlist("Set-Cookie"))


def test_what_people_type_is_text_on_every_page_of_an_adapter(
    console: Flask, gateway: StubGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(secrets, "_HASHER", quick)
    password = Accounts(gateway.engine, utc_now).add("operator", "operator", (), "test", "a reason")
    with writing(gateway.engine) as connection:
        accounts.change(connection, "operator", must_change=False)
    client = console.test_client()
    client.post("/sign-in", data={"name": "operator", "password": password}, headers=OURS)
    form = {
        "csrf": csrf_of(client),
        "feed": "water.penalty",
        "kind": "push",
        "owner": HOSTILE,
        "why": HOSTILE,
    }
    answer = client.post("/adapters/", data=form, headers=OURS, follow_redirects=True)
    pages = [
        answer,
        *(client.get(path) for path in ("/adapters/", "/adapters/water.penalty", "/feeds/")),
    ]
    pages += [
        client.get(path, query_string={"q": HOSTILE, "feed": HOSTILE, "has": HOSTILE})
        for path in ("/packages/", "/refusals/", "/records/water.penalty", "/alerts/")
    ]

    assert any("&lt;script&gt;alert(1)" in page.text for page in pages)
    for page in pages:
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert '"allowEval": false' in page.text
        assert "unsafe" not in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "text", [f"kind: '{HOSTILE}'\n", "kind: NoKind\ncolumns: [A]\n"], ids=["hostile", "unknown"]
)
def test_a_mapping_of_no_kind_shuts_nobody_out_of_the_page_that_mends_it(
    console: Flask, gateway: StubGateway, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(secrets, "_HASHER", quick)
    name = f"op.{len(Accounts(gateway.engine, utc_now).every())}"
    password = Accounts(gateway.engine, utc_now).add(name, "operator", (), "test", "a reason")
    with writing(gateway.engine) as connection:
        accounts.change(connection, name, must_change=False)
    client = console.test_client()
    client.post("/sign-in", data={"name": name, "password": password}, headers=OURS)
    feed, csrf = f"water.{name.replace('.', '')}", csrf_of(client)
    client.post(
        "/adapters/",
        data={"csrf": csrf, "feed": feed, "kind": "push", "owner": "li", "why": "test"},
        headers=OURS,
    )
    path = f"/adapters/{feed}/mapping"
    client.post(path, data={"csrf": csrf, "yaml": text, "why": "a slip"}, headers=OURS)
    answer = client.get(path)
    client.post(
        path, data={"csrf": csrf, "yaml": "kind: TaxRating\n", "why": "mended"}, headers=OURS
    )
    mended = client.get(path)

    assert answer.status_code == 200
    assert "NoKind" in answer.text or "&lt;script&gt;" in answer.text
    assert "<script>alert" not in answer.text
    assert "kind: TaxRating" in mended.text
