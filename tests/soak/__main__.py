"""Runs the soak: `python -m tests.soak [--rows 1000000] [--file-rows 10000] [--samples FILE]`.

A gateway process of its own, its readers, a centre process, a folder of files. Exit code 1 when
memory has a slope, a limit is passed, handles or threads grow, or a row at the centre is not as it
was sent.
"""

import argparse
import csv
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import create_engine, text

from tests.soak.department import COLUMNS, Patterns
from tests.soak.samples import Course, second_half, slope
from tests.soak.town import SoakTown

#: Most memory of the gateway's process, and of each reader, in MB.
GATEWAY_MB, READER_MB = 400, 300
#: Most that memory may grow over the second half, in MB per 100,000 rows.
SLOPE = 3.0
#: By how much handles and threads may differ within the second half: connections come and go.
SPREAD = 8
#: Seconds after which a run is given up: five times what a million rows take where nothing else
#: runs.
LIMIT = 7_200


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--file-rows", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--samples", type=Path, help="write every sample to this CSV file")
    chosen = parser.parse_args()
    patterns = Patterns(chosen.seed)
    with tempfile.TemporaryDirectory(prefix="creditgate-soak-") as folder:
        town = SoakTown(Path(folder), patterns, chosen.rows, chosen.file_rows)
        with town:
            start = time.monotonic()
            while not town.department.done and time.monotonic() - start < LIMIT:
                time.sleep(1)
                if town.gateway.poll() is not None:
                    break
            seconds = time.monotonic() - start
            if chosen.samples:
                readers = {f"reader {pid}": course for pid, course in town.watch.readers.items()}
                write_samples(chosen.samples, {"gateway": town.watch.gateway, **readers})
        wrong = town.complaints() + contents(town.centre_store, patterns, chosen.rows)
        wrong += growth("gateway", town.watch.gateway, chosen.rows, GATEWAY_MB)
        for pid, course in town.watch.readers.items():
            wrong += growth(f"reader {pid}", course, chosen.rows, READER_MB)
    print(f"{town.department.accepted:,} rows told accepted in {seconds:.0f} s")
    for line in wrong:
        print(line)
    sys.exit(1 if wrong else 0)


def growth(name: str, course: Course, rows: int, limit: int) -> list[str]:
    """Say how a process went, and name what is too much of it."""
    half = second_half(course, rows)
    grown = slope(half)
    if not course.samples:
        return [f"{name} was never seen"]
    resident = [sample.resident_mb for sample in course.samples]
    handles = [sample.handles for sample in half] or [0]
    threads = [sample.threads for sample in half] or [0]
    print(
        f"{name}: {resident[-1]:.0f} MB at the end, {course.peak_mb:.0f} MB at most,"
        f" {grown:+.2f} MB per 100,000 rows over the second half ({len(half)} samples);"
        f" handles {min(handles)}-{max(handles)}, threads {min(threads)}-{max(threads)}"
    )
    found = []
    if course.peak_mb > limit:
        found.append(f"{name} used {course.peak_mb:.0f} MB, more than {limit}")
    # A reader that has just begun still fills what it works with.
    if grown > SLOPE and half[-1].rows - half[0].rows > rows / 4:
        found.append(f"{name} grows by {grown:.2f} MB per 100,000 rows, more than {SLOPE}")
    for what, seen in (("handles", handles), ("threads", threads)):
        if max(seen) - min(seen) > SPREAD:
            found.append(f"{name} had from {min(seen)} to {max(seen)} {what}")
    return found


def contents(store: Path, patterns: Patterns, rows: int) -> list[str]:
    """Hold every row at the centre against what was sent."""
    engine = create_engine(f"sqlite:///{store}")
    query = f"SELECT {', '.join(COLUMNS)} FROM administrative_licence ORDER BY document_number"
    found: list[str] = []
    number = -1
    with engine.connect() as connection:
        for number, row in enumerate(connection.execute(text(query))):
            if tuple(row) != patterns.at_centre(number) and len(found) < 20:
                found.append(f"row {number} is {tuple(row)}, not {patterns.at_centre(number)}")
    engine.dispose()
    if number + 1 != rows:
        found.append(f"{number + 1:,} rows are at the centre, not {rows:,}")
    return found


def write_samples(path: Path, courses: dict[str, Course]) -> None:
    """Write every sample as a line of a CSV file."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("process", "seconds", "rows", "resident_mb", "handles", "threads"))
        for name, course in courses.items():
            for s in course.samples:
                values = (
                    round(s.seconds, 1),
                    s.rows,
                    round(s.resident_mb, 1),
                    s.handles,
                    s.threads,
                )
                writer.writerow((name, *values))


if __name__ == "__main__":
    main()
