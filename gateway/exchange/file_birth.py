"""What tells a file from another one in its place: its inode, and when it was made. Linux only.

Python's `os.stat` does not tell it before 3.12 on other systems, and on Linux not at all.
"""

import ctypes
import os
from pathlib import Path

#: Of statx(2): a path from here, and which field is asked for.
_AT_FDCWD, _STATX_BTIME = -100, 0x800
#: Where its answer has the mask of what it tells, and the seconds and nanoseconds of birth.
_MASK, _SECONDS, _NANOSECONDS, _SIZE = 0, 80, 88, 256

#: Of statfs(2): room for its answer, whose first word is the kind of file system.
_STATFS_SIZE = 256
#: File systems whose inodes are on disk (or the server's own), so that a file keeps its from mount
#: to mount: ext2 to ext4, XFS, Btrfs, F2FS, ZFS, bcachefs, JFS, ReiserFS, NTFS, NFS, CephFS, GFS2,
#: OCFS2; and tmpfs, whose files end with the mount. VFAT, exFAT, FUSE, CIFS, 9p make theirs up.
_LASTING = frozenset(
    {
        0xEF53,
        0x58465342,
        0x9123683E,
        0xF2F52010,
        0x2FC12FC1,
        0xCA451A4E,
        0x3153464A,
        0x52654973,
        0x7366746E,
        0x6969,
        0x00C36400,
        0x01161970,
        0x7461636F,
        0x01021994,
    }
)
#: Its inodes may be made up; the moment at which a file was made is that of the layer below.
_OVERLAY = 0x794C7630


def which_file(path: Path) -> str:
    """Return what tells a file from another one in its place; "" where nothing lasting does.

    Not the device: its number may be another after the machine has started anew. A file that was
    removed often leaves its inode to the next, so the moment of birth counts too; that one, of a
    file system that makes its inodes up, is often made up as well.
    """
    kind = _file_system(path)
    parts = [f"inode {path.stat().st_ino}"] if kind in _LASTING else []
    if (parts or kind == _OVERLAY) and (moment := born(path)):
        parts.append(f"born {moment}")
    return " ".join(parts)


def another_file(old: str, now: str) -> bool:
    """Whether what told a file then and now are two; what only one of them has tells nothing.

    A kernel may begin to tell when a file was made, or the program not to trust its inode.
    """
    then, today = (_parts(text) for text in (old, now))
    return any(then[name] != today[name] for name in then.keys() & today.keys())


def _parts(text: str) -> dict[str, str]:
    words = text.split()
    return dict(zip(words[::2], words[1::2], strict=False))


def _file_system(path: Path) -> int:
    """Return the kind of file system that a file is on, by its magic number.

    It is 0 where the system does not tell.
    """
    answer = ctypes.create_string_buffer(_STATFS_SIZE)
    try:
        statfs = ctypes.CDLL(None).statfs
    except (AttributeError, OSError):
        return 0
    if statfs(os.fsencode(path), answer) != 0:
        return 0
    # Of 32 bits, in a word of the machine's.
    return ctypes.c_ulong.from_buffer(answer).value & 0xFFFFFFFF


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
