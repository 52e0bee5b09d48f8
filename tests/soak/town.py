"""The town of the soak: platform, centre, gateway and one department, each for itself."""

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from types import TracebackType

from gateway.clock import SHANGHAI
from gateway.demo.exchange_platform import ExchangePlatform, catalogue_xml
from gateway.serving.server import WsgiServer
from tests.faults.departments import KIND, mapping_by_code
from tests.soak.department import Department, Patterns
from tests.soak.samples import Watch
from tests.support.senders import store_with_sender
from tests.support.settings_files import write_settings
from tests.support.waiting import wait_for

FEED = "soak.licence"
#: How long a process may take to start where the machine has other things to do, in seconds.
STARTS = 300
_TOKEN = "made-up-token-of-the-soak"


class SoakTown:
    """Starts everything and watches the gateway; as a context it stops everything."""

    def __init__(self, folder: Path, patterns: Patterns, rows: int, file_rows: int) -> None:
        self._folder = folder
        self.department = Department(folder / "drop", patterns, rows, file_rows)
        self._processes: list[subprocess.Popen[bytes]] = []

    @property
    def centre_store(self) -> Path:
        """The centre's SQLite file."""
        return self._folder / "centre.db"

    def __enter__(self) -> "SoakTown":
        try:
            self._begin()
        except BaseException:
            self._end()
            raise
        return self

    def _begin(self) -> None:
        listed = ((FEED, "行政许可", "Licences", FEED.partition(".")[0], KIND, "file"),)
        document = catalogue_xml(1, datetime.now(SHANGHAI), "PT1S", listed=listed)
        self._platform = WsgiServer(ExchangePlatform(document, _TOKEN).app()).start()
        self.department.start()
        address = self._folder / "centre.address"
        store_with_sender(f"sqlite:///{self.centre_store}", _TOKEN)
        self._start(
            "central",
            "serve",
            "--store",
            f"sqlite:///{self.centre_store}",
            "--port",
            "0",
            "--address-file",
            str(address),
            log="centre.log",
        )
        wait_for(address.exists, STARTS)
        settings = self._settings(address.read_text())
        self.gateway = self._start("run", "--settings", str(settings), log="gateway.log")
        self.watch = Watch(self.gateway.pid, lambda: self.department.accepted)

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.watch.stop()
        self._end()

    def _end(self) -> None:
        self.department.stop()
        for process in reversed(self._processes):
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._platform.stop()

    def complaints(self) -> list[str]:
        """Name what the department was told and should not have been."""
        found = self.department.other[:20]
        if not self.department.done:
            tail = (self._folder / "gateway.log").read_text()[-1500:]
            found.append(
                f"only {self.department.accepted:,} rows were answered;"
                f" the gateway's log ends: {tail}"
            )
        return found

    def _settings(self, centre: str) -> Path:
        path = self._folder / "gateway.yaml"
        secrets = path.with_name("secrets.yaml")
        secrets.touch(mode=0o600)
        secrets.write_text(json.dumps({"token": _TOKEN}))
        drop = {
            "folder": str(self._folder / "drop"),
            "format": "delimited",
            "format_settings": {"encoding": "gb18030"},
        }
        settings = {
            "store": f"sqlite:///{self._folder / 'gateway.db'}",
            "catalogue": {
                "url": f"http://127.0.0.1:{self._platform.port}/catalogue",
                "token": "secret:token",
            },
            "centre": {"url": centre, "token": "secret:token"},
            "web": {"port": 0},
            "adapters": [
                {
                    "feed": FEED,
                    "mapping": str(mapping_by_code(self._folder, FEED)),
                    "kind": "folder",
                    "settings": drop,
                }
            ],
        }
        return write_settings(path, settings)

    def _start(self, *arguments: str, log: str) -> subprocess.Popen[bytes]:
        with (self._folder / log).open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "gateway.cli", *arguments],
                stdout=out,
                stderr=out,
                stdin=subprocess.DEVNULL,
                env=dict(os.environ),
            )
        self._processes.append(process)
        return process
