"""Text for people in both languages, and the root of the gateway's exceptions."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """One statement in Chinese and in English."""

    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.zh} / {self.en}"


class GatewayError(Exception):
    """Root of what the gateway raises: what happened, to what, and what to do, in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        self.text = Text(zh, en)
        super().__init__(str(self.text))


def source_name(unit: str) -> str:
    """Give the name of a unit as its department knows it: the file's, without what tells its versions apart."""
    return unit.split("@", maxsplit=1)[0]
