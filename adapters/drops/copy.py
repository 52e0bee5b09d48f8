"""One dropped file on local disk: copied within a limit, its digest taken, unpacked within limits."""

import gzip
import hashlib
import stat
import zipfile
import zlib
from typing import BinaryIO, cast

from adapters.formats import FormatError

#: Bytes looked at together.
_PIECE = 1 << 20
#: Most entries of an archive, by its own count, before its directory is read.
_ENTRIES = 1000
#: An archive that unpacks to more than this many times its size is a bomb; DEFLATE reaches 1032.
_RATIO = 200
#: Below this size the ratio does not matter.
_SMALL = 10_000_000


class Counted:
    """A stream to copy into, which counts and stops at a limit."""

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self.size = 0

    def write(self, data: bytes) -> int:
        """Write a piece; raises FormatError once the limit is passed."""
        self.size += len(data)
        if self.size > self._limit:
            raise too_large(self._limit)
        return self._stream.write(data)

    def flush(self) -> None:
        """Flush the stream."""
        self._stream.flush()

    def tell(self) -> int:
        """Give the bytes written."""
        return self.size


class Digested(Counted):
    """One that takes the digest of what is written too."""

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        super().__init__(stream, limit)
        self._digest = hashlib.sha256()

    def write(self, data: bytes) -> int:
        """Write a piece; raises FormatError once the limit is passed."""
        written = super().write(data)
        self._digest.update(data)
        return written

    @property
    def digest(self) -> str:
        """SHA-256 of what was written, in hexadecimal."""
        return self._digest.hexdigest()


def too_large(limit: int) -> FormatError:
    """Say that a file is larger than its limit."""
    return FormatError("source.size", f"文件超过 {limit} 字节，请拆分", f"the file is larger than {limit} bytes; split it")  # fmt: skip


def unpack(packed: BinaryIO, kind: str, limit: int, spool: BinaryIO) -> BinaryIO:
    """Give the one file in an archive, unpacked into `spool`; a file that is not packed as it stands.

    Counts what comes out, whatever the archive claims; raises FormatError for bombs, several
    files, links, ciphers, and archives cut off.
    """
    if not kind:
        packed.seek(0)
        return packed
    packed.seek(0, 2)
    size = packed.tell()
    packed.seek(0)
    most = min(limit, max(_SMALL, size * _RATIO))
    target = Counted(spool, most)
    try:
        if kind == "gzip":
            with gzip.GzipFile(fileobj=packed) as member:
                _pour(cast("BinaryIO", member), target)
        else:
            _check_entries(packed)
            with zipfile.ZipFile(packed) as archive, archive.open(_only(archive)) as entry:
                _pour(cast("BinaryIO", entry), target)
    except (
        OSError,
        EOFError,
        zlib.error,
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
    ) as error:
        if isinstance(error, OSError) and not isinstance(error, gzip.BadGzipFile):
            raise
        raise FormatError("source.archive", f"压缩包损坏、不完整或不受支持：{error}", f"the archive is damaged, cut off or of an unknown make: {error}") from None  # fmt: skip
    spool.seek(0)
    return spool


def _pour(source: BinaryIO, target: Counted) -> None:
    while piece := source.read(_PIECE):
        target.write(piece)


def _only(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) != 1:
        raise FormatError("source.archive", f"压缩包有 {len(entries)} 个文件，应恰有一个", f"the archive has {len(entries)} files; it must have one")  # fmt: skip
    [entry] = entries
    if entry.flag_bits & 1:
        raise FormatError(
            "source.archive",
            "压缩包已加密，请去掉口令",
            "the archive is encrypted; take the password away",
        )
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise FormatError(
            "source.archive", "压缩包里是链接，不是文件", "the archive holds a link and no file"
        )
    return entry


def _check_entries(packed: BinaryIO) -> None:
    """Refuse a zip that says it has too many entries, before its directory is read into memory."""
    packed.seek(0, 2)
    size = packed.tell()
    packed.seek(max(0, size - 65_557))
    tail = packed.read()
    place = tail.rfind(b"PK\x05\x06")
    packed.seek(0)
    if place < 0 or len(tail) < place + 12:
        return
    count = int.from_bytes(tail[place + 10 : place + 12], "little")
    if count > _ENTRIES:
        raise FormatError("source.archive", f"压缩包声明有 {count} 个条目，应恰有一个文件", f"the archive says that it has {count} entries; it must have one file")  # fmt: skip
