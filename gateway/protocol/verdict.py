"""What becomes of one record at the centre: the verdict that a receipt says. Pure."""

from typing import NamedTuple

from gateway.text import Text

WITHDRAWAL = "Withdrawal"
_NO_TEXT = Text("", "")


class Verdict(NamedTuple):
    """What becomes of one record: accepted, duplicate, superseded or refused (with its reason)."""

    key: str
    verdict: str
    field: str = ""
    rule: str = ""
    text: Text = _NO_TEXT
