"""Takes one dropped file: claims and copies it, holds it against its marker,
reads it in batches.
"""

import logging
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from typing import Any, BinaryIO, cast

import polars as pl

from adapters import AdapterError, BadUnit, Fetched, Opening, Remark
from adapters.file_names import shown
from adapters.files.again import ComeAgain, Taking, another_of_its_kind
from adapters.files.answer import Answers
from adapters.files.control_totals import against
from adapters.files.cursor import bad_unit, cursor_after, cursor_of, remember, set_aside_as
from adapters.files.explain import error_text
from adapters.files.patience import Patience
from adapters.files.ready import Candidate, Waiting, claimed_suffix
from adapters.files.rows import IncompleteFileError, Progress, batches, reading_of
from adapters.files.settings import DropSettings
from adapters.files.totals import Totals
from adapters.formats import FormatError
from adapters.local_copy import Digested
from adapters.reader.files import FileReading
from adapters.spool import WorkFolderFullError, require_room, temporary_file
from adapters.text import drops as messages
from adapters.text import marks as mark_messages
from adapters.text import spool as spool_messages
from adapters.transports.remote import Entry, PathRefusedError, PathUnavailableError, Place

#: Faults of a file that a half-written file, marker or checksum file has too.
_MAY_PASS = ("source.archive", "source.marker", "source.checksum")

_log = logging.getLogger("creditgate.drops")


