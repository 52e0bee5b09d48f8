"""The built-in adapter kinds keep the contract that strangers' kinds are held to."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from sqlalchemy import Engine

from adapters.files.folder import FolderAdapter
from adapters.files.ftps import FtpsAdapter
from adapters.files.sftp import SftpAdapter
from adapters.testing import AdapterContract
from gateway.demo.market_regulator import SftpDrop
from gateway.serving.server import WsgiServer
from tests.support import servers
from tests.support.carriers import LOGIN
from tests.support.contract_sources import (
    DropSource,
    PushSource,
    Service,
    ServiceSource,
    TableSource,
)
from tests.support.switch import Switch


class _Drop(AdapterContract):
    null = ""


class TestFolder(_Drop):
    @pytest.fixture
    def source(self, tmp_path: Path) -> DropSource:
        folder, gone = tmp_path / "drop", tmp_path / "gone"
        folder.mkdir()
        return DropSource(
            FolderAdapter,
            folder,
            {"folder": str(folder)},
            lambda: folder.rename(gone),
            lambda: gone.rename(folder),
        )


def _over(switch: Switch, kind: Any, folder: Path, name: str, reach: dict[str, Any]) -> DropSource:
    """Return a drop in a folder of its own of a server that tests share."""
    (folder / name).mkdir()
    login = {"host": "127.0.0.1", "username": LOGIN[0], "password": LOGIN[1], "timeout": 5}
    reach = {**login, **reach, "port": switch.port, "folder": f"/{name}"}
    return DropSource(kind, folder / name, reach, switch.off, switch.on)


@pytest.fixture(scope="module")
def sftp_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SftpDrop]:
    drop = SftpDrop(tmp_path_factory.mktemp("sftp"), *LOGIN)
    drop.start()
    yield drop
    drop.stop()


class TestSftp(_Drop):
    @pytest.fixture
    def source(self, sftp_server: SftpDrop, tmp_path: Path) -> Iterator[DropSource]:
        switch = Switch(sftp_server.port)
        reach = {"host_key": sftp_server.host_key}
        yield _over(switch, SftpAdapter, sftp_server.folder, tmp_path.name, reach)
        switch.off()


@pytest.fixture(scope="module")
def ftps_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int, Path]]:
    root = tmp_path_factory.mktemp("ftps")
    (root / "drop").mkdir()
    with servers.ftps(root / "drop", root, *LOGIN) as (port, certificate):
        yield root / "drop", port, certificate


class TestFtps(_Drop):
    @pytest.fixture
    def source(self, ftps_server: tuple[Path, int, Path], tmp_path: Path) -> Iterator[DropSource]:
        folder, port, certificate = ftps_server
        switch = Switch(port)
        yield _over(switch, FtpsAdapter, folder, tmp_path.name, {"ca": str(certificate)})
        switch.off()


class TestDatabaseList(AdapterContract):
    stable_names = False
    cannot: ClassVar = {"verdicts": "a whole list has no column for them"}

    @pytest.fixture
    def source(self, tmp_path: Path) -> TableSource:
        return TableSource(tmp_path)


class TestDatabaseStatus(AdapterContract):
    stable_names = False

    @pytest.fixture
    def source(self, tmp_path: Path) -> TableSource:
        return TableSource(tmp_path, "status")


@pytest.fixture(scope="module")
def soap_server() -> Iterator[tuple[Service, int]]:
    service = Service()
    server = WsgiServer(service.app()).start()
    yield service, server.port
    server.stop()


class TestSoap(AdapterContract):
    @pytest.fixture
    def source(self, soap_server: tuple[Service, int]) -> Iterator[ServiceSource]:
        service, port = soap_server
        switch = Switch(port)
        yield ServiceSource(service, switch.port, switch.off, switch.on)
        switch.off()


class TestPush(AdapterContract):
    cannot: ClassVar = {
        "absence": "its source is the gateway's own store",
        "silence": "what is no submission is refused at the door (test_push.py)",
        "repeated column": "a key that comes twice is refused at the door (test_submissions.py)",
    }

    @pytest.fixture
    def source(self, engine: Engine) -> PushSource:
        return PushSource(engine)
