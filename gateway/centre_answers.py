"""Reads what the centre answers to questions about totals and records. Pure.

An answer is taken as it is specified (docs/protocol) or not at all: `{}`, `null` and a page of
other things than records are no empty list, for that would say that the centre has nothing.
"""

import re
from datetime import date
from typing import Any

from gateway.messages import GatewayError, Text
from gateway.text import reconciliation as messages

_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_HEX = re.compile("[0-9a-f]{1,128}")
_COUNT_LIMIT = 2**53


class AnswerRefused(GatewayError):
    """The centre's answer to a question is not of the form that was agreed."""


def read_totals(tree: Any) -> dict[date, int]:
    """Return the records present at the centre by day; raises AnswerRefused."""
    present: dict[date, int] = {}
    for entry in _list(tree):
        try:
            day, count = _day(entry["day"]), entry["present"]
        except (TypeError, KeyError, ValueError):
            raise _refused(entry) from None
        if type(count) is not int or not 0 <= count <= _COUNT_LIMIT or day in present:
            raise _refused(entry)
        present[day] = count
    return present


def read_records(tree: Any, after: str) -> list[tuple[str, str]]:
    """Return key and digest of each record of a page, which follow `after` in ascending order.

    Raises AnswerRefused, also for a page that goes back: asked for again and again it never ends.
    """
    records: list[tuple[str, str]] = []
    for entry in _list(tree):
        try:
            key, digest, _ = entry
        except (TypeError, ValueError):
            raise _refused(entry) from None
        if not (_is_hex(key) and _is_hex(digest)) or key <= after:
            raise _refused(entry)
        records.append((key, digest))
        after = key
    return records


def _list(tree: Any) -> list[Any]:
    if not isinstance(tree, list):
        raise _refused(tree)
    return tree


def _day(text: Any) -> date:
    if not isinstance(text, str) or not _DAY.fullmatch(text):
        raise ValueError
    return date.fromisoformat(text)


def _is_hex(text: Any) -> bool:
    return isinstance(text, str) and _HEX.fullmatch(text) is not None


def _refused(entry: Any) -> AnswerRefused:
    text: Text = messages.answer_malformed(entry)
    return AnswerRefused(text.zh, text.en)
