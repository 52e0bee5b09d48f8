"""The cursor of a file drop, as JSON; `adapters.files.adapter.DropAdapter` says what it holds."""

import json
from typing import Any

from adapters import BadUnit
from adapters.files.ready import Candidate
from adapters.formats import FormatError

#: Digests of files that a cursor remembers.
_REMEMBERED = 100
#: How an entry begins of a file that was set aside.
_ASIDE = "aside"


def remember(contents: dict[str, str], digest: str, path: str) -> str:
    """Note which file had a content last; return which had it before, itself if none had."""
    before = contents.pop(digest, path)
    contents[digest] = path
    for old in list(contents)[:-_REMEMBERED]:
        del contents[old]
    return before


def cursor_of(
    taken: dict[str, str], contents: dict[str, str], part: dict[str, Any] | None = None
) -> str:
    """Return the cursor while a file is being read, or between two."""
    return json.dumps({"taken": taken, "contents": contents, "part": part}, ensure_ascii=False)


def cursor_after(candidate: Candidate, taken: dict[str, str], contents: dict[str, str]) -> str:
    """Return the cursor once a file is done with."""
    return cursor_of({**taken, candidate.path: version_of(candidate)}, contents)


def version_of(candidate: Candidate) -> str:
    """Return what a cursor remembers of a file that was taken: its version, and its marker's."""
    if candidate.marker is None:
        return candidate.item.version
    return f"{candidate.item.version} {candidate.marker.version}"


def set_aside_as(candidate: Candidate) -> str:
    """Return what a cursor remembers of a file that was set aside:
    it is read again only if a person says so.
    """
    return f"{_ASIDE} {version_of(candidate)}"


def was_taken(taken: dict[str, str], candidate: Candidate) -> bool:
    """Whether a file of this name, size and time was taken, by whichever marker."""
    entry = taken.get(candidate.path)
    return entry is not None and entry.partition(" ")[0] == candidate.item.version


def same_marker(taken: dict[str, str], candidate: Candidate) -> bool:
    """Whether a file stands beside the marker that it was taken or set aside by;
    cursors of before do not say.
    """
    return taken.get(candidate.path) in (
        candidate.item.version,
        version_of(candidate),
        set_aside_as(candidate),
    )


def bad_unit(
    candidate: Candidate, fault: FormatError, taken: dict[str, str], contents: dict[str, str]
) -> BadUnit:
    """Return a file that is refused whole, with the cursor that passes it."""
    after = cursor_after(candidate, taken, contents)
    return BadUnit(candidate.unit, fault.rule, fault.zh, fault.en, cursor=after)
