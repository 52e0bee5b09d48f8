"""Files of this machine, opened at the moment of use and below the folders that may be reached.

A path that was checked as a text may be another file by the time it is opened. So an allowed folder
is opened first, and the kernel resolves the rest of the path from its descriptor and never out of
it (openat2, Linux 5.6); where it cannot, each part is opened by itself and no link is followed.
"""

import ctypes
import errno
import os
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path, PurePosixPath

_OPENAT2 = 437
_NO_MAGICLINKS, _BENEATH = 0x02, 0x08
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
#: The kernel, or what stands around it (a container's filter), has no openat2.
_WITHOUT = (errno.ENOSYS, errno.EPERM, errno.EINVAL)
#: A link, or `..`, that would lead out; a folder on the way that is a link.
_OUT = (errno.EXDEV, errno.ELOOP, errno.ENOTDIR)


class Files:
    """The files below some folders; None means any file, as for the operator's own settings.

    What lies elsewhere, or is a link that leads out, raises FileNotFoundError, as what is not there
    does.
    """

    def __init__(self, folders: Sequence[Path] | None = None) -> None:
        self._folders = None if folders is None else tuple(_both_forms(folders))
        self._within: Files | None = None

    def below(self, folder: Path) -> "Files":
        """Return those of the files that are below one more folder,
        which is opened as any of them.
        """
        narrower = Files(())
        narrower._folders, narrower._within = (Path(os.path.normpath(Path.cwd() / folder)),), self
        return narrower

    @property
    def confined(self) -> bool:
        """Whether not every file may be opened."""
        return self._folders is not None

    def covers(self, path: str) -> bool:
        """Whether a path, as a text, is below a folder; only opening it says whether it is."""
        return self._folders is None or self._below(path) is not None

    def open(self, path: str, flags: int = os.O_RDONLY, mode: int = 0o666) -> int:
        """Return the descriptor of an opened file; raises FileNotFoundError and other OSErrors."""
        if self._folders is None:
            return os.open(path, flags | os.O_CLOEXEC, mode)
        folder, rest = self._root(path)
        try:
            return _open_beneath(folder, rest, flags | os.O_CLOEXEC, mode)
        finally:
            os.close(folder)

    def read(self, path: str | Path) -> bytes:
        """Return a file's bytes."""
        with os.fdopen(self.open(str(path)), "rb") as stream:
            return stream.read()

    @contextmanager
    def parent(self, path: str) -> Iterator[tuple[int, str]]:
        """Yield the descriptor of the folder that a path lies in, and the path's last part.

        Whoever uses both names one entry of that folder and can be led nowhere else.
        """
        whole = PurePosixPath(os.path.normpath(path))
        if not whole.name:
            raise _absent(path)
        descriptor = self.open(str(whole.parent), _FOLDER)
        try:
            yield descriptor, whole.name
        finally:
            os.close(descriptor)

    def make_folders(self, path: str) -> None:
        """Make a folder and those above it."""
        try:
            os.close(self.open(path, _FOLDER))
        except FileNotFoundError:
            whole = PurePosixPath(os.path.normpath(path))
            if not whole.name or not self.covers(str(whole.parent)):
                raise
            self.make_folders(str(whole.parent))
            with self.parent(path) as (folder, name):
                try:
                    os.mkdir(name, dir_fd=folder)
                except FileExistsError:
                    os.close(self.open(path, _FOLDER))

    def _root(self, path: str) -> tuple[int, str]:
        below = self._below(path)
        if below is None:
            raise _absent(path)
        try:
            if self._within is not None:
                return self._within.open(str(below[0]), _FOLDER), below[1]
            return os.open(below[0], _FOLDER), below[1]
        except OSError:
            if self._within is not None and not self._within.confined:
                # The operator's own folder: that it may not be read is not hidden.
                raise
            raise _absent(path) from None

    def _below(self, path: str) -> tuple[Path, str] | None:
        """Return the folder that a path is below, and the rest of it."""
        if "\0" in path:
            # A kernel would read no further than that.
            return None
        whole = PurePosixPath(os.path.normpath(Path.cwd() / path))
        for folder in self._folders or ():
            if whole.is_relative_to(folder):
                return folder, str(whole.relative_to(folder))
        return None


#: Files as the operator's own settings reach them.
ANY_FILE = Files()


def _both_forms(folders: Sequence[Path]) -> Iterator[Path]:
    """Yield folders as they are written and as they are, the deepest first."""
    forms = {Path(os.path.normpath(Path.cwd() / folder)) for folder in folders}
    forms |= {folder.resolve() for folder in folders}
    yield from sorted(forms, key=lambda form: len(form.parts), reverse=True)


def _absent(path: str) -> FileNotFoundError:
    return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)


def _open_beneath(folder: int, path: str, flags: int, mode: int) -> int:
    """Open a path from a folder's descriptor and not out of it."""
    try:
        return _openat2(folder, path, flags, mode)
    except OSError as error:
        if error.errno in _OUT:
            raise _absent(path) from None
        if error.errno not in _WITHOUT:
            raise
    return _open_part_by_part(folder, path, flags, mode)


def _openat2(folder: int, path: str, flags: int, mode: int) -> int:
    how = struct.pack("=QQQ", flags, mode if flags & os.O_CREAT else 0, _BENEATH | _NO_MAGICLINKS)
    descriptor: int = _libc().syscall(_OPENAT2, folder, os.fsencode(path), how, len(how))
    if descriptor < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), path)
    return descriptor


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _open_part_by_part(folder: int, path: str, flags: int, mode: int) -> int:
    """Open each part of a path by itself, following no link at all."""
    *above, last = PurePosixPath(path).parts or (".",)
    if ".." in (*above, last):
        raise _absent(path)
    opened = os.dup(folder)
    try:
        for part in above:
            deeper = os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=opened)
            os.close(opened)
            opened = deeper
        return os.open(last, flags | os.O_NOFOLLOW, mode, dir_fd=opened)
    except OSError as error:
        if error.errno in _OUT:
            raise _absent(path) from None
        raise
    finally:
        os.close(opened)
