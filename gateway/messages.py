"""Text for people in both languages, and the root of the gateway's exceptions."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

_NUMBER = re.compile(r"[0-9A-Z]{15,20}")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")


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


def mask(value: str) -> str:
    """Hide the middle of a personal identifier or name: the first and last characters stay.

    Values of up to four characters keep only the first.
    """
    if len(value) <= 4:
        return value[:1] + "*" * (len(value) - 1)
    keep = 3 if len(value) >= 12 else 1
    return value[:keep] + "*" * (len(value) - 2 * keep) + value[-keep:]


def masked_row(row: dict[str, Any]) -> dict[str, Any]:
    """Mask every value that may identify a person; a department has its rows whole, here nobody needs to."""
    return {name: masked_value(str(value)) if value else value for name, value in row.items()}


def masked_value(value: str) -> str:
    """Mask a value that looks like a person's or organisation's number, or a mobile telephone's.

    Such numbers have 15 to 20 capitals and digits, eight digits at least; width and blanks do not matter.
    """
    plain = "".join(unicodedata.normalize("NFKC", value).split()).upper()
    number = _NUMBER.fullmatch(plain) and sum(sign.isdigit() for sign in plain) >= 8
    return mask(plain) if number or _MOBILE.fullmatch(plain) else value


def source_name(unit: str) -> str:
    """Give the name of a unit as its department knows it: the file's, without what tells its versions apart."""
    return unit.split("@", maxsplit=1)[0]
