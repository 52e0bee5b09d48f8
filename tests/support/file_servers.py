"""Files on a server, and what a fetch of them brought."""

from pathlib import Path
from typing import Any

from adapters import (
    Batch,
    Fetched,
    Remark,
)
from adapters.files.ftps import FtpsAdapter, FtpsSettings
from tests.support.closing import closed_later

PASSWORD = "made-up-password"


def put(folder: Path, *names: str) -> None:
    for number, name in enumerate(names):
        (folder / name).write_text(f"a\n{number}\n")
        (folder / f"{name}.ok").touch()


def units(found: list[Fetched]) -> list[str]:
    return [item.unit.partition("@")[0] for item in found if isinstance(item, Batch)]


def remarks(found: list[Fetched]) -> list[str]:
    return [item.name for item in found if isinstance(item, Remark)]


def ftps(port: int, certificate: Path, **settings: Any) -> FtpsAdapter:
    whole = {
        "host": "127.0.0.1",
        "port": port,
        "username": "creditgate",
        "password": PASSWORD,
        "ca": certificate,
        "timeout": 5,
        "settle": 0,
        **settings,
    }
    return closed_later(FtpsAdapter(FtpsSettings.model_validate(whole)))
