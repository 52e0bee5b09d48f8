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
from adapters.file_names import readable, shown
from adapters.files.adapter import DropAdapter
from adapters.files.settings import DropSettings
from adapters.local_paths import LocalPath
from adapters.text import Text, drop_settings
from adapters.text import access as access_messages
from adapters.text import servers as messages
from adapters.transports.files import ANY_FILE, Files
from adapters.transports.remote import Entry, PathRefusedError, PathUnavailableError


class FolderSettings(DropSettings):
    """A folder of this machine, and how files are dropped there."""

    bound_by = ()
    uses_access = True

    folder: LocalPath = Field(default=".", description=str(drop_settings.folder()))

    def reaches(self) -> Iterator[Reach]:
        """Yield the folder."""
        yield Reach("file", self.folder)


class FolderPlace:
    """The folder tree of this machine, as far as it may be reached.

    Every call opens the folder that it works in, and names one entry of it: a folder on the way
    that became a link, or a name with `..`, leads nowhere.
    """

    _files: Files = ANY_FILE

    def __init__(self, files: Files = ANY_FILE) -> None:
        self._files = files

    def steps(self) -> Iterator[Step]:
        """Yield no step: there is nothing to connect to."""
        yield from ()

    def listing(self, folder: str) -> dict[str, Entry]:
        """Return what stands in a folder."""
        entries: dict[str, Entry] = {}
        with _explained(folder):
            descriptor = self._files.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                with os.scandir(descriptor) as items:
                    for item in items:
                        # What was renamed since it was listed is not there; the folder is.
                        with suppress(FileNotFoundError):
                            entry = _entry(item.name, item.stat(follow_symlinks=False))
                            entries[entry.name] = entry
            finally:
                os.close(descriptor)
        return entries

    def look(self, path: str) -> Entry:
        """Return one entry; a link is not followed."""
        with _explained(path), self._files.parent(path) as (folder, name):
            return _entry(name, os.stat(name, dir_fd=folder, follow_symlinks=False))

    def get(self, path: str, stream: BinaryIO) -> None:
        """Copy a file's bytes into a stream;
        a link that came since it was listed is not followed.
        """
        with _explained(path):
            with self._files.parent(path) as (folder, name):
                flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
                descriptor = os.open(name, flags, dir_fd=folder)
            with os.fdopen(descriptor, "rb") as source:
                shutil.copyfileobj(source, stream)

    def put(self, stream: BinaryIO, path: str) -> None:
        """Write a file and have it on disk."""
        with _explained(path):
            with self._files.parent(path) as (folder, name):
                flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_NONBLOCK
                descriptor = os.open(name, flags, 0o666, dir_fd=folder)
            with os.fdopen(descriptor, "wb") as target:
                shutil.copyfileobj(stream, target)
                target.flush()
                os.fsync(target.fileno())

    def move(self, old: str, new: str) -> None:
        """Rename in one step."""
        with (
            _explained(old),
            self._files.parent(old) as (old_folder, old_name),
            self._files.parent(new) as (new_folder, new_name),
        ):
            os.replace(old_name, new_name, src_dir_fd=old_folder, dst_dir_fd=new_folder)

    def make(self, folder: str) -> None:
        """Make a folder and those above it."""
        with _explained(folder):
            self._files.make_folders(folder)

    def close(self) -> None:
        """Nothing to close."""


class FolderAdapter(DropAdapter):
    """A drop in a local folder."""

    Settings = FolderSettings

    def __init__(self, settings: FolderSettings) -> None:
        # Whoever may write there may make links, of a day's folder or the archive: to another's
        # drop.
        within = settings.access.files.below(Path(settings.folder))
        super().__init__(settings, FolderPlace(within))

    def _no_folder(self) -> Text:
        if self._settings.access.files.confined:
            return access_messages.file_absent(self._settings.folder)
        return super()._no_folder()


def _entry(name: str, status: os.stat_result) -> Entry:
    # A name that is no UTF-8 has surrogates, which no store takes; `readable` escapes them.
    version = f"{status.st_mtime_ns}-{status.st_size}"
    return Entry(
        readable(name), status.st_size, status.st_mtime, version, stat.S_ISREG(status.st_mode)
    )


#: What stays so until a person changes something.
_FOR_A_PERSON = frozenset(
    (
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EROFS,
        errno.ENAMETOOLONG,
        errno.EISDIR,
        errno.ENOTDIR,
        errno.ELOOP,
        errno.EXDEV,
        errno.EINVAL,
    )
)


@contextmanager
def _explained(path: str) -> Iterator[None]:
    name = shown(path)
    try:
        yield
    except (FileNotFoundError, AdapterError):
        raise
    except PermissionError as error:
        raise PathRefusedError(*messages.no_right(name, str(error.strerror))) from None
    except OSError as error:
        answer = str(error.strerror or error)
        if error.errno in _FOR_A_PERSON:
            raise PathRefusedError(*messages.cannot_be_done(name, answer)) from None
        raise PathUnavailableError(*messages.failed_for_now(name, answer)) from None
