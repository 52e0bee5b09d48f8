"""Which files of a drop are whole, and why the others wait.

Pure: it looks at listings, never at files.

`sort_out` is the one answer to "why was this file not taken": fetch, the connection test and `pull`
all go by it. Whatever matches the pattern is either a candidate or waits with a reason; files that
the gateway or another program put beside it are neither.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fnmatch import fnmatchcase
from posixpath import join, split, splitext

from adapters import file_names
from adapters.files.settings import DropSettings, formatted
from adapters.text import Text
from adapters.text import drops as messages
from adapters.transports.remote import Entry

#: What we write beside a file ourselves, or a careful sender writes to: never taken as data.
_OURS = (".part", ".done", ".taken", ".tmp", ".filepart")
_RESULT = ".result."
#: Seconds by which a server's clock may be ahead of ours.
_CLOCKS = 86_400.0
_CLAIMED, TAKEN = ".claimed-by-", ".taken-"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that may be whole: its path as dropped, where it is now, and what came with it."""

    path: str
    at: str
    item: Entry
    marker: Entry | None = None
    checksum: Entry | None = None
    #: Paths of these two; they need not have the file's whole name before their ending.
    marker_path: str = ""
    checksum_path: str = ""
    #: Tells the version from another of the same size and time; empty where there is none.
    tail: str = ""
    #: It stands marked as taken by this store, which does not know it.
    again: bool = False
    #: It was answered and moved away: it keeps its place and its marker.
    archived: bool = False

    def marked_by(self, path: str, marker: Entry) -> "Candidate":
        """Return the file with the marker that it was taken by,
        under the name that this has now.
        """
        return replace(self, marker=marker, marker_path=path)

    @property
    def version(self) -> str:
        """Return what tells this version of the file from every other."""
        return f"{self.item.version}{self.tail}"

    @property
    def unit(self) -> str:
        """Return the unit's name: the file and its version."""
        return f"{self.path}@{self.version}"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Why a file that is listed is not taken; `name` is the remark's."""

    name: str
    text: Text
    #: Say it without waiting whether it passes by itself.
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class Sorted:
    """What a listing holds: files that may be read, oldest first, and those that wait, by path."""

    ready: list[Candidate]
    waiting: dict[str, Waiting]
    #: The path of the marker of each file that has one.
    markers: dict[str, str]


def folders(settings: DropSettings, today: date) -> list[str]:
    """Return the folders to look at, below `folder`: the folder itself, or a subfolder a day."""
    if not settings.subfolders:
        return [""]
    days = (today - timedelta(days=back) for back in range(settings.days))
    return list(dict.fromkeys(formatted(day, settings.subfolders) for day in days))


def sort_out(listing: Mapping[str, Entry], settings: DropSettings, now: float = math.inf) -> Sorted:
    """Return a listing, by paths below `folder`, sorted into files that may be read and that wait.

    A file that this gateway has claimed is a candidate whatever else stands beside it; while it
    is, a newer one of its name waits. `now` is in seconds since 1970.
    """
    claimed = _claimed_here(listing, settings)
    data = _data_paths(listing, settings)
    markers, checksums = companions([*data, *claimed], listing, settings)
    handled = _handled(listing) if settings.ready == "marker" else {}
    ready: list[Candidate] = []
    waiting: dict[str, Waiting] = {}
    for path, at in claimed.items():
        ready.append(_candidate(path, at, listing, markers, checksums))
    for path in data:
        if path not in markers and path in handled:
            # A time that has not come yet says nothing of what is newer.
            modified = listing[path].modified
            if modified <= handled[path] or modified > now + _CLOCKS:
                continue
        reason = _why_waits(path, settings, path in claimed, markers, checksums)
        if reason is None:
            ready.append(_candidate(path, path, listing, markers, checksums))
        else:
            waiting[path] = reason
    waiting |= _claimed_elsewhere(listing, settings)
    waiting |= _without_data(listing, settings, {*markers.values(), *checksums.values()})
    ready.sort(key=lambda candidate: (candidate.item.modified, candidate.path))
    return Sorted(ready, waiting, markers)


def candidates(listing: Mapping[str, Entry], settings: DropSettings) -> list[Candidate]:
    """Return the files that their names, markers and checksums make candidates, oldest first."""
    return sort_out(listing, settings).ready


def orphans(listing: Mapping[str, Entry], settings: DropSettings) -> Iterator[str]:
    """Yield the files whose marker or checksum is there and which are not."""
    waiting = sort_out(listing, settings).waiting
    yield from (path for path, reason in waiting.items() if reason.name == "drop.no_file")


