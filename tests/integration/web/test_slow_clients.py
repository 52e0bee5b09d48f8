"""Slow, large or many clients do not keep the console from others. Case F11."""

import gzip
import socket
import time
from collections.abc import Iterator

import pytest

from gateway.serving.server import WsgiServer
from gateway.settings.web import WebSettings
from gateway.web import create_app
from tests.support import http_client
from tests.support.site import Site, site_over

OURS = {"Sec-Fetch-Site": "same-origin"}


#: One town for all of them, in one process.
pytestmark = pytest.mark.xdist_group("test_slow_clients")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_over(tmp_path_factory.mktemp("site"), rows=20) as console:
        yield console


@pytest.fixture(scope="module")
def url(site: Site) -> Iterator[str]:
    server = WsgiServer(site.app, threads=4).start()
    yield f"http://127.0.0.1:{server.port}"
    server.stop()


def test_others_are_served_while_many_clients_dawdle(url: str) -> None:
    port = int(url.rsplit(":", 1)[1])
    dawdling = [socket.create_connection(("127.0.0.1", port)) for _ in range(60)]
    for number, one in enumerate(dawdling):
        one.sendall(
            b"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\nx"
            if number % 2
            else b"GET / HTTP/1.1\r\nHo"
        )
    start = time.monotonic()
    answers = [http_client.get(f"{url}/sign-in").status_code for _ in range(5)]
    took = time.monotonic() - start
    for one in dawdling:
        one.close()

    assert answers == [200] * 5
    assert took < 5


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"name=" + b"x" * 2_000_000, "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=1" % n for n in range(100_000)), "application/x-www-form-urlencoded"),
        (
            b"--b\r\n"
            + b'Content-Disposition: form-data; name="a"\r\n\r\n1\r\n--b\r\n' * 30_000
            + b"--b--",
            "multipart/form-data; boundary=b",
        ),
    ],
    ids=["large", "many fields", "many parts"],
)
def test_what_is_too_large_is_refused_before_it_is_read(
    url: str, content: bytes, kind: str
) -> None:
    answer = http_client.post(
        f"{url}/sign-in", content=content, headers={"Content-Type": kind, **OURS}
    )

    assert answer.status_code == 413


def test_a_packed_body_is_not_unpacked(url: str) -> None:
    bomb = gzip.compress(b"\0" * 10_000_000)
    answer = http_client.post(
        f"{url}/sign-in",
        content=bomb,
        headers={
            "Content-Encoding": "gzip",
            "Content-Type": "application/x-www-form-urlencoded",
            **OURS,
        },
    )

    assert answer.status_code in (400, 401, 413)


def test_a_body_of_ten_gigabytes_is_refused_by_its_length(url: str) -> None:
    port = int(url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(b"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000000\r\n\r\n")
        assert b"413" in client.recv(200)


def test_one_address_may_ask_for_so_much_and_no_more(site: Site) -> None:
    client = create_app(site.gateway, WebSettings(requests_per_minute=30)).test_client()
    answers = [client.get("/sign-in").status_code for _ in range(40)]
    other = client.get("/sign-in", environ_base={"REMOTE_ADDR": "10.9.9.9"}).status_code

    assert answers.count(200) == 30
    assert answers.count(429) == 10
    assert other == 200
    assert client.get("/healthz").status_code == 200
    assert (
        client.get("/api/v1/feeds").headers["Content-Type"].startswith("application/problem+json")
    )


def test_signing_in_is_limited_more(site: Site) -> None:
    client = create_app(site.gateway, WebSettings(requests_per_minute=10_000)).test_client()
    answers = [
        client.post(
            "/sign-in",
            data={"name": f"guess{n}", "password": "x"},
            headers=OURS,
            environ_base={"REMOTE_ADDR": "10.9.9.8"},
        ).status_code
        for n in range(35)
    ]

    assert answers[:20] == [401] * 20
    assert set(answers[30:]) == {429}


def test_who_a_proxy_names_counts_only_behind_so_many_proxies(site: Site) -> None:
    def asked(proxies: int) -> list[int]:
        client = create_app(
            site.gateway, WebSettings(requests_per_minute=10, proxies=proxies)
        ).test_client()
        return [
            client.get("/sign-in", headers={"X-Forwarded-For": f"10.1.1.{n}"}).status_code
            for n in range(15)
        ]

    assert 429 in asked(0)
    assert 429 not in asked(1)
