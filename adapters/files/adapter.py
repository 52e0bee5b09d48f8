"""File drops over any carrier: a file counts once it is whole; the result goes beside it.

Facts this rests on: no carrier says that an upload has ended, and a rename is the only atomic step.
"""

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from itertools import chain
from posixpath import join
from typing import Any, ClassVar

import polars as pl

from adapters import (
    SAMPLE_ROWS,
    Batch,
    Fetched,
    Remark,
    Settings,
    SourceMemory,
    SourceRefusedError,
    Step,
    Tally,
)
from adapters.file_names import shown
from adapters.files.again import ComeAgain, another_of_its_kind
from adapters.files.answer import SHANGHAI, Answers, beside_rows
from adapters.files.cursor import bad_unit, same_marker, version_of, was_taken
from adapters.files.explain import error_text, folder_detail, unfit
from adapters.files.patience import Patience
from adapters.files.ready import Candidate, Sorted, Waiting, claimed_suffix, folders, sort_out
from adapters.files.rows import sample_of
from adapters.files.settings import DropSettings
from adapters.files.taking import Taker
from adapters.formats import open_format
from adapters.spool import temporary_file
from adapters.text import Text, connection_steps
from adapters.text import drops as messages
from adapters.transports.remote import Entry, PathRefusedError, PathUnavailableError, Place


