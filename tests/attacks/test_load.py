"""Slow, large and many clients without a login: console and centre go on."""

import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from flask import Flask

from gateway.central.app import create_app as create_centre
from gateway.clock import utc_now
from gateway.serving.limits import FrontLimits
from gateway.serving.server import WsgiServer
from outbox import open_engine
from tests.support.senders import TOKEN, centre_with
from tests.support.stub_gateway import console_of, stub_gateway
from tests.support.tls import make_certificate
from tests.support.waiting import wait_for

#: One town for all of them, in one process.
pytestmark = pytest.mark.xdist_group("attacks_load")
#: Where Debian has nginx, which is in no PATH of a plain user.
NGINX_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"
OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with stub_gateway(tmp_path_factory.mktemp("console")) as gateway:
        yield console_of(gateway)


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Flask]:
    engine = open_engine(f"sqlite:///{tmp_path}/centre.db")
    yield create_centre(centre_with(engine, utc_now))
    engine.dispose()


@pytest.fixture(params=["console", "centre"])
def served(
    request: pytest.FixtureRequest, console: Flask, centre: Flask
) -> Iterator[tuple[int, str, str]]:
    """Yield the port, a path open to anybody, and one that wants a token and takes a body."""
    if request.param == "console":
        app, paths = console, ("/sign-in", "/push/water.penalty/submissions")
    else:
        app, paths = centre, ("/healthz", "/packages")
    server = WsgiServer(app, threads=4, limits=FrontLimits(header_seconds=2)).start()
    yield (server.port, *paths)
    server.stop()


def ask(port: int, path: str, address: str = "127.0.0.2") -> float:
    """Return how long a client at another address waits for its answer."""
    start = time.monotonic()
    transport = httpx.HTTPTransport(local_address=address)
    with httpx.Client(transport=transport, timeout=10) as client:
        assert client.get(f"http://127.0.0.1:{port}{path}").status_code == 200
    return time.monotonic() - start


def dawdle(port: int, begin: bytes, count: int) -> list[socket.socket]:
    made = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(count)]
    for one in made:
        one.sendall(begin)
    return made


@pytest.mark.parametrize(
    "begin",
    [
        b"",
        b"GET / HTTP/1.1\r\nHo",
        b"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\nx",
        b"POST /packages HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n",
    ],
    ids=["silent", "half a header", "half a body", "chunks without end"],
)
def test_an_attacker_keeps_120_slow_connections_and_another_client_is_served(
    served: tuple[int, str, str], begin: bytes
) -> None:
    port, path, _ = served
    dawdling = dawdle(port, begin, 120)
    try:
        assert ask(port, path) < 2
        # Also from the same address: somebody in the attacker's own office.
        assert ask(port, path, "127.0.0.1") < 2
    finally:
        for client in dawdling:
            client.close()


def test_an_attacker_of_many_addresses_ends_its_own_oldest_connections(console: Flask) -> None:
    limits = FrontLimits(connections=40)
    server = WsgiServer(console, threads=2, limits=limits).start()
    dawdling = []
    try:
        for number in range(1, 61):
            made = socket.create_connection(
                ("127.0.0.1", server.port), timeout=10, source_address=(f"127.0.1.{number}", 0)
            )
            made.sendall(b"GET / HTTP/1.1\r\nHo")
            dawdling.append(made)
        assert ask(server.port, "/sign-in") < 2
        # The first of them were ended to make room.
        assert dawdling[0].recv(1) == b""
    finally:
        for client in dawdling:
            client.close()
        server.stop()


def test_an_attacker_drips_a_header_and_is_cut_off_by_the_clock(
    served: tuple[int, str, str],
) -> None:
    port, _, _ = served
    [one] = dawdle(port, b"GET / HTTP/1.1\r\n", 1)
    start = time.monotonic()
    with one:
        while time.monotonic() - start < 8 and drips(one):
            time.sleep(0.2)

    assert time.monotonic() - start < 8


def drips(client: socket.socket) -> bool:
    try:
        client.sendall(b"X-A: 1\r\n")
    except OSError:
        return False
    return True


