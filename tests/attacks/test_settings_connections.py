"""A connection goes to the address that was judged: HTTP, TLS, databases and SFTP."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar

import pytest
import requests
from sqlalchemy.dialects.mssql.pymssql import MSDialect_pymssql

from adapters import AdapterError
from adapters.database import DatabaseAdapter, DatabaseSettings
from adapters.files.sftp import SftpAdapter, SftpSettings
from adapters.transports.http import open_session
from gateway.demo.market_regulator import SftpDrop
from gateway.registry.egress import Egress
from gateway.settings.reach import ReachSettings
from tests.support.closing import closed_later
from tests.support.databases import adapter, fresh_name, opened, run
from tests.support.tls import make_certificate


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
        configured_adapter = closed_later(DatabaseAdapter(held(named)))
        elsewhere = closed_later(DatabaseAdapter(held(named, "127.9.9.9")))

        assert "own-row" in str(list(configured_adapter.test())[-1].sample)
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
