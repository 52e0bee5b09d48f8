"""The built-in destinations keep the contract that strangers' destinations are held to."""

import shutil
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from gateway.demo.market_regulator import SftpDrop
from gateway.destinations.testing import DestinationContract
from tests.support import servers
from tests.support.carriers import LOGIN
from tests.support.contract_centres import (
    BrokerCentre,
    Called,
    DropCentre,
    HttpCentre,
    SoapCentre,
    TableCentre,
)
from tests.support.switch import Switch

#: Of a centre that looks for packages by itself nobody waits for an answer.
_LOOKS: dict[str, str] = {
    "failure": "the centre does not answer a call",
    "lost answer": "every receipt is fetched later",
    "hang": "nobody waits for the centre",
}


@pytest.fixture(scope="module")
def http_server() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Called)
    ticks = {"poll_interval": 0.01}
    threading.Thread(target=server.serve_forever, kwargs=ticks, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what does not end be given up sooner."""
    monkeypatch.setattr("gateway.http_client.PATIENCE", 1)
    monkeypatch.setattr("adapters.wsdl.transport._PATIENCE", 1)
    monkeypatch.setattr("gateway.protocol.nats.GRACE", 0.5)


class TestHttp(DestinationContract):
    @pytest.fixture
    def centre(self, http_server: ThreadingHTTPServer) -> HttpCentre:
        return HttpCentre(http_server)


class TestSoap(DestinationContract):
    @pytest.fixture
    def centre(self, http_server: ThreadingHTTPServer) -> SoapCentre:
        return SoapCentre(http_server)


@pytest.fixture(scope="module")
def sftp_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SftpDrop]:
    drop = SftpDrop(tmp_path_factory.mktemp("sftp"), *LOGIN)
    drop.start()
    yield drop
    drop.stop()


class TestSftp(DestinationContract):
    cannot: ClassVar = _LOOKS

    @pytest.fixture
    def centre(self, sftp_server: SftpDrop, tmp_path: Path) -> Iterator[DropCentre]:
        switch = Switch(sftp_server.port)
        folder = sftp_server.folder / tmp_path.name
        folder.mkdir()
        reach = {
            "host": "127.0.0.1",
            "port": switch.port,
            "host_key": sftp_server.host_key,
            "username": LOGIN[0],
            "password": LOGIN[1],
            "timeout": 5,
            "folder": f"/{tmp_path.name}",
        }
        yield DropCentre(folder, reach, switch.off)
        switch.off()


class TestDatabase(DestinationContract):
    cannot: ClassVar = _LOOKS

    @pytest.fixture
    def centre(self, tmp_path: Path) -> TableCentre:
        return TableCentre(tmp_path)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if shutil.which("nats-server") is None:
        pytest.skip("no nats-server here; Debian has it")
    with servers.nats(tmp_path_factory.mktemp("nats")) as url:
        yield url


class TestNats(DestinationContract):
    cannot: ClassVar = _LOOKS

    @pytest.fixture
    def centre(self, broker: str) -> BrokerCentre:
        return BrokerCentre(broker)
