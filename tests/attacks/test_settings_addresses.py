"""Addresses that two parsers read differently: what was checked is what is connected to, or it is refused."""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import psycopg
import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg.conninfo import make_conninfo
from sqlalchemy.dialects.mssql.pymssql import MSDialect_pymssql
from sqlalchemy.engine import URL
from urllib3.util import parse_url

from adapters import AdapterError
from adapters.database import DatabaseAdapter, DatabaseSettings
from adapters.files.sftp import SftpAdapter, SftpSettings
from adapters.setting_faults import InvalidSettingsError
from adapters.transports.addresses import (
    DatabaseAddress,
    HttpAddress,
    carries_ipv4,
    parse_database_url,
    parse_host,
    parse_http_address,
)
from adapters.transports.http import open_session
from gateway.demo.market_regulator import SftpDrop
from gateway.registry.egress import Egress
from gateway.settings.reach import ReachSettings
from tests.support.closing import closed_later
from tests.support.databases import adapter, fresh_name, opened, run
from tests.support.tls import make_certificate

#: Pieces of which disguises are made: hosts, separators, users, blanks, other scripts, numbers.
_PIECES = (
    "http://",
    "https://",
    "HTTP://",
    "//",
    "/",
    "\\",
    "@",
    ":",
    "::",
    ":80",
    ":0",
    ":99999",
    "#",
    "?",
    "%",
    "%40",
    "%2f",
    "%5c",
    "%00",
    "\t",
    "\n",
    "\r",
    " ",
    "\u3000",
    "\u200b",
    "\u3002",
    "\uff0e",
    ",",
    ";",
    "[",
    "]",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "::ffff:7f00:1",
    "64:ff9b::7f00:1",
    "fe80::1%lo",
    "127.0.0.1",
    "127.1",
    "0",
    "0x7f000001",
    "2130706433",
    "0177.0.0.1",
    "0.0.0.0",
    "127.0.0.1.",
    "１２７.0.0.1",
    "localhost",
    "LOCALHOST",
    "ａ.example",
    "db.example",
    "a_b",
    "xn--fiqs8s",
    "例子.example",
    "-",
    ".",
    "..",
    "user:pw@",
    "u@",
    "example.com",
    "{x}",
    "'",
    '"',
    "<",
    "|",
    "&host=127.0.0.1",
    "?host=127.0.0.1",
    "=",
)
_texts = st.lists(st.sampled_from(_PIECES), min_size=1, max_size=6).map("".join)


def http_address(text: str) -> HttpAddress | None:
    with suppress(InvalidSettingsError):
        return parse_http_address(text)
    return None


def database_address(text: str) -> DatabaseAddress | None:
    with suppress(InvalidSettingsError):
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


@settings(max_examples=500, deadline=None, database=None)
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


@settings(max_examples=500, deadline=None, database=None)
@given(_texts)
def test_a_host_that_passes_is_one_name_or_one_address_in_its_only_form(text: str) -> None:
    try:
        host = parse_host(text)
    except InvalidSettingsError:
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
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "127.0.0.01",
        "0.0.0.0",
        "0",
        "1.2.3.4.5",
        "127.0.0.1.",
        "::",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "fe80::1%eth0",
        "[::1]",
        "a,b",
        "a b",
        "a\\b",
        "a/b",
        "a@b",
        "a:1",
        "",
        ".",
        "a..b",
        "-a",
        "a.",
        "１２７.0.0.1",
        "ｌocalhost",
        "例子",
        "a\n",
        "a\x00",
        "a%41",
        "a" * 64,
        "a." * 130,
    ],
)
def test_a_disguised_host_is_refused(text: str) -> None:
    with pytest.raises(InvalidSettingsError):
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


@pytest.mark.parametrize(
    ("text", "host", "port", "database"),
    [
        ("dm+dmPython://gate@10.1.2.3:5236", "10.1.2.3", 5236, None),
        ("oracle+oracledb://gate@db.example/?service_name=a.b", "db.example", None, ""),
        ("postgresql+psycopg://gate@[2001:db8::1]:5432/d", "2001:db8::1", 5432, "d"),
        ("sqlite:////srv/库/a b.db", None, None, "/srv/库/a b.db"),
        ("mssql+pymssql://DOMAIN%5Cgate@db.example/信用", "db.example", None, "信用"),
    ],
)
def test_an_ordinary_database_url_is_taken_apart(
    text: str, host: str | None, port: int | None, database: str | None
) -> None:
    address = parse_database_url(text)

    assert (address.host, address.port, address.database) == (host, port, database)


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


