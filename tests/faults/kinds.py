"""Every kind of fault, with the line of the table that it counts in."""

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from random import Random

from tests.faults import strikes
from tests.faults.process import CENTRE_POINTS, GATEWAY_POINTS
from tests.faults.world import FAKETIME, FaultTown

#: Answers, silences and falsehoods of the centre's side.
CENTRE_MODES = (
    "refuse", "flap", "500", "lie", "empty", "redirect", "busy", "slow", "late", "hang", "drip",
    "swallow", "cut", "half", "other receipt", "short receipt",
)  # fmt: skip
SOURCE_MODES = ("refuse", "500", "lie", "swallow", "cut", "half", "hang")


@dataclass(frozen=True)
class Fault:
    """One fault; `group` is its line in the table, `strike` does it and tells whether it struck."""

    group: str
    name: str
    strike: Callable[[FaultTown, Random], bool]
    #: Which stores it makes sense on.
    stores: tuple[str, ...] = ("sqlite", "postgresql")


@cache
def may_trace() -> bool:
    """Tell whether strace is here and may trace."""
    try:
        return subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, check=False).returncode == 0  # fmt: skip
    except OSError:
        return False


def every_fault(*, tmpfs: bool) -> list[Fault]:
    """List each fault once; those that this machine cannot do are left out."""
    sqlite, postgresql = ("sqlite",), ("postgresql",)
    found = [
        Fault("kill -9 of the gateway at a named point", f"{name}, pass {hits}", strikes.gateway_point(name, hits))
        for name in GATEWAY_POINTS for hits in (1, 2)
        if not (hits == 2 and name.startswith(("start", "catalogue")))
    ] + [
        Fault("kill -9 of the centre at a named point", f"{name}, pass {hits}", strikes.centre_point(name, hits))
        for name in CENTRE_POINTS for hits in (1, 2)
    ] + [
        Fault("the centre or its network", mode, strikes.centre_mode(mode)) for mode in CENTRE_MODES
    ] + [
        Fault("a department or its network", f"SOAP {mode}", strikes.source_mode(mode)) for mode in SOURCE_MODES
    ]  # fmt: skip
    found += [
        Fault("kill -9 at any moment", "gateway", strikes.killed_at_any_moment),
        Fault("kill -9 at any moment", "centre", strikes.centre_killed),
        Fault("SIGTERM, once or twice", "gateway", strikes.ended_politely),
        Fault("a lease that runs out", "gateway frozen", strikes.frozen_past_its_lease),
        Fault("a lease that runs out", "centre slower than the lease", strikes.slower_than_its_lease),
        Fault("the centre or its network", "frozen", strikes.centre_frozen),
        Fault("a department or its network", "SFTP server gone", strikes.sftp_gone),
        Fault("a department or its network", "file half written", strikes.half_written_file),
        Fault("a department or its network", "table locked", strikes.source_table_locked),
        Fault("the exchange platform", "catalogue empty, cut, malformed or older", strikes.catalogue_bad),
        Fault("replay of everything, twice at once", "outbox replay", strikes.replayed),
        Fault("two gateways on one store", "second gateway", strikes.second_gateway),
        Fault("the store", "cut, emptied, removed or overwritten", strikes.store_damaged, sqlite),
        Fault("no descriptors left", "gateway", strikes.few_descriptors),
        Fault("a department or its network", "write-back refused", strikes.write_back_fails),
        Fault("the store", "sessions cut", strikes.sessions_cut, postgresql),
        Fault("the store", "PostgreSQL crashed", strikes.database_crashed, postgresql),
    ]  # fmt: skip
    if FAKETIME.exists():
        found.append(Fault("the machine's clock set", "+1 h, -1 h, +10 years", strikes.clock_set))
    if tmpfs:
        found.append(Fault("the store", "disk full", strikes.disk_full, sqlite))
    if may_trace():
        found.append(Fault("the store", "fdatasync fails", strikes.sync_fails, sqlite))
    return found
