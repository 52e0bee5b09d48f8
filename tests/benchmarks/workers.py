"""How many times one worker process's deliveries four make, on PostgreSQL, to a centre that takes
100 ms a package.

Run as `python -m tests.benchmarks.workers [--packages N]`; prints a line a number of processes, and
whether every ordered lane kept its order.
"""

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import polars as pl
import zstandard
from flask import Flask, Response, request

from gateway.catalogue.tables import catalogue
from gateway.clock import SHANGHAI
from gateway.demo.exchange_platform import catalogue_xml
from gateway.exchange.context import frame_bytes
from gateway.protocol.header import Header
from gateway.protocol.package_writer import package_xml
from gateway.protocol.receipt_writer import receipt_xml
from gateway.serving.server import WsgiServer
from gateway.store.open import open_store
from outbox import Draft, Outbox, insert_new, writing
from tests.support.servers import postgresql
from tests.support.settings_files import write_settings

LANES = [f"department-{n:02}.feed" for n in range(20)]
RECORDS = 20
TAKES = 0.1


class SlowCentre:
    """Takes every package and answers its receipt 100 ms later; remembers what came when."""

    def __init__(self) -> None:
        self.arrived: dict[str, list[int]] = defaultdict(list)
        self.packages = 0
        self._lock = threading.Lock()
        app = Flask(__name__)

        @app.post("/packages")
        def _take() -> Response:
            xml = zstandard.decompress(request.get_data())
            guid, feed, sequence = (
                re.search(rb"<%s>([^<]*)<" % name, xml)[1].decode()  # type: ignore[index]
                for name in (b"PackageGuid", b"Feed", b"Sequence")
            )
            with self._lock:
                self.arrived[feed].append(int(sequence))
            time.sleep(TAKES)
            keys = [key.decode() for key in re.findall(rb' key="([0-9a-f]+)"', xml)]
            with self._lock:
                self.packages += 1
            digest = hashlib.sha256(xml).hexdigest()
            receipt = receipt_xml(guid, digest, datetime.now(UTC), keys, {})
            return Response(receipt, content_type="application/xml")

        self.server = WsgiServer(app, threads=32).start()


def catalogue_of_lanes() -> bytes:
    """Write a catalogue that has every lane, from the demo's first item."""
    xml = catalogue_xml(1, datetime.now(SHANGHAI), "PT1H").decode()
    head, _, rest = xml.partition("<Item ")
    item = "<Item " + rest.partition("</Item>")[0] + "</Item>"
    items = "".join(item.replace("housing-fund.payment", lane) for lane in LANES)
    return f"{head}{items}</Catalogue>".encode()


def fill(outbox: Outbox, packages: int) -> None:
    """Put packages of made-up withdrawals into every lane; half of the lanes keep an order."""
    now = datetime.now(UTC)
    for place, lane in enumerate(LANES):
        count = packages // len(LANES)
        with writing(outbox.engine) as connection:
            first = outbox.reserve(connection, lane, count, now, ordered=place % 2 == 0)
            outbox.put(connection, lane, [_draft(lane, first + n, now) for n in range(count)], now)


def _draft(lane: str, sequence: int, now: datetime) -> Draft:
    keys = pl.Series("key", [uuid4().hex for _ in range(RECORDS)])
    guid = str(uuid4())
    header = Header(guid, "housing-fund", lane, "HousingFundPayment", "1.0", sequence, now, RECORDS)
    xml = package_xml(header, pl.Series([f'<c:Withdrawal key="{key}"/>' for key in keys]))
    context = frame_bytes(pl.DataFrame({"#key": keys}))
    return Draft(guid, sequence, zstandard.compress(xml), context, RECORDS)


def run(folder: Path, url: str, processes: int, packages: int) -> float:
    """Deliver all packages with a number of worker processes; give packages a second."""
    centre = SlowCentre()
    settings = folder / "gateway.yaml"
    service = {"url": f"http://127.0.0.1:{centre.server.port}", "token": "made-up"}
    # Written out twice: settings may have no aliases.
    tree = {
        "store": url,
        "catalogue": service,
        "centre": dict(service),
        "workers": 1,
        "adapters": [],
    }
    write_settings(settings, tree)
    engine = open_store(url)
    outbox = Outbox(engine)
    with writing(engine) as connection:
        insert_new(
            connection,
            catalogue,
            {"serial": 1, "document": catalogue_of_lanes(), "taken_at": datetime.now(UTC)},
        )
    log = (folder / "workers.log").open("ab")
    command = [
        sys.executable,
        "-m",
        "gateway.cli",
        "run",
        "--role",
        "worker",
        "--settings",
        str(settings),
    ]
    started = [subprocess.Popen(command, stdout=log, stderr=log) for _ in range(processes)]
    # They must be up before there is anything to do.
    time.sleep(6)
    fill(outbox, packages)
    start = time.perf_counter()
    deadline = start + timedelta(minutes=10).total_seconds()
    while centre.packages < packages and time.perf_counter() < deadline:
        time.sleep(0.05)
    seconds = time.perf_counter() - start
    for process in started:
        process.terminate()
    for process in started:
        process.wait(20)
    with engine.connect() as connection:
        assert outbox.unsettled(connection) == 0
    engine.dispose()
    centre.server.stop()
    for lane in LANES[::2]:
        assert centre.arrived[lane] == sorted(centre.arrived[lane]), f"{lane} lost its order"
    assert sum(map(len, centre.arrived.values())) == packages, "a package was sent twice"
    return packages / seconds


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--packages", type=int, default=400)
    packages = parser.parse_args().packages
    with tempfile.TemporaryDirectory() as folder, postgresql(Path(folder)) as url:
        rates = {n: run(Path(folder), url, n, packages) for n in (1, 2, 4)}
    for processes, rate in rates.items():
        print(
            f"{processes} worker processes: {rate:6.1f} packages/s, {rate / rates[1]:.2f} "
            "times one; lanes in order"
        )
    print(json.dumps({"ratio": rates[4] / rates[1]}))


if __name__ == "__main__":
    main()
