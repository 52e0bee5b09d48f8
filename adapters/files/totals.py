"""Reads the marker and the checksum file of one dropped file: what is declared of it."""

from contextlib import suppress
from io import BytesIO
from posixpath import join, split
from typing import BinaryIO, cast

from adapters import Remark
from adapters.file_names import shown
from adapters.files.control_totals import declared_of, decoded, named_digest
from adapters.files.marks import Mark, marked_words
from adapters.files.patience import Patience
from adapters.files.ready import Candidate
from adapters.files.settings import DropSettings
from adapters.formats import FormatError
from adapters.local_copy import Head
from adapters.text import drops as messages
from adapters.transports.remote import Place

#: Markers and checksum files are a few words; what stands after this is not read.
MARKER_BYTES = 4096
#: Longest mark behind them.
_MARK_BYTES = 256


class Totals:
    """Reads what is declared of files; what is no total is remarked on once."""

    def __init__(self, settings: DropSettings, place: Place, patience: Patience) -> None:
        self._settings = settings
        self._place = place
        self._patience = patience
        #: Of the marker that was read last.
        self.words = b""

    def of(self, candidate: Candidate) -> dict[str, str]:
        """Return what marker and checksum file say of a file: rows, size, checksums.

        Raises FormatError for a total that cannot be read.
        """
        self.words = b""
        totals = {} if candidate.marker is None else self._in_marker(candidate)
        algorithm = self._settings.checksum
        if candidate.checksum is None or not algorithm:
            return totals
        text = self._words(candidate.checksum_path)
        digest = named_digest(text, algorithm, split(candidate.path)[1])
        if not digest:
            words = " ".join(text.split())
            no_digest = messages.no_digest(shown(candidate.checksum_path), algorithm, words)
            raise FormatError("source.checksum", *no_digest)
        if totals.get(algorithm, digest) != digest:
            raise FormatError("source.checksum", *messages.contradicting_checksums(algorithm))
        return totals | {algorithm: digest}

    def _in_marker(self, candidate: Candidate) -> dict[str, str]:
        marker = shown(candidate.marker_path)
        own = candidate.marker_path.endswith((".taken", ".done"))
        if not own and len(candidate.marker_path) < len(candidate.path) + len(
            self._settings.marker
        ):
            text = messages.stem_marker(shown(candidate.path), marker)
            self._patience.queue("stem", Remark("drop.marker", *text))
        self.words, _ = read_marker(self._place, join(self._settings.folder, candidate.marker_path))
        declared = declared_of(decoded(self.words), split(candidate.path)[1])
        if declared.unreadable:
            text = messages.marker_value(marker, declared.unreadable)
            raise FormatError("source.marker", *text)
        if declared.unknown:
            text = messages.marker_words(marker, declared.unknown)
            self._patience.queue(f"words {candidate.unit}", Remark("drop.marker", *text))
        return declared.totals

    def _words(self, path: str) -> str:
        return decoded(read_marker(self._place, join(self._settings.folder, path))[0])


def read_marker(place: Place, path: str) -> tuple[bytes, Mark | None]:
    """Return the words of a marker or checksum file, and the mark behind them if it has one."""
    words = BytesIO()
    with suppress(FormatError):
        place.get(path, cast("BinaryIO", Head(words, MARKER_BYTES + _MARK_BYTES)))
    own, mark = marked_words(words.getvalue())
    return own[:MARKER_BYTES], mark
