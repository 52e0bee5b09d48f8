"""What is done to stores: power cuts that lose what was not synced, and restores of either side."""

import os
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

from sqlalchemy import text

from outbox import open_engine
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
    return [value for value in town.departments.values() if isinstance(value, PushDepartment)]


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


def disk_full(town: FaultTown, rng: Random) -> bool:
    """Fill the small disk that the store is on, to the last byte."""
    disk = Path(town.store.removeprefix("sqlite:///")).parent
    listening(town)
    town.release()
    time.sleep(rng.uniform(0, 1.5))
    balloon = disk / "balloon"
    struck = False
    with balloon.open("wb", buffering=0) as out:
        try:
            while True:
                out.write(b"\0" * 65_536)
        except OSError:
            struck = True
    town.release()
    time.sleep(rng.uniform(1.5, 3))
    town.look()
    balloon.unlink()
    return struck


def sync_fails(town: FaultTown, rng: Random) -> bool:
    """Let some of the store's fdatasync calls fail with EIO (strace), then end it all."""
    town.end_gateways(signal.SIGTERM)
    when = f"{rng.randint(3, 12)}+{rng.randint(3, 9)}"
    command = [
        "strace",
        "-f",
        "-qq",
        "-o",
        os.devnull,
        "-e",
        "trace=fdatasync",
        "-e",
        f"inject=fdatasync:error=EIO:when={when}",
    ]
    own = [
        sys.executable,
        "-m",
        "tests.faults.process",
        "run",
        "--settings",
        str(town.settings_file),
    ]
    with (town.folder / "gateway.log").open("ab") as out:
        process = subprocess.Popen(
            [*command, *own],
            stdout=out,
            stderr=out,
            start_new_session=True,
            env={**os.environ, **town.standing},
        )
    town.release()
    time.sleep(rng.uniform(5, 7))
    town.look()
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    town.look()
    return "disk I/O error" in (town.folder / "gateway.log").read_text()


def store_damaged(town: FaultTown, rng: Random) -> bool:
    """Cut, empty, remove or overwrite the store: no gateway starts on it. Then give it back."""
    listening(town)
    town.release()
    time.sleep(rng.uniform(2, 3))
    town.end_gateways(signal.SIGTERM)
    store = Path(town.store.removeprefix("sqlite:///"))
    files = [store.with_name(store.name + end) for end in ("", "-wal", "-shm")]
    kept = {path: path.read_bytes() for path in files if path.exists()}
    whole = kept[store]
    harm = rng.choice(["cut", "emptied", "removed", "overwritten"])
    if harm == "removed":
        store.unlink()
    else:
        harmed = {
            "cut": whole[: len(whole) // 2],
            "emptied": b"",
            "overwritten": whole[:16_384] + b"\xff" * 65_536 + whole[81_920:],
        }[harm]
        store.write_bytes(harmed)
    for log in files[1:]:
        log.unlink(missing_ok=True)
    process = town.gateway()
    refused = (
        came_true(lambda: process.poll() is not None, patient(PATIENCE)) and process.returncode == 1
    )
    town.end_gateways()
    for path in files:
        path.unlink(missing_ok=True)
    for path, data in kept.items():
        path.write_bytes(data)
    said = "is damaged" in (town.folder / "gateway.log").read_text()
    if not (refused and said):
        town.complaints.append(
            f"LOUD a gateway started on a store that was {harm}, or did not say why not"
        )
    return True


def sessions_cut(town: FaultTown, rng: Random) -> bool:
    listening(town)
    town.release()
    engine = open_engine(town.store)
    cut = 0
    for _ in range(rng.randint(2, 6)):
        with engine.connect() as connection:
            others = (
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE "
                "application_name = 'creditgate' AND pid <> pg_backend_pid()"
            )
            cut += connection.execute(text(others)).scalar_one()
        time.sleep(0.4)
    engine.dispose()
    town.look()
    return cut > 0


def database_crashed(town: FaultTown, rng: Random) -> bool:
    """Stop PostgreSQL at once (SIGQUIT: no checkpoint, sessions dropped) and start it again."""
    listening(town)
    town.release()
    time.sleep(rng.uniform(0.3, 1.5))
    assert town.postgresql is not None
    town.postgresql.crash()
    time.sleep(rng.uniform(0.5, 2))
    town.postgresql.start()
    town.look()
    return True
