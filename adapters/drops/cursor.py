"""The cursor of a file drop, as JSON; `adapters.drops.DropAdapter` says what it holds."""

import json
from typing import Any

from adapters import BadUnit
from adapters.drops.ready import Candidate
from adapters.formats import FormatError


def cursor_of(
    taken: dict[str, str], contents: dict[str, str], part: dict[str, Any] | None = None
) -> str:
    """Return the cursor while a file is being read, or between two."""
    return json.dumps({"taken": taken, "contents": contents, "part": part}, ensure_ascii=False)


def cursor_after(found: Candidate, taken: dict[str, str], contents: dict[str, str]) -> str:
    """Return the cursor once a file is done with."""
    return cursor_of({**taken, found.path: found.item.version}, contents)


def bad_unit(
    found: Candidate, fault: FormatError, taken: dict[str, str], contents: dict[str, str]
) -> BadUnit:
    """Return a file that is refused whole, with the cursor that passes it."""
    after = cursor_after(found, taken, contents)
    return BadUnit(found.unit, fault.rule, fault.zh, fault.en, cursor=after)
