"""Starts the made-up town: departments and platform in this process, centre and gateway in their
own.
"""

import json
import os
import secrets
import subprocess
import sys
import time
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
from ruamel.yaml import YAML
from sqlalchemy import create_engine

import mappings
from gateway.central.senders import administration
from gateway.central.senders.administration import Act, Wanted
from gateway.central.store import create
from gateway.clock import SHANGHAI, utc_now
from gateway.demo import environment
from gateway.demo.exchange_platform import ExchangePlatform, catalogue_xml
from gateway.demo.generate import Source, licences, payments, penalties
from gateway.demo.housing_fund import WSDL, HousingFund
from gateway.demo.market_regulator import SftpDrop, drop_file
from gateway.private_files import write_private
from gateway.serving.server import WsgiServer
from outbox import open_engine

#: A feed that people put on air themselves (docs/departments.md).
NEWCOMER = "water.penalty"
#: The gateway's name at the centre.
SENDER = "gateway"
#: Rows a file of the market regulator's drop has.
FILE_ROWS = 1_000
#: Whose registered adapters may reach services of this machine: those of the demo, and of who tries
#: one more.
_DEPARTMENTS = ("environment", "housing-fund", "market-regulator", "transport", "water")
#: How long a server may take to answer first, in seconds.
START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Secrets:
    """Made anew for every town; nothing of it is printed."""

    centre: str
    platform: str
    soap: str
    sftp: str
    at_rest: str = field(default_factory=lambda: b64encode(secrets.token_bytes(32)).decode())


