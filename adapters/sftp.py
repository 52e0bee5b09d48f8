"""SFTP file drops on paramiko: a file counts once its marker is there; the result goes beside it.

Facts this rests on: nothing in SFTP says that an upload has ended, paramiko prefetches without
bound, and a rename is the only atomic step.
"""

import json
import posixpath
import re
import stat
import tempfile
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from typing import Any, BinaryIO, cast

import paramiko
import polars as pl
from pydantic import Field

from adapters import BadUnit, Batch, SourceRefused, Step
from adapters.formats import FormatError, open_format
from adapters.ssh import SshConnection, SshSettings, explained

#: Outstanding read requests at once; OpenSSH's own client uses as many.
PREFETCH = 64
#: Marker contents are a few words; more than this is not a marker.
MARKER_BYTES = 4096
#: Names we are ready to write back beside: no separators, controls, or marks that reorder text.
_SAFE_NAME = re.compile(r"[\w（）〔〕【】 ()+,=@~][\w（）〔〕【】 ().+,=@~-]{0,200}")


class SftpSettings(SshSettings):
    """Where a department drops its files."""

    folder: str = "."
    suffix: str = ".csv"
    marker: str = Field(default=".ok", description="就绪标志后缀 / suffix of the ready marker")
    format: str = "delimited"
    format_settings: dict[str, Any] = Field(default_factory=dict)
    settle: float = Field(
        default=60.0, ge=0,
        description="秒 / seconds in which a file with fewer rows than its marker says may still grow",
    )  # fmt: skip
    batch_rows: int = Field(default=10_000, ge=1, le=100_000)
    max_bytes: int = Field(default=4_000_000_000, ge=1)


