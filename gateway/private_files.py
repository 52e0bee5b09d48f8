"""Files with people's data or secrets: made for this system's user alone, and refused where others
may read them.
"""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from gateway.errors import GatewayError
from gateway.text import private_files as messages

#: What a file, and a folder, of ours is made with; the umask can only take from it.
FILE_MODE, FOLDER_MODE = 0o600, 0o700
_RIGHTS_OF_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class ExposedFileError(GatewayError):
    """A file that must be this user's alone can be reached by others."""


def refuse_exposed(paths: Iterable[Path]) -> None:
    """Raise ExposedFileError where group or others have any right on one of the files that are
    there.

    It is not mended here: who could read it until now is for a person to think of.
    """
    exposed = [path for path in paths if _mode(path) & _RIGHTS_OF_OTHERS]
    if exposed:
        raise ExposedFileError.of(messages.exposed([str(path) for path in exposed]))


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return 0


def write_private(path: Path, data: bytes) -> None:
    """Write a file that is this user's alone, whatever it was before; never through a link."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    handle = os.open(path, flags, FILE_MODE)
    with os.fdopen(handle, "wb") as stream:
        # One that was there keeps its mode until then.
        os.fchmod(handle, FILE_MODE)
        stream.write(data)


def make_private_folder(path: Path) -> None:
    """Make a folder, and those above it that are missing, for this user alone."""
    for folder in reversed([path, *path.parents]):
        if not folder.exists():
            folder.mkdir(FOLDER_MODE, exist_ok=True)


def private(path: str, flags: int) -> int:
    """Return the descriptor of a file opened for this user alone: an `opener` for `open`."""
    return os.open(path, flags | os.O_CLOEXEC, FILE_MODE)
