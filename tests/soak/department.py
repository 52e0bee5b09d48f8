"""A department with a folder of files, of which every row is known by its number."""

import csv
import io
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from gateway.demo.generate import Row, licences

#: Files that wait at most: the disk of the run need not have room for all.
AHEAD = 3
#: Rows that are made by the generator; each of the million is one of them with a number of its own.
PATTERNS = 1_000
_FIRST_DAY = date(2025, 1, 1)


class Patterns:
    """Makes row number N, and says what the centre must have of it."""

    def __init__(self, seed: int) -> None:
        made = licences(seed, PATTERNS * 2, date(2026, 1, 1))
        fates = zip(made.rows, made.ledger, strict=True)
        sound = [row for row, entry in fates if entry.fate == "accepted"]
        plain = [r for r in sound if r["XK_JDRQ"].isascii() and len(r["XK_FR_ZJHM"]) == 18]
        self._rows = plain[:PATTERNS]

    def row(self, number: int) -> Row:
        """Make a row; no two are alike in number, content, day and remark."""
        day = _FIRST_DAY + timedelta(days=number % 300)
        return self._rows[number % len(self._rows)] | {
            "XK_WSH": f"惠市环许〔浸泡〕{number:07}号",
            "XK_NR": f"准予排放经处理的生产废水，第 {number} 条",
            "XK_JDRQ": day.isoformat(),
            "BZ": f"备注 {number * 7919 % 1_000_003}",
        }

    def at_centre(self, number: int) -> tuple[str, ...]:
        """Return what the centre must hold of a row, in the order of `COLUMNS`."""
        row = self.row(number)
        return tuple(row[code] for code in COLUMNS.values())


#: Columns of the centre's table that are looked at, with the national code of each.
COLUMNS = {
    "document_number": "XK_WSH",
    "content": "XK_NR",
    "decision_date": "XK_JDRQ",
    "remark": "BZ",
    "subject_name": "XK_XDR_MC",
    "unified_code": "XK_XDR_SHXYM",
    "legal_representative": "XK_FRDB",
    "legal_representative_id_number": "XK_FR_ZJHM",
    "licence_number": "XK_XKBH",
}


class Department:
    """Drops files of rows, a few ahead of the gateway, and takes the results away."""

    def __init__(self, folder: Path, patterns: Patterns, rows: int, file_rows: int) -> None:
        self._folder, self._patterns = folder, patterns
        self._rows, self._file_rows = rows, file_rows
        #: Rows that were told accepted, and every other verdict.
        self.accepted = 0
        self.other: list[str] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def start(self) -> None:
        self._folder.mkdir()
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(60)

    @property
    def done(self) -> bool:
        """Whether it was told of every row."""
        return self.accepted + len(self.other) >= self._rows

    def _work(self) -> None:
        starts = iter(range(0, self._rows, self._file_rows))
        while not self._stop.is_set():
            self._take_results()
            waiting = sum(1 for _ in self._folder.glob("*.csv.ok"))
            start = next(starts, None) if waiting < AHEAD else None
            if start is None:
                self._stop.wait(0.5)
            else:
                self._drop(start)

    def _drop(self, start: int) -> None:
        numbers = range(start, min(start + self._file_rows, self._rows))
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(self._patterns.row(0)))
        writer.writeheader()
        writer.writerows(self._patterns.row(number) for number in numbers)
        name = f"soak-{start:07}.csv"
        (self._folder / f"{name}.part").write_bytes(text.getvalue().encode("gb18030"))
        (self._folder / f"{name}.part").rename(self._folder / name)
        (self._folder / f"{name}.ok").write_text(f"rows={len(numbers)}\n")

    def _take_results(self) -> None:
        for done in list(self._folder.glob("*.done")):
            name = done.name.removesuffix(".done")
            result = self._folder / f"{name}.result.csv"
            if not result.exists():
                continue
            for verdict in _verdicts(result):
                if verdict in ("accepted", "接受"):
                    self.accepted += 1
                else:
                    self.other.append(f"{name}: {verdict}")
            for path in (self._folder / name, result, done):
                path.unlink()


def _verdicts(path: Path) -> Iterator[str]:
    with path.open(encoding="gb18030", newline="") as stream:
        for line in csv.reader(stream):
            if line and line[0].isdigit():
                yield line[1]