def marker_of(path: str, listing: Mapping[str, Entry], settings: DropSettings) -> str | None:
    """Return the path of a file's marker, under whatever form of its name;
    None where there is none.
    """
    data = [*_data_paths(listing, settings), *_claimed_here(listing, settings)]
    return companions(data, listing, settings)[0].get(path)


def claimed_suffix(settings: DropSettings) -> str:
    """Return what the name of a file ends with once this gateway has claimed it."""
    return f"{_CLAIMED}{settings.claim}" if settings.claim else ""


def moves(settings: DropSettings) -> bool:
    """Whether a file gives up its name once it is kept: no marker says for it that it is taken."""
    return settings.ready != "marker" or bool(settings.claim)


def beside(path: str, folder: str) -> str:
    """Return the path of a file's namesake in a folder below its
    own (its own where that is empty).
    """
    own, name = split(path)
    return join(own, folder, name) if folder else path


def _candidate(
    path: str,
    at: str,
    listing: Mapping[str, Entry],
    markers: Mapping[str, str],
    checksums: Mapping[str, str],
) -> Candidate:
    marker, checksum = markers.get(path, ""), checksums.get(path, "")
    return Candidate(
        path, at, listing[at], listing.get(marker), listing.get(checksum), marker, checksum
    )


def _why_waits(
    path: str,
    settings: DropSettings,
    is_claimed: bool,
    markers: Mapping[str, str],
    checksums: Mapping[str, str],
) -> Waiting | None:
    """Return why a file of the drop waits; None where it may be read."""
    if split(path)[1].startswith("."):
        return Waiting("drop.hidden", messages.hidden(path))
    if is_claimed:
        return Waiting("drop.newer", messages.newer_waits(path))
    if settings.ready == "marker" and path not in markers:
        return Waiting("drop.no_marker", messages.no_marker(path, settings.marker))
    if settings.checksum and path not in checksums:
        return Waiting("drop.no_checksum", messages.no_checksum(path, settings.checksum))
    return None


def _handled(listing: Mapping[str, Entry]) -> dict[str, float]:
    """Return up to which time each file was taken, by what we put beside it:
    it waits for no marker.

    The same name with a later time is another file.
    """
    handled: dict[str, float] = {}
    for path, entry in listing.items():
        if path.endswith(".taken"):
            handled[path.removesuffix(".taken")] = math.inf
        elif path.endswith(".done"):
            data = path.removesuffix(".done")
            handled[data] = max(entry.modified, handled.get(data, 0.0))
        elif _RESULT in split(path)[1]:
            data = path.rpartition(_RESULT)[0]
            handled[data] = max(entry.modified, handled.get(data, 0.0))
    return handled


def _claimed_here(listing: Mapping[str, Entry], settings: DropSettings) -> dict[str, str]:
    """Return the files that this gateway has claimed: path as dropped, path now."""
    claimed = claimed_suffix(settings)
    if not claimed:
        return {}
    return {path.removesuffix(claimed): path for path in listing if path.endswith(claimed)}


def _claimed_elsewhere(listing: Mapping[str, Entry], settings: DropSettings) -> dict[str, Waiting]:
    """Return which files another gateway has claimed,
    or this one under a name that it no longer has.
    """
    own = claimed_suffix(settings)
    waiting = {}
    for path in listing:
        data, claim, owner = path.partition(_CLAIMED)
        if not claim or (own and path.endswith(own)) or path.endswith(_OURS):
            continue
        if _matches(split(data)[1], settings):
            waiting[path] = Waiting("drop.claimed", messages.claimed_elsewhere(data, owner))
    return waiting


def _data_paths(listing: Mapping[str, Entry], settings: DropSettings) -> list[str]:
    """Return what is neither ours nor another program's and has a name that is asked for."""
    # Folders of ours lie in the drop, and the pattern may take any name.
    own = {part.partition("/")[0] for part in (settings.archive, settings.errors, settings.results)}
    return [path for path in listing if path not in own and is_data(path, listing, settings)]


def is_data(path: str, listing: Mapping[str, Entry], settings: DropSettings) -> bool:
    """Whether a path is that of a file of a department, by its name and what stands beside it."""
    name = path.rpartition("/")[2]
    if not _matches(name, settings) or file_names.of_another_program(name):
        return False
    if name.endswith(_OURS) or _CLAIMED in name or TAKEN in name:
        return False
    return not _is_result(path, listing, settings) and not _is_companion(name, settings)


