"""Which files of a drop stand marked as taken or answered.

Pure: it looks at listings, never at files.
"""

from collections.abc import Iterator, Mapping
from posixpath import split

from adapters.file_names import safe_name
from adapters.files.marks import Mark, mark_in_name
from adapters.files.ready import TAKEN, Candidate, companions, is_data, moves
from adapters.files.settings import DropSettings
from adapters.transports.remote import Entry


def marked_files(
    listing: Mapping[str, Entry], settings: DropSettings, ending: str
) -> list[Candidate]:
    """Return the files beside which a marker stands that was turned to `ending` (.taken, .done)."""
    if settings.ready != "marker" or (ending == ".taken" and moves(settings)):
        return []
    paths = {
        data: path
        for path in listing
        if path.endswith(ending)
        and (data := path.removesuffix(ending)) in listing
        and is_data(data, listing, settings)
        and safe_name(split(data)[1])
    }
    checksums = companions([*paths], listing, settings)[1]
    return [
        _candidate(data, data, listing, checksums).marked_by(path, listing[path])
        for data, path in paths.items()
    ]


def markers_alone(
    listing: Mapping[str, Entry], settings: DropSettings, ending: str
) -> Iterator[str]:
    """Yield the paths of files whose marker was turned to `ending` and which are not there."""
    if settings.ready != "marker" or moves(settings):
        return
    for path in listing:
        data = path.removesuffix(ending)
        if data == path or data in listing or path.startswith("."):
            continue
        if is_data(data, {**listing, data: listing[path]}, settings):
            yield data


def moved_files(
    listing: Mapping[str, Entry], settings: DropSettings
) -> list[tuple[Candidate, str, Mark | None]]:
    """Return the files that gave up their names as they were taken,
    with their versions and marks by these.
    """
    if not moves(settings):
        return []
    names = [name for name in listing if TAKEN in name]
    checksums = companions([mark_in_name(name)[0] for name in names], listing, settings)[1]
    candidates = []
    for name in names:
        path, version, mark = mark_in_name(name)
        if not is_data(path, {path: listing[name]}, settings):
            continue
        candidate = _candidate(path, name, listing, checksums)
        if f"{path}.taken" in listing and settings.ready == "marker":
            candidate = candidate.marked_by(f"{path}.taken", listing[f"{path}.taken"])
        candidates.append((candidate, version, mark))
    return candidates


def _candidate(
    path: str, at: str, listing: Mapping[str, Entry], checksums: Mapping[str, str]
) -> Candidate:
    checksum = checksums.get(path, "")
    return Candidate(path, at, listing[at], None, listing.get(checksum), checksum_path=checksum)
