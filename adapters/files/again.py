"""Files that come again: marked as taken and unknown to the store,
or dropped anew just as they were.

A mark is a promise of the store that made it. A store that was restored looks up what stands marked
as its own, and reads what it does not know; what another store has marked it leaves alone.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from posixpath import join

from adapters import AdapterError, Remark, SourceMemory
from adapters.file_names import shown
from adapters.files.archived import archived_files
from adapters.files.explain import error_text
from adapters.files.marked import marked_files, markers_alone, moved_files
from adapters.files.marks import Mark, plain_version
from adapters.files.patience import Patience
from adapters.files.ready import Candidate, Waiting
from adapters.files.settings import DropSettings
from adapters.files.totals import read_marker
from adapters.text import marks as messages
from adapters.transports.remote import Entry, PathRefusedError, PathUnavailableError, Place

#: Files that a remark names.
_EXAMPLES = 3
#: How far the clocks of source and gateway may differ where the time of an answer counts.
_CLOCKS = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Taking:
    """What of a file that is being read goes into its mark: digest,
    its marker and that one's words.
    """

    at: str
    digest: str
    marker_path: str
    words: bytes
    #: The marker as it stood when the file was read.
    marker: Entry | None = None


class ComeAgain:
    """Recognises files of one drop that come again, and remembers what it looked into."""

    def __init__(self, settings: DropSettings, place: Place, patience: Patience) -> None:
        self._settings = settings
        self._place = place
        self._patience = patience
        #: What the gateway's store knows; None where nobody has said.
        self.memory: SourceMemory | None = None
        #: Marks that were looked into, each by its name and version, with why its file waits if it
        #: does.
        self._looked: dict[tuple[str, str], Waiting | None] = {}
        #: What the present fetch could not look at.
        self._not_seen: set[str] = set()

    def offered(self, listing: Mapping[str, Entry], ready: Sequence[Candidate]) -> list[Candidate]:
        """Return the files that stand marked as taken by this store, which does not know them."""
        self._not_seen = set()
        if self.memory is None:
            return []
        anew = {candidate.path for candidate in ready}
        # One with a new marker is a candidate anyway.
        taken = [
            candidate
            for candidate in marked_files(listing, self._settings, ".taken")
            if candidate.path not in anew
        ]
        moved = moved_files(listing, self._settings)
        restored = self.memory.restored()
        answered = [*self._answered(listing, ready), *self._archived()] if restored else []
        units = [candidate.unit for candidate in (*taken, *answered)]
        units += [f"{candidate.path}@{version}" for candidate, version, _ in moved]
        known_units = self.memory.knows(units)
        # After a restore each mark is read: of two files of one name, size and time one may be
        # known.
        doubtful = [
            candidate
            for candidate in (*taken, *answered)
            if restored or candidate.unit not in known_units
        ]
        # What the drop lists no more is forgotten.
        kept = {_looked_at(candidate) for candidate in doubtful}
        self._looked = {key: reason for key, reason in self._looked.items() if key in kept}
        returning = [self._by_marker(candidate) for candidate in doubtful]
        returning += [
            self._by_name(candidate, version, mark)
            for candidate, version, mark in moved
            if f"{candidate.path}@{version}" not in known_units
        ]
        if restored:
            self._name_gone(listing)
        return [candidate for candidate in returning if candidate is not None]

    @property
    def saw_all(self) -> bool:
        """Whether all that may stand marked could be looked at by the present fetch."""
        return not self._not_seen

    def not_read(self, candidate: Candidate) -> None:
        """Note that a file that was to come again was left for the next fetch;
        its reason was told.
        """
        self._not_seen.add(candidate.path)

    def said(self, offered: Sequence[Candidate]) -> Iterator[Remark]:
        """Yield what a person should know of files that are read again."""
        if offered:
            names = [shown(candidate.path) for candidate in offered[:_EXAMPLES]]
            yield Remark("source.again", *messages.taken_again(len(offered), names))

    def knows(self, candidates: Sequence[Candidate]) -> frozenset[str]:
        """Return the units of files that the store has whole."""
        if self.memory is None:
            return frozenset()
        return self.memory.knows([candidate.unit for candidate in candidates])

    def passes_over(self, units: Collection[str]) -> frozenset[str]:
        """Return those of some units that wait for a person, or are given up:
        they are not even copied.
        """
        if self.memory is None:
            return frozenset()
        return self.memory.passes_over(units)

    def digest_before(self, candidate: Candidate, listing: Mapping[str, Entry]) -> str:
        """Return the digest of a file's version that was taken before, by the marker of then;
        "" if unknown.
        """
        for ending in (".taken", ".done"):
            if candidate.path + ending in listing:
                with suppress(FileNotFoundError, PathRefusedError, PathUnavailableError):
                    name = join(self._settings.folder, candidate.path + ending)
                    _, mark = read_marker(self._place, name)
                    if mark is not None and plain_version(mark.version) == candidate.item.version:
                        return mark.digest
        return ""

    def _answered(
        self, listing: Mapping[str, Entry], ready: Sequence[Candidate]
    ) -> list[Candidate]:
        """Return the files that were answered since the restored store's last moment."""
        since = None if self.memory is None else self.memory.known_until()
        if since is None:
            return []
        floor = (since - _CLOCKS).timestamp()
        open_now = {candidate.path for candidate in ready} | {
            path.removesuffix(".taken") for path in listing if path.endswith(".taken")
        }
        return [
            candidate
            for candidate in marked_files(listing, self._settings, ".done")
            if candidate.path not in open_now
            and candidate.marker is not None
            and max(candidate.marker.modified, candidate.item.modified) >= floor
            # A file that is newer than its answer is another, which waits for its own marker.
            and (
                candidate.marker.rough
                or candidate.item.modified <= candidate.marker.modified + _CLOCKS.seconds
            )
        ]

    def _archived(self) -> list[Candidate]:
        """Return the files that were moved away since the restored store's last moment."""
        since = None if self.memory is None else self.memory.known_until()
        if since is None:
            return []
        floor = since - _CLOCKS
        return list(archived_files(self._place, self._settings, floor, self._denied))

    def _by_marker(self, candidate: Candidate) -> Candidate | None:
        """Return a file as it is to be read again by what its marker says; None where it is not."""
        assert self.memory is not None  # noqa: S101
        key = _looked_at(candidate)
        if key in self._looked:
            if (reason := self._looked[key]) is not None:
                self._patience.note(candidate.path, reason)
            return None
        mark = None
        try:
            if candidate.marker is not None:
                _, mark = read_marker(
                    self._place, join(self._settings.folder, candidate.marker_path)
                )
            candidate = self._exact(candidate)
        except FileNotFoundError:
            # It went since the folder was listed: it is looked into at the next fetch.
            self._not_seen.add(candidate.path)
            return None
        except (PathRefusedError, PathUnavailableError) as error:
            self._denied(candidate.marker_path or candidate.at, error)
            return None
        version = candidate.item.version if mark is None else mark.version
        mine = mark is None or mark.store == self.memory.mark()[0]
        if mine and self.memory.knows([f"{candidate.path}@{version}"]):
            self._looked[key] = None
            return None
        reason = self._why_not(candidate, version, mark)
        if reason is None:
            return replace(candidate, tail=version.removeprefix(candidate.item.version), again=True)
        self._looked[key] = reason
        self._patience.note(candidate.path, reason)
        return None

    def _by_name(self, candidate: Candidate, version: str, mark: Mark | None) -> Candidate | None:
        """Return a file that gave up its name and is unknown as it
        is to be read again, if it is.
        """
        try:
            candidate = self._exact(candidate)
        except FileNotFoundError:
            self._not_seen.add(candidate.path)
            return None
        except (PathRefusedError, PathUnavailableError) as error:
            self._denied(candidate.at, error)
            return None
        reason = self._why_not(candidate, version, mark)
        if reason is None:
            return replace(candidate, tail=version.removeprefix(candidate.item.version), again=True)
        self._patience.note(candidate.at, reason)
        return None

    def _why_not(self, candidate: Candidate, version: str, mark: Mark | None) -> Waiting | None:
        """Return why a file that is marked and unknown is not read again; None where it is."""
        assert self.memory is not None  # noqa: S101
        if mark is not None and mark.store != self.memory.mark()[0]:
            text = messages.of_another_store(shown(candidate.path), mark.store)
            return Waiting("drop.other_store", text, at_once=True)
        if plain_version(version) != candidate.item.version or (mark is None and _newer(candidate)):
            text = messages.replaced_since(shown(candidate.path))
            return Waiting("drop.replaced", text, at_once=True)
        return None

    def _name_gone(self, listing: Mapping[str, Entry]) -> None:
        """Queue a remark for each file of which only the marker is
        there and the store does not know it.
        """
        assert self.memory is not None  # noqa: S101
        identity, _ = self.memory.mark()
        for path in markers_alone(listing, self._settings, ".taken"):
            name = f"{path}.taken"
            try:
                _, mark = read_marker(self._place, join(self._settings.folder, name))
            except FileNotFoundError:
                self._not_seen.add(name)
            except (PathRefusedError, PathUnavailableError) as error:
                self._denied(name, error)
            else:
                unit = "" if mark is None else f"{path}@{mark.version}"
                if mark is None or mark.store != identity or self.memory.knows([unit]):
                    continue
                remark = Remark("drop.gone", *messages.gone_since(shown(path)))
                self._patience.queue(f"gone {unit}", remark)

    def _denied(self, path: str, error: AdapterError) -> None:
        """Have it told, once, that something could not be looked at; the next fetch tries again."""
        self._not_seen.add(path)
        remark = Remark("drop.denied", *messages.not_looked_at(shown(path), error_text(error)))
        self._patience.queue(f"denied {path}", remark)

    def _exact(self, candidate: Candidate) -> Candidate:
        """Return a file with its exact size and time, where its listing gave them roughly."""
        if not candidate.item.rough:
            return candidate
        at = join(self._settings.folder, candidate.at)
        return replace(candidate, item=self._place.look(at))


def another_of_its_kind(candidate: Candidate, digest: str) -> Candidate:
    """Return a file that has name, size and time of one that was taken,
    told apart by content and marker.
    """
    marker = "" if candidate.marker is None else candidate.marker.version
    tail = hashlib.sha256(f"{digest} {marker}".encode()).hexdigest()[:8]
    return replace(candidate, tail=f"~{tail}")


def _looked_at(candidate: Candidate) -> tuple[str, str]:
    """Return by what name and version a mark is known that was looked into."""
    return candidate.marker_path or candidate.at, (candidate.marker or candidate.item).version


def _newer(candidate: Candidate) -> bool:
    """Whether a file is newer than the marker that says it was taken: then it is another one."""
    if candidate.marker is None or candidate.marker.rough:
        return False
    return (
        candidate.at == candidate.path and candidate.item.modified > candidate.marker.modified + 1
    )
