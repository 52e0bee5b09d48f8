"""Reads the marker and the checksum file of one dropped file: what is declared of it."""

from contextlib import suppress
from io import BytesIO
from posixpath import join, split
from typing import BinaryIO, cast

from adapters import Remark
from adapters.drops.copy import Head
from adapters.drops.names import shown
from adapters.drops.patience import Patience
from adapters.drops.place import Place
from adapters.drops.ready import Candidate
from adapters.drops.settings import DropSettings
from adapters.drops.told import declared_of, decoded, named_digest
from adapters.formats import FormatError
from adapters.text import drops as messages

#: Markers and checksum files are a few words; what stands after this is not read.
_MARKER_BYTES = 4096


class Totals:
    """Reads what is declared of files; what is no total is remarked on once."""

    def __init__(self, settings: DropSettings, place: Place, patience: Patience) -> None:
        self._settings = settings
        self._place = place
        self._patience = patience

    def of(self, found: Candidate) -> dict[str, str]:
        """Return what marker and checksum file say of a file: rows, size, checksums.

        Raises FormatError for a total that cannot be read.
        """
        totals = {} if found.marker is None else self._in_marker(found)
        algorithm = self._settings.checksum
        if found.checksum is None or not algorithm:
            return totals
        text = self._words(found.checksum_path)
        digest = named_digest(text, algorithm, split(found.path)[1])
        if not digest:
            words = " ".join(text.split())
            no_digest = messages.no_digest(shown(found.checksum_path), algorithm, words)
            raise FormatError("source.checksum", *no_digest)
        if totals.get(algorithm, digest) != digest:
            raise FormatError("source.checksum", *messages.contradicting_checksums(algorithm))
        return totals | {algorithm: digest}

    def _in_marker(self, found: Candidate) -> dict[str, str]:
        marker = shown(found.marker_path)
        if len(found.marker_path) < len(found.path) + len(self._settings.marker):
            text = messages.stem_marker(shown(found.path), marker)
            self._patience.queue("stem", Remark("drop.marker", *text))
        declared = declared_of(self._words(found.marker_path), split(found.path)[1])
        if declared.unreadable:
            text = messages.marker_value(marker, declared.unreadable)
            raise FormatError("source.marker", *text)
        if declared.unknown:
            text = messages.marker_words(marker, declared.unknown)
            self._patience.queue(f"words {found.unit}", Remark("drop.marker", *text))
        return declared.totals

    def _words(self, path: str) -> str:
        words = BytesIO()
        with suppress(FormatError):
            target = cast("BinaryIO", Head(words, _MARKER_BYTES))
            self._place.get(join(self._settings.folder, path), target)
        return decoded(words.getvalue())
