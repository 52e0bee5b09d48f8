"""Private keys that lie in files: read only where nobody else of the machine can."""

import os
import stat
from pathlib import Path

from adapters import SourceRefusedError
from adapters.text import access as messages
from adapters.transports.files import Files

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def read_private(files: Files, path: str | Path) -> bytes:
    """Return a key file's bytes.

    The file that is judged is the one that is read.

    Raises SourceRefusedError where group or others have any right on it, and OSError.
    """
    with os.fdopen(files.open(str(path)), "rb") as stream:
        if os.fstat(stream.fileno()).st_mode & _OTHERS:
            raise SourceRefusedError(*messages.key_exposed(str(path)))
        return stream.read()
