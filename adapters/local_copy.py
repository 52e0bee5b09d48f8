"""One dropped file on local disk: copied within a limit, its digest taken,
unpacked within limits.
"""

import gzip
import hashlib
import stat
import zipfile
from contextlib import suppress
from typing import BinaryIO, cast

from adapters import AdapterError
from adapters.file_names import of_another_program, shown
from adapters.formats import FormatError
from adapters.text import archives
from adapters.text import drops as messages

#: Bytes looked at together.
_PIECE = 1 << 20
#: Most entries of an archive, by its own count, before its directory is read.
_ENTRIES = 1000
#: An archive that unpacks to more than this many times its size is a bomb; DEFLATE reaches 1032.
_RATIO = 200
#: Below this size the ratio does not matter.
_SMALL = 10_000_000
#: The flag of a zip entry whose name is UTF-8.
_UTF8_NAME = 0x800
#: How archives of other kinds begin.
_MAGIC = (
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"PK\x03\x04", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
)


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
        """Return the bytes written."""
        return self.size


class Head(Counted):
    """One that keeps the first bytes up to its limit before it stops."""

    def write(self, data: bytes) -> int:
        """Write a piece, or what of it there is room for.

        Raises FormatError once the limit is passed.
        """
        room = max(0, self._limit - self.size)
        if room:
            self._stream.write(data[:room])
        self.size += len(data)
        if self.size > self._limit:
            raise too_large(self._limit)
        return len(data)


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
        """Return the SHA-256 of what was written, in hexadecimal."""
        return self._digest.hexdigest()


def too_large(limit: int) -> FormatError:
    """Return the fault of a file that is larger than its limit."""
    return FormatError("source.size", *messages.too_large(limit))


def unpack(packed: BinaryIO, kind: str, limit: int, spool: BinaryIO) -> BinaryIO:
    """Return the one file in an archive, unpacked into `spool`;
    a file that is not packed as it stands.

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
    except AdapterError:
        # A fault of the archive, or no room to unpack it.
        raise
    except Exception as error:
        # Whatever a stranger's bytes make the two libraries raise.
        if isinstance(error, MemoryError) or (
            isinstance(error, OSError) and not isinstance(error, gzip.BadGzipFile)
        ):
            raise
        detail = str(error) or type(error).__name__
        text = archives.broken(kind, _looks_like(packed, kind), detail)
        raise FormatError("source.archive", *text) from None
    spool.seek(0)
    return spool


def _looks_like(packed: BinaryIO, kind: str) -> str:
    """Name the kind of archive that a file begins as, where that is another than it should be."""
    packed.seek(0)
    begins = packed.read(8)
    return next((name for magic, name in _MAGIC if begins.startswith(magic) and name != kind), "")


def _pour(source: BinaryIO, target: Counted) -> None:
    while piece := source.read(_PIECE):
        target.write(piece)


def _only(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """Return an archive's one file of data; folders and what a Mac or Windows adds are none."""
    entries = [entry for entry in archive.infolist() if not _is_beside_data(entry)]
    if len(entries) != 1:
        listed = "、".join(_entry_name(entry) for entry in entries[:3])
        raise FormatError("source.archive", *archives.files(len(entries), listed))
    [entry] = entries
    if entry.flag_bits & 1:
        raise FormatError("source.archive", *archives.encrypted())
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise FormatError("source.archive", *archives.link())
    return entry


def _is_beside_data(entry: zipfile.ZipInfo) -> bool:
    """Whether an entry is a folder, or a file that another program puts beside each file."""
    name = entry.filename.replace("\\", "/")
    if name.endswith("/"):
        return entry.is_dir() or entry.file_size == 0
    return any(of_another_program(part) for part in name.split("/"))


def _entry_name(entry: zipfile.ZipInfo) -> str:
    """Return an entry's name as a sentence shows it;
    without the UTF-8 flag it is likely GB18030.
    """
    name = entry.filename
    if not entry.flag_bits & _UTF8_NAME:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("gb18030")
    return shown(name)


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
        raise FormatError("source.archive", *archives.entries(count))