class SftpAdapter:
    """Takes every marked file of a folder, oldest first.

    The cursor is JSON: `taken` has the size and time of each file already in the gateway whose
    marker is still there, `part` the file that is being read, how many of its rows are kept, and up
    to which row of the file that is: blank lines are no rows.
    """

    Settings = SftpSettings

    def __init__(self, settings: SftpSettings) -> None:
        self._settings = settings
        self._format = open_format(settings.format, settings.format_settings)
        self._connection = SshConnection(settings)
        #: Files with fewer rows than declared: their version, and since when it is the same.
        self._short: dict[str, tuple[str, float]] = {}

    def fetch(self, cursor: str) -> Iterator[Batch | BadUnit]:
        """Yield the rows of each file that is marked as ready and not yet taken."""
        state = json.loads(cursor) if cursor else {}
        taken: dict[str, str] = dict(state.get("taken", {}))
        part: dict[str, Any] = state.get("part") or {}
        sftp = self._connection.sftp()
        listing = self._listing(sftp)
        marker = self._settings.marker
        ready = [
            (listing[name], listing[name + marker])
            for name in listing
            if name.endswith(self._settings.suffix) and name + marker in listing
        ]
        taken = {name: seen for name, seen in taken.items() if name + marker in listing}
        for item, mark in sorted(ready, key=lambda pair: (pair[0].st_mtime or 0, pair[0].filename)):
            version = f"{item.st_mtime}-{item.st_size}"
            if taken.get(item.filename) == version:
                continue
            unit = f"{item.filename}@{version}"
            after = _cursor({**taken, item.filename: version})
            if fault := self._unfit(item, mark):
                yield BadUnit(unit, *fault, cursor=after)
                taken[item.filename] = version
                continue
            begun = part if part.get("unit") == unit else {"rows": 0, "row": 0}
            # A file that was passed over must not ride along in a later file's cursor.
            if (yield from self._file(sftp, item, unit, begun, taken, after)):
                taken[item.filename] = version

    def keep(self, batch: Batch) -> None:
        """Nothing to do: the cursor remembers what was taken."""

    def acknowledge(self, unit: str, verdicts: Iterable[pl.DataFrame]) -> None:
        """Write NAME.result.csv beside the file, whole or not at all, then turn its marker to .done."""
        name, _, version = unit.rpartition("@")
        if not _SAFE_NAME.fullmatch(name):
            return
        sftp = self._connection.sftp()
        path = posixpath.join(self._settings.folder, name)
        result = f"{path}.result{self._settings.suffix}"
        frames = (frame.drop("mark") for frame in verdicts)
        with explained(self._settings):
            with tempfile.TemporaryFile() as spool:
                self._format.write(frames, cast("BinaryIO", spool))
                spool.seek(0)
                sftp.putfo(spool, f"{result}.part", confirm=True)
            sftp.posix_rename(f"{result}.part", result)
            with suppress(FileNotFoundError):
                now = sftp.lstat(path)
                # Another version may have come under the same name: its marker stays.
                if f"{now.st_mtime}-{now.st_size}" == version:
                    sftp.posix_rename(path + self._settings.marker, f"{path}.done")

    def test(self) -> Iterator[Step]:
        """Connect, log in, list the folder, read the first rows of a ready file."""
        sftp = self._connection.sftp()
        yield Step("连接、主机公钥、登录", "connection, host key, login", ok=True)
        names = self._listing(sftp)
        ready = [name for name in names if name + self._settings.marker in names]
        yield Step("目录", "folder", ok=True, detail=f"{len(names)} / ready {len(ready)}")
        if ready:
            with explained(self._settings), sftp.open(self._path(sorted(ready)[0])) as stream:
                chunk = next(self._format.read(cast("BinaryIO", stream), 5))
            yield Step(
                "读取样例", "sample rows", ok=True, detail=sorted(ready)[0], sample=chunk.rows
            )

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _listing(self, sftp: paramiko.SFTPClient) -> dict[str, paramiko.SFTPAttributes]:
        folder = self._settings.folder
        try:
            with explained(self._settings):
                return {item.filename: item for item in sftp.listdir_attr(folder)}
        except FileNotFoundError:
            raise SourceRefused(
                f"没有目录 {folder}，请部门建立或更正设置",
                f"there is no folder {folder}; have it made or mend the settings",
            ) from None

    def _file(
        self,
        sftp: paramiko.SFTPClient,
        item: paramiko.SFTPAttributes,
        unit: str,
        begun: dict[str, Any],
        taken: dict[str, str],
        after: str,
    ) -> Generator[Batch | BadUnit, None, bool]:
        """Copy one file to local disk, then read it in batches; tell whether it was taken.

        A file that moved, whose copy came out short, or that may still grow to what its marker
        says, is passed over until the next fetch.
        """
        with tempfile.TemporaryFile() as spool:
            try:
                with explained(self._settings):
                    declared = self._declared(sftp, item.filename)
                    sftp.getfo(
                        self._path(item.filename), spool,
                        max_concurrent_prefetch_requests=PREFETCH,
                    )  # fmt: skip
                    now = sftp.lstat(self._path(item.filename))
            except FileNotFoundError:
                return False
            if (now.st_size, now.st_mtime) != (
                item.st_size,
                item.st_mtime,
            ) or spool.tell() != item.st_size:
                return False
            local = cast("BinaryIO", spool)
            fault, short = (None, False) if declared is None else self._miscount(local, declared)
            if self._may_grow(unit, short=short):
                return False
            if fault is not None:
                yield BadUnit(unit, fault.rule, fault.zh, fault.en, cursor=after)
                return True
            yield from self._batches(local, unit, begun, taken, after, declared)
            return True

    def _miscount(self, spool: BinaryIO, declared: int) -> tuple[FormatError | None, bool]:
        """Hold a file against its marker: give what is wrong, and whether it is shorter or broken."""
        spool.seek(0)
        try:
            chunks = self._format.read(spool, self._settings.batch_rows)
            count = sum(chunk.rows.height for chunk in chunks)
        except FormatError as error:
            return error, True
        if count == declared:
            return None, False
        fault = FormatError(
            "source.count",
            f"标志文件声明 {declared} 行，文件有 {count} 行；请重新导出并上传",
            f"the marker declares {declared} rows and the file has {count}; export and upload it again",
        )
        return fault, count < declared

    def _may_grow(self, unit: str, *, short: bool) -> bool:
        """Tell whether a file is short, or broken, and has not been so for long."""
        name, _, version = unit.rpartition("@")
        if not short:
            self._short.pop(name, None)
            return False
        now = time.monotonic()
        held, since = self._short.get(name, ("", now))
        if held != version:
            since = now
        self._short[name] = version, since
        return now - since < self._settings.settle

    def _batches(
        self,
        spool: BinaryIO,
        unit: str,
        begun: dict[str, Any],
        taken: dict[str, str],
        after: str,
        declared: int | None,
    ) -> Iterator[Batch | BadUnit]:
        """Yield a file's batches; the last one says so, which takes reading one chunk ahead."""
        rows, row = begun["rows"], begun["row"]
        held: Batch | None = None
        try:
            spool.seek(0)
            for chunk in self._format.read(spool, self._settings.batch_rows, after=row):
                rows += chunk.rows.height
                row = chunk.numbers[-1] if chunk.numbers else row
                if held is not None:
                    yield held
                refs = pl.Series("ref", chunk.numbers, dtype=pl.UInt32).cast(pl.String)
                cursor = _cursor(taken, {"unit": unit, "rows": rows, "row": row})
                held = Batch(unit, chunk.rows, refs, cursor, last=False, faults=chunk.faults)
        except FormatError as error:
            if held is not None:
                yield held
            yield BadUnit(unit, error.rule, error.zh, error.en, cursor=after)
            return
        if held is None:
            empty = pl.Series("ref", [], dtype=pl.String)
            held = Batch(unit, pl.DataFrame(), empty, after, last=True, declared=declared or 0)
        yield Batch(
            unit, held.rows, held.refs, after, last=True,
            declared=rows if declared is None else declared, faults=held.faults,
        )  # fmt: skip

    def _declared(self, sftp: paramiko.SFTPClient, name: str) -> int | None:
        """Read the row count that a marker may carry (`rows=N`)."""
        with sftp.open(self._path(name) + self._settings.marker) as stream:
            text = stream.read(MARKER_BYTES).decode("ascii", errors="replace")
        found = re.search(r"\brows\s*=\s*(\d{1,9})\b", text)
        return int(found[1]) if found else None

    def _unfit(
        self, item: paramiko.SFTPAttributes, mark: paramiko.SFTPAttributes
    ) -> tuple[str, str, str] | None:
        shown = ascii(item.filename)
        if not _SAFE_NAME.fullmatch(item.filename):
            return "source.name", f"文件名含不允许的字符：{shown}", f"the file's name has signs that are not allowed: {shown}"  # fmt: skip
        if not all(stat.S_ISREG(part.st_mode or 0) for part in (item, mark)):
            return "source.type", f"{shown} 不是普通文件", f"{shown} is not a regular file"
        if (item.st_size or 0) > self._settings.max_bytes:
            return "source.size", f"{shown} 超过 {self._settings.max_bytes} 字节", f"{shown} is larger than {self._settings.max_bytes} bytes"  # fmt: skip
        return None

    def _path(self, name: str) -> str:
        return posixpath.join(self._settings.folder, name)


def _cursor(taken: dict[str, str], part: dict[str, Any] | None = None) -> str:
    return json.dumps({"taken": taken, "part": part}, ensure_ascii=False, sort_keys=True)
