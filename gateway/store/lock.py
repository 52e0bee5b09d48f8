"""Holds a SQLite store for one gateway process, by what the store is and not by how its path is
written.

Two processes on one store would each give the other's leases back. A symbolic or a hard link, a
bind mount, a relative path and a URI are all the same file: the lock is one of the file itself
(flock on its inode). SQLite does not notice it: it locks ranges of bytes (fcntl), and the two kinds
of lock know nothing of each other on a disk of this machine.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from gateway.errors import GatewayError
from gateway.private_files import FILE_MODE, make_private_folder
from gateway.text import store as messages
from outbox.database import sqlite_path

#: Where the kernel lists what is mounted: the fifth word of a line is where.
_MOUNTS = Path("/proc/self/mountinfo")
_ESCAPED = re.compile(r"\\([0-7]{3})")


class AlreadyRunningError(GatewayError):
    """Another gateway process uses the same store."""


class SeveralNamesError(GatewayError):
    """A SQLite store has names in several folders, and would have a log beside each."""


def check_one_name(store: Path) -> None:
    """Raise SeveralNamesError where a SQLite store's file has more names than one.

    SQLite keeps its log beside the name by which the file was opened, and symbolic links are
    followed first. A hard link, or a file that is mounted by itself, is no link to follow: what is
    committed by one name is not seen by the other, and each overwrites the other's pages.
    """
    file = Path(os.path.realpath(store))
    with suppress(OSError):
        if file.stat().st_nlink > 1 or str(file) in _mounted():
            raise SeveralNamesError.of(messages.several_names(store))


def _mounted() -> set[str]:
    """Return where something is mounted; nothing where the kernel does not say."""
    try:
        lines = _MOUNTS.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return set()
    words = [line.split(" ") for line in lines]
    # A blank in a path stands there as \040.
    return {_ESCAPED.sub(lambda m: chr(int(m[1], 8)), w[4]) for w in words if len(w) > 4}


def store_files(url: str) -> list[Path]:
    """Return the files of a SQLite store: the store, its log, and what stands beside it."""
    path = sqlite_path(url)
    if path is None:
        return []
    stores = {path, Path(os.path.realpath(path))}
    ends = ("", "-wal", "-shm", "-journal", ".lock", ".id")
    return [file.with_name(file.name + end) for file in sorted(stores) for end in ends]


@contextmanager
def alone(store_url: str) -> Iterator[None]:
    """Hold a SQLite store while the block runs; raises AlreadyRunningError if another process does.

    To be entered before the store is opened and left after it is closed: to close any handle of a
    file ends every lock that SQLite holds on it in this process.
    """
    store = sqlite_path(store_url)
    if store is None:
        yield
        return
    resolved = Path(os.path.realpath(store))
    make_private_folder(resolved.parent)
    with ExitStack() as locks:
        # By name too: gateways of earlier releases hold that alone.
        for beside in {
            store.with_name(f"{store.name}.lock"),
            resolved.with_name(f"{resolved.name}.lock"),
        }:
            _hold(locks, beside, store, create=True)
        # One that was and is gone must not be begun anew (`open_store`).
        _hold(locks, resolved, store, create=not resolved.with_name(f"{resolved.name}.id").exists())
        yield


def _hold(locks: ExitStack, file: Path, store: Path, *, create: bool) -> None:
    """Lock a file until the stack ends; a file that is not there and not to be made is let be."""
    try:
        handle = os.open(file, os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if create else 0), FILE_MODE)
    except FileNotFoundError:
        return
    locks.callback(os.close, handle)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise AlreadyRunningError.of(messages.in_use(store)) from None
