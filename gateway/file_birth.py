"""When a file was made: what tells a file from another one that got its inode. Linux only.

Python's `os.stat` does not tell it before 3.12 on other systems, and on Linux not at all.
"""

import ctypes
import os
from pathlib import Path

#: Of statx(2): a path from here, and which field is asked for.
_AT_FDCWD, _STATX_BTIME = -100, 0x800
#: Where its answer has the mask of what it tells, and the seconds and nanoseconds of birth.
_MASK, _SECONDS, _NANOSECONDS, _SIZE = 0, 80, 88, 256


def born(path: Path) -> str:
    """Return the moment at which a file was made, as text; "" where the system does not tell."""
    answer = ctypes.create_string_buffer(_SIZE)
    try:
        statx = ctypes.CDLL(None).statx
    except (AttributeError, OSError):
        return ""
    if statx(_AT_FDCWD, os.fsencode(path), 0, _STATX_BTIME, answer) != 0:
        return ""
    if not ctypes.c_uint32.from_buffer(answer, _MASK).value & _STATX_BTIME:
        return ""
    seconds = ctypes.c_int64.from_buffer(answer, _SECONDS).value
    nanoseconds = ctypes.c_uint32.from_buffer(answer, _NANOSECONDS).value
    return f"{seconds}.{nanoseconds:09}"
