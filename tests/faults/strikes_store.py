"""What is done to stores: power cuts that lose what was not synced, and restores of either side."""

import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random

from tests.faults import unsynced
from tests.faults.departments.push import PushDepartment
from tests.faults.patience import patient
from tests.faults.strikes import PATIENCE, listening
from tests.faults.world import FaultTown
from tests.support.waiting import came_true


def power_cut(*, some: bool) -> Callable[[FaultTown, Random], bool]:
    """Kill the gateway and lose what its store had not synced: all of it, or any part."""

    def strike(town: FaultTown, rng: Random) -> bool:
        town.end_gateways(signal.SIGTERM)
        store, shadow = sqlite_store(town), town.folder / "shadow"
        before = posted(town)
        town.gateway(settings=None, **unsynced.watched(store, shadow))
        town.release()
        came_true(lambda: posted(town) > before, patient(PATIENCE))
        time.sleep(rng.uniform(0, 2.5))
        town.end_gateways(signal.SIGKILL)
        # Asked for before the store is looked at: a client may still be reading its last answer.
        receipts = [receipt for one in pushing(town) for receipt in one.receipts]
        unsynced.lose(store, shadow, rng, some=some)
        town.complaints += forgotten(store, receipts)
        town.look()
        return posted(town) > before

    return strike


def forgotten(store: Path, receipts: list[str]) -> list[str]:
    """Name the receipts that a store has given and does not know."""
    try:
        with closing(sqlite3.connect(store)) as connection:
            known = {row[0] for row in connection.execute("SELECT receipt FROM submission")}
    except sqlite3.DatabaseError:
        known = set()
    lost = [receipt for receipt in receipts if receipt not in known]
    return [f"SYNC receipt {receipt} was given and is not in the store" for receipt in lost]


def gateway_restored(*, away: bool) -> Callable[[FaultTown, Random], bool]:
    """Put an older backup in the place of the gateway's store, with work that came after it.

    `away`: none of that was delivered; otherwise some of it was, and some was answered.
    """

    def strike(town: FaultTown, rng: Random) -> bool:
        if not listening(town):
            return False
        store, copy = sqlite_store(town), town.folder / f"backup-{time.monotonic_ns()}.db"
        if away:
            town.centre_proxy.mode = "refuse"
            # What is under way now is settled before the backup is made.
            time.sleep(patient(2))
        _command(town, "store", "backup", str(copy))
        before = posted(town)
        town.release()
        came_true(lambda: posted(town) > before, patient(PATIENCE))
        time.sleep(rng.uniform(2, 3) if away else rng.uniform(1, 4))
        town.end_gateways(signal.SIGKILL)
        town.look()
        for end in ("", "-wal", "-shm"):
            store.with_name(store.name + end).unlink(missing_ok=True)
        shutil.copy(copy, store)
        # Numbers that were given since the backup are given once more.
        town.restored = town.restored or not away
        listening(town)
        time.sleep(rng.uniform(2, 3))
        town.centre_proxy.mode = "pass"
        return True

    return strike


def centre_restored(town: FaultTown, rng: Random) -> bool:
    """Put an older backup in the place of the centre's store, and replay as the manual says."""
    listening(town)
    copy = town.folder / f"centre-{time.monotonic_ns()}.db"
    with (
        closing(sqlite3.connect(town.centre_store)) as source,
        closing(sqlite3.connect(copy)) as to,
    ):
        source.backup(to)
    town.release()
    time.sleep(rng.uniform(3, 4))
    town.look()
    town.centre.kill()
    town.centre.wait()
    for end in ("", "-wal", "-shm"):
        Path(f"{town.centre_store}{end}").unlink(missing_ok=True)
    shutil.copy(copy, town.centre_store)
    # A centre's store that others of the machine can read is refused.
    town.centre_store.chmod(0o600)
    # What it gave since the backup it has forgotten, and gives anew.
    town.earlier.clear()
    town.restart_centre()
    _command(town, "outbox", "replay", "--until", "2100-01-01", "--why", "the centre was restored")
    return True


def sqlite_store(town: FaultTown) -> Path:
    """Return the file of a town's store."""
    return Path(town.store.removeprefix("sqlite:///"))


def pushing(town: FaultTown) -> list[PushDepartment]:
    """Return the departments that push."""
    return [one for one in town.departments.values() if isinstance(one, PushDepartment)]


def posted(town: FaultTown) -> int:
    """Count the submissions for which a receipt was given."""
    return sum(department.posted for department in pushing(town))


def _command(town: FaultTown, *arguments: str) -> None:
    own = [*arguments, "--settings", str(town.settings_file)]
    subprocess.run(
        [sys.executable, "-m", "gateway.cli", *own],
        capture_output=True,
        timeout=patient(120),
        check=True,
    )
