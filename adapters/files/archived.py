"""Which files that were answered and moved away are newer than a restored store:
they are read again.

Without them an older version of a record, in a file that still stands in the drop, would be sent
last.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from posixpath import join
from zoneinfo import ZoneInfo

from adapters import AdapterError
from adapters.files.ready import Candidate, folders, is_data
from adapters.files.settings import DropSettings, formatted
from adapters.transports.remote import Entry, PathRefusedError, PathUnavailableError, Place

_SHANGHAI = ZoneInfo("Asia/Shanghai")
#: What tells namesakes apart in an archive.
_NAMESAKE = re.compile(r"\.\d+$")


def archived_files(
    place: Place,
    settings: DropSettings,
    since: datetime,
    denied: Callable[[str, AdapterError], None],
) -> Iterator[Candidate]:
    """Yield the files of the archive that were answered since a moment, with their markers.

    A marker has the time at which its file was taken; without markers the file's own time counts.
    `denied` hears of each folder that could not be looked at, and why.
    """
    if not settings.archive:
        return
    now = datetime.now(_SHANGHAI)
    for subfolder in folders(settings, now.date()):
        for folder in _folders_of(settings.archive, since.astimezone(_SHANGHAI), now):
            below = join(subfolder, folder)
            try:
                listing = place.listing(join(settings.folder, below))
            except FileNotFoundError:
                # Nothing was moved there.
                continue
            except (PathRefusedError, PathUnavailableError) as error:
                denied(below, error)
                continue
            yield from _of_folder(listing, settings, subfolder, below, since.timestamp())


def _folders_of(archive: str, since: datetime, now: datetime) -> list[str]:
    """Return the names that an archive's folder had since a moment."""
    days = (now.date() - since.date()).days
    moments = [since + timedelta(days=day) for day in range(days + 1)]
    return list(dict.fromkeys(formatted(moment, archive) for moment in (*moments, now)))


def _of_folder(
    listing: dict[str, Entry], settings: DropSettings, subfolder: str, below: str, floor: float
) -> Iterator[Candidate]:
    for stored, entry in listing.items():
        # A name may end in digits of its own, and a namesake stands beside the file that came
        # first.
        without = _NAMESAKE.sub("", stored)
        names = (without, stored) if without in listing else (stored, without)
        name = next((one for one in names if is_data(one, {one: entry}, settings)), None)
        if not entry.plain or name is None:
            continue
        marker = listing.get(f"{stored}.done") if settings.ready == "marker" else entry
        if marker is None or marker.modified < floor:
            continue
        candidate = Candidate(join(subfolder, name), join(below, stored), entry, archived=True)
        if marker is not entry:
            candidate = candidate.marked_by(join(below, f"{stored}.done"), marker)
        yield candidate
