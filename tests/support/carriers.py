"""A folder that a department drops files into, over each server that carries it."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from adapters import (
    VERDICT_SCHEMA,
    BadUnit,
    Batch,
    Remark,
)
from adapters.files.adapter import DropAdapter
from adapters.files.folder import FolderAdapter
from adapters.files.ftps import FtpsAdapter
from adapters.files.sftp import SftpAdapter
from gateway.demo.generate import penalties
from gateway.demo.market_regulator import SftpDrop, drop_file
from tests.support import servers
from tests.support.closing import closed_later
from tests.support.fetching import items
from tests.support.memory import Memory

ROWS = penalties(1, 25, date(2026, 4, 1)).rows


#: OpenSSH where it may run, else the server of the demo.
SSH = "openssh" if shutil.which("sshd", path="/usr/sbin") and not os.geteuid() else "asyncssh"


CARRIERS = (SSH, "ftps", "folder", "openssh-plain-rename", "vsftpd", "iis", "ftps-names")


LOGIN = ("creditgate", "made-up-password")


#: FTP servers of Python's, by how they list.
STYLES = {"ftps": "mlsd", "iis": "iis", "ftps-names": "names"}


@dataclass
class Drop:
    """A folder that a department drops files into, and how the gateway comes to it."""

    folder: Path
    kind: type[DropAdapter]
    reach: dict[str, Any]

    def adapter(self, **changes: Any) -> DropAdapter:
        settings = {**self.reach, "batch_rows": 10, "settle": 0, **changes}
        if settings.get("ready", "marker") != "marker":
            settings.setdefault("archive", "archive")
        made: Callable[[Any], DropAdapter] = self.kind
        return closed_later(made(self.kind.Settings.model_validate(settings)))

    def put(self, name: str, data: bytes, *marks: str) -> None:
        for folder in reversed((self.folder / name).relative_to(self.folder).parents):
            (self.folder / folder).mkdir(exist_ok=True)
            # The server may be another user of this machine.
            (self.folder / folder).chmod(0o777)
        (self.folder / name).write_bytes(data)
        for mark in marks:
            (self.folder / f"{name}{mark}").touch()


@contextmanager
def drop_over(carrier: str, tmp_path: Path) -> Iterator[Drop]:
    """Yield a drop over one carrier."""
    folder = tmp_path / "drop"
    folder.mkdir()
    user = {"host": "127.0.0.1", "username": LOGIN[0], "password": LOGIN[1], "timeout": 5}
    if carrier == "folder":
        yield Drop(folder, FolderAdapter, {"folder": str(folder)})
    elif carrier in STYLES:
        with servers.ftps(folder, tmp_path, *LOGIN, STYLES[carrier]) as (port, certificate):
            reach = {**user, "port": port, "ca": str(certificate), "folder": "/"}
            yield Drop(folder, FtpsAdapter, reach)
    elif carrier == "vsftpd":
        if missing := servers.vsftpd_missing():
            pytest.skip(missing)
        with servers.vsftpd(tmp_path, LOGIN[1]) as (port, certificate, below):
            reach = {
                **user,
                "username": "anonymous",
                "port": port,
                "ca": str(certificate),
                "folder": "/drop",
            }
            yield Drop(below, FtpsAdapter, reach)
    elif carrier == "asyncssh":
        server = SftpDrop(folder, *LOGIN)
        server.start()
        reach = {**user, "port": server.port, "host_key": server.host_key, "folder": "/"}
        yield Drop(folder, SftpAdapter, reach)
        server.stop()
    else:
        if SSH != "openssh":
            pytest.skip("Debian's openssh-server is not installed, or this is not root")
        options = " -P posix-rename" if carrier == "openssh-plain-rename" else ""
        with servers.openssh(tmp_path, f"internal-sftp{options}") as ssh:
            reach = {
                "host": "127.0.0.1",
                "username": "root",
                "timeout": 5,
                "port": ssh.port,
                "host_key": ssh.host_key,
                "private_key": str(ssh.private_key),
                "folder": str(folder),
            }
            yield Drop(folder, SftpAdapter, reach)


def rows_of(found: list[Any]) -> list[dict[str, Any]]:
    return [row for item in found if isinstance(item, Batch) for row in item.rows.to_dicts()]


def bad_rules(found: list[Any]) -> list[str]:
    return [item.rule for item in found if isinstance(item, BadUnit)]


def remarks(found: list[Any]) -> list[str]:
    return [item.name for item in found if isinstance(item, Remark)]


def csv_bytes(folder: Path, rows: list[Any]) -> bytes:
    drop_file(folder, "made.csv", rows)
    data = (folder / "made.csv").read_bytes()
    (folder / "made.csv").unlink()
    (folder / "made.csv.ok").unlink()
    return data


def names(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def keep_all(adapter: DropAdapter, memory: Memory | None = None, cursor: str = "") -> list[Any]:
    """Fetch as the gateway does: what is kept is known from then on."""
    found = list(items(adapter, cursor))
    for item in found:
        if isinstance(item, Batch):
            if memory is not None and item.last:
                memory.units.add(item.unit)
            adapter.keep(item)
    return found


def last_cursor(found: list[Any]) -> str:
    return next(item.cursor for item in reversed(found) if isinstance(item, Batch))


def answer(adapter: DropAdapter, found: list[Any]) -> None:
    verdict = pl.DataFrame([{"ref": "2", "verdict": "accepted"}], schema=VERDICT_SCHEMA)
    for item in found:
        if isinstance(item, Batch):
            adapter.acknowledge(item.unit, [verdict])
