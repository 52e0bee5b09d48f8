"""Memory, handles and threads of the gateway and of each of its readers, over time."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

#: Seconds between two looks.
EVERY = 1.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at one process; `rows` is how far the feed was."""

    seconds: float
    rows: int
    resident_mb: float
    handles: int
    threads: int


@dataclass
class Course:
    """All looks at one process, and the most memory that the kernel saw."""

    samples: list[Sample] = field(default_factory=list)
    peak_mb: float = 0.0


class Watch:
    """Looks at a process and its children in a thread, until it is stopped."""

    def __init__(self, pid: int, rows: Callable[[], int]) -> None:
        self.gateway = Course()
        #: Every reader that was seen, by its process id.
        self.readers: dict[int, Course] = {}
        self._pid, self._rows = pid, rows
        self._begun = time.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(20)

    def _work(self) -> None:
        while not self._stop.wait(EVERY):
            rows, seconds = self._rows(), time.monotonic() - self._begun
            _look(self._pid, self.gateway, seconds, rows)
            own = _command(self._pid)
            for child in descendants(self._pid):
                if _command(child) == own:
                    # Forked and not yet a program of its own: what it shows is the gateway's.
                    continue
                _look(child, self.readers.setdefault(child, Course()), seconds, rows)


def descendants(pid: int) -> list[int]:
    """List the processes that a process has started, and those that they have."""
    found: list[int] = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in children.read_text().split()]
        except OSError:
            continue
    return found + [other for child in found for other in descendants(child)]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _look(pid: int, course: Course, seconds: float, rows: int) -> None:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        handles = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    except OSError:
        return
    status = {name: value.split() for name, _, value in (line.partition(":") for line in lines)}
    if "VmRSS" not in status:
        return
    resident = int(status["VmRSS"][0]) / 1024
    course.peak_mb = max(course.peak_mb, int(status["VmHWM"][0]) / 1024)
    course.samples.append(Sample(seconds, rows, resident, handles, int(status["Threads"][0])))


def second_half(course: Course, rows: int) -> list[Sample]:
    """Return the samples of a course from half of all rows on, while rows still came."""
    return [s for s in course.samples if rows / 2 <= s.rows < rows]


def slope(samples: list[Sample]) -> float:
    """Return MB per 100,000 rows, by least squares; 0 where no line goes through the samples."""
    if len({sample.rows for sample in samples}) < 2:
        return 0.0
    mean_rows = sum(s.rows for s in samples) / len(samples)
    mean_mb = sum(s.resident_mb for s in samples) / len(samples)
    above = sum((s.rows - mean_rows) * (s.resident_mb - mean_mb) for s in samples)
    return 100_000 * above / sum((s.rows - mean_rows) ** 2 for s in samples)
