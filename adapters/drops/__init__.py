"""File drops over any carrier: a file counts once it is whole; the result goes beside it.

Facts this rests on: no carrier says that an upload has ended, and a rename is the only atomic step.
"""

import json
import tempfile
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from posixpath import join, split
from typing import Any, BinaryIO, ClassVar, cast
from zoneinfo import ZoneInfo

import polars as pl

from adapters import (
    SAMPLE_ROWS,
    BadUnit,
    Batch,
    Fetched,
    Remark,
    Settings,
    SourceRefused,
    Step,
)
from adapters.drops.copy import Counted, Digested, too_large, unpack
from adapters.drops.place import Entry, Place
from adapters.drops.ready import (
    Candidate,
    beside,
    candidates,
    claimed_suffix,
    folders,
    moves,
    orphans,
    taken_name,
)
from adapters.drops.settings import DropSettings, safe_name
from adapters.drops.told import against, named_digest, told_of
from adapters.formats import FormatError, open_format

#: Markers and checksum files are a few words; what stands after this is not read.
_MARKER_BYTES = 4096
#: Digests of files taken that a cursor remembers.
_REMEMBERED = 100
_SHANGHAI = ZoneInfo("Asia/Shanghai")


class DropAdapter:
    """Takes every whole file of a drop, oldest first.

    The cursor is JSON: `taken` has the version of each file already in the gateway that may still be
    met, `contents` the digests of the last ones, `part` the file that is being read, how many of its
    rows are kept, and up to which row of the file that is: blank lines are no rows.
    """

    Settings: ClassVar[type[Settings]] = DropSettings

    def __init__(self, settings: DropSettings, place: Place) -> None:
        self._settings = settings
        self._format = open_format(settings.format, settings.format_settings)
        self._place = place
        #: Versions of files, and since when they are the same: those not settled, or short.
        self._seen: dict[str, tuple[str, float]] = {}
        self._short: dict[str, tuple[str, float]] = {}
        self._orphans: dict[str, float] = {}
        #: Units that gave up their name, or their marker, since a fetch looked.
        self._kept: set[str] = set()

    def fetch(self, cursor: str) -> Iterator[Fetched]:
        """Yield the rows of each file that is whole and not yet taken."""
        state = json.loads(cursor) if cursor else {}
        listing = self._listing()
        yield from self._lone(listing)
        taken = {
            path: seen for path, seen in dict(state.get("taken", {})).items() if self._may_meet(path, listing)
        }  # fmt: skip
        contents: dict[str, str] = dict(state.get("contents", {}))
        part: dict[str, Any] = state.get("part") or {}
        for found in self._settled(listing, taken):
            if fault := self._unfit(found):
                yield _bad(found, fault, taken, contents)
                taken[found.path] = found.item.version
                continue
            begun = part if part.get("unit") == found.unit else {"rows": 0, "row": 0}
            # A file that was passed over must not ride along in a later file's cursor.
            if (
                yield from self._file(found, begun, taken, contents)
            ) and found.unit not in self._kept:
                taken[found.path] = found.item.version
            # One that gave up its name is met no more: cursors stay short however many files there are.
            self._kept.discard(found.unit)

    def keep(self, batch: Batch) -> None:
        """Let a file that is wholly kept give up its marker (X.taken), or its name where there is none."""
        if not batch.last:
            return
        s = self._settings
        path, _, version = batch.unit.rpartition("@")
        with suppress(FileNotFoundError):
            at, now = self._where(path, version)
            if now.version != version:
                return
            if s.ready == "marker":
                self._place.move(self._at(path + s.marker), self._at(f"{path}.taken"))
            if moves(s):
                self._place.move(self._at(at), self._at(taken_name(path, version)))
            self._kept.add(batch.unit)

    def acknowledge(self, unit: str, verdicts: Iterable[pl.DataFrame]) -> None:
        """Write X.result.csv, whole or not at all; then turn the marker to X.done, or move the file away."""
        path, _, version = unit.rpartition("@")
        if not safe_name(split(path)[1]):
            return
        s = self._settings
        target = self._at(beside(path, s.results)) + f".result{self._format.answer}"
        whole: list[bool] = []
        with tempfile.TemporaryFile() as spool:
            self._format.write(_watched(verdicts, whole), cast("BinaryIO", spool))
            spool.seek(0)
            if s.results:
                self._place.make(split(target)[0])
            self._place.put(cast("BinaryIO", spool), f"{target}.part")
        self._place.move(f"{target}.part", target)
        same, done = False, path
        with suppress(FileNotFoundError):
            at, now = self._where(path, version)
            # Another version may have come under the same name: it stays, and so does its marker.
            same = now.version == version
            if same and (folder := (s.errors or s.archive) if any(whole) else s.archive):
                done = self._away(at, path, folder)
        if s.ready == "marker":
            for mark in (".taken", s.marker) if same else (".taken",):
                with suppress(FileNotFoundError):
                    self._place.move(self._at(path + mark), self._at(f"{done}.done"))

    def test(self) -> Iterator[Step]:
        """Connect step by step, list the folder, read the first rows of a file."""
        yield from self._place.steps()
        listing = self._listing()
        ready = candidates(listing, self._settings)
        yield Step("目录", "folder", ok=True, detail=f"{len(listing)} / ready {len(ready)}")
        for found in ready[:1]:
            if fault := self._unfit(found):
                raise SourceRefused(fault.zh, fault.en)
            with tempfile.TemporaryFile() as copied, tempfile.TemporaryFile() as opened:
                local, _, _ = self._local(found, cast("BinaryIO", copied), cast("BinaryIO", opened))
                chunk = next(self._format.read(local, SAMPLE_ROWS), None)
            sample = None if chunk is None else chunk.rows
            yield Step("读取样例", "sample rows", ok=True, detail=found.path, sample=sample)

    def close(self) -> None:
        """Close the connection."""
        self._place.close()

    def _at(self, path: str) -> str:
        return join(self._settings.folder, path)

    def _where(self, path: str, version: str) -> tuple[str, Entry]:
        """Find a file where it waits, by the name it was claimed by, or its own; raises FileNotFoundError."""
        others = [taken_name(path, version)] if moves(self._settings) else []
        if claimed := claimed_suffix(self._settings):
            others.append(path + claimed)
        for name in others:
            with suppress(FileNotFoundError):
                return name, self._place.look(self._at(name))
        return path, self._place.look(self._at(path))

    def _listing(self) -> dict[str, Entry]:
        """Give everything in the folders that are looked at, by path below `folder`."""
        s = self._settings
        found: dict[str, Entry] = {}
        for below in folders(s, datetime.now(_SHANGHAI).date()):
            try:
                listed = self._place.listing(self._at(below) if below else s.folder)
            except FileNotFoundError:
                if below:
                    continue
                raise SourceRefused(
                    f"没有目录 {s.folder}，请部门建立或更正设置",
                    f"there is no folder {s.folder}; have it made or mend the settings",
                ) from None
            found |= {join(below, name): entry for name, entry in listed.items()}
        return found

    def _may_meet(self, path: str, listing: dict[str, Entry]) -> bool:
        """Tell whether a file that was taken could be taken for a new one."""
        if self._settings.ready == "marker":
            return path + self._settings.marker in listing
        return path in listing or path + claimed_suffix(self._settings) in listing

    def _lone(self, listing: dict[str, Entry]) -> Iterator[Remark]:
        """Remark once on each marker whose file has not come for a while."""
        now = time.monotonic()
        lone = set(orphans(listing, self._settings))
        self._orphans = {path: since for path, since in self._orphans.items() if path in lone}
        for path in sorted(lone):
            since = self._orphans.setdefault(path, now)
            if since >= 0 and now - since >= self._settings.settle:
                self._orphans[path] = -1
                shown = ascii(path)
                yield Remark("drop.no_file", f"{shown} 的标志或校验和文件在，数据文件一直未到；请部门补传", f"the marker or checksum of {shown} is there and the file has not come; have the department send it")  # fmt: skip

    def _settled(self, listing: dict[str, Entry], taken: dict[str, str]) -> Iterator[Candidate]:
        """Yield candidates that were not taken; where stability tells, wait once for all of them."""
        s = self._settings
        found = [one for one in candidates(listing, s) if taken.get(one.path) != one.item.version]
        if s.ready != "stable":
            yield from found
            return
        now = time.monotonic()
        before = self._seen
        self._seen = {
            one.path: (one.item.version, now) if before.get(one.path, ("",))[0] != one.item.version else before[one.path]
            for one in found
        }  # fmt: skip
        wait = max((since + s.settle - now for _, since in self._seen.values()), default=0.0)
        if wait > 0:
            time.sleep(wait)
            later = candidates(self._listing(), s)
            found = [one for one in later if self._seen.get(one.path, ("",))[0] == one.item.version]
        yield from found

    def _file(
        self, found: Candidate, begun: dict[str, Any], taken: dict[str, str], contents: dict[str, str],
    ) -> Generator[Fetched, None, bool]:  # fmt: skip
        """Copy one file to local disk, then read it in batches; tell whether it was taken.

        A file that moved, that another gateway claimed, whose copy came out short, or that may still
        grow to what its marker says, is passed over until the next fetch.
        """
        with tempfile.TemporaryFile() as copied, tempfile.TemporaryFile() as opened:
            try:
                told = self._told(found)
                here = self._claimed(found)
                local, digest, packed = self._local(
                    here, cast("BinaryIO", copied), cast("BinaryIO", opened)
                )
                now = self._place.look(self._at(here.at))
            except FileNotFoundError:
                return False
            except FormatError as error:
                if self._may_grow(found, short=error.rule == "source.archive"):
                    return False
                yield _bad(found, error, taken, contents)
                return True
            if now.version != found.item.version or packed != found.item.size:
                return False
            fault, short = against(told, cast("BinaryIO", copied), local, packed, self._format)
            if self._may_grow(found, short=short):
                return False
            if fault is not None:
                yield _bad(found, fault, taken, contents)
                return True
            if (before := contents.get(digest, found.path)) != found.path:
                yield Remark("drop.same", f"{found.path} 与先前的 {before} 内容相同；逐行核对，不会重复", f"{found.path} has the same bytes as {before} before it; its rows are compared one by one and none goes twice")  # fmt: skip
            contents.pop(digest, None)
            contents[digest] = found.path
            for old in list(contents)[:-_REMEMBERED]:
                del contents[old]
            declared = told.get("rows")
            yield from self._batches(
                local, found, begun, (taken, contents), None if declared is None else int(declared)
            )
            return True

    def _claimed(self, found: Candidate) -> Candidate:
        """Rename a file so that no other gateway takes it; raises FileNotFoundError when one has."""
        claimed = claimed_suffix(self._settings)
        if not claimed or found.at.endswith(claimed):
            return found
        self._place.move(self._at(found.at), self._at(found.path + claimed))
        return replace(found, at=found.path + claimed)

    def _local(
        self, found: Candidate, copied: BinaryIO, opened: BinaryIO
    ) -> tuple[BinaryIO, str, int]:
        """Give a file's unpacked content on local disk, its digest and its size as it was sent."""
        s = self._settings
        target = Digested(copied, s.max_bytes)
        self._place.get(self._at(found.at), cast("BinaryIO", target))
        return unpack(copied, s.packed, s.max_bytes, opened), target.digest[:16], target.size

    def _told(self, found: Candidate) -> dict[str, str]:
        """Gather what marker and checksum file say of a file: rows, size, checksums."""
        s = self._settings
        marker = "" if found.marker is None else self._words(found.path + s.marker)
        if found.checksum is None:
            return told_of(marker)
        return told_of(marker) | {
            s.checksum: named_digest(self._words(f"{found.path}.{s.checksum}"))
        }

    def _words(self, path: str) -> str:
        words = BytesIO()
        with suppress(FormatError):
            self._place.get(self._at(path), cast("BinaryIO", Counted(words, _MARKER_BYTES)))
        return words.getvalue().decode("ascii", errors="replace")

    def _may_grow(self, found: Candidate, *, short: bool) -> bool:
        """Tell whether a file is short, or broken, and has not been so for long."""
        if not short:
            self._short.pop(found.path, None)
            return False
        now = time.monotonic()
        held, since = self._short.get(found.path, ("", now))
        if held != found.item.version:
            since = now
        self._short[found.path] = found.item.version, since
        return now - since < self._settings.settle

    def _batches(
        self, local: BinaryIO, found: Candidate, begun: dict[str, Any],
        known: tuple[dict[str, str], dict[str, str]], declared: int | None,
    ) -> Iterator[Batch | BadUnit]:  # fmt: skip
        """Yield a file's batches; the last one says so, which takes reading one chunk ahead."""
        taken, contents = known
        rows, row = begun["rows"], begun["row"]
        held: Batch | None = None
        try:
            local.seek(0)
            for chunk in self._format.read(local, self._settings.batch_rows, after=row):
                rows += chunk.rows.height
                row = chunk.numbers[-1] if chunk.numbers else row
                if held is not None:
                    yield held
                refs = pl.Series("ref", chunk.numbers, dtype=pl.UInt32).cast(pl.String)
                cursor = _cursor(taken, contents, {"unit": found.unit, "rows": rows, "row": row})
                held = Batch(found.unit, chunk.rows, refs, cursor, last=False, faults=chunk.faults)
        except FormatError as error:
            if held is not None:
                yield held
            yield _bad(found, error, taken, contents)
            return
        after = _after(found, taken, contents)
        if held is None:
            empty = pl.Series("ref", [], dtype=pl.String)
            held = Batch(found.unit, pl.DataFrame(), empty, after, last=True)
        yield replace(
            held, cursor=after, last=True, declared=rows if declared is None else declared
        )

    def _away(self, at: str, path: str, folder: str) -> str:
        """Move a file into a folder, beside an older one of its name if there is one; give its path there."""
        wanted = beside(path, datetime.now(_SHANGHAI).strftime(folder))
        self._place.make(self._at(split(wanted)[0]))
        target, again = wanted, 0
        with suppress(FileNotFoundError):
            while self._place.look(self._at(target)):
                again += 1
                target = f"{wanted}.{again}"
        self._place.move(self._at(at), self._at(target))
        return target

    def _unfit(self, found: Candidate) -> FormatError | None:
        shown = ascii(found.path)
        if not safe_name(split(found.path)[1]):
            return FormatError("source.name", f"文件名含不允许的字符：{shown}", f"the file's name has signs that are not allowed: {shown}")  # fmt: skip
        if not all(
            part.plain for part in (found.item, found.marker, found.checksum) if part is not None
        ):
            return FormatError(
                "source.type", f"{shown} 不是普通文件", f"{shown} is not a regular file"
            )
        if found.item.size > self._settings.max_bytes:
            return too_large(self._settings.max_bytes)
        return None


def _watched(verdicts: Iterable[pl.DataFrame], whole: list[bool]) -> Iterator[pl.DataFrame]:
    """Pass verdicts on as the department sees them; note whether the unit was refused whole."""
    for frame in verdicts:
        whole.append(
            frame.height == 1 and frame["ref"][0] == "" and frame["verdict"][0] == "refused"
        )
        yield frame.drop("mark")


def _bad(
    found: Candidate, fault: FormatError, taken: dict[str, str], contents: dict[str, str]
) -> BadUnit:
    after = _after(found, taken, contents)
    return BadUnit(found.unit, fault.rule, fault.zh, fault.en, cursor=after)


def _after(found: Candidate, taken: dict[str, str], contents: dict[str, str]) -> str:
    """Give the cursor once a file is done with."""
    return _cursor({**taken, found.path: found.item.version}, contents)


def _cursor(
    taken: dict[str, str], contents: dict[str, str], part: dict[str, Any] | None = None
) -> str:
    state = {"taken": taken, "contents": contents, "part": part}
    return json.dumps(state, ensure_ascii=False)
