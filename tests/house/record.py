"""The recorded counts, what a tree lacks beside them, and how lower ones are written."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

COUNTS = Path(__file__).with_name("counts.toml")
#: A line of a count, as it is written anew: its name and what stands behind its number stay.
_LINE = re.compile(r"^(?P<kind>\w+) = (?P<count>[0-9.]+)", re.MULTILINE)

Counts = Mapping[str, float]


class CountsError(Exception):
    """Counts went up where they may only go down, or a kind is missing from the record."""


def recorded(path: Path = COUNTS) -> dict[str, float]:
    """Return the recorded counts by kind."""
    return tomllib.loads(path.read_text("utf-8"))


def complaints(now: Counts, allowed: Counts) -> list[str]:
    """Return what must be done, a line for each kind whose count is not the recorded one."""
    lines = [
        f"{kind}: {allowed[kind]:g} recorded, {count:g} now: {_advice(kind, count > allowed[kind])}"
        for kind, count in now.items()
        if kind in allowed and count != allowed[kind]
    ]
    unmatched = sorted(now.keys() ^ allowed.keys())
    return [*lines, *(f"{kind}: counted or recorded, not both" for kind in unmatched)]


def write_lower(now: Counts, path: Path = COUNTS) -> None:
    """Record the counts that went down; raise CountsError, and record none, where one went up."""
    allowed = recorded(path)
    if now.keys() != allowed.keys():
        raise CountsError("; ".join(complaints(now, allowed)))
    if higher := [kind for kind, count in now.items() if count > allowed[kind]]:
        raise CountsError(
            f"{', '.join(higher)}: more than recorded; mend it (--list KIND shows the places)"
        )
    text = _LINE.sub(
        lambda line: f"{line['kind']} = {now[line['kind']]:g}", path.read_text("utf-8")
    )
    path.write_text(text, "utf-8")


def _advice(kind: str, higher: bool) -> str:
    if higher:
        return f"it may only go down; python -m tests.house --list {kind} shows the places"
    return "write the lower number down: python -m tests.house --write"
