"""Errors as they go from a reader to the gateway: only our own classes, by name,
with their parts.
"""

from typing import Any

from adapters import AdapterError, SourceRefusedError, SourceUnavailableError
from adapters.formats import FormatError
from adapters.spool import WorkFolderFullError
from adapters.text import Text
from adapters.text import reader as messages

#: Rule of an input whose parser failed in a way that nobody foresaw.
UNFORESEEN = "format.unforeseen"
#: Rule of an input that ended its reader.
READER_ENDED = "format.reader_ended"
#: Most characters of a text that is taken from a reader.
_LONGEST = 4_000
_PLAIN = {
    kind.__name__: kind
    for kind in (AdapterError, SourceRefusedError, SourceUnavailableError, WorkFolderFullError)
}


class ReaderEndedError(AdapterError):
    """A reader ended, ran out of time or passed its memory on what it was given."""

    def __init__(self, how: Text, step: str) -> None:
        self.how, self.step = how, step
        super().__init__(*messages.ended(how, step))


class AnswerEndedReadersError(SourceRefusedError):
    """An answer ended two readers, one after the other:
    asked for once more it would end the next.
    """


class ReadersBusyError(SourceUnavailableError):
    """Every reader is at work: the caller may come again."""


def error_head(error: Exception) -> dict[str, Any]:
    """Return an error as JSON; one that is not ours becomes a FormatError that names its class."""
    if isinstance(error, FormatError):
        return {"class": "FormatError", "rule": error.rule, "zh": error.zh, "en": error.en}
    if isinstance(error, AdapterError) and type(error).__name__ in _PLAIN:
        return {"class": type(error).__name__, "zh": error.zh, "en": error.en}
    zh, en = messages.unforeseen(type(error).__name__)
    return {"class": "FormatError", "rule": UNFORESEEN, "zh": zh, "en": en}


def error_of(head: dict[str, Any]) -> AdapterError:
    """Return the error in a message's head."""
    zh, en = str(head.get("zh", ""))[:_LONGEST], str(head.get("en", ""))[:_LONGEST]
    kind = _PLAIN.get(str(head.get("class")))
    return (
        FormatError(str(head.get("rule", UNFORESEEN))[:80], zh, en)
        if kind is None
        else kind(zh, en)
    )
