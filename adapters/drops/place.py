"""Where files are dropped, whatever carries them: a few operations on names under one root."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from adapters import Step


@dataclass(frozen=True, slots=True)
class Entry:
    """A name in a folder. `version` changes whenever the content does, as far as the server tells."""

    name: str
    size: int
    #: Seconds since 1970, by the server's clock.
    modified: float
    version: str
    #: A plain file: no folder, link, pipe or device.
    plain: bool = True


def readable(name: str) -> str:
    r"""Write a name so that it can be stored and shown: `/` and what does not print become escapes.

    A name with an escape is not a safe one, so that it is refused and never used as a path.
    """
    return "".join(
        sign if sign.isprintable() and sign != "/" else f"\\u{ord(sign):04x}" for sign in name
    )


class Place(Protocol):
    """A server's folder tree. Paths have `/`; every call may raise AdapterError.

    A path that is not there raises FileNotFoundError.
    """

    def steps(self) -> Iterator[Step]:
        """Connect step by step, as a connection test shows it."""
        ...

    def listing(self, folder: str) -> dict[str, Entry]:
        """Give what stands in a folder, by name."""
        ...

    def look(self, path: str) -> Entry:
        """Give one entry; a link is not followed."""
        ...

    def get(self, path: str, stream: BinaryIO) -> None:
        """Copy a file's bytes into a stream, which may raise to stop the copy."""
        ...

    def put(self, stream: BinaryIO, path: str) -> None:
        """Write a file and make sure that it arrived whole."""
        ...

    def move(self, old: str, new: str) -> None:
        """Rename in one step, over what stands there."""
        ...

    def make(self, folder: str) -> None:
        """Make a folder and those above it, where they are missing."""
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...
