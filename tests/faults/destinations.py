"""Other ways to the centre than HTTP: SOAP, a drop by SFTP, a front-end table, a message broker."""

import signal
import subprocess
from pathlib import Path
from typing import Any, Protocol

from gateway.demo.market_regulator import SftpDrop
from tests.support.servers import free_port, wait_for_port

#: Every kind but HTTP, which all other towns have.
KINDS = ("soap", "sftp", "database", "nats")


class Way(Protocol):
    """How packages reach the centre; `address` is its HTTP service's, behind the town's proxy."""

    #: Options of `central take`, where the centre looks for packages itself.
    taker: tuple[str, ...]

    def start(self) -> None:
        """Start what stands between."""
        ...

    def settings(self, address: str) -> dict[str, Any]:
        """Return what the gateway is told of it."""
        ...

    def crash(self) -> None:
        """End what stands between as a power cut does; nothing where nothing does."""
        ...

    def restart(self) -> None:
        """Start it again where it was."""
        ...

    def stop(self) -> None:
        """End it."""
        ...


class Soap:
    """The centre's SOAP service: nothing stands between."""

    taker: tuple[str, ...] = ()

    def settings(self, address: str) -> dict[str, Any]:
        return {"kind": "soap", "url": f"{address}/soap", "token": "secret:centre", "timeout": 4}

    def start(self) -> None: ...
    def crash(self) -> None: ...
    def restart(self) -> None: ...
    def stop(self) -> None: ...


class SftpWay:
    """A folder of the centre's, which it shows by SFTP and looks through."""

    def __init__(self, folder: Path, password: str) -> None:
        self._drop = SftpDrop(folder, "creditgate", password)
        self._password = password
        self.taker: tuple[str, ...] = ("--folder", str(folder))

    def start(self) -> None:
        self._drop.start()

    def settings(self, address: str) -> dict[str, Any]:
        return {
            "kind": "sftp",
            "host": "127.0.0.1",
            "port": self._drop.port,
            "username": "creditgate",
            "password": self._password,
            "host_key": self._drop.host_key,
            "folder": "/",
            "receipts": "/",
            "poll": 0.3,
            "timeout": 4,
        }

    def crash(self) -> None:
        self._drop.stop()

    def restart(self) -> None:
        self._drop.start(self._drop.port)

    def stop(self) -> None:
        self._drop.stop()


class TableWay:
    """A front-end table that both sides write to: nothing stands between."""

    def __init__(self, folder: Path) -> None:
        self._url = f"sqlite:///{folder / 'front.db'}"
        self.taker: tuple[str, ...] = ("--table", self._url)

    def settings(self, address: str) -> dict[str, Any]:
        return {"kind": "database", "url": self._url, "poll": 0.3}

    def start(self) -> None: ...
    def crash(self) -> None: ...
    def restart(self) -> None: ...
    def stop(self) -> None: ...


class NatsWay:
    """A broker with JetStream, its streams on disk."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._port = folder, free_port()
        self._address = f"nats://127.0.0.1:{self._port}"
        self.taker: tuple[str, ...] = ("--broker", self._address)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = ["nats-server", "-a", "127.0.0.1", "-p", str(self._port), "-js"]
        with (self._folder / "nats.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "-sd", str(self._folder / "nats")], stdout=log, stderr=log
            )
        wait_for_port(self._port)

    def settings(self, address: str) -> dict[str, Any]:
        return {"kind": "nats", "url": self._address, "poll": 0.3, "timeout": 4}

    def crash(self) -> None:
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        self.start()

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, number: int) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)
            self._process.wait(20)


def way(kind: str, folder: Path, password: str) -> Way | None:
    """Make a way to the centre; None for HTTP, which needs nothing."""
    match kind:
        case "soap":
            return Soap()
        case "sftp":
            return SftpWay(folder / "at-centre", password)
        case "database":
            return TableWay(folder)
        case "nats":
            return NatsWay(folder)
    return None
