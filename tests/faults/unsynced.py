"""Loses, after a kill, what a store had written and not synced: by a library, built with gcc.

A kill alone loses nothing: the kernel has what was written. The library (unsynced.c) keeps each
file of the store's folder as of its last fsync; `lose` gives those back.
"""

import atexit
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from random import Random

SOURCE = Path(__file__).with_name("unsynced.c")
#: Parts of a file that a disk writes whole or not at all, in bytes.
SECTOR = 4_096


@cache
def library() -> Path | None:
    """Build the library; None where there is no gcc."""
    compiler = shutil.which("gcc")
    if compiler is None:
        return None
    folder = Path(tempfile.mkdtemp(prefix="creditgate-unsynced-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    built = folder / "unsynced.so"
    options = ["-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o", str(built)]
    process = subprocess.run(
        [compiler, *options, str(SOURCE), "-ldl", "-lpthread"],
        capture_output=True,
        text=True,
        check=False,
    )
    if process.returncode:
        raise RuntimeError(process.stderr)
    return built


def watched(store: Path, shadow: Path) -> dict[str, str]:
    """Take what is there as synced; return the environment of a gateway that is watched."""
    shutil.rmtree(shadow, ignore_errors=True)
    shadow.mkdir()
    for path in _files(store):
        shutil.copy(path, shadow / path.name)
    built = library()
    assert built is not None
    return {
        "LD_PRELOAD": str(built),
        "UNSYNCED_FOLDER": str(store.parent),
        "UNSYNCED_SHADOW": str(shadow),
    }


def lose(store: Path, shadow: Path, rng: Random, *, some: bool) -> int:
    """Give every file of the store back as of its last fsync; return how many bytes that lost.

    `some`: of what was not synced a disk may have written any part, in any order.
    """
    lost = 0
    for path in {*_files(store), *(store.parent / path.name for path in shadow.iterdir())}:
        synced, written = shadow / path.name, path
        if not synced.exists() or path.name.endswith("-shm"):
            # Nobody asked for it to be on disk; the index of the log is made anew anyway.
            written.unlink(missing_ok=True)
            continue
        before = synced.read_bytes()
        now = written.read_bytes() if written.exists() else before
        after = _mixed(before, now, rng) if some else before
        lost += sum(a != b for a, b in zip(after[::64], now[::64], strict=False))
        lost += abs(len(now) - len(after))
        written.write_bytes(after)
    return lost


def _files(store: Path) -> list[Path]:
    return [path for path in store.parent.glob(f"{store.name}*") if path.is_file()]


def _mixed(before: bytes, now: bytes, rng: Random) -> bytes:
    length = len(now) if rng.random() < 0.5 else len(before)
    parts = []
    for start in range(0, length, SECTOR):
        old, new = before[start : start + SECTOR], now[start : start + SECTOR]
        part = new if old == new or rng.random() < 0.5 else old
        parts.append(part[: length - start].ljust(min(SECTOR, length - start), b"\0"))
    return b"".join(parts)
