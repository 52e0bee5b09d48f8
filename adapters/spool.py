"""Temporary files on this machine's own disk:
a write for which there is no room says so by its own name.

A full disk here is no fault of a source, of its file or of its connection, and an OSError that says
so is easily taken for one: every OSError of a copy would be.
"""

import errno
import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from adapters import AdapterError
from adapters.text import spool as messages

#: What the kernel answers where a file may not grow: the disk, a quota, or a limit of the process.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class WorkFolderFullError(AdapterError):
    """This machine's folder for temporary files is full: there is nothing wrong with the source."""


def work_folder_full(error: BaseException) -> WorkFolderFullError | None:
    """Return what an error says of the folder for temporary files; None where it is another error.

    For libraries that make temporary files of their own, and raise an OSError.
    """
    if isinstance(error, WorkFolderFullError):
        return error
    if isinstance(error, OSError) and error.errno in _FULL:
        folder = tempfile.gettempdir()
        free = shutil.disk_usage(folder).free
        return WorkFolderFullError(*messages.folder_full(folder, 0, free))
    return None


class _File(io.FileIO):
    """A file whose writes raise WorkFolderFullError where there is no room."""

    def write(self, data: object, /) -> int:
        """Write some bytes; raises WorkFolderFullError."""
        try:
            return super().write(data)  # type: ignore[arg-type]
        except OSError as error:
            if error.errno in _FULL:
                raise _full(self.fileno(), 0) from None
            raise


@contextmanager
def temporary_file() -> Iterator[BinaryIO]:
    """Open a file without a name in the folder for temporary files; raises WorkFolderFullError."""
    try:
        with tempfile.TemporaryFile(buffering=0) as stream:
            descriptor = os.dup(stream.fileno())
    except OSError as error:
        if error.errno in _FULL:
            raise WorkFolderFullError(*messages.folder_full(tempfile.gettempdir(), 0, 0)) from None
        raise
    with spool_of(descriptor) as spool:
        try:
            yield spool
        finally:
            # A reader may still have it open: the room that it took is free from now on. Once it is
            # closed its number may be another file's.
            if not spool.closed:
                os.ftruncate(descriptor, 0)


def spool_of(descriptor: int) -> BinaryIO:
    """Return a temporary file, given its descriptor; writes raise WorkFolderFullError."""
    return cast("BinaryIO", io.BufferedRandom(_File(descriptor, "r+b")))


def require_room(spool: BinaryIO, size: int) -> None:
    """Raise WorkFolderFullError where a file of so many bytes is larger than what is free.

    Asked before a copy: an hour of transfer need not show what the first moment can tell.
    """
    disk = os.fstatvfs(spool.fileno())
    if size > disk.f_bavail * disk.f_frsize:
        raise _full(spool.fileno(), size)


def _full(descriptor: int, size: int) -> WorkFolderFullError:
    disk = os.fstatvfs(descriptor)
    # "/var/tmp/#12 (deleted)": a file without a name still says where it is.
    folder = Path(f"/proc/self/fd/{descriptor}").readlink().parent
    return WorkFolderFullError(
        *messages.folder_full(str(folder), size, disk.f_bavail * disk.f_frsize)
    )