class DropAdapter:
    """Takes every whole file of a drop, oldest first.

    The cursor is JSON: `taken` has the version of each file already in the gateway that may still
    be met, `contents` the digests of the last ones, `part` the file that is being read, how many of
    its rows are kept, and up to which row of the file that is: blank lines are no rows.
    """

    Settings: ClassVar[type[Settings]] = DropSettings

    def __init__(self, settings: DropSettings, place: Place) -> None:
        self._settings = settings
        self._format = open_format(settings.format, settings.format_settings)
        self._place = place
        self._answers = Answers(settings, place, self._format)
        self._patience = Patience(settings.settle)
        #: Versions of files that are not settled, and since when they are the same.
        self._seen: dict[str, tuple[str, float]] = {}
        #: Files that gave up their name, or their marker, since a fetch looked.
        self._kept: set[str] = set()
        self._again = ComeAgain(settings, place, self._patience)
        self._taker = Taker(settings, place, self._answers, self._patience, self._again)

    def remember_by(self, memory: SourceMemory) -> None:
        """Mark what is taken as the store's;
        read again what stands marked so and is unknown to it.
        """
        self._again.memory = self._answers.memory = memory

    def fetch(self, cursor: str) -> Iterator[Fetched]:
        """Yield the rows of each file that is whole and not yet taken."""
        state = json.loads(cursor) if cursor else {}
        listing = self._listing()
        self._taker.begin(listing)
        came = sort_out(listing, self._settings, time.time())
        self._patience.begin(came.waiting)
        again = self._again.offered(listing, came.ready)
        yield from self._patience.due()
        yield from self._again.said(again)
        taken = self._still_met(dict(state.get("taken", {})), listing, came)
        contents: dict[str, str] = dict(state.get("contents", {}))
        part: dict[str, Any] = state.get("part") or {}
        ready = [*again, *self._settled(came, taken, part)]
        passed = self._taker.passed_over(ready)
        for found in sorted(ready, key=lambda candidate: (candidate.item.modified, candidate.path)):
            if self._taker.unit_of(found) in passed:
                continue
            if fault := unfit(found, self._settings.max_bytes):
                if found.unit in self._taker.alike:
                    found = another_of_its_kind(found, "")  # noqa: PLW2901
                    if self._again.knows([found]):
                        continue
                yield bad_unit(found, fault, taken, contents)
                taken[found.path] = version_of(found)
                continue
            # A file that was passed over must not ride along in a later file's cursor.
            read = yield from self._taker.take(found, part, taken, contents)
            if read and found.path not in self._kept:
                taken[found.path] = version_of(found)
            if found.again and self._patience.waits(found.path):
                self._again.not_read(found)
            # One that gave up its name is met no more: cursors stay short however many files there
            # are.
            self._kept.discard(found.path)
        yield from self._patience.end()

    def looked_through(self) -> bool:
        """Whether the last fetch saw all that may stand marked, and read what was to come again."""
        return self._again.saw_all

    def keep(self, batch: Batch) -> None:
        """Let a file that is wholly kept give up its marker (X.taken),
        or its name where there is none.
        """
        if not batch.last:
            return
        taking = self._taker.taking.pop(batch.unit, None)
        if taking is None:
            # It was answered before, and keeps its place.
            return
        path, _, version = batch.unit.rpartition("@")
        try:
            if self._answers.keep(path, version, taking):
                self._kept.add(path)
        except (PathRefusedError, PathUnavailableError) as error:
            # The rows are safe and the cursor knows the file: it is not taken twice.
            text = messages.path_refused(shown(path), error_text(error))
            self._patience.queue(f"keep {path}", Remark("drop.denied", *text))

    def acknowledge(self, unit: str, verdicts: Iterable[pl.DataFrame]) -> None:
        """Write X.result.csv, whole or not at all; then turn the marker to X.done,
        or move the file away.
        """
        self.acknowledge_with_tally(unit, verdicts, Tally())

    def acknowledge_with_tally(
        self, unit: str, verdicts: Iterable[pl.DataFrame], tally: Tally
    ) -> None:
        """Do as `acknowledge`, and tell in the result how many records were blank or deleted."""
        path, _, version = unit.rpartition("@")
        self._answers.answer(path, version, chain(verdicts, beside_rows(tally)))

    def held_back(self) -> dict[str, Text]:
        """Return why each file that the last fetch passed over waits, by path,
        whether said yet or not.

        A process that fetches once says this at its end: it will not be there when a wait is over.
        """
        return {path: reason.text for path, reason in self._patience.waiting.items()}

    def test(self) -> Iterator[Step]:
        """Yield the steps of a connection test: connect, list the folder, read a file's first rows.

        The listing shows what waits, and why.
        """
        yield from self._place.steps()
        listing = self._listing()
        came = sort_out(listing, self._settings, time.time())
        exact = [self._exact(found) for found in came.ready]
        fit = [found for found in exact if unfit(found, self._settings.max_bytes) is None]
        detail = folder_detail(listing, came, exact, self._settings)
        yield Step(*connection_steps.folder(), ok=True, detail=detail)
        for found in fit[:1]:
            self._taker.totals.of(found)
            with temporary_file() as spool:
                self._taker.copied(found, spool)
                sample = sample_of(self._settings, spool, SAMPLE_ROWS)
            yield Step(*connection_steps.sample_rows(), ok=True, detail=found.path, sample=sample)

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
                raise SourceRefusedError(*self._no_folder()) from None
            found |= {join(below, name): entry for name, entry in listed.items()}
        return found

    def _no_folder(self) -> Text:
        """Return what is said where the drop's folder is not there."""
        return messages.no_folder(self._settings.folder)

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

    def _exact(self, candidate: Candidate) -> Candidate:
        """Return a candidate with its exact size and time, where its listing gave them roughly."""
        if not candidate.item.rough or not candidate.item.plain:
            return candidate
        with suppress(FileNotFoundError):
            return replace(candidate, item=self._place.look(self._at(candidate.at)))
        # What cannot be looked at is said by whoever tries to read it.
        return candidate

    def _news(
        self, came: Sorted, taken: dict[str, str], part: dict[str, Any]
    ) -> Iterator[Candidate]:
        """Yield candidates that were not taken, and those that come again by a new marker.

        What has name, size and time of a file that was taken is told from it by its content.
        """
        candidates = [self._exact(candidate) for candidate in came.ready]
        known = self._again.knows(candidates)
        for candidate in candidates:
            if candidate.unit not in known and not was_taken(taken, candidate):
                yield candidate
                continue
            answered = {
                f"{candidate.path}.taken",
                f"{candidate.path}.done",
            } & self._taker.listed.keys()
            if part.get("unit") == candidate.unit:
                yield candidate
            elif candidate.marker is not None and (answered or not same_marker(taken, candidate)):
                self._taker.alike.add(candidate.unit)
                yield candidate

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
            candidate.path: before[candidate.path]
            if before.get(candidate.path, ("",))[0] == candidate.item.version
            else (candidate.item.version, now)
            for candidate in found
        }
        wait = max((since + s.settle - now for _, since in self._seen.values()), default=0.0)
        if wait > 0:
            time.sleep(wait)
            later = [self._exact(candidate) for candidate in sort_out(self._listing(), s).ready]
            found = [
                candidate
                for candidate in later
                if self._seen.get(candidate.path, ("",))[0] == candidate.item.version
            ]
            for candidate in later:
                if candidate not in found and not was_taken(taken, candidate):
                    text = messages.still_changing(shown(candidate.path))
                    self._patience.note(candidate.path, Waiting("drop.changing", text))
        yield from found
