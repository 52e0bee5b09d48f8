"""Addresses that two parsers read differently: what was checked is what is connected to, or it is refused."""

import ipaddress
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from urllib.parse import urlsplit

import psycopg
import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg.conninfo import make_conninfo
from sqlalchemy.engine import URL
from urllib3.util import parse_url

from adapters.setting_faults import SettingsFault
from adapters.transports.addresses import (
    DatabaseAddress,
    HttpAddress,
    carries_ipv4,
    parse_database_url,
    parse_host,
    parse_http_address,
)
from adapters.transports.http import open_session

#: Pieces of which disguises are made: hosts, separators, users, blanks, other scripts, numbers.
_PIECES = (
    "http://", "https://", "HTTP://", "//", "/", "\\", "@", ":", "::", ":80", ":0", ":99999", "#", "?", "%",
    "%40", "%2f", "%5c", "%00", "\t", "\n", "\r", " ", "\u3000", "\u200b", "\u3002", "\uff0e", ",", ";", "[", "]",
    "[::1]", "[::ffff:127.0.0.1]", "::ffff:7f00:1", "64:ff9b::7f00:1", "fe80::1%lo", "127.0.0.1", "127.1", "0",
    "0x7f000001", "2130706433", "0177.0.0.1", "0.0.0.0", "127.0.0.1.", "１２７.0.0.1", "localhost", "LOCALHOST",
    "ａ.example", "db.example", "a_b", "xn--fiqs8s", "例子.example", "-", ".", "..", "user:pw@", "u@", "example.com",
    "{x}", "'", '"', "<", "|", "&host=127.0.0.1", "?host=127.0.0.1", "=",
)  # fmt: skip
_texts = st.lists(st.sampled_from(_PIECES), min_size=1, max_size=6).map("".join)


def http_address(text: str) -> HttpAddress | None:
    with suppress(SettingsFault):
        return parse_http_address(text)
    return None


def database_address(text: str) -> DatabaseAddress | None:
    with suppress(SettingsFault):
        return parse_database_url(text)
    return None


@settings(max_examples=1_000, deadline=None, database=None)
@given(st.one_of(_texts, _texts.map("http://{}".format), _texts.map("http://db.example{}".format)))
def test_no_made_up_url_has_another_host_for_those_who_connect_than_for_the_check(
    text: str,
) -> None:
    address = http_address(text)
    if address is None:
        return
    for written in (text, str(address)):
        prepared = requests.Request("POST", written).prepare()
        for host, port in (
            (urlsplit(written).hostname, urlsplit(written).port),
            (parse_url(written).host, parse_url(written).port),
            (urlsplit(prepared.url or "").hostname, urlsplit(prepared.url or "").port),
        ):
            default = {"http": 80, "https": 443}[address.scheme]
            assert ((host or "").strip("[]").lower(), port or default) == address.origin[1:]
    assert parse_http_address(str(address)) == address


@settings(max_examples=1_000, deadline=None, database=None)
@given(_texts)
def test_no_made_up_database_url_has_another_host_for_libpq_than_for_the_check(text: str) -> None:
    address = database_address(f"postgresql+psycopg://{text}")
    if address is None or address.host is None:
        return
    whole = URL.create(
        address.driver, address.username, None, address.host, address.port, address.database
    )
    _, named = whole.get_dialect()().create_connect_args(whole)
    parsed = {
        option.keyword.decode(): (option.val or b"").decode()
        for option in psycopg.pq.Conninfo.parse(make_conninfo(**named).encode())
    }

    assert parsed["host"] == address.host
    assert parsed["hostaddr"] == ""
    assert parsed["dbname"] == (address.database or "")


@settings(max_examples=1_000, deadline=None, database=None)
@given(_texts)
def test_a_host_that_passes_is_one_name_or_one_address_in_its_only_form(text: str) -> None:
    try:
        host = parse_host(text)
    except SettingsFault:
        return
    assert host.isascii()
    assert not set(host) & set(" \t\n\\/@,;?#%[]{}'\"<>|&=")
    with suppress(OSError):
        # What a resolver reads as a number is the very number that is written.
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        assert {str(one[4][0]) for one in found} == {host}


@pytest.mark.parametrize(
    "text",
    [
        "127.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "127.0.0.01", "0.0.0.0", "0", "1.2.3.4.5",
        "127.0.0.1.", "::", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "fe80::1%eth0",
        "[::1]", "a,b", "a b", "a\\b", "a/b", "a@b", "a:1", "", ".", "a..b", "-a", "a.", "１２７.0.0.1", "ｌocalhost",
        "例子", "a\n", "a\x00", "a%41", "a" * 64, "a." * 130,
    ],
)  # fmt: skip
def test_a_disguised_host_is_refused(text: str) -> None:
    with pytest.raises(SettingsFault):
        parse_host(text)


@pytest.mark.parametrize(
    "text",
    ["db.water.example", "sftp-1", "WIN_SRV", "10.1.2.3", "2001:db8::8", "xn--fiqs8s.cn", "a1.2b"],
)
def test_an_ordinary_host_is_not(text: str) -> None:
    assert parse_host(text) == text.lower()


def test_every_carrier_of_an_ipv4_address_is_seen() -> None:
    for text in ("::ffff:10.0.0.1", "::10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "2001::1"):
        assert carries_ipv4(ipaddress.ip_address(text)), text
    assert not carries_ipv4(ipaddress.ip_address("2001:db8::1"))


@contextmanager
def listening() -> Iterator[tuple[int, list[bytes]]]:
    """A listener on loopback that answers HTTP, and what it was sent."""
    heard: list[bytes] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        server.settimeout(10)

        def serve() -> None:
            with suppress(OSError):
                while True:
                    line, _ = server.accept()
                    with line:
                        heard.append(line.recv(65_536))
                        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1], heard
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


class Pinned:
    """An access by which every name leads to one address, whatever a resolver says by then."""

    def __init__(self, *addresses: str) -> None:
        self.found = addresses
        self.asked: list[str] = []

    @property
    def files(self) -> None:
        raise AssertionError

    def addresses(self, host: str) -> tuple[str, ...]:
        self.asked.append(host)
        return self.found


def test_http_goes_to_the_address_that_was_judged_and_keeps_the_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    access = Pinned("127.0.0.1")
    with listening() as (port, heard), open_session(access) as session:  # type: ignore[arg-type]
        answer = session.get(f"http://db.water.invalid:{port}/x", timeout=5)

    assert answer.text == "ok"
    assert access.asked == ["db.water.invalid"]
    assert f"Host: db.water.invalid:{port}".encode() in heard[0]
