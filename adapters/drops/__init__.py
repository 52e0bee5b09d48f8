"""File drops over any carrier: a file counts once it is whole; the result goes beside it.

Facts this rests on: no carrier says that an upload has ended, and a rename is the only atomic step.
"""

import json
import logging
import tempfile
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from itertools import chain
from posixpath import join
from typing import Any, BinaryIO, ClassVar, cast

import polars as pl

from adapters import (
    SAMPLE_ROWS,
    AdapterError,
    BadUnit,
    Batch,
    Fetched,
    Opening,
    Remark,
    Settings,
    SourceMemory,
    SourceRefused,
    Step,
    Tally,
)
from adapters.drops.again import ComeAgain, Taking, another_of_its_kind
from adapters.drops.answer import SHANGHAI, Answers, beside_rows
from adapters.drops.copy import Digested
from adapters.drops.cursor import (
    bad_unit,
    cursor_after,
    cursor_of,
    same_marker,
    version_of,
    was_taken,
)
from adapters.drops.explain import error_text, folder_detail, unfit
from adapters.drops.names import shown
from adapters.drops.patience import Patience
from adapters.drops.place import Entry, PathRefused, PathUnavailable, Place
from adapters.drops.ready import (
    Candidate,
    Sorted,
    Waiting,
    claimed_suffix,
    folders,
    sort_out,
)
from adapters.drops.rows import NotWhole, Progress, batches, reading_of, sample_of
from adapters.drops.settings import DropSettings
from adapters.drops.told import against
from adapters.drops.totals import Totals
from adapters.formats import FormatError, open_format
from adapters.reader.errors import READER_ENDED
from adapters.reader.files import FileReading
from adapters.text import Text
from adapters.text import drops as messages
from adapters.text import marks as mark_messages

#: Digests of files taken that a cursor remembers.
_REMEMBERED = 100
#: Faults of a file that a half-written file, marker or checksum file has too.
_MAY_PASS = ("source.archive", "source.marker", "source.checksum")

