"""A department with an FTPS drop on Debian's vsftpd: a file a delivery, with its marker."""

import csv
import os
import pwd
import signal
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from gateway.demo.market_regulator import drop_file
from tests.faults.departments import CORRECTED, NEW, Told, mapping_by_code
from tests.faults.ledger import Delivery, Ledger
from tests.support import servers


class FtpsDrop:
    """The files, and the server that shows them."""

    tells = "versions"
    mode = "file"

    def __init__(self, ledger: Ledger, folder: Path, password: str) -> None:
        self.ledger = ledger
        self._folder, self._password = folder, password
        self._server = ExitStack()
        self._later: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._folder.mkdir(mode=0o755)
        started = self._server.enter_context(servers.vsftpd(self._folder, self._password))
        self._port, self._certificate, self.drop = started
        self._owner = pwd.getpwnam("ftp")

    def stop(self) -> None:
        self._server.close()
        if self._later is not None:
            self._later.kill()
            self._later.wait()

    def adapter(self, folder: Path) -> dict[str, Any]:
        return {
            "feed": self.ledger.feed,
            "mapping": str(mapping_by_code(folder, self.ledger.feed)),
            "kind": "ftps",
            "settings": {
                "host": "127.0.0.1",
                "port": self._port,
                "username": "anonymous",
                "password": self._password,
                "ca": str(self._certificate),
                "folder": "/drop",
                "format": "delimited",
                "format_settings": {"encoding": "utf-8"},
                "timeout": 5,
            },
        }

    def release(self) -> None:
        for delivery in self.ledger.bring(NEW, CORRECTED):
            self._deliver(delivery, {})

    def correct(self, more: dict[str, str]) -> None:
        """Bring corrections alone, with more columns than other files have."""
        for delivery in self.ledger.bring(0, CORRECTED):
            self._deliver(delivery, more)

    def _deliver(self, delivery: Delivery, more: dict[str, str]) -> None:
        self.put(f"{delivery.name}.csv", [version.row | more for version in delivery.versions])

    def put(self, name: str, rows: list[dict[str, str]]) -> None:
        """Drop a file with its marker; one that the ledger does not have brings nothing to send."""
        drop_file(self.drop, name, rows, encoding="utf-8")
        for path in (self.drop / name, self.drop / f"{name}.ok"):
            os.chown(path, self._owner.pw_uid, self._owner.pw_gid)

    def told(self) -> Told:
        found = Told()
        for delivery in self.ledger.deliveries:
            path = self.drop / f"{delivery.name}.csv.result.csv"
            if not path.exists():
                continue
            verdicts = _verdicts(path)
            if len(verdicts) != len(delivery.versions):
                found.wrong.append(
                    f"ACK {self.ledger.feed}: result of {delivery.name} has {len(verdicts)}"
                    f" verdicts for {len(delivery.versions)} rows"
                )
            for row, verdict in verdicts:
                # The first row of a file stands in its second line.
                found.verdicts.setdefault(delivery.versions[row - 2].name, []).append(verdict)
        return found

    def crash(self) -> None:
        """Kill the server with every session of it."""
        for pid in self._pids():
            os.kill(pid, signal.SIGKILL)
        if self._later is not None:
            self._later.wait()

    def restart(self) -> None:
        """Start it where it was."""
        with (self._folder / "vsftpd.log").open("ab") as log:
            self._later = subprocess.Popen(
                ["/usr/sbin/vsftpd", str(self._folder / "vsftpd.conf")], stdout=log, stderr=log
            )
        servers.wait_for_port(self._port)

    def _pids(self) -> list[int]:
        own = str(self._folder / "vsftpd.conf").encode()
        found = []
        for process in Path("/proc").iterdir():
            if process.name.isdigit():
                try:
                    command = (process / "cmdline").read_bytes()
                except OSError:
                    continue
                if own in command:
                    found.append(int(process.name))
        return found


def _verdicts(path: Path) -> list[tuple[int, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return [
            (int(line[0]), line[1]) for line in csv.reader(stream) if line and line[0].isdigit()
        ]
