"""What codes in the store are called on pages, in both languages. One word for one thing."""

import re

from gateway.text import Text, by_language
from gateway.text import labels as texts

#: What the outbox itself writes before a reason, or of a receipt.
_DROPPED, _VERDICTS = "dropped: ", re.compile("accepted ([0-9]+), refused ([0-9]+)")


def reason_text(reason: str) -> Text:
    """Return the reason of a package's state, as it was stored, in each language."""
    if (text := texts.word("why", reason)) is not None:
        return text
    if (counts := _VERDICTS.fullmatch(reason)) is not None:
        return texts.verdicts(counts[1], counts[2])
    return by_language(reason.removeprefix(_DROPPED))


def word(kind: str, code: str | None) -> Text:
    """Return what a code is called; a code without a name is its own."""
    if kind == "why" and code:
        return reason_text(code)
    return texts.word(kind, code or "") or Text(code or "—", code or "—")


#: Browsers and systems by what stands for them in what a browser calls itself, the telling ones
#: first.
_BROWSERS = (("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def browser_name(agent: str) -> str:
    """Return in two words what a browser calls itself in many.

    Its own beginning where it is not known.
    """
    names = [
        next((name for mark, name in marks if mark in agent), "") for marks in (_BROWSERS, _SYSTEMS)
    ]
    return " · ".join(filter(None, names)) or agent[:30] or "—"
