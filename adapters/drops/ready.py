"""Which files of a drop are whole and may be taken. Pure: it looks at listings, never at files."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fnmatch import fnmatchcase
from posixpath import join, split

from adapters.drops.place import Entry
from adapters.drops.settings import DropSettings

#: What we write beside a file ourselves, or a careful sender writes to: never taken as data.
_OURS = (".part", ".done", ".taken", ".tmp", ".filepart")
_RESULT = ".result."
_CLAIMED, _TAKEN = ".claimed-by-", ".taken-"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that may be whole: its path as dropped, where it is now, and what came with it."""

    path: str
    at: str
    item: Entry
    marker: Entry | None = None
    checksum: Entry | None = None

    @property
    def unit(self) -> str:
        """Name the file and its version."""
        return f"{self.path}@{self.item.version}"


def folders(settings: DropSettings, today: date) -> list[str]:
    """Name the folders to look at, below `folder`: the folder itself, or a subfolder a day."""
    if not settings.subfolders:
        return [""]
    days = (today - timedelta(days=back) for back in range(settings.days))
    return list(dict.fromkeys(day.strftime(settings.subfolders) for day in days))


def candidates(listing: Mapping[str, Entry], settings: DropSettings) -> list[Candidate]:
    """Give the files that their names, markers and checksums make candidates, oldest first.

    `listing` has paths below `folder`. A file that this gateway has claimed is one whatever else
    stands there; while it is, a newer one of its name waits.
    """
    claimed = claimed_suffix(settings)
    mine = {
        path.removesuffix(claimed): path for path in listing if claimed and path.endswith(claimed)
    }
    # Folders of ours lie in the drop, and the pattern may take any name.
    own = {part.partition("/")[0] for part in (settings.archive, settings.errors, settings.results)}
    found = [
        Candidate(path, at, listing[at], *_beside(path, listing, settings))
        for path, at in mine.items()
    ]
    for path, item in listing.items():
        # A newer file of a claimed one's name waits.
        if path in mine or path in own or not _is_data(split(path)[1], settings):
            continue
        marker, checksum = _beside(path, listing, settings)
        if (settings.ready == "marker" and marker is None) or (
            settings.checksum and checksum is None
        ):
            continue
        found.append(Candidate(path, path, item, marker, checksum))
    return sorted(found, key=lambda one: (one.item.modified, one.path))


def _beside(
    path: str, listing: Mapping[str, Entry], settings: DropSettings
) -> tuple[Entry | None, Entry | None]:
    """Give a file's marker and checksum file, where they are asked for and there."""
    marker = listing.get(path + settings.marker) if settings.ready == "marker" else None
    checksum = listing.get(f"{path}.{settings.checksum}") if settings.checksum else None
    return marker, checksum


def orphans(listing: Mapping[str, Entry], settings: DropSettings) -> Iterator[str]:
    """Name the files whose marker or checksum is there and which are not."""
    suffixes = [settings.marker] if settings.ready == "marker" else []
    if settings.checksum:
        suffixes.append(f".{settings.checksum}")
    # Claimed by whichever gateway, or kept.
    claimed = {
        path.partition(own)[0] for own in (_CLAIMED, _TAKEN) for path in listing if own in path
    }
    for suffix in suffixes:
        for path in listing:
            data = path.removesuffix(suffix)
            if data == path or data in listing or data in claimed:
                continue
            if _matches(split(data)[1], settings):
                yield data


def claimed_suffix(settings: DropSettings) -> str:
    """Give what the name of a file ends with once this gateway has claimed it."""
    return f"{_CLAIMED}{settings.claim}" if settings.claim else ""


def moves(settings: DropSettings) -> bool:
    """Tell whether a file gives up its name once it is kept: no marker says for it that it is taken."""
    return settings.ready != "marker" or bool(settings.claim)


def taken_name(path: str, version: str) -> str:
    """Give the name under which a version of a file waits for its answer once it is kept."""
    return f"{path}{_TAKEN}{version}"


def beside(path: str, folder: str) -> str:
    """Give the path of a file's namesake in a folder below its own (its own where that is empty)."""
    own, name = split(path)
    return join(own, folder, name) if folder else path


def _matches(name: str, settings: DropSettings) -> bool:
    """Match a name whatever its case: X.CSV from another system must not lie there unsaid."""
    return fnmatchcase(name.lower(), settings.pattern.lower())


def _is_data(name: str, settings: DropSettings) -> bool:
    if not _matches(name, settings) or name.endswith(_OURS) or _CLAIMED in name or _TAKEN in name:
        return False
    return _RESULT not in name and not (
        settings.ready == "marker" and name.endswith(settings.marker)
    )
