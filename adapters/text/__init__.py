"""What adapters say to people, in Chinese and English: one module an area, one function a message.

A message is a function with typed parameters that returns a `Text`. Texts unpack into the pairs
that faults and errors take: `raise FormatError("format.encoding", *messages.contradicts(name))`.
Imports nothing of the gateway. Tests: tests/unit/house/test_both_languages.py.
"""

from typing import NamedTuple


class Text(NamedTuple):
    """One statement in Chinese and in English."""

    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.zh} / {self.en}"
