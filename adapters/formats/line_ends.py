"""Ends of lines that are other than the file's own: those that stand within a value, unquoted.

Each of CR LF, LF and CR ends a line, so that a file put together of others is read. But where one
line alone ends otherwise than the file's lines do, and what follows is no row by itself, somebody wrote
an end of line into a value: what stands before it may look like a whole row and is half of one.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

#: Lines that are looked at behind one before it counts as cut.
_AHEAD = 100

L = TypeVar("L")


@dataclass(frozen=True, slots=True)
class EndedLines(Generic[L]):
    """Lines in order with their ends."""

    lines: Sequence[L]
    ends: Sequence[str]
    #: How the file's first line ends, and the line before these.
    own: str
    before: str
    #: Whether no line follows.
    final: bool
    blank: Callable[[L], bool]

    def odd(self) -> Iterator[int]:
        """Yield the lines with a character that end otherwise than the file's own."""
        for place, end in enumerate(self.ends):
            if end not in (self.own, "") and not self.blank(self.lines[place]):
                yield place


@dataclass(frozen=True, slots=True)
class Cuts:
    """Lines that are part of one that was cut; from `decided` on more lines must be seen."""

    places: set[int]
    decided: int


def cut_rows(ended: EndedLines[L], whole: Callable[[L], bool]) -> Cuts:
    """Return the lines that end oddly and before lines that are no whole row.

    They are none where all ends up to that of the next whole row are the same: a file goes on with
    other ends.
    """
    places: set[int] = set()
    for place in ended.odd():
        verdict = _is_cut(ended, place, whole)
        if verdict is None:
            return Cuts(places, place)
        if verdict:
            places.add(place)
    return Cuts(places, len(ended.lines))


def _is_cut(ended: EndedLines[L], place: int, whole: Callable[[L], bool]) -> bool | None:
    end, partial = ended.ends[place], False
    for after in range(place + 1, min(place + 1 + _AHEAD, len(ended.lines))):
        line = ended.lines[after]
        if not ended.blank(line):
            if whole(line):
                return partial and ended.ends[after] not in (end, "")
            partial = True
        if ended.ends[after] != end:
            return partial
    seen = len(ended.lines) - place > _AHEAD
    return partial or seen if seen or ended.final else None


def lone_ends(ended: EndedLines[L], joins: Callable[[L, L], bool]) -> Cuts:
    """Return the lines on both sides of an odd end that has no other like it beside it.

    `joins` tells whether two lines may be the halves of one; any line is a row by itself.
    """
    places: set[int] = set()
    halves = range(0)
    for place in ended.odd():
        after = place + 1
        while after < len(ended.lines) and ended.blank(ended.lines[after]):
            after += 1
        if after == len(ended.lines):
            if ended.final:
                break
            # Where it is the second half of another, that one tells so once more.
            decided = halves[0] if place in halves else place
            return Cuts({p for p in places if p < decided}, decided)
        end = ended.ends[place]
        previous = ended.ends[place - 1] if place else ended.before
        alone = previous != end or ended.ends[after] not in (end, "")
        if alone and joins(ended.lines[place], ended.lines[after]):
            halves = range(place, after + 1)
            places |= {place, after}
    return Cuts(places, len(ended.lines))
