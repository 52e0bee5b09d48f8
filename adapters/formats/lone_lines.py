"""Lines of delimited text that are one field alone: the rest of the row before,
or the start of the next.

Programs that quote nothing write an end of line within a value as it is. Where it stands in the
last column the row before the break looks whole and has half of its value; where it stands in the
first, so does the row behind. Nobody can tell which, so both neighbours of such a line are refused.
"""

from collections.abc import Iterable, Iterator

from adapters.formats import is_ruled
from adapters.formats.delimited_records import Records, joined
from adapters.formats.footer import ends_a_file
from adapters.formats.quoting import Dialect
from adapters.text import text_files as messages

#: Records between a row and a line that may still be part of it: blank lines within a value.
_NEAR = 20

_BESIDE = messages.beside_lone_line()


def without_cut_rows(batches: Iterator[Records], dialect: Dialect, width: int) -> Iterator[Records]:
    """Yield records, those refused that stand beside a line of one field among rows of more.

    A sum or count in the last line of all is a footer that nobody declared, and touches no row.
    """
    if width < 2:
        yield from batches
        return
    waiting: Records | None = None
    for batch in batches:
        records = batch if waiting is None else joined([waiting, batch])
        count = len(records.texts)
        # Lines are judged once enough is seen behind them, and rows go out once such a line is not
        # near any more.
        _mark(records, dialect, max(count - _NEAR, 0), final=False)
        ready = max(count - 2 * _NEAR, 0)
        if ready:
            yield records.part(0, ready)
        waiting = records.part(ready, count - ready)
    if waiting is not None:
        _mark(waiting, dialect, len(waiting.texts), final=True)
        yield waiting


def _mark(records: Records, dialect: Dialect, end: int, *, final: bool) -> None:
    """Refuse the rows on both sides of each line of one field before a place."""
    parted = records.texts.str.contains(dialect.separator, literal=True)
    if parted.all():
        return
    lines = _Lines(records, dialect, {*(~parted).arg_true().to_list()})
    for first, last in lines.runs(end):
        before = lines.row(range(first - 1, max(first - _NEAR, 0) - 1, -1))
        behind = lines.row(range(last + 1, min(last + _NEAR, len(records.texts))))
        if final and behind is None and ends_a_file(records.texts[last]):
            continue
        rows = [place for place in (before, behind) if place is not None]
        # Where one is refused as cut already, it is known whose part the line is.
        if all(records.faults.get(row, _BESIDE) == _BESIDE for row in rows):
            records.faults.update(dict.fromkeys(rows, _BESIDE))


class _Lines:
    """Records of which some have no separator."""

    def __init__(self, records: Records, dialect: Dialect, bare: set[int]) -> None:
        self._records, self._dialect, self._bare = records, dialect, bare

    def runs(self, end: int) -> Iterator[tuple[int, int]]:
        """Yield the first and last place of lines of one field that stand together."""
        first = last = -2
        for place in sorted(self._bare):
            if place >= end or not self._is_lone(place):
                continue
            if place != last + 1:
                if last >= 0:
                    yield first, last
                first = place
            last = place
        if last >= 0:
            yield first, last

    def row(self, places: Iterable[int]) -> int | None:
        """Return the first of some places that has a row;
        only lines without a sign are passed over.
        """
        for place in places:
            blank = self._dialect.blank(self._records.texts[place])
            if place not in self._bare:
                return None if blank else place
            if not blank:
                return None
        return None

    def _is_lone(self, place: int) -> bool:
        """Whether a line is a field without quotes: what is quoted is whole, or refused already."""
        text = self._records.texts[place]
        quoted = bool(self._dialect.quote) and self._dialect.quote in text
        return (
            not quoted
            and place not in self._records.faults
            and not is_ruled([text])
            and not self._dialect.blank(text)
        )
