"""Whose mark a kept file carries: the store's identity and generation,
and the version it stands for. Pure.

Where there is a marker the mark is its last line, behind the department's own words; where the file
gave up its name it is the end of that. A mark of before has none, and counts as this store's.
"""

import re
from dataclasses import dataclass

from adapters.files.ready import TAKEN

_LINE = re.compile(rb"\n#creditgate ([0-9a-f]{8})\.(\d+) (\S+) ([0-9a-f]{16})\n?\Z")
_NAME = re.compile(r"(?P<version>.+?)(?:\.(?P<store>[0-9a-f]{8})\.(?P<generation>\d+))?")


@dataclass(frozen=True, slots=True)
class Mark:
    """What a mark says: which store of which generation took which version of the file."""

    store: str
    generation: int
    version: str
    #: Of the file's bytes; empty where the mark is in a name.
    digest: str = ""

    def line(self) -> bytes:
        """Return the line that a marker ends with."""
        return (
            f"\n#creditgate {self.store}.{self.generation} {self.version} {self.digest}\n".encode()
        )


def marked_words(words: bytes) -> tuple[bytes, Mark | None]:
    """Return a marker's own words, and the mark behind them; None where there is none."""
    match = _LINE.search(words)
    if match is None:
        return words, None
    store, generation, version, digest = (part.decode() for part in match.groups())
    return words[: match.start()], Mark(store, int(generation), version, digest)


def taken_name(path: str, version: str, owner: tuple[str, int] | None) -> str:
    """Return the name under which a version of a file waits for its answer once it is kept."""
    ending = "" if owner is None else f".{owner[0]}.{owner[1]}"
    return f"{path}{TAKEN}{version}{ending}"


def mark_in_name(name: str) -> tuple[str, str, Mark | None]:
    """Return what a name says of a file that gave up its own: the path, its version,
    and the mark.
    """
    path, _, ending = name.partition(TAKEN)
    match = _NAME.fullmatch(ending)
    if match is None:
        return path, ending, None
    version = match["version"]
    if match["store"] is None:
        return path, version, None
    return path, version, Mark(match["store"], int(match["generation"]), version)


def plain_version(version: str) -> str:
    """Return a version without what tells it from another of the same size and time."""
    return version.partition("~")[0]
