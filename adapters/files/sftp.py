"""SFTP file drops on paramiko.

Facts this rests on: paramiko prefetches without bound and sets no time limits, and where it is
given a bound, a link that falls silent leaves a thread that waits for ever. So a file is asked for
window by window.
"""

import posixpath
import stat
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

import paramiko

from adapters import Step
from adapters.file_names import readable
from adapters.files.adapter import DropAdapter
from adapters.files.settings import DropSettings
from adapters.transports.remote import Entry
from adapters.transports.ssh import SshConnection, SshSettings

#: Bytes of one read request, and of those that are under way at once. At the end of a window the
#: line is idle for a moment: with 64 requests, as OpenSSH's client has them, a copy took twice as
#: long.
_REQUEST = 32_768
_WINDOW = 256 * _REQUEST


class SftpSettings(SshSettings, DropSettings):
    """Where a department drops its files, and how."""


class SftpPlace:
    """A folder tree of an SFTP server."""

    def __init__(self, settings: SftpSettings) -> None:
        self._settings = settings
        self._connection = SshConnection(settings)

    def steps(self) -> Iterator[Step]:
        """Yield the steps of connecting: look the name up, reach the port,
        check the host key, log in.
        """
        yield from self._connection.steps()

    def listing(self, folder: str) -> dict[str, Entry]:
        """Return what stands in a folder."""
        with self._connection.talking(folder) as sftp:
            entries = [_entry(item) for item in sftp.entries(self._name(folder))]
        return {entry.name: entry for entry in entries}

    def look(self, path: str) -> Entry:
        """Return one entry; a link is not followed."""
        with self._connection.talking(path) as sftp:
            item = sftp.lstat(self._name(path))
        item.filename = posixpath.basename(path)
        return _entry(item)

    def get(self, path: str, stream: BinaryIO) -> None:
        """Copy a file's bytes into a stream."""
        with self._connection.talking(path) as sftp:
            with sftp.open(self._name(path), "rb") as source:
                size, copied = source.stat().st_size or 0, 0
                for start in range(0, size, _WINDOW):
                    end = min(start + _WINDOW, size)
                    asked = [(at, min(_REQUEST, end - at)) for at in range(start, end, _REQUEST)]
                    for piece in source.readv(asked):
                        stream.write(piece)
                        copied += len(piece)
            if copied < size:
                # A lost connection looks like the end of a file; to ask once more tells the two
                # apart.
                sftp.lstat(self._name(path))

    def put(self, stream: BinaryIO, path: str) -> None:
        """Write a file and compare its size."""
        with self._connection.talking(path) as sftp:
            sftp.putfo(stream, self._name(path), confirm=True)

    def move(self, old: str, new: str) -> None:
        """Rename over what stands there: in one step where the server can."""
        with self._connection.talking(old) as sftp:
            sftp.rename_over(self._name(old), self._name(new))

    def make(self, folder: str) -> None:
        """Make a folder and those above it."""
        path = "/" if folder.startswith("/") else ""
        for part in folder.strip("/").split("/"):
            path = posixpath.join(path, part)
            with self._connection.talking(path) as sftp:
                with suppress(FileNotFoundError):
                    sftp.lstat(self._name(path))
                    continue
                sftp.mkdir(self._name(path))

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _name(self, path: str) -> bytes:
        return path.encode(self._settings.name_encoding, "replace")


class SftpAdapter(DropAdapter):
    """A drop on an SFTP server."""

    Settings = SftpSettings

    def __init__(self, settings: SftpSettings) -> None:
        super().__init__(settings, SftpPlace(settings))


def _entry(item: paramiko.SFTPAttributes) -> Entry:
    modified, size = item.st_mtime or 0, item.st_size or 0
    return Entry(readable(item.filename), size, modified, f"{modified}-{size}", _is_plain(item))


def _is_plain(item: paramiko.SFTPAttributes) -> bool:
    """Whether an entry is a plain file;
    some servers of Windows tell its kind in `longname` only.
    """
    mode = item.st_mode or 0
    if stat.S_IFMT(mode):
        return stat.S_ISREG(mode)
    return str(getattr(item, "longname", ""))[:1] not in tuple("dlbcps")
