"""What becomes of a dropped file afterwards: its marker and name while it waits,
its result, its folder.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from io import BytesIO
from posixpath import join, split
from zoneinfo import ZoneInfo

import polars as pl

from adapters import VERDICT_SCHEMA, SourceMemory, SourceUnavailableError, Tally
from adapters.file_names import answerable, safe_name, shown
from adapters.files.again import Taking
from adapters.files.marks import Mark, plain_version, taken_name
from adapters.files.ready import beside, claimed_suffix, marker_of, moves
from adapters.files.settings import DropSettings, formatted
from adapters.formats import Format
from adapters.spool import temporary_file
from adapters.text import drops as messages
from adapters.transports.remote import Entry, Place

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Answers:
    """Moves and answers the files of one drop."""

    def __init__(self, settings: DropSettings, place: Place, written_by: Format) -> None:
        self._settings = settings
        self._place = place
        self._format = written_by
        #: What the gateway's store knows; None where nobody has said.
        self.memory: SourceMemory | None = None

    def at(self, path: str) -> str:
        """Return a path of the drop as the server knows it."""
        return join(self._settings.folder, path)

    def keep(self, path: str, version: str, taking: Taking) -> bool:
        """Return whether a kept file gave up its marker, or its name where it has none.

        False if the file has gone.
        """
        with suppress(FileNotFoundError):
            at, now = self._where(path, version, taking.at)
            if now.version != plain_version(version):
                return False
            if self._settings.ready == "marker":
                self._mark_taken(path, version, taking)
            kept = taken_name(path, version, self._owner())
            if moves(self._settings) and at != kept:
                self._place.move(self.at(at), self.at(kept))
            return True
        return False

    def _owner(self) -> tuple[str, int] | None:
        return None if self.memory is None else self.memory.mark()

    def _mark_taken(self, path: str, version: str, taking: Taking) -> None:
        """Turn a file's marker to X.taken; then put the store's mark behind its words.

        In this order: a marker that was turned and has no mark counts as this store's.
        """
        taken = f"{path}.taken"
        marker = taking.marker_path or self._marker(path)
        if marker != taken:
            self._demand_same(marker, taking.marker)
            self._place.move(self.at(marker), self.at(taken))
        owner = self._owner()
        if owner is None:
            return
        marked = taking.words + Mark(*owner, version, taking.digest).line()
        # Written anew beside it: the marker may be of a user whose files we cannot write to.
        self._place.put(BytesIO(marked), self.at(f"{taken}.part"))
        self._place.move(self.at(f"{taken}.part"), self.at(taken))

    def _demand_same(self, path: str, before: Entry | None) -> None:
        """Raise FileNotFoundError where a marker is another one by now:
        what it stands for was not read.
        """
        if before is None or before.rough:
            return
        if self._place.look(self.at(path)).version != before.version:
            raise FileNotFoundError(path)

    def answer(self, path: str, version: str, verdicts: Iterable[pl.DataFrame]) -> None:
        """Write X.result.csv, whole or not at all; then turn the marker to X.done,
        or move the file away.

        A file that is refused for its name is answered beside a likeness of it, and stays.
        """
        try:
            refused_whole = self._write(answerable(path), verdicts)
        except FileNotFoundError:
            raise SourceUnavailableError(*messages.folder_gone(shown(path))) from None
        if safe_name(split(path)[1]):
            self._put_away(path, version, refused_whole=refused_whole)

    def _write(self, path: str, verdicts: Iterable[pl.DataFrame]) -> bool:
        """Write a result; return whether the unit was refused whole."""
        target = self.at(beside(path, self._settings.results)) + f".result{self._format.answer}"
        whole: list[bool] = []
        with temporary_file() as spool:
            self._format.write(_watched(verdicts, whole), spool)
            spool.seek(0)
            if self._settings.results:
                self._place.make(split(target)[0])
            self._place.put(spool, f"{target}.part")
        self._place.move(f"{target}.part", target)
        return any(whole)

    def _put_away(self, path: str, version: str, *, refused_whole: bool) -> None:
        s = self._settings
        same, done = False, path
        with suppress(FileNotFoundError):
            at, now = self._where(path, version)
            # Another version may have come under the same name: it stays, and so does its marker.
            same = now.version == plain_version(version) and not self._came_anew(path)
            if same and (folder := (s.errors or s.archive) if refused_whole else s.archive):
                done = self._away(at, path, folder)
        if s.ready == "marker":
            self._mark_done(path, f"{done}.done", same=same)

    def _came_anew(self, path: str) -> bool:
        """Whether a new marker stands beside the one that the file was taken by."""
        if self._settings.ready != "marker":
            return False
        with suppress(FileNotFoundError):
            self._place.look(self.at(path + self._settings.marker))
            self._place.look(self.at(f"{path}.taken"))
            return True
        return False

    def _mark_done(self, path: str, done: str, *, same: bool) -> None:
        """Turn a file's marker to X.done: X.taken,
        or the marker itself where keeping it was missed.
        """
        with suppress(FileNotFoundError):
            self._place.move(self.at(f"{path}.taken"), self.at(done))
            return
        if same:
            with suppress(FileNotFoundError):
                self._place.move(self.at(self._marker(path)), self.at(done))

    def _where(self, path: str, version: str, at: str = "") -> tuple[str, Entry]:
        """Return where a file waits: `at`, by a name that it was taken or claimed by, or its own.

        Raises FileNotFoundError.
        """
        others = [at] if at else []
        if moves(self._settings):
            owners: list[tuple[str, int] | None] = [None]
            if (own := self._owner()) is not None:
                owners = [*((own[0], own[1] - back) for back in range(own[1])), None]
            others += [taken_name(path, version, owner) for owner in owners]
        if claimed := claimed_suffix(self._settings):
            others.append(path + claimed)
        for name in others:
            with suppress(FileNotFoundError):
                return name, self._place.look(self.at(name))
        return path, self._place.look(self.at(path))

    def _marker(self, path: str) -> str:
        """Return a file's marker, by whichever form of its name; raises FileNotFoundError."""
        usual = path + self._settings.marker
        with suppress(FileNotFoundError):
            self._place.look(self.at(usual))
            return usual
        folder = split(path)[0]
        here = self._place.listing(self.at(folder) if folder else self._settings.folder)
        listing = {join(folder, name): entry for name, entry in here.items()}
        marker = marker_of(path, listing, self._settings)
        if marker is None:
            raise FileNotFoundError(usual)
        return marker

    def _away(self, at: str, path: str, folder: str) -> str:
        """Move a file into a folder, beside an older one of its name if there is one;
        return its path.
        """
        wanted = beside(path, formatted(datetime.now(SHANGHAI), folder))
        self._place.make(self.at(split(wanted)[0]))
        target, again = wanted, 0
        with suppress(FileNotFoundError):
            while self._place.look(self.at(target)):
                again += 1
                target = f"{wanted}.{again}"
        self._place.move(self.at(at), self.at(target))
        return target


def beside_rows(tally: Tally) -> Iterator[pl.DataFrame]:
    """Yield what a result tells of records that are no rows: a line for each sort that there is.

    Such a line has no `ref`, and its verdict is the name of the sort: `blank` or `deleted`. Records
    left out by the settings (headings, footers) are what the department expects, and go unsaid.
    """
    counts = {
        "blank": (tally.blank, messages.blank_records),
        "deleted": (tally.deleted, messages.deleted_records),
    }
    lines = [
        {"ref": "", "verdict": sort, **text(count)._asdict()}
        for sort, (count, text) in counts.items()
        if count
    ]
    if lines:
        yield pl.DataFrame(lines, schema=VERDICT_SCHEMA)


def _watched(verdicts: Iterable[pl.DataFrame], whole: list[bool]) -> Iterator[pl.DataFrame]:
    """Pass verdicts on as the department sees them; note whether the unit was refused whole."""
    for frame in verdicts:
        whole.append(
            frame.height == 1 and frame["ref"][0] == "" and frame["verdict"][0] == "refused"
        )
        yield frame.drop("mark")