@pytest.mark.parametrize("token", [None, "a-token-that-nobody-has"], ids=["none", "wrong"])
@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunks"])
def test_an_attacker_sends_a_hundred_megabytes_without_a_right_token_and_no_file_is_made(
    served: tuple[int, str, str], token: str | None, chunked: bool
) -> None:
    port, _, path = served
    before, sent = open_files(), 0
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    head += f"Authorization: Bearer {token}\r\n" if token else ""
    head += "Transfer-Encoding: chunked\r\n\r\n" if chunked else "Content-Length: 100000000\r\n\r\n"
    part = b"x" * 1_000_000
    part = b"%x\r\n%b\r\n" % (len(part), part) if chunked else part
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(head.encode())
        answer = b""
        client.setblocking(False)
        deadline = time.monotonic() + 10
        while sent < 100 and not answer and time.monotonic() < deadline:
            try:
                sent += client.send(part) / len(part)
            except BlockingIOError:
                time.sleep(0.01)
            except OSError:
                break
            try:
                answer = client.recv(4_000)
            except OSError:
                continue

    assert answer.startswith(b"HTTP/1.1 401")
    assert sent < 50
    assert open_files() <= before


def open_files() -> int:
    """Count the files on disk without a name that this process has open: what is spooled is one."""
    links = []
    for path in Path("/proc/self/fd").iterdir():
        try:
            links.append(str(path.readlink()))
        except OSError:
            continue
    return sum(" (deleted)" in link for link in links)


def test_a_sender_with_its_token_still_sends_a_large_body(centre: Flask) -> None:
    server = WsgiServer(centre).start()
    url = f"http://127.0.0.1:{server.port}/packages"
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/xml"}
    try:
        answer = httpx.post(url, content=b"<" * 400_000, headers=headers)
        parts = iter([b"<" * 100_000] * 4)
        chunked = httpx.post(url, content=parts, headers={**headers, "Expect": "100-continue"})
    finally:
        server.stop()

    assert (answer.status_code, chunked.status_code) == (422, 422)


def test_a_body_larger_than_its_door_takes_is_refused_by_its_length(console: Flask) -> None:
    server = WsgiServer(console, threads=2).start()
    try:
        url = f"http://127.0.0.1:{server.port}/sign-in"
        answer = httpx.post(url, content=b"name=" + b"x" * 2_000_000, headers=OURS)
    finally:
        server.stop()

    assert answer.status_code == 413


@pytest.mark.skipif(shutil.which("nginx", path=NGINX_PATH) is None, reason="no nginx")
def test_behind_the_documented_nginx_it_goes_on_too(console: Flask, tmp_path: Path) -> None:
    server = WsgiServer(console, threads=4).start()
    certificate, key = make_certificate(tmp_path, "gate")
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as other,
    ):
        front, second = (each.getsockname()[1] for each in (one, other))
    text = Path("docs/running/nginx.conf").read_text("utf-8")
    for was, now in {
        "listen 443": f"listen 127.0.0.1:{front}",
        "listen 8443": f"listen 127.0.0.1:{second}",
        "127.0.0.1:8750": f"127.0.0.1:{server.port}",
        "/etc/ssl/creditgate.crt": str(certificate),
        "/etc/ssl/private/creditgate.key": str(key),
        "http {": f"http {{ access_log off; client_body_temp_path {tmp_path}/b;"
        f" proxy_temp_path {tmp_path}/p; fastcgi_temp_path {tmp_path}/f; uwsgi_temp_path "
        f"{tmp_path}/u; scgi_temp_path {tmp_path}/s;",
    }.items():
        assert was in text
        text = text.replace(was, now)
    conf = tmp_path / "nginx.conf"
    conf.write_text(f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/log;\n{text}", "utf-8")
    nginx = shutil.which("nginx", path=NGINX_PATH) or ""
    with subprocess.Popen([nginx, "-p", tmp_path, "-c", conf, "-e", tmp_path / "log"]) as running:
        try:
            wait_for(lambda: connects(front))
            dawdling = dawdle(front, b"", 60)
            verify = ssl.create_default_context(cafile=str(certificate))
            with httpx.Client(
                verify=verify,
                transport=httpx.HTTPTransport(verify=verify, local_address="127.0.0.2"),
            ) as client:
                start = time.monotonic()
                answer = client.get(f"https://127.0.0.1:{front}/sign-in")
            for each in dawdling:
                each.close()
        finally:
            running.terminate()
            server.stop()

    assert (answer.status_code, time.monotonic() - start < 5) == (200, True)


def connects(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