class Town:
    """Three departments with their ledger, a platform and a centre, in one folder."""

    def __init__(
        self,
        folder: Path,
        seed: int = 1,
        rows: int = 3_000,
        every: str = "PT5S",
        parts: int = 1,
        store: str | None = None,
    ) -> None:
        self.folder = folder
        self.store = store or f"sqlite:///{folder / 'gateway.db'}"
        folder.mkdir(parents=True, exist_ok=True)
        today = datetime.now(SHANGHAI).date()
        self.sources = _sources(seed, rows, today)
        self.secrets = Secrets(*(secrets.token_urlsafe(24) for _ in range(4)))
        self._part = -(-rows // parts)
        self._released = 0
        self._processes: list[subprocess.Popen[bytes]] = []
        self.housing_fund = HousingFund([], "creditgate", self.secrets.soap)
        self.platform = ExchangePlatform(
            catalogue_xml(1, datetime.now(SHANGHAI), every), self.secrets.platform
        )
        self.sftp = SftpDrop(folder / "market-regulator", "creditgate", self.secrets.sftp)
        self._servers: list[WsgiServer] = []
        self.centre_url = ""
        self.settings_file = folder / "gateway.yaml"

    def __enter__(self) -> "Town":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def centre_store(self) -> Path:
        """Return the path of the centre's SQLite file."""
        return self.folder / "centre.db"

    def feeds(self) -> list[str]:
        """Return the feeds that the gateway sends, and those of the department to be tried."""
        return [*self.sources, NEWCOMER]

    def start(self) -> None:
        """Start every server and write the gateway's settings and secrets."""
        soap = WsgiServer(self.housing_fund.app()).start()
        platform = WsgiServer(self.platform.app()).start()
        self._servers = [soap, platform]
        self.sftp.start()
        self.release()
        self.centre_url = self.start_centre()
        self._write_settings(soap.port, platform.port)

    def stop(self) -> None:
        """Stop every process and server that this town started."""
        for process in self._processes:
            if process.poll() is None:
                process.terminate()
        for process in self._processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for server in self._servers:
            server.stop()
        self.sftp.stop()

    def start_centre(self, port: int = 0) -> str:
        """Start the centre as a process of its own and return its address, once it answers."""
        self._register()
        address = self.folder / "centre.address"
        address.unlink(missing_ok=True)
        self.centre = self.spawn(
            "central",
            "serve",
            "--store",
            f"sqlite:///{self.centre_store}",
            "--port",
            str(port),
            "--address-file",
            str(address),
            log="centre.log",
        )
        _wait_for(address.exists, self.centre, self.folder / "centre.log")
        return address.read_text()

    def _register(self) -> None:
        """Have the centre know the gateway as one of its senders, as `central sender add` does."""
        engine = open_engine(f"sqlite:///{self.centre_store}")
        create(engine)
        if not administration.senders(engine):
            feeds = sorted({f"{name.partition('.')[0]}.*" for name in self.feeds()})
            terms = Wanted("the demo's gateway", tuple(feeds))
            act = Act(utc_now(), "demo", "the demo")
            administration.add(engine, SENDER, terms, act, self.secrets.centre)
        engine.dispose()

    def spawn(self, *arguments: str, log: str) -> subprocess.Popen[bytes]:
        """Start `creditgate ARGUMENTS`, its log in the town's folder, and return the process."""
        with (self.folder / log).open("ab") as out:
            process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "gateway.cli", *arguments],
                stdout=out,
                stderr=out,
                stdin=subprocess.DEVNULL,
                env=_environment(),
            )
        self._processes.append(process)
        return process

    def start_gateway(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start the gateway on this town's settings and return its process."""
        return self.start_node("gateway.log", *arguments)

    def start_node(self, log: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start one of several gateway processes with a log of its own, and return it."""
        return self.spawn("run", "--settings", str(self.settings_file), *arguments, log=log)

    def release(self) -> None:
        """Let the departments bring the next part of their rows.

        All of them where there is one part.
        """
        start, end = self._released, self._released + self._part
        self._released = end
        penalty_rows = self.sources["market-regulator.penalty"].rows[start:end]
        for first in range(0, len(penalty_rows), FILE_ROWS):
            # The name tells the number of the file's first row.
            name = f"penalty-{start + first + 1:06}.csv"
            drop_file(self.sftp.folder, name, penalty_rows[first : first + FILE_ROWS])
        if licence_rows := self.sources["environment.licence"].rows[start:end]:
            engine = create_engine(f"sqlite:///{self.folder / 'environment.db'}")
            environment.fill(engine, licence_rows)
            engine.dispose()
        self.housing_fund.rows += self.sources["housing-fund.payment"].rows[start:end]

    def centre_get(self, path: str, **params: str) -> Any:
        """Return what the centre answers to a direct question, as an outsider would ask it."""
        headers = {"Authorization": f"Bearer {self.secrets.centre}"}
        return httpx.get(self.centre_url + path, params=params, headers=headers, timeout=30).json()

    def _write_settings(self, soap_port: int, platform_port: int) -> None:
        s = self.secrets
        secrets = {
            "centre": s.centre,
            "platform": s.platform,
            "soap": s.soap,
            "sftp": s.sftp,
            "at-rest": s.at_rest,
        }
        write_private(self.folder / "secrets.yaml", json.dumps(secrets).encode())
        settings = {
            "store": self.store,
            "catalogue": {
                "url": f"http://127.0.0.1:{platform_port}/catalogue",
                "token": "secret:platform",
            },
            "catalogue_every": 2,
            "centre": {"url": self.centre_url, "token": "secret:centre", "timeout": 10},
            "lease": 20,
            "at_rest": {"current": "k1", "keys": {"k1": "secret:at-rest"}},
            "web": {"port": 0},
            # Its departments are on loopback, and so is whoever tries one more.
            "reach": {
                "departments": {name: {"networks": ["127.0.0.0/8"]} for name in _DEPARTMENTS}
            },
            "adapters": [
                _soap_adapter(soap_port),
                _sftp_adapter(self.sftp.port, self.sftp.host_key),
                _database_adapter(self.folder / "environment.db"),
            ],
        }
        with self.settings_file.open("w", encoding="utf-8") as out:
            YAML().dump(settings, out)


def _sources(seed: int, rows: int, today: date) -> dict[str, Source]:
    sources = (
        payments(seed, rows, today),
        penalties(seed, rows, today),
        licences(seed, rows, today),
    )
    return {source.feed: source for source in sources}


def _soap_adapter(port: int) -> dict[str, Any]:
    return {
        "feed": "housing-fund.payment",
        "mapping": str(mappings.ROOT / "housing-fund" / "payment.yaml"),
        "kind": "soap",
        "settings": {
            "wsdl": str(WSDL),
            "endpoint": f"http://127.0.0.1:{port}/payment",
            "username": "creditgate",
            "password": "secret:soap",
            "operation": "GetChanges",
            "cursor_argument": "Since",
            "size_argument": "PageSize",
            "page_size": 500,
            "rows_path": "Rows.Row",
            "id_column": "ChangeId",
            "cursor_path": "NextCursor",
            "more_path": "HasMore",
            "total_path": "Count",
            "acknowledge_operation": "AcknowledgeChanges",
        },
    }


def _sftp_adapter(port: int, host_key: str) -> dict[str, Any]:
    return {
        "feed": "market-regulator.penalty",
        "mapping": str(mappings.ROOT / "market-regulator" / "penalty.yaml"),
        "kind": "sftp",
        "settings": {
            "host": "127.0.0.1",
            "port": port,
            "username": "creditgate",
            "password": "secret:sftp",
            "host_key": host_key,
            "folder": "/",
            "format": "delimited",
            "format_settings": {"encoding": "gb18030"},
        },
    }


def _database_adapter(path: Path) -> dict[str, Any]:
    return {
        "feed": "environment.licence",
        "mapping": str(mappings.ROOT / "environment" / "licence.yaml"),
        "kind": "database",
        "settings": {
            "url": f"sqlite:///{path}",
            "table": environment.TABLE,
            "key_column": "id",
            "mode": "status",
            "status": dict(environment.STATUS),
            "page_rows": 500,
        },
    }


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONUNBUFFERED": "1"}


def _wait_for(is_ready: Any, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the process did not start; see {log}:\n{log.read_text()[-2000:]}")
        time.sleep(0.05)
