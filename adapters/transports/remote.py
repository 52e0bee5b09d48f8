"""Where files are dropped, whatever carries them: a few operations on names under one root."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from adapters import SourceRefusedError, SourceUnavailableError, Step


@dataclass(frozen=True, slots=True)
class Entry:
    """A name in a folder. `version` changes whenever the content does,
    as far as the server tells.
    """

    name: str
    size: int
    #: Seconds since 1970, by the server's clock.
    modified: float
    version: str
    #: A plain file: no folder, link, pipe or device.
    plain: bool = True
    #: Size and time come from a listing for people (minutes, days); `Place.look` gives them
    #: exactly.
    rough: bool = False


class PathRefusedError(SourceRefusedError):
    """One path was refused, and not the connection: a person must act, and other files go on."""


class PathUnavailableError(SourceUnavailableError):
    """One path could not be read or written now; the connection stands, and other files go on."""


class Place(Protocol):
    """A server's folder tree. Paths have `/`; every call may raise AdapterError.

    A path that is not there raises FileNotFoundError, one that may not be read or written
    PathRefusedError, and one that failed alone PathUnavailableError.
    """

    def steps(self) -> Iterator[Step]:
        """Yield the steps of connecting, as a connection test shows them."""
        ...

    def listing(self, folder: str) -> dict[str, Entry]:
        """Return what stands in a folder, by name."""
        ...

    def look(self, path: str) -> Entry:
        """Return one entry; a link is not followed."""
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