class Taker:
    """Takes the files of one drop, one after the other."""

    def __init__(
        self,
        settings: DropSettings,
        place: Place,
        answers: Answers,
        patience: Patience,
        again: ComeAgain,
    ) -> None:
        self._settings = settings
        self._place = place
        self._answers = answers
        self._patience = patience
        self._again = again
        self.totals = Totals(settings, place, patience)
        #: Versions of files that are short, and since when they are the same.
        self._short: dict[str, tuple[str, float]] = {}
        #: By unit, what goes into the mark of a file that is being read.
        self.taking: dict[str, Taking] = {}
        #: Units of the present fetch that have name, size and time of one that was taken.
        self.alike: set[str] = set()
        self.listed: Mapping[str, Entry] = {}
        #: Units that were passed over and told apart by their content, by file and marker.
        self._apart: dict[tuple[str, str, Entry | None], str] = {}

    def begin(self, listing: Mapping[str, Entry]) -> None:
        """Begin a fetch with what the drop holds."""
        self.listed = listing
        self.alike = set()
        self.taking.clear()
        claimed = claimed_suffix(self._settings)
        self._short = {
            path: seen
            for path, seen in self._short.items()
            if path in listing or path + claimed in listing
        }

    def unit_of(self, candidate: Candidate) -> str:
        """Return the unit that a file is; "" where only its content,
        which was not looked at, tells.
        """
        if candidate.unit in self.alike:
            return self._apart.get((candidate.unit, candidate.path, candidate.marker), "")
        return candidate.unit

    def passed_over(self, ready: Sequence[Candidate]) -> frozenset[str]:
        """Return the units of files that are not read before a person has decided, or never."""
        return self._again.passes_over([self.unit_of(candidate) for candidate in ready])

    def take(
        self,
        candidate: Candidate,
        part: dict[str, Any],
        taken: dict[str, str],
        contents: dict[str, str],
    ) -> Generator[Fetched, None, bool]:
        """Yield what one file holds, so that nothing in it, or in its reader,
        stops the files after it.

        What ends the connection still ends the fetch; what the server denies of one file, or what
        fails on this machine, leaves the file for the next fetch; what its content does to a reader
        refuses it.
        """
        try:
            return (yield from self._file(candidate, part, taken, contents))
        except (PathRefusedError, PathUnavailableError) as error:
            text = messages.path_refused(shown(candidate.path), error_text(error))
            self._patience.note(candidate.path, Waiting("drop.denied", text, at_once=True))
        except WorkFolderFullError as error:
            text = spool_messages.file_waits(shown(candidate.path), error_text(error))
            self._patience.note(candidate.path, Waiting("drop.no_room", text, at_once=True))
        except AdapterError:
            raise
        except (OSError, MemoryError) as error:
            _log.exception("drop.broke")
            text = messages.broke(shown(candidate.path), type(error).__name__)
            self._patience.note(candidate.path, Waiting("drop.broke", text, at_once=True))
        except (Exception, pl.exceptions.PanicException) as error:  # noqa: BLE001
            _log.exception("drop.broke")
            fault = FormatError("source.broke", *messages.unreadable(type(error).__name__))
            yield bad_unit(candidate, fault, taken, contents)
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

        A file that moved, that another gateway claimed, whose copy came out short, or that may
        still grow to what its marker says, is passed over until the next fetch.
        """
        with temporary_file() as copied:
            require_room(copied, found.item.size)
            alike, listed = found.unit in self.alike, (found.unit, found.path, found.marker)
            try:
                told = self.totals.of(found)
                yield from self._patience.due()
                here = self._claimed(found)
                digest, size = self.copied(here, copied)
                now = self._place.look(self._answers.at(here.at))
            except FileNotFoundError:
                return False
            except FormatError as error:
                if alike and self._again.knows([found := another_of_its_kind(found, "")]):
                    return False
                return (yield from self._refused(found, error, taken, contents))
            if now.version != found.item.version or size != found.item.size:
                text = messages.moved_meanwhile(shown(found.path))
                self._patience.note(found.path, Waiting("drop.changing", text))
                return False
            if alike:
                found = self._told_apart(found, digest, contents)
                yield from self._patience.due()
                if self._again.knows([found]):
                    return False
            try:
                against(told, copied, size)
            except IncompleteFileError as error:
                return (yield from self._refused(found, error, taken, contents, digest))
            if not found.archived:
                self.taking[found.unit] = Taking(
                    here.at, digest, found.marker_path, self.totals.words, found.marker
                )
            opening = Opening(found.unit)
            yield opening
            if opening.passed_over:
                if alike:
                    self._apart[listed] = found.unit
                return False
            if opening.set_aside:
                remember(contents, digest, found.path)
                taken[found.path] = set_aside_as(found)
                at = cursor_of(taken, contents)
                yield BadUnit(found.unit, opening.rule, *opening.set_aside, at)
                return False
            declared = int(told["rows"]) if "rows" in told else None
            whole = declared is not None
            begun = Progress.of(part, found.unit)
            reading = reading_of(self._settings, copied, begun, whole=whole, alone=opening.alone)
            return (yield from self._read(found, reading, begun, declared, digest, taken, contents))

    def _read(
        self,
        candidate: Candidate,
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
                return cursor_after(candidate, taken, contents)
            return cursor_of(taken, contents, part)

        before = dict(contents)
        same = remember(contents, digest, candidate.path)
        try:
            for number, batch in enumerate(
                batches(reading, candidate.unit, begun, declared, cursor)
            ):
                if not number and same != candidate.path:
                    text = messages.same_content(shown(candidate.path), shown(same))
                    yield Remark("drop.same", *text)
                yield replace(batch, again=candidate.again)
        except IncompleteFileError as error:
            contents.clear()
            contents.update(before)
            return (yield from self._refused(candidate, error, taken, contents, digest))
        except FormatError as error:
            yield bad_unit(candidate, error, taken, contents)
        return True

    def _told_apart(self, candidate: Candidate, digest: str, contents: dict[str, str]) -> Candidate:
        """Return a file that has name, size and time of one that was
        taken as the unit that it is; say so.
        """
        before = self._again.digest_before(candidate, self.listed)
        same = digest == before or contents.get(digest) == candidate.path
        another = another_of_its_kind(candidate, digest)
        name = shown(candidate.path)
        text = mark_messages.same_again(name) if same else mark_messages.corrected(name)
        self._patience.queue(f"again {another.unit}", Remark("drop.again", *text))
        return another

    def _refused(
        self,
        candidate: Candidate,
        fault: FormatError,
        taken: dict[str, str],
        contents: dict[str, str],
        digest: str = "",
    ) -> Generator[Fetched, None, bool]:
        """Refuse a file whole, unless it may still grow; return whether it was taken."""
        short = fault.short if isinstance(fault, IncompleteFileError) else fault.rule in _MAY_PASS
        if self._may_grow(candidate, fault, short=short):
            return False
        if digest:
            remember(contents, digest, candidate.path)
        yield bad_unit(candidate, fault, taken, contents)
        return True

    def _claimed(self, candidate: Candidate) -> Candidate:
        """Rename a file so that no other gateway takes it;
        raises FileNotFoundError when one has.
        """
        claimed = claimed_suffix(self._settings)
        if not claimed or candidate.again or candidate.at.endswith(claimed):
            return candidate
        self._place.move(self._answers.at(candidate.at), self._answers.at(candidate.path + claimed))
        return replace(candidate, at=candidate.path + claimed)

    def copied(self, candidate: Candidate, copied: BinaryIO) -> tuple[str, int]:
        """Copy a file to local disk; return its digest and its size, as it was sent."""
        target = Digested(copied, self._settings.max_bytes)
        self._place.get(self._answers.at(candidate.at), cast("BinaryIO", target))
        # What is still in memory is written now: the disk may be full by the last byte.
        target.flush()
        return target.digest[:16], target.size

    def _may_grow(self, candidate: Candidate, fault: FormatError | None, *, short: bool) -> bool:
        """Whether a file is short, or broken, and has not been so for long."""
        if not short or fault is None:
            self._short.pop(candidate.path, None)
            return False
        now = time.monotonic()
        version, since = self._short.get(candidate.path, ("", now))
        if version != candidate.item.version:
            since = now
        self._short[candidate.path] = candidate.item.version, since
        if now - since >= self._settings.settle:
            return False
        text = messages.may_grow(shown(candidate.path), error_text(fault), self._settings.settle)
        self._patience.note(candidate.path, Waiting("drop.short", text))
        return True
