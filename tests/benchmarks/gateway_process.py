"""The gateway's side of the throughput benchmark: the real line, outbox and delivery over a local
CSV file.

Run as `python -m tests.benchmarks.gateway_process CSV STORE CENTRE_URL TOKEN WORKERS READING`; says
"ready", waits for a line on standard input, works, and prints one JSON object. READING: `reader`,
as the product does, or `here`: the same format in this process, to tell what the reader costs.
"""

import json
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

import polars as pl
from pydantic import SecretStr

import mappings
from adapters import Batch, Settings, Step
from adapters.formats import Chunk
from adapters.formats.delimited import DelimitedSettings, DelimitedText
from adapters.reader.files import FileReading, FileRequest
from adapters.reader.pool import pool
from gateway.clock import utc_now
from gateway.delivery.settlement import UnitSettlement
from gateway.delivery.worker import Deliverer
from gateway.destinations.http import HttpDestination, HttpSettings
from gateway.exchange import feed_store
from gateway.exchange.acknowledge import acknowledge_due
from gateway.exchange.commit import Terms
from gateway.exchange.feed import Feed
from gateway.exchange.fetch import Fetcher
from gateway.mapping import load_mapping
from gateway.serving.server import collect_rarely
from gateway.standard import load_gates, load_rules
from gateway.store.open import open_store
from outbox import Outbox
from tests.benchmarks.machine import cpu_s

FEED = "market-regulator.penalty"


class LocalCsv:
    """Reads a GB18030 file as the SFTP adapter does; its acknowledgement counts verdicts."""

    Settings = Settings

    def __init__(self, path: Path, reading: str) -> None:
        self._path = path
        self._reading = reading
        self.verdicts = 0

    def _chunks(self, stream: BinaryIO) -> Iterator[Chunk]:
        if self._reading == "reader":
            yield from FileReading(stream, FileRequest("delimited"))
            return
        made = DelimitedText(DelimitedSettings())
        yield from made.read(stream, 10_000)
        stream.seek(0)
        made.count(stream)

    def fetch(self, cursor: str) -> Iterator[Batch]:
        if cursor:
            return
        held: Batch | None = None
        with self._path.open("rb") as stream:
            for chunk in self._chunks(stream):
                if not chunk.rows.height:
                    continue
                if held is not None:
                    yield held
                refs = pl.Series("ref", chunk.numbers, dtype=pl.UInt32).cast(pl.String)
                held = Batch(self._path.name, chunk.rows, refs, "", last=False, faults=chunk.faults)
        assert held is not None
        yield Batch(held.unit, held.rows, held.refs, "end", last=True)

    def keep(self, batch: Batch) -> None: ...

    def acknowledge(self, unit: str, verdicts: Iterable[pl.DataFrame]) -> None:
        self.verdicts += sum(frame.height for frame in verdicts)

    def test(self) -> Iterator[Step]:
        yield Step("", "", ok=True)

    def close(self) -> None: ...


def peak_mb() -> float:
    """Return this process's largest resident size; getrusage counts the parent's too."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def readers_cpu_s() -> float:
    """Return the processor time of this process's idle readers."""
    return sum(cpu_s(reader.pid) for reader in pool()._idle)


def main() -> None:
    csv, url, centre_url, token, workers, reading = sys.argv[1:]
    load_gates()
    mapping = load_mapping(mappings.ROOT / "market-regulator" / "penalty.yaml")
    load_rules(mapping.kind.name, mapping.kind.version)
    engine = open_store(url)
    outbox = Outbox(engine)
    adapter = LocalCsv(Path(csv), reading)
    feed = Feed(FEED, mapping, adapter)
    client = HttpDestination(HttpSettings(url=centre_url, token=SecretStr(token), timeout=60))
    deliverer = Deliverer(
        engine, outbox, client, UnitSettlement(engine, outbox), utc_now, timedelta(minutes=5)
    )
    stop = threading.Event()
    threads = [
        threading.Thread(target=deliverer.run, args=(stop, lambda: [FEED]))
        for _ in range(int(workers))
    ]
    collect_rarely()
    with pool().reader():
        # Started now, as a gateway that runs has its reader: only its work is counted.
        pass
    print("ready", flush=True)
    sys.stdin.readline()
    before = time.process_time() + readers_cpu_s()
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    Fetcher(engine, outbox, utc_now).fetch(feed, Terms(timedelta(hours=1)))
    fetched = time.perf_counter() - start
    while True:
        with engine.connect() as connection:
            if outbox.unsettled(connection) == 0:
                break
        time.sleep(0.02)
    settled = time.perf_counter() - start
    acknowledge_due(engine, outbox, feed, utc_now, 0.5)
    acknowledged = time.perf_counter() - start
    stop.set()
    for thread in threads:
        thread.join()
    with engine.connect() as connection:
        [totals] = feed_store.totals(connection)
    print(
        json.dumps(
            {
                "rows": totals.rows,
                "accepted": totals.accepted,
                "refused": totals.refused,
                "verdicts": adapter.verdicts,
                "fetched_s": fetched,
                "settled_s": settled,
                "acknowledged_s": acknowledged,
                "cpu_s": time.process_time() + readers_cpu_s() - before,
                "peak_mb": peak_mb(),
            }
        )
    )


if __name__ == "__main__":
    main()
