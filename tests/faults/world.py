"""A town in which every wire and every process can be made to fail."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from ruamel.yaml import YAML
from sqlalchemy import create_engine, text

from gateway.clock import SHANGHAI
from gateway.demo import town as demo_town
from gateway.demo.exchange_platform import ITEMS, catalogue_xml
from gateway.demo.town import SENDER, Town
from tests.faults import versions
from tests.faults.checker import Evidence, at_centre, complaints_at_any_time
from tests.faults.departments import KIND, Department
from tests.faults.destinations import Way, way
from tests.faults.ledger import NOT_TAKEN
from tests.faults.more import made
from tests.faults.patience import patient
from tests.support.proxy import Proxy
from tests.support.settings_files import write_settings
from tests.support.waiting import came_true

#: Seconds that a worker has for a package, and a client for an answer: the lease is the shorter
#: one, so that it runs out while its worker still waits.
LEASE, TIMEOUT = 2.0, 4.0
#: How long a process may take to start where the machine has other things to do, in seconds.
demo_town.START_SECONDS = 300
#: Most memory of a gateway process, in MB.
MEMORY_MB = 400
FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")


class Unanswered(Exception):
    """A command has said why it does not do what it was asked for, and nothing else."""


class Server(Protocol):
    """A database server that can be crashed."""

    def crash(self) -> None:
        """Stop at once, as by a power cut."""
        ...

    def start(self) -> None:
        """Start it where it was."""
        ...

    def database(self, name: str) -> str:
        """Make a database; return its URL."""
        ...


class FaultTown(Town):
    """A town behind proxies; its gateway and centre run with faults built in when asked.

    `extras` names the departments that it has beside those of the demo; `server` is the one of a
    store on PostgreSQL.
    """

    def __init__(
        self,
        folder: Path,
        seed: int,
        rows: int,
        parts: int,
        store: str | None,
        extras: tuple[str, ...] = (),
        server: Server | None = None,
        destination: str = "http",
    ) -> None:
        super().__init__(folder, seed, rows, "PT1S", parts, store)
        self.postgresql = server
        self.way = way(destination, folder, self.secrets.sftp)
        self.taker: subprocess.Popen[bytes] | None = None
        self._addresses: list[tuple[subprocess.Popen[bytes], Path]] = []
        #: What each department shows the gateway, or wants shown.
        self.tokens: dict[str, str] = {}
        self.departments: dict[str, Department] = {
            name: made(name, self, seed, parts, server) for name in extras
        }
        #: Whether the gateway's store is older than what it has delivered.
        self.restored = False
        #: Faults that every process from now on has.
        self.standing: dict[str, str] = {}
        #: The feed of each unit at which those fail.
        self.failing: list[str] = []
        self.platform.document = self.catalogue(1)
        self.gateways: list[subprocess.Popen[bytes]] = []
        self.peak_mb = 0.0
        self.earlier: list[Evidence] = []
        self.complaints: list[str] = []

    def catalogue(self, serial: int) -> bytes:
        """Write a catalogue of this town's feeds."""
        more = tuple(
            (d.ledger.feed, "行政许可", "Licences", d.ledger.feed.partition(".")[0], KIND, d.mode)
            for d in self.departments.values()
        )
        return catalogue_xml(serial, datetime.now(SHANGHAI), "PT1S", listed=ITEMS + more)

    def feeds(self) -> list[str]:
        return [*super().feeds(), *(d.ledger.feed for d in self.departments.values())]

    def start(self) -> None:
        for department in self.departments.values():
            department.start()
        super().start()
        self.centre_proxy = Proxy(int(self.centre_url.rsplit(":", 1)[1]))
        settings = YAML(typ="safe").load(self.settings_file.read_text())
        settings["centre"] |= {
            "url": f"http://127.0.0.1:{self.centre_proxy.port}",
            "timeout": TIMEOUT,
        }
        soap = settings["adapters"][0]["settings"]
        self.soap_proxy = Proxy(int(soap["endpoint"].rsplit(":", 1)[1].partition("/")[0]))
        soap["endpoint"] = f"http://127.0.0.1:{self.soap_proxy.port}/payment"
        # More workers than lanes: one is free to take what another is too slow for.
        settings |= {"lease": LEASE, "catalogue_every": 1, "limits": {"free_mb": 1}, "workers": 5}
        if self.way is not None:
            self._use(self.way, settings)
        settings["web"] |= {"requests_per_minute": 1_000_000}
        settings["adapters"] += [d.adapter(self.folder) for d in self.departments.values()]
        write_settings(self.settings_file, settings)

    def _use(self, way: Way, settings: dict[str, Any]) -> None:
        """Have packages go another way; totals are asked by HTTP all the same."""
        way.start()
        settings["totals"] = dict(settings["centre"])
        settings["centre"] = way.settings(settings["centre"]["url"])
        self.start_taker()

    def start_taker(self) -> None:
        """Let the centre look for packages, where it does and nobody does so yet."""
        if self.way is None or not self.way.taker:
            return
        if self.taker is None or self.taker.poll() is not None:
            own = [
                "central",
                "take",
                "--store",
                f"sqlite:///{self.centre_store}",
                "--every",
                "0.3",
                "--sender",
                SENDER,
            ]
            self.taker = self._python([*own, *self.way.taker], "taker.log", {})

    def stop(self) -> None:
        if self.way is not None:
            self.way.stop()
        for proxy in (self.centre_proxy, self.soap_proxy):
            proxy.mode = "pass"
        for department in self.departments.values():
            department.stop()
        super().stop()
        self.centre_proxy.close()
        self.soap_proxy.close()

    @property
    def released(self) -> int:
        """Rows of each department so far."""
        return self._released

    def release(self) -> None:
        """Bring the next rows; nothing where all are out."""
        if self._released < len(next(iter(self.sources.values())).rows):
            super().release()
            for department in self.departments.values():
                department.release()

    def older_gateway(self, tree: Path) -> subprocess.Popen[bytes]:
        """Start a gateway of another program's tree, with nothing built in."""
        settings = self._settings_of(tree)
        with (self.folder / "older.log").open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "gateway.cli", "run", "--settings", str(settings)],
                stdout=out,
                stderr=out,
                stdin=subprocess.DEVNULL,
                cwd=tree,
                env={**os.environ, "PYTHONPATH": str(tree)},
            )
        self._processes.append(process)
        return process

    def _settings_of(self, tree: Path) -> Path:
        """Return the settings as a program's tree reads them: reach once held for all."""
        if (tree / "gateway" / "settings" / "reach.py").exists():
            return self.settings_file
        settings = YAML(typ="safe").load(self.settings_file.read_text("utf-8"))
        departments = settings.get("reach", {}).pop("departments", {})
        networks = {network for reach in departments.values() for network in reach["networks"]}
        settings["reach"] = {"networks": sorted(networks)}
        return write_settings(self.folder / "gateway-older.yaml", settings)

    def gateway(
        self, *, log: str = "gateway.log", settings: Path | None = None, **environment: str
    ) -> subprocess.Popen[bytes]:
        """Start a gateway process, with a fault built in where the environment says so."""
        address = self.folder / f"gateway-{len(self._addresses)}.address"
        used = str(settings or self.settings_file)
        own = ["run", "--settings", used, "--address-file", str(address)]
        process = self._python(own, log, environment)
        self._addresses.append((process, address))
        self.gateways.append(process)
        return process

    def gateway_url(self) -> str | None:
        """Return where a gateway that lives listens; None where none does."""
        for process, address in reversed(self._addresses):
            if process.poll() is None and address.exists():
                return address.read_text().rstrip("/") or None
        return None

    def spawn(self, *arguments: str, log: str) -> subprocess.Popen[bytes]:
        """Start a process with faults built in: the centre is strict from the beginning."""
        return self._python(list(arguments), log, {})

    def restart_centre(self, **environment: str) -> None:
        """Start the centre where it was, when it is not running."""
        if self.centre.poll() is None:
            self.centre.kill()
            self.centre.wait()
        port = self.centre_url.rsplit(":", 1)[1]
        address = self.folder / "centre.address"
        address.unlink(missing_ok=True)
        self.centre = self._python(
            [
                "central",
                "serve",
                "--store",
                f"sqlite:///{self.centre_store}",
                "--port",
                port,
                "--address-file",
                str(address),
            ],
            "centre.log",
            environment,
        )
        came_true(address.exists, patient(30))

    def _python(
        self, arguments: list[str], log: str, environment: dict[str, str]
    ) -> subprocess.Popen[bytes]:
        with (self.folder / log).open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.process", *arguments],
                stdout=out,
                stderr=out,
                stdin=subprocess.DEVNULL,
                env={**os.environ, "FAULT_TURN_DOWN": NOT_TAKEN, **self.standing, **environment},
            )
        self._processes.append(process)
        return process

    def end_gateways(self, number: int = signal.SIGKILL) -> None:
        """End every gateway process, frozen ones too."""
        for process in self.gateways:
            if process.poll() is None:
                self._weigh(process)
                process.send_signal(signal.SIGCONT)
                process.send_signal(number)
        for process in self.gateways:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.gateways.clear()

    def look(self) -> None:
        """Take evidence now, and keep what is wrong at any time."""
        seen = at_centre(self, self.released)
        self.earlier.append(seen)
        self.complaints += complaints_at_any_time(self, seen)
        for department in self.departments.values():
            at_hand = versions.look_at(department, self.centre_store)
            self.complaints += versions.complaints_at_any_time(department.ledger, at_hand)

    def complaints_of_versions(self) -> list[str]:
        """Name what is wrong at the end with the feeds that correct what they brought."""
        found: list[str] = []
        for department in self.departments.values():
            at_hand = versions.look_at(department, self.centre_store)
            found += versions.complaints_at_the_end(department, at_hand, restored=self.restored)
            found += versions.told_gone_and_known(department, self.store)
        return found

    def is_quiet(self) -> bool:
        """Whether the departments beside those of the demo have nothing left to wait for."""
        return all(
            versions.is_quiet(department, versions.look_at(department, self.centre_store))
            for department in self.departments.values()
        )

    def evidence(self) -> Evidence:
        """Take evidence at the end, with what the operator can export."""
        seen = at_centre(self, self.released)
        seen.refusals = self.ask("refusal", "list", "--limit", "100000")
        seen.waiting = self.ask("outbox", "list", "--limit", "100000")
        feeds = self.ask("reconcile")["feeds"]
        seen.accepted = {feed["feed"]: feed["accepted"] for feed in feeds}
        seen.unbalanced = [feed for feed in feeds if not feed["balanced"]]
        engine = create_engine(self.store)
        with engine.connect() as connection:
            seen.slots = [
                tuple(row) for row in connection.execute(text("SELECT feed, due_at FROM slot"))
            ]  # type: ignore[misc]
        engine.dispose()
        return seen

    def fail_at(self, feed: str, text: str) -> None:
        """Let every gateway from now on fail at a text, which a unit of a feed has."""
        self.standing["FAULT_POISON"] = text
        self.failing.append(feed)

    def has_set_aside(self) -> bool:
        """Whether all that is made to fail is set aside: a sound gateway would take it."""
        return all(
            len(self.ask("feed", "set-aside", feed)) >= units
            for feed, units in Counter(self.failing).items()
        )

    def decide(self) -> bool:
        """Give up every unit that is set aside; return whether all feeds balance now.

        A command that could not do it, as the unit is not refused yet, is asked once more.
        """
        try:
            for department in self.departments.values():
                feed = department.ledger.feed
                for unit in self.ask("feed", "set-aside", feed):
                    self.ask("feed", "give-up", feed, unit["name"], "--why", "it was made to fail")
            return bool(self.ask("reconcile")["balanced"])
        except Unanswered:
            return False

    def ask(self, *arguments: str) -> Any:
        """Ask a command for JSON; raises Unanswered."""
        process = subprocess.run(
            [
                sys.executable,
                "-m",
                "gateway.cli",
                *arguments,
                "--settings",
                str(self.settings_file),
                "--json",
            ],
            capture_output=True,
            text=True,
            timeout=patient(60),
            check=False,
        )
        if process.returncode not in (0, 1) or not process.stdout.strip():
            raise Unanswered(
                f"{' '.join(arguments)}: {process.returncode}: {process.stderr[-1000:]}"
            )
        return json.loads(process.stdout)

    def _weigh(self, process: subprocess.Popen[bytes]) -> None:
        try:
            status = Path(f"/proc/{process.pid}/status").read_text()
        except OSError:
            return
        if "VmHWM:" in status:
            kib = int(status.partition("VmHWM:")[2].split()[0])
            self.peak_mb = max(self.peak_mb, kib / 1024)