def test_tls_asks_for_the_name_and_not_for_the_address(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path, "service")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    asked: list[str | None] = []
    context.sni_callback = lambda _line, name, _context: asked.append(name)
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def serve() -> None:
            line, _ = server.accept()
            with suppress(OSError), context.wrap_socket(line, server_side=True):
                pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        with open_session(Pinned("127.0.0.1")) as session:  # type: ignore[arg-type]
            session.verify = str(certificate)
            url = f"https://db.water.invalid:{server.getsockname()[1]}/"
            # The certificate is of 127.0.0.1, where the connection goes, and not of who was asked.
            with pytest.raises(requests.exceptions.SSLError, match=r"db\.water\.invalid"):
                session.get(url, timeout=5)
        thread.join(5)

    assert asked == ["db.water.invalid"]


def held(settings: Any, *addresses: str) -> Any:
    """Settings held to a policy by which any name leads to some addresses, which may be reached."""
    found = addresses or ("127.0.0.1",)
    own = {"networks": ["127.0.0.0/8"]}
    reach = ReachSettings.model_validate({"departments": {"water": own}})
    return settings.confined(Egress("water", reach, lambda _: found))


def test_mariadb_is_connected_to_by_the_address_that_was_judged(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with contextmanager(opened)(request, "mariadb", tmp_path) as source:
        table = fresh_name()
        run(
            source,
            f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, name VARCHAR(20))",
            f"INSERT INTO {table} VALUES (1, 'own-row')",
        )
        plain = adapter(source, table)._settings
        url = source.url.set(host="db.water.invalid", password=None).render_as_string()
        named = plain.model_copy(update={"url": url})
        there = closed_later(DatabaseAdapter(held(named)))
        elsewhere = closed_later(DatabaseAdapter(held(named, "127.9.9.9")))

        assert "own-row" in str(list(there.test())[-1].sample)
        with pytest.raises(AdapterError, match="Can't connect"):
            list(elsewhere.test())


def test_postgresql_is_connected_to_by_the_address_that_was_judged() -> None:
    with listening() as (port, heard):
        url = f"postgresql+psycopg://gate@db.water.invalid:{port}/permits"
        settings = DatabaseSettings(url=url, table="t", key_column="id", mode="full")
        adapter = closed_later(DatabaseAdapter(held(settings, "127.9.9.9", "127.0.0.1")))
        with pytest.raises(AdapterError):
            list(adapter.test())

    # libpq asks for TLS first; nothing else was asked of the environment or a resolver.
    assert heard[0] == bytes.fromhex("0000000804d2162f")


def test_a_driver_that_takes_hosts_is_given_the_address_that_was_judged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Driver:
        """Stands in for a driver that is not installed here."""

        OperationalError = ConnectionError
        paramstyle, __version__ = "pyformat", "2.3.0"
        asked: ClassVar[list[dict[str, Any]]] = []

        def connect(self, **named: Any) -> Any:
            self.asked.append(named)
            raise ConnectionError("refused by the driver")

    monkeypatch.setattr(MSDialect_pymssql, "import_dbapi", classmethod(lambda _: Driver()))
    with listening() as (port, _):
        url = f"mssql+pymssql://gate@db.water.invalid:{port}/permits"
        settings = DatabaseSettings(url=url, table="t", key_column="id", mode="full")
        found = held(settings, "127.9.9.9", "127.0.0.1")
        with pytest.raises(AdapterError):
            list(closed_later(DatabaseAdapter(found)).test())

    assert {one["host"] for one in Driver.asked} == {f"127.0.0.1:{port}"}


def test_an_sftp_server_is_connected_to_by_the_address_that_was_judged(tmp_path: Path) -> None:
    server = SftpDrop(tmp_path, "gate", "made-up")
    server.start()
    try:
        settings = SftpSettings(
            host="sftp.water.invalid",
            port=server.port,
            username="gate",
            password="made-up",
            host_key=server.host_key,
            folder="/",
            timeout=5,
        )  # type: ignore[arg-type]
        adapter = SftpAdapter(held(settings))
        names = [step.name_en for step in adapter.test()]
        adapter.close()
    finally:
        server.stop()

    assert names == ["host name", "port", "host key", "login", "folder"]
