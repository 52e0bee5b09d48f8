"""How fast each format and source is read into text columns, beside the code of a30a388 and a peer.

Run as `python -m tests.benchmarks.reading [--rows N] [--turns N] [--large N] [--only NAME]`. Each
file is read in turns by the former code, by the product (through its reader process, with the
second count), by the same code without a reader process, and by a peer, each in a process of its
own that has read a small file before. Times are CPU, of gateway and reader together.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.reading_files import (
    FIXED_WIDTH,
    WRITERS,
    XLS_ROWS,
    rows,
)
from tests.benchmarks.reading_today import PEERS

#: The code that ratios are taken of.
FORMER = "a30a388"
_ROOT = Path(__file__).parents[2]
#: Rows of the file that each contender reads before it is measured.
_SMALL = 2_000
_COLUMNS = 23
#: The format of each file, with its settings.
SETTINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "delimited, bare": ("delimited", {}),
    "delimited, quoted": ("delimited", {}),
    "delimited, UTF-8": ("delimited", {"encoding": "utf-8"}),
    "fixed width": ("fixed", {"columns": {f"c{n}": FIXED_WIDTH for n in range(_COLUMNS)}}),
    "JSON lines": ("json", {"lines": True}),
    "JSON": ("json", {}),
    "XML": ("xml", {"row": "Data/Row"}),
    "SOAP answer": ("soap", {}),
    "xlsx": ("spreadsheet", {}),
    "xlsx, inline texts": ("spreadsheet", {}),
    "xls": ("spreadsheet", {}),
    "DBF": ("dbf", {"encoding": "gbk"}),
    "database": ("database", {"table": "t", "key_column": "id", "mode": "full"}),
}


@dataclass(frozen=True, slots=True)
class Contender:
    """A process that reads what it is told to."""

    process: "subprocess.Popen[str]"

    def read(self, name: str, path: Path, settings: dict[str, Any]) -> dict[str, Any]:
        """Return what one reading took."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps([name, str(path), settings]) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer


@contextmanager
def contender(who: str, former: Path | None) -> Iterator[Contender]:
    """Start a contender; end it."""
    command = [sys.executable, "-m", "tests.benchmarks.reading_today", who]
    environment = {**os.environ, "POLARS_MAX_THREADS": "1"}
    if who == "former":
        command = [sys.executable, str(Path(__file__).with_name("reading_former.py"))]
        environment["PYTHONPATH"] = str(former)
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=former if who == "former" else _ROOT,
    )
    try:
        yield Contender(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait()


def unpack_former(folder: Path) -> Path | None:
    """Unpack the former code; None where this copy of the repository does not have it."""
    command = ["git", "-C", str(_ROOT), "archive", FORMER, "adapters", "gateway"]
    packed = subprocess.run(command, capture_output=True, check=False)
    if packed.returncode:
        print(f"{FORMER} is not in this copy of the repository: no ratios", file=sys.stderr)
        return None
    with tarfile.open(fileobj=BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def write(kind: str, count: int, folder: Path) -> Path:
    """Write a file of made-up rows; return its path."""
    path = folder / f"{count}.{'xlsx' if 'xlsx' in kind else kind.lower()}"
    WRITERS[kind](path, *rows(count))
    return path


def measure(kind: str, count: int, turns: int, folder: Path, former: Path | None) -> dict[str, Any]:
    """Return CPU seconds of each contender by turn."""
    small, path = write(kind, min(_SMALL, count), folder), write(kind, count, folder)
    name, settings = SETTINGS[kind]
    whos = ["former"] * bool(former) + ["reader", "direct"] + ["peer"] * (kind in PEERS)
    spent: dict[str, list[float]] = {who: [] for who in whos}
    with ExitStack() as stack:
        made = {who: stack.enter_context(contender(who, former)) for who in whos}
        for turn in range(turns + 1):
            for who in whos:
                asked = kind if who == "peer" else name
                answer = made[who].read(asked, path if turn else small, settings)
                if turn:
                    assert answer["rows"] == count, (kind, who, answer)
                    spent[who].append(answer["cpu_s"])
    return spent


def memory(kind: str, counts: list[int], folder: Path) -> list[tuple[float, float]]:
    """Return the most memory of reader and gateway, in MB, for files of some numbers of rows."""
    name, settings = SETTINGS[kind]
    peaks = []
    for count in counts:
        path = write(kind, count, folder)
        with contender("reader", None) as reader:
            answer = reader.read(name, path, settings)
        assert answer["rows"] == count, (kind, answer)
        peaks.append((answer["reader_mb"], answer["own_mb"]))
        path.unlink()
    return peaks


def _line(kind: str, count: int, spent: dict[str, list[float]]) -> str:
    """Return a line of the table: rates of the median, and ratios taken within each turn."""
    cells = [kind]
    for who in ("former", "reader", "direct"):
        cells.append(f"{count / median(spent[who]):,.0f}" if who in spent else "–")
    for one, other in (("former", "reader"), ("reader", "direct")):
        if one not in spent:
            cells.append("–")
            continue
        ratios = sorted(a / b for a, b in zip(spent[one], spent[other], strict=True))
        cells.append(f"{median(ratios):.2f} ({ratios[0]:.2f}–{ratios[-1]:.2f})")
    peer = f"{PEERS[kind][0]} {count / median(spent['peer']):,.0f}" if "peer" in spent else "–"
    return f"| {' | '.join([*cells, peer])} |"


def main() -> None:
    """Print a line a format."""
    options = argparse.ArgumentParser()
    options.add_argument("--rows", type=int, default=20_000)
    options.add_argument("--turns", type=int, default=3, help="0 for memory alone")
    options.add_argument("--large", type=int, default=200_000, help="rows for memory; 0 for none")
    options.add_argument("--only", action="append", help="formats whose name holds this")
    options.add_argument("--no-former", action="store_true", help=f"leave {FORMER} out")
    chosen = options.parse_args()
    wanted = [k for k in WRITERS if not chosen.only or any(part in k for part in chosen.only)]
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"{chosen.rows:,} rows of {_COLUMNS} columns, {chosen.turns} turns, load "
        f"{os.getloadavg()[0]:.1f}"
    )
    print(
        f"| format | {FORMER}, rows a CPU s | product | without its reader process | product "
        f"/ {FORMER} | its cost in CPU | peer |"
    )
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        former = None if chosen.no_former or not chosen.turns else unpack_former(folder / "former")
        for kind in wanted if chosen.turns else ():
            with tempfile.TemporaryDirectory(dir=scratch) as files:
                spent = measure(kind, chosen.rows, chosen.turns, Path(files), former)
            print(_line(kind, chosen.rows, spent), flush=True)
        for kind in wanted if chosen.large else ():
            large = min(chosen.large, XLS_ROWS) if kind == "xls" else chosen.large
            counts = [chosen.rows, large]
            with tempfile.TemporaryDirectory(dir=scratch) as files:
                peaks = memory(kind, counts, Path(files))
            said = "; ".join(
                f"{n:,} rows: reader {reader:.0f}, gateway {own:.0f}"
                for n, (reader, own) in zip(counts, peaks, strict=True)
            )
            print(f"MB | {kind} | {said}", flush=True)


if __name__ == "__main__":
    main()
