"""File drops in a folder of this machine: a mounted share, or a program beside the gateway."""

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from pydantic import Field

from adapters import AdapterError, Reach, Step
from adapters.drops import DropAdapter
from adapters.drops.names import readable, shown
from adapters.drops.place import Entry, PathRefused, PathUnavailable
from adapters.drops.settings import DropSettings
from adapters.local_paths import LocalPath
from adapters.text import servers as messages


class FolderSettings(DropSettings):
    """A folder of this machine, and how files are dropped there."""

    folder: LocalPath = Field(default=".", description="投递目录 / folder of the drop")

    def reaches(self) -> Iterator[Reach]:
        """Name the folder."""
        yield Reach("file", self.folder)


class FolderPlace:
    """The folder tree of this machine."""

    def steps(self) -> Iterator[Step]:
        """There is nothing to connect to."""
        yield from ()

    def listing(self, folder: str) -> dict[str, Entry]:
        """Return what stands in a folder."""
        found: dict[str, Entry] = {}
        with _explained(folder), os.scandir(folder) as items:
            for item in items:
                # What was renamed since it was listed is not there; the folder is.
                with suppress(FileNotFoundError):
                    entry = _entry(item.name, item.stat(follow_symlinks=False))
                    found[entry.name] = entry
        return found

    def look(self, path: str) -> Entry:
        """Return one entry; a link is not followed."""
        with _explained(path):
            return _entry(Path(path).name, os.lstat(path))

    def get(self, path: str, stream: BinaryIO) -> None:
        """Copy a file's bytes into a stream; a link that came since it was listed is not followed."""
        with _explained(path):
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as source:
                shutil.copyfileobj(source, stream)

    def put(self, stream: BinaryIO, path: str) -> None:
        """Write a file and have it on disk."""
        with _explained(path), Path(path).open("wb") as target:
            shutil.copyfileobj(stream, target)
            target.flush()
            os.fsync(target.fileno())

    def move(self, old: str, new: str) -> None:
        """Rename in one step."""
        with _explained(old):
            Path(old).replace(new)

    def make(self, folder: str) -> None:
        """Make a folder and those above it."""
        with _explained(folder):
            Path(folder).mkdir(parents=True, exist_ok=True)

    def close(self) -> None:
        """Nothing to close."""


class FolderAdapter(DropAdapter):
    """A drop in a local folder."""

    Settings = FolderSettings

    def __init__(self, settings: FolderSettings) -> None:
        super().__init__(settings, FolderPlace())


def _entry(name: str, found: os.stat_result) -> Entry:
    # A name that is no UTF-8 has surrogates, which no store takes; `readable` escapes them.
    version = f"{found.st_mtime_ns}-{found.st_size}"
    return Entry(
        readable(name), found.st_size, found.st_mtime, version, stat.S_ISREG(found.st_mode)
    )


#: What stays so until a person changes something.
_FOR_A_PERSON = frozenset(
    (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.ENAMETOOLONG, errno.EISDIR, errno.ENOTDIR,
     errno.ELOOP, errno.EXDEV, errno.EINVAL)
)  # fmt: skip


@contextmanager
def _explained(path: str) -> Iterator[None]:
    name = shown(path)
    try:
        yield
    except (FileNotFoundError, AdapterError):
        raise
    except PermissionError as error:
        raise PathRefused(*messages.no_right(name, str(error.strerror))) from None
    except OSError as error:
        answer = str(error.strerror or error)
        if error.errno in _FOR_A_PERSON:
            raise PathRefused(*messages.cannot_be_done(name, answer)) from None
        raise PathUnavailable(*messages.failed_for_now(name, answer)) from None
