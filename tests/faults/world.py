"""A town in which every wire and every process can be made to fail."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from sqlalchemy import create_engine, text

from gateway.demo.town import Town
from tests.faults.checker import Evidence, at_centre, complaints_at_any_time
from tests.proxy import Proxy
from tests.waiting import came_true

#: Seconds that a worker has for a package, and a client for an answer: the lease is the shorter one, so
#: that it runs out while its worker still waits.
LEASE, TIMEOUT = 2.0, 4.0
#: Most memory of a gateway process, in MB.
MEMORY_MB = 400
FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")


class FaultTown(Town):
    """A town behind proxies; its gateway and centre run with faults built in when asked."""

    def __init__(self, folder: Path, seed: int, rows: int, parts: int, store: str | None) -> None:
        super().__init__(folder, seed, rows, "PT1S", parts, store)
        self.gateways: list[subprocess.Popen[bytes]] = []
        self.peak_mb = 0.0
        self.earlier: list[Evidence] = []
        self.complaints: list[str] = []

    def start(self) -> None:
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
        with self.settings_file.open("w", encoding="utf-8") as out:
            YAML().dump(settings, out)

    def stop(self) -> None:
        for proxy in (self.centre_proxy, self.soap_proxy):
            proxy.mode = "pass"
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

    def gateway(self, *, log: str = "gateway.log", **environment: str) -> subprocess.Popen[bytes]:
        """Start a gateway process, with a fault built in where the environment says so."""
        process = self._python(["run", "--settings", str(self.settings_file)], log, environment)
        self.gateways.append(process)
        return process

    def restart_centre(self, **environment: str) -> None:
        """Start the centre where it was, when it is not running."""
        if self.centre.poll() is None:
            self.centre.kill()
            self.centre.wait()
        port = self.centre_url.rsplit(":", 1)[1]
        address = self.folder / "centre.address"
        address.unlink(missing_ok=True)
        self.centre = self._python(
            ["central", "serve", "--store", f"sqlite:///{self.centre_store}", "--port", port,
             "--token-file", str(self.folder / "centre.token"), "--address-file", str(address)],
            "centre.log", environment,
        )  # fmt: skip
        came_true(address.exists, 30)

    def _python(self, arguments: list[str], log: str, environment: dict[str, str]) -> subprocess.Popen[bytes]:  # fmt: skip
        with (self.folder / log).open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.process", *arguments],
                stdout=out, stderr=out, stdin=subprocess.DEVNULL, env={**os.environ, **environment},
            )  # fmt: skip
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

    def evidence(self) -> Evidence:
        """Take evidence at the end, with what the operator can export."""
        seen = at_centre(self, self.released)
        seen.refusals = self.ask("refusal", "list", "--limit", "100000")
        seen.waiting = self.ask("outbox", "list", "--limit", "100000")
        seen.accepted = {feed["feed"]: feed["accepted"] for feed in self.ask("reconcile")["feeds"]}
        engine = create_engine(self.store)
        with engine.connect() as connection:
            seen.slots = [
                tuple(row) for row in connection.execute(text("SELECT feed, due_at FROM slot"))
            ]  # type: ignore[misc]
        engine.dispose()
        return seen

    def ask(self, *arguments: str) -> Any:
        """Ask a command for JSON."""
        done = subprocess.run(
            [sys.executable, "-m", "gateway.cli", *arguments, "--settings", str(self.settings_file), "--json"],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode in (0, 1), done.stderr
        return json.loads(done.stdout)

    def _weigh(self, process: subprocess.Popen[bytes]) -> None:
        try:
            status = Path(f"/proc/{process.pid}/status").read_text()
        except OSError:
            return
        if "VmHWM:" in status:
            kib = int(status.partition("VmHWM:")[2].split()[0])
            self.peak_mb = max(self.peak_mb, kib / 1024)
