"""Says of the files of a drop what is wrong with them, before one is read. Pure."""

from collections.abc import Mapping, Sequence
from posixpath import split

from adapters import AdapterError
from adapters.file_names import danger, shown
from adapters.files.ready import Candidate, Sorted
from adapters.files.settings import DropSettings
from adapters.formats import FormatError
from adapters.text import Text
from adapters.text import drops as messages
from adapters.transports.remote import Entry

#: Files that a connection test names with the reason why they are not taken.
_LISTED = 20


def unfit(candidate: Candidate, most_bytes: int) -> FormatError | None:
    """Return why a file is refused before it is read; None where it may be."""
    path = shown(candidate.path)
    if reason := danger(split(candidate.path)[1]):
        return FormatError("source.name", *messages.named(path, reason))
    if not all(
        part.plain
        for part in (candidate.item, candidate.marker, candidate.checksum)
        if part is not None
    ):
        return FormatError("source.type", *messages.not_plain(path))
    if candidate.item.size > most_bytes:
        return FormatError("source.size", *messages.named(path, messages.too_large(most_bytes)))
    return None


def folder_detail(
    listing: Mapping[str, Entry], came: Sorted, exact: Sequence[Candidate], settings: DropSettings
) -> str:
    """Return what a folder holds, and why each file that is not taken is not, a line each."""
    faults = {found.path: unfit(found, settings.max_bytes) for found in exact}
    reasons = [reason.text for _, reason in sorted(came.waiting.items())]
    reasons += [error_text(fault) for _, fault in sorted(faults.items()) if fault is not None]
    fit = sum(fault is None for fault in faults.values())
    lines = [
        messages.folder_summary(len(listing), settings.pattern, fit, len(reasons)),
        *reasons[:_LISTED],
    ]
    if len(reasons) > _LISTED:
        lines.append(messages.and_more(len(reasons) - _LISTED))
    return "\n".join(map(str, lines))


def error_text(error: AdapterError) -> Text:
    """Return what an error says, as a text."""
    return Text(error.zh, error.en)
