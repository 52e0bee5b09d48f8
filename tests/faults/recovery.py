"""A start with twenty thousand packages waiting: how long it takes, and how much memory.

`python -m tests.faults.recovery [--packages 20000]`; `make faults` has it in its report.
"""

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from gateway.clock import utc_now
from gateway.exchange import packing
from gateway.exchange.feed import open_feed
from gateway.exchange.fetch import Fetcher
from gateway.settings.load import load_settings
from gateway.store.open import open_outbox
from tests.faults.checker import at_centre
from tests.faults.patience import patient
from tests.faults.world import MEMORY_MB, FaultTown
from tests.support.waiting import came_true

FEED = "market-regulator.penalty"
#: Seconds in which a gateway must be ready, and then have sent its first packages.
READY, SENT = 30.0, 30.0


@dataclass(frozen=True, slots=True)
class Recovery:
    """What came of a start."""

    packages: int
    ready_s: float
    peak_mb: float
    wrong: list[str]

    def line(self) -> str:
        """Say it in a sentence of the report."""
        return (
            f"With {self.packages:,} packages waiting a gateway was ready after"
            f" {self.ready_s:.1f} s and used {self.peak_mb:.0f} MB at most."
        )


def recover(packages: int) -> Recovery:
    """Put packages of one record each in a store, and start a gateway on it."""
    with tempfile.TemporaryDirectory(prefix="creditgate-faults-") as scratch:
        folder = Path(scratch)
        town = FaultTown(folder, 1, packages, 1, f"sqlite:///{folder / 'gateway.db'}")
        with town:
            waiting = _put(town)
            start = time.monotonic()
            town.gateway()
            ready = came_true(lambda: _is_ready(town), patient(READY))
            seconds = time.monotonic() - start
            sent = came_true(lambda: _arrived(town) > 100, patient(SENT))
            town.end_gateways()
            wrong = [] if ready else [f"HEAL a gateway with {waiting} packages was not ready"]
            if not sent:
                wrong.append(f"HEAL a gateway with {waiting} packages has sent {_arrived(town)}")
            if town.peak_mb > MEMORY_MB:
                wrong.append(f"CALM a gateway with {waiting} packages used {town.peak_mb:.0f} MB")
            return Recovery(waiting, seconds, town.peak_mb, wrong)


def _put(town: FaultTown) -> int:
    """Fetch every file as packages of one record, as nobody has delivered them for days."""
    settings = load_settings(town.settings_file)
    box = open_outbox(settings)
    [entry] = [one for one in settings.adapters if one.feed == FEED]
    feed = open_feed(entry, town.folder)
    most, packing.PACKAGE_RECORDS = packing.PACKAGE_RECORDS, 1
    try:
        Fetcher(box.engine, box, utc_now).fetch(feed)
    finally:
        packing.PACKAGE_RECORDS = most
        feed.adapter.close()
    with box.engine.connect() as connection:
        waiting = sum(lane.waiting for lane in box.lanes(connection))
    box.engine.dispose()
    return waiting


def _is_ready(town: FaultTown) -> bool:
    url = town.gateway_url()
    try:
        return url is not None and httpx.get(f"{url}/readyz", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def _arrived(town: FaultTown) -> int:
    return len(at_centre(town, 0).packages)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--packages", type=int, default=20_000)
    found = recover(parser.parse_args().packages)
    print(found.line())
    for line in found.wrong:
        print(line)
    sys.exit(1 if found.wrong else 0)


if __name__ == "__main__":
    main()
