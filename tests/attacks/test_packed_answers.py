"""Whoever answers the gateway, or somebody in between, and packs gigabytes into a few kilobytes."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import zstandard

from gateway.destinations.http import HttpSettings, open_client
from gateway.http_client import open_http

GATEWAY = Path(__file__).parents[2] / "gateway"
#: Half a gigabyte of JSON's blanks.
BOMB = zstandard.ZstdCompressor().compress(b"[" + b" " * (512 << 20) + b"]")


@dataclass
class Answering:
    """A server that gives one answer to whatever is asked."""

    url: str
    asked: list[str] = field(default_factory=list)


@contextmanager
def answering(headers: dict[str, str], body: Callable[[], Iterator[bytes]]) -> Iterator[Answering]:
    made = Answering("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.headers.get("Accept-Encoding", ""))
            self.send_response(200)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                for piece in body():
                    self.wfile.write(piece)
            except OSError:
                return

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def centre_at(url: str) -> httpx.Client:
    return open_client(HttpSettings(url=url, token="made-up-token-of-ours"))


@pytest.mark.parametrize("encoding", ["zstd", "gzip", "deflate", "br", "zstd, zstd", "x"])
def test_a_packed_answer_is_not_unpacked_and_was_not_asked_for(encoding: str) -> None:
    headers = {"Content-Encoding": encoding, "Content-Length": str(len(BOMB))}
    with (
        answering(headers, lambda: iter([BOMB])) as server,
        centre_at(server.url) as http,
        pytest.raises(httpx.DecodingError, match="packed"),
    ):
        http.get("/totals")

    assert server.asked == ["identity"]


def test_an_answer_without_end_is_read_up_to_its_bound() -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield bytes(65_536)

    with (
        answering({}, endless) as server,
        open_http(1_000_000) as http,
        pytest.raises(httpx.DecodingError, match="longer"),
    ):
        http.get(server.url)


def test_no_other_client_is_made_by_the_gateway() -> None:
    made = re.compile(r"httpx\.(?:Client|AsyncClient|get|post|put|request|stream)\(")
    found = {
        path.relative_to(GATEWAY).as_posix()
        for path in GATEWAY.rglob("*.py")
        if made.search(path.read_text("utf-8"))
    }

    # The demo asks its own servers.
    assert {one for one in found if not one.startswith("demo/")} == {"http_client.py"}