def _is_result(path: str, listing: Mapping[str, Entry], settings: DropSettings) -> bool:
    """Whether a file is a result of ours: its name is that of a file of the drop and an ending.

    A department may call a file of its own `X.result.csv`: then `X` alone is no name that is asked
    for, or there is a marker beside it, which a result never has.
    """
    name = split(path)[1]
    data, ending, _ = name.rpartition(_RESULT)
    if not ending or not _matches(data, settings):
        return False
    return settings.ready != "marker" or path + settings.marker not in listing


def _is_companion(name: str, settings: DropSettings) -> bool:
    """Whether a name is that of a marker or checksum file."""
    return any(name.lower().endswith(ending) for ending in _endings(settings))


def _endings(settings: DropSettings) -> list[str]:
    endings = [settings.marker.lower()] if settings.ready == "marker" else []
    return [*endings, f".{settings.checksum}"] if settings.checksum else endings


def companions(
    data: Sequence[str], listing: Mapping[str, Entry], settings: DropSettings
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the marker and the checksum file of each file that has them,
    where they are asked for.
    """
    marker = settings.marker if settings.ready == "marker" else ""
    checksum = f".{settings.checksum}" if settings.checksum else ""
    return _paired(data, listing, marker), _paired(data, listing, checksum)


def _paired(data: Sequence[str], listing: Mapping[str, Entry], ending: str) -> dict[str, str]:
    """Return the companion of each file: X.csv.ok before X.CSV.OK before X.ok,
    none for two files.
    """
    if not ending:
        return {}
    # Nearly every file has the plainest form; what is left is looked for by lower case and stem.
    pairs = {path: path + ending for path in data if path + ending in listing}
    used = set(pairs.values())
    ending = ending.lower()
    others = [path for path in listing if path.lower().endswith(ending) and path not in used]
    if not others:
        return pairs
    by_name, by_stem = defaultdict(set), defaultdict(set)
    for path in data:
        by_name[path.lower()].add(path)
        by_stem[splitext(path)[0].lower()].add(path)
    for of in (by_name, by_stem):
        for companion in sorted(others):
            base = companion[: -len(ending)]
            files = of.get(base.lower(), set()) if split(base)[1] else set()
            # One in lower case only, or of the same stem: counts where it can mean one file alone.
            if len(files) == 1 and not files <= pairs.keys():
                [path] = files
                pairs[path] = companion
    return pairs


def _without_data(
    listing: Mapping[str, Entry], settings: DropSettings, used: set[str]
) -> dict[str, Waiting]:
    """Return which files are not there though their marker or checksum is.

    `used` are the markers and checksum files that have found their file.
    """
    endings = _endings(settings)
    alone = [
        (path, path[: -len(ending)])
        for ending in endings
        for path in listing
        if path not in used and path.lower().endswith(ending)
    ]
    if not alone:
        return {}
    # Claimed by whichever gateway, or kept.
    handled = {
        path.partition(own)[0].lower()
        for own in (_CLAIMED, TAKEN)
        for path in listing
        if own in path
    }
    known = {path.lower() for path in listing} | handled
    stems = {splitext(path)[0] for path in known if not path.endswith(tuple(endings))}
    lone: dict[str, Waiting] = {}
    for path, data in alone:
        name = split(data)[1]
        if not name or data.lower() in known or file_names.of_another_program(name):
            continue
        if _matches(name, settings):
            lone[data] = Waiting("drop.no_file", messages.no_file(data))
        elif not splitext(name)[1] and data.lower() not in stems:
            lone[data] = Waiting("drop.no_file", messages.no_file_of_stem(path, settings.pattern))
        elif not splitext(name)[1] and _ambiguous(data, listing, settings):
            lone[path] = Waiting("drop.no_file", messages.several_files_of_stem(path))
    return lone


def _ambiguous(stem: str, listing: Mapping[str, Entry], settings: DropSettings) -> bool:
    """Whether a companion without an extension could be that of several files of the drop."""
    alike = [
        path
        for path in listing
        if splitext(path)[0].lower() == stem.lower() and is_data(path, listing, settings)
    ]
    return len(alike) > 1


def _matches(name: str, settings: DropSettings) -> bool:
    """Match a name whatever its case: X.CSV from another system must not lie there unsaid."""
    return fnmatchcase(name.lower(), settings.pattern.lower())
