"""Ends of lines that are other than the file's own: those that stand within a value, unquoted.

Each of CR LF, LF and CR ends a line, so that a file put together of others is read. But where one
line alone ends otherwise than the file's lines do, and what follows is no row by itself, somebody
wrote an end of line into a value: what stands before it may look like a whole row and is half of
one.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
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
    #: Those that are only the second half of another, and which line is its first.
    second: dict[int, int] = field(default_factory=dict)


def cut_rows(
    ended: EndedLines[L], whole: Callable[[L], bool], first_field: Callable[[L], bool]
) -> Cuts:
    """Return the lines that end oddly and before lines that are no whole row.

    They are none where all ends up to that of the next whole row are the same: a file goes on with
    other ends. Where `first_field` tells that a line is but one field, its end alone is odd, and a
    whole row follows, that one lacks the beginning of its first field, and is cut too.
    """
    places: set[int] = set()
    decided = len(ended.lines)
    ends = ended.ends
    following = _Following(False, True) if ended.final else _Following(None, None)
    for place in range(len(ended.lines) - 1, -1, -1):
        if ends[place] in (ended.own, ""):
            continue
        after = place + 1
        behind = _following(ended, after, ends[place], whole, following)
        if not ended.blank(ended.lines[place]):
            if behind.if_whole is None:
                decided = place
            elif behind.if_whole:
                places.add(place)
            elif (
                _is_alone(ended, place)
                and after < decided
                and first_field(ended.lines[place])
                and not ended.blank(ended.lines[after])
                and whole(ended.lines[after])
            ):
                places.add(after)
        following = behind
    return Cuts({place for place in places if place < decided}, decided)


def _is_alone(ended: EndedLines[L], place: int) -> bool:
    """Whether the lines on both sides of an odd end have the file's own."""
    previous = ended.ends[place - 1] if place else ended.before
    return previous == ended.own and ended.ends[place + 1 : place + 2] in ([ended.own], [""])


@dataclass(frozen=True, slots=True)
class _Following:
    """Whether a line is cut by what follows it; None where that is not seen yet.

    It differs by whether a line that is no whole row came before what follows.
    """

    if_whole: bool | None
    if_partial: bool | None
    lines: int = 0


def _following(
    ended: EndedLines[L], after: int, end: str, whole: Callable[[L], bool], rest: _Following
) -> _Following:
    """Return what follows a line with an odd end; `rest` is what follows the line after it."""
    if after == len(ended.lines):
        return rest
    line, its_end = ended.lines[after], ended.ends[after]
    partial = False
    if not ended.blank(line):
        if whole(line):
            return _Following(False, its_end not in (end, ""))
        partial = True
    if its_end != end:
        return _Following(partial, True)
    if rest.lines >= _AHEAD:
        return _Following(True, True, rest.lines)
    return _Following(
        rest.if_partial if partial else rest.if_whole, rest.if_partial, rest.lines + 1
    )


def lone_ends(ended: EndedLines[L], joins: Callable[[L, L], bool]) -> Cuts:
    """Return the lines on both sides of an odd end that has no other like it beside it.

    `joins` tells whether two lines may be the halves of one; any line is a row by itself.
    """
    places: set[int] = set()
    #: First halves, and the first half of each second one.
    first: set[int] = set()
    second: dict[int, int] = {}
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
            return Cuts({p for p in places if p < decided}, decided, _only(second, first))
        end = ended.ends[place]
        previous = ended.ends[place - 1] if place else ended.before
        alone = previous != end or ended.ends[after] not in (end, "")
        if alone and joins(ended.lines[place], ended.lines[after]):
            halves = range(place, after + 1)
            places |= {place, after}
            first.add(place)
            second[after] = place
    return Cuts(places, len(ended.lines), _only(second, first))


def _only(second: dict[int, int], first: set[int]) -> dict[int, int]:
    return {place: half for place, half in second.items() if place not in first}