_log = logging.getLogger("creditgate.drops")


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
        self._answers = Answers(settings, place, self._format)
        self._patience = Patience(settings.settle)
        self._totals = Totals(settings, place, self._patience)
        #: Versions of files, and since when they are the same: those not settled, or short.
        self._seen: dict[str, tuple[str, float]] = {}
        self._short: dict[str, tuple[str, float]] = {}
        #: Files that gave up their name, or their marker, since a fetch looked.
        self._kept: set[str] = set()
        self._again = ComeAgain(settings, place, self._patience)
        #: By unit, what goes into the mark of a file that is being read.
        self._taking: dict[str, Taking] = {}
        #: Units of the present fetch that have name, size and time of one that was taken.
        self._alike: set[str] = set()
        self._listed: dict[str, Entry] = {}

    def remember_by(self, memory: SourceMemory) -> None:
        """Mark what is taken as the store's; read again what stands marked so and is unknown to it."""
        self._again.memory = self._answers.memory = memory

    def fetch(self, cursor: str) -> Iterator[Fetched]:
        """Yield the rows of each file that is whole and not yet taken."""
        state = json.loads(cursor) if cursor else {}
        listing = self._listed = self._listing()
        came = sort_out(listing, self._settings, time.time())
        self._patience.begin(came.waiting)
        again = self._again.offered(listing, came.ready)
        yield from self._patience.due()
        yield from self._again.said(again)
        taken = self._still_met(dict(state.get("taken", {})), listing, came)
        contents: dict[str, str] = dict(state.get("contents", {}))
        part: dict[str, Any] = state.get("part") or {}
        ready = [*again, *self._settled(came, taken, part)]
        for found in sorted(ready, key=lambda one: (one.item.modified, one.path)):
            if fault := unfit(found, self._settings.max_bytes):
                yield bad_unit(found, fault, taken, contents)
                taken[found.path] = version_of(found)
                continue
            # A file that was passed over must not ride along in a later file's cursor.
            if (
                yield from self._guarded(found, part, taken, contents)
            ) and found.path not in self._kept:
                taken[found.path] = version_of(found)
            # One that gave up its name is met no more: cursors stay short however many files there are.
            self._kept.discard(found.path)
        yield from self._patience.end()

    def keep(self, batch: Batch) -> None:
        """Let a file that is wholly kept give up its marker (X.taken), or its name where there is none."""
        if not batch.last:
            return
        path, _, version = batch.unit.rpartition("@")
        try:
            if self._answers.keep(path, version, self._taking.pop(batch.unit, None)):
                self._kept.add(path)
        except (PathRefused, PathUnavailable) as error:
            # The rows are safe and the cursor knows the file: it is not taken twice.
            text = messages.path_refused(shown(path), error_text(error))
            self._patience.queue(f"keep {path}", Remark("drop.denied", *text))

    def acknowledge(self, unit: str, verdicts: Iterable[pl.DataFrame]) -> None:
        """Write X.result.csv, whole or not at all; then turn the marker to X.done, or move the file away."""
        self.acknowledge_with_tally(unit, verdicts, Tally())

    def acknowledge_with_tally(
        self, unit: str, verdicts: Iterable[pl.DataFrame], tally: Tally
    ) -> None:
        """Do as `acknowledge`, and tell in the result how many records were blank or deleted."""
        path, _, version = unit.rpartition("@")
        self._answers.answer(path, version, chain(verdicts, beside_rows(tally)))

    def held_back(self) -> dict[str, Text]:
        """Return why each file that the last fetch passed over waits, by path, whether said yet or not.

        A process that fetches once says this at its end: it will not be there when a wait is over.
        """
        return {path: reason.text for path, reason in self._patience.waiting.items()}

    def test(self) -> Iterator[Step]:
        """Connect step by step, list the folder with what waits and why, read the first rows of a file."""
        yield from self._place.steps()
        listing = self._listing()
        came = sort_out(listing, self._settings, time.time())
        exact = [self._exact(found) for found in came.ready]
        fit = [found for found in exact if unfit(found, self._settings.max_bytes) is None]
        detail = folder_detail(listing, came, exact, self._settings)
        yield Step("目录", "folder", ok=True, detail=detail)
        for found in fit[:1]:
            self._totals.of(found)
            with tempfile.TemporaryFile() as spool:
                self._copied(found, cast("BinaryIO", spool))
                sample = sample_of(self._settings, cast("BinaryIO", spool), SAMPLE_ROWS)
            yield Step("读取样例", "sample rows", ok=True, detail=found.path, sample=sample)

    def close(self) -> None:
        """Close the connection."""
        self._place.close()

    def _at(self, path: str) -> str:
        return self._answers.at(path)

    def _listing(self) -> dict[str, Entry]:
        """Return everything in the folders that are looked at, by path below `folder`."""
        s = self._settings
        found: dict[str, Entry] = {}
        for below in folders(s, datetime.now(SHANGHAI).date()):
            try:
                listed = self._place.listing(self._at(below) if below else s.folder)
            except FileNotFoundError:
                if below:
                    continue
                raise SourceRefused(*messages.no_folder(s.folder)) from None
            found |= {join(below, name): entry for name, entry in listed.items()}
        return found

    def _still_met(
        self, taken: dict[str, str], listing: dict[str, Entry], came: Sorted
    ) -> dict[str, str]:
        """Return the files that were taken and could be taken for new ones."""
        if self._settings.ready == "marker":
            marker = self._settings.marker
            met = came.markers.keys() | {path for path in taken if path + marker in listing}
        else:
            claimed = claimed_suffix(self._settings)
            met = {path for path in taken if path in listing or path + claimed in listing}
        return {path: version for path, version in taken.items() if path in met}

    def _exact(self, found: Candidate) -> Candidate:
        """Return a candidate with its exact size and time, where its listing gave them roughly."""
        if not found.item.rough or not found.item.plain:
            return found
        with suppress(FileNotFoundError):
            return replace(found, item=self._place.look(self._at(found.at)))
        # What cannot be looked at is said by whoever tries to read it.
        return found

    def _news(
        self, came: Sorted, taken: dict[str, str], part: dict[str, Any]
    ) -> Iterator[Candidate]:
        """Yield candidates that were not taken, and those that come again by a new marker.

        What has name, size and time of a file that was taken is told from it by its content.
        """
        candidates = [self._exact(one) for one in came.ready]
        known = self._again.knows(candidates)
        self._alike = set()
        for one in candidates:
            if one.unit not in known and not was_taken(taken, one):
                yield one
                continue
            answered = {f"{one.path}.taken", f"{one.path}.done"} & self._listed.keys()
            if part.get("unit") == one.unit:
                yield one
            elif one.marker is not None and (answered or not same_marker(taken, one)):
                self._alike.add(one.unit)
                yield one

    def _settled(
        self, came: Sorted, taken: dict[str, str], part: dict[str, Any]
    ) -> Iterator[Candidate]:
        """Yield candidates that are news; where stability tells, wait once for all of them."""
        s = self._settings
        found = list(self._news(came, taken, part))
        if s.ready != "stable":
            yield from found
            return
        now = time.monotonic()
        before = self._seen
        self._seen = {
            one.path: before[one.path]
            if before.get(one.path, ("",))[0] == one.item.version
            else (one.item.version, now)
            for one in found
        }
        wait = max((since + s.settle - now for _, since in self._seen.values()), default=0.0)
        if wait > 0:
            time.sleep(wait)
            later = [self._exact(one) for one in sort_out(self._listing(), s).ready]
            found = [one for one in later if self._seen.get(one.path, ("",))[0] == one.item.version]
            for one in later:
                if one not in found and not was_taken(taken, one):
                    text = messages.still_changing(shown(one.path))
                    self._patience.note(one.path, Waiting("drop.changing", text))
        yield from found

    def _guarded(
        self,
        found: Candidate,
        part: dict[str, Any],
        taken: dict[str, str],
        contents: dict[str, str],
    ) -> Generator[Fetched, None, bool]:
        """Read one file so that nothing in it, or in its reader, stops the files after it.

        What ends the connection still ends the fetch; what the server denies of one file, or what
        fails on this machine, leaves the file for the next fetch; what its content does to a reader
        refuses it.
        """
        try:
            return (yield from self._file(found, part, taken, contents))
        except (PathRefused, PathUnavailable) as error:
            text = messages.path_refused(shown(found.path), error_text(error))
            self._patience.note(found.path, Waiting("drop.denied", text, at_once=True))
        except AdapterError:
            raise
        except (OSError, MemoryError) as error:
            _log.exception("drop.broke")
            text = messages.broke(shown(found.path), type(error).__name__)
            self._patience.note(found.path, Waiting("drop.broke", text, at_once=True))
        except (Exception, pl.exceptions.PanicException) as error:  # noqa: BLE001
            _log.exception("drop.broke")
            fault = FormatError("source.broke", *messages.unreadable(type(error).__name__))
            yield bad_unit(found, fault, taken, contents)
            return True
        return False

    def _file(
        self,
        found: Candidate,
        part: dict[str, Any],
        taken: dict[str, str],
        contents: dict[str, str],
    ) -> Generator[Fetched, None, bool]:
        """Copy one file to local disk, then read it in batches; return whether it was taken.

        A file that moved, that another gateway claimed, whose copy came out short, or that may still
        grow to what its marker says, is passed over until the next fetch.
        """
        with tempfile.TemporaryFile() as spool:
            copied = cast("BinaryIO", spool)
            try:
                told = self._totals.of(found)
                yield from self._patience.due()
                here = self._claimed(found)
                digest, size = self._copied(here, copied)
                now = self._place.look(self._at(here.at))
            except FileNotFoundError:
                return False
            except FormatError as error:
                return (yield from self._refused(found, error, taken, contents))
            if now.version != found.item.version or size != found.item.size:
                text = messages.moved_meanwhile(shown(found.path))
                self._patience.note(found.path, Waiting("drop.changing", text))
                return False
            try:
                against(told, copied, size)
            except NotWhole as error:
                return (yield from self._refused(found, error, taken, contents))
            if found.unit in self._alike:
                found = self._told_apart(found, digest, contents)
                yield from self._patience.due()
                if self._again.knows([found]):
                    return False
            self._taking[found.unit] = Taking(
                here.at, digest, found.marker_path, self._totals.words
            )
            opening = Opening(found.unit)
            yield opening
            if opening.passed_over:
                return False
            if opening.set_aside:
                at = cursor_of(taken, contents)
                yield BadUnit(found.unit, READER_ENDED, *opening.set_aside, at)
                return False
            declared = int(told["rows"]) if "rows" in told else None
            whole = declared is not None
            begun = Progress.of(part, found.unit)
            reading = reading_of(self._settings, copied, begun, whole=whole, alone=opening.alone)
            return (yield from self._read(found, reading, begun, declared, digest, taken, contents))

    def _read(
        self,
        found: Candidate,
        reading: FileReading,
        begun: Progress,
        declared: int | None,
        digest: str,
        taken: dict[str, str],
        contents: dict[str, str],
    ) -> Generator[Fetched, None, bool]:
        """Yield a file's batches, and what is wrong with it; return whether it was taken."""

        def cursor(part: dict[str, Any] | None) -> str:
            if part is None:
                return cursor_after(found, taken, contents)
            return cursor_of(taken, contents, part)

        before = dict(contents)
        same = contents.pop(digest, found.path)
        contents[digest] = found.path
        for old in list(contents)[:-_REMEMBERED]:
            del contents[old]
        try:
            for number, batch in enumerate(batches(reading, found.unit, begun, declared, cursor)):
                if not number and same != found.path:
                    text = messages.same_content(shown(found.path), shown(same))
                    yield Remark("drop.same", *text)
                yield replace(batch, again=found.again)
        except NotWhole as error:
            contents.clear()
            contents.update(before)
            return (yield from self._refused(found, error, taken, contents))
        except FormatError as error:
            yield bad_unit(found, error, taken, contents)
        return True

    def _told_apart(self, found: Candidate, digest: str, contents: dict[str, str]) -> Candidate:
        """Return a file that has name, size and time of one that was taken as the unit that it is; say so."""
        before = self._again.digest_before(found, self._listed)
        same = digest == before or contents.get(digest) == found.path
        another = another_of_its_kind(found, digest)
        name = shown(found.path)
        text = mark_messages.same_again(name) if same else mark_messages.corrected(name)
        self._patience.queue(f"again {another.unit}", Remark("drop.again", *text))
        return another

    def _refused(
        self,
        found: Candidate,
        fault: FormatError,
        taken: dict[str, str],
        contents: dict[str, str],
    ) -> Generator[Fetched, None, bool]:
        """Refuse a file whole, unless it may still grow; return whether it was taken."""
        short = fault.short if isinstance(fault, NotWhole) else fault.rule in _MAY_PASS
        if self._may_grow(found, fault, short=short):
            return False
        yield bad_unit(found, fault, taken, contents)
        return True

    def _claimed(self, found: Candidate) -> Candidate:
        """Rename a file so that no other gateway takes it; raises FileNotFoundError when one has."""
        claimed = claimed_suffix(self._settings)
        if not claimed or found.again or found.at.endswith(claimed):
            return found
        self._place.move(self._at(found.at), self._at(found.path + claimed))
        return replace(found, at=found.path + claimed)

    def _copied(self, found: Candidate, copied: BinaryIO) -> tuple[str, int]:
        """Copy a file to local disk; return its digest and its size, as it was sent."""
        target = Digested(copied, self._settings.max_bytes)
        self._place.get(self._at(found.at), cast("BinaryIO", target))
        return target.digest[:16], target.size

    def _may_grow(self, found: Candidate, fault: FormatError | None, *, short: bool) -> bool:
        """Whether a file is short, or broken, and has not been so for long."""
        if not short or fault is None:
            self._short.pop(found.path, None)
            return False
        now = time.monotonic()
        version, since = self._short.get(found.path, ("", now))
        if version != found.item.version:
            since = now
        self._short[found.path] = found.item.version, since
        if now - since >= self._settings.settle:
            return False
        text = messages.may_grow(shown(found.path), error_text(fault), self._settings.settle)
        self._patience.note(found.path, Waiting("drop.short", text))
        return True
