"""Texts for people in Chinese and English, a module an area, a function a text.

Everybody may import it; it imports nothing but the clock and what adapters call a text. A sentence
that people read stands here or in a template, never in the logic.
Tests: tests/unit/house/test_both_languages.py.
"""

import re
from dataclasses import dataclass

#: Most characters of one text in an event, in an entry of the audit log and in a line of the log.
MOST_OF_EVENT, MOST_OF_AUDIT, MOST_OF_LOG = 4_000, 2_000, 2_000
#: Control characters but tabs and ends of lines, and what turns or hides text.
_HIDING = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
)
_BETWEEN = " / "
_CHINESE, _LATIN = re.compile("[\u4e00-\u9fff]"), re.compile("[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Text:
    """One statement in Chinese and in English."""

    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.zh}{_BETWEEN}{self.en}"

    def cut(self, most: int) -> "Text":
        """Return it with each language cut to so many characters."""
        return Text(cut(self.zh, most), cut(self.en, most))


def cut(text: str, most: int) -> str:
    """Return what others have written as it may be recorded: so many characters at most, and none that hides.

    What is left out is told by its length. Control characters and those that turn the direction of
    text would make a log or a terminal show something else than what is there.
    """
    if len(text) > most:
        text = f"{text[:most]}… (+{len(text) - most})"
    return _HIDING.sub("\N{REPLACEMENT CHARACTER}", text)


def by_language(text: str) -> Text:
    """Return a statement that was stored in one line, as `str(Text)`, by its languages again.

    What does not look like one (somebody else's words, a code) stays whole in both. What a person
    has typed stands in both halves, so the line is parted in its middle.
    """
    parts = text.split(_BETWEEN)
    middle = len(parts) // 2
    zh, en = _BETWEEN.join(parts[:middle]), _BETWEEN.join(parts[middle:])
    if len(parts) % 2 or not _CHINESE.search(zh) or not _LATIN.search(en):
        return Text(text, text)
    return Text(zh, en)
