"""Makes the departments that a town has beside those of the demo, dealt by its seed."""

import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from gateway.clock import SHANGHAI
from tests.faults.departments import NEW, Department, databases
from tests.faults.departments.ftps import FtpsDrop
from tests.faults.departments.push import JsonWire, PushDepartment, SoapWire
from tests.faults.departments.tables import ListTable, StatusTable, WatermarkTable
from tests.faults.ledger import Ledger
from tests.support import servers

if TYPE_CHECKING:
    from tests.faults.world import FaultTown, Server

#: Every one, with its feed.
FEEDS = {
    "push": "water.json",
    "push soap": "water.soap",
    "status": "transport.status",
    "watermark": "transport.watermark",
    "ftps": "fire.drop",
    "list": "culture.list",
}
#: What towns have beside a feed that is pushed, in turns.
TURNS = (("status", "push soap"), ("ftps", "watermark"), ("push soap", "list"), ("ftps", "status"))


def dealt(seed: int, store: str) -> tuple[str, ...]:
    """Name the departments of a town; those whose servers this machine lacks are left out."""
    here = [name for name in TURNS[seed % len(TURNS)] if not missing(name, store)]
    return ("push", *here)


def missing(name: str, store: str) -> str:
    """Return why a department cannot be had here; "" where it can."""
    if name == "ftps":
        return servers.vsftpd_missing()
    if name in ("status", "watermark", "list") and store == "sqlite":
        return databases.missing()
    return ""


def made(
    name: str, town: "FaultTown", seed: int, parts: int, server: "Server | None"
) -> Department:
    """Make a department of a town; `server` is the PostgreSQL of the town, where it has one."""
    ledger = Ledger(FEEDS[name], seed, NEW * (parts + 8), datetime.now(SHANGHAI).date())
    password = town.tokens.setdefault(name, secrets.token_urlsafe(16))
    match name:
        case "push" | "push soap":
            wire = JsonWire() if name == "push" else SoapWire()
            return PushDepartment(ledger, wire, password, town.gateway_url)
        case "ftps":
            return FtpsDrop(ledger, town.folder / "ftps", password)
    ledger.turns_down = name == "status"
    kind = {"status": StatusTable, "watermark": WatermarkTable, "list": ListTable}[name]
    if server is not None:
        return kind(ledger, server.database(f"source_{name}"), None)
    own = databases.mariadb().database(f"town_{name}_{secrets.token_hex(4)}")
    return kind(ledger, own, databases.PASSWORD)
