"""Reads what the centre answers to questions about totals and records. Pure.

An answer is taken as it is specified (docs/protocol) or not at all: `{}`, `null` and a page of
other things than records are no empty list, for that would say that the centre has nothing.
"""

import re
from datetime import date
from typing import Any

from gateway.messages import GatewayError, Text
from gateway.protocol.digests import BUCKETS, bucket_name
from gateway.reconciliation.sets import DayAtCentre
from gateway.text import reconciliation as messages

_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ROOT = re.compile("[0-9a-f]{64}")
_HEX = re.compile("[0-9a-f]{1,128}")
_COUNT_LIMIT = 2**53


class AnswerRefused(GatewayError):
    """The centre's answer to a question is not of the form that was agreed."""


def read_totals(tree: Any) -> dict[date, int]:
    """Return the records present at the centre by day; raises AnswerRefused."""
    return {day: one.present for day, one in read_days(tree).items()}


def read_days(tree: Any) -> dict[date, DayAtCentre]:
    """Return by day how many records the centre has, with the root of their set where it gives any.

    Raises AnswerRefused, also where only some of the days have one.
    """
    days: dict[date, DayAtCentre] = {}
    for entry in _list(tree):
        try:
            day, count, root = _day(entry["day"]), entry["present"], entry.get("root")
        except (TypeError, KeyError, ValueError, AttributeError):
            raise _refused(entry) from None
        if type(count) is not int or not 0 <= count <= _COUNT_LIMIT or day in days:
            raise _refused(entry)
        if root is not None and not _is_root(root):
            raise _refused(entry)
        days[day] = DayAtCentre(count, root)
    if len({one.root is None for one in days.values()}) > 1:
        raise _refused([one.root for one in days.values()])
    return days


def read_buckets(tree: Any) -> list[str]:
    """Return the roots of a day's 256 buckets; raises AnswerRefused."""
    buckets = tree.get("buckets") if isinstance(tree, dict) else None
    if not isinstance(buckets, list) or len(buckets) != BUCKETS or not all(map(_is_root, buckets)):
        raise _refused(tree)
    return buckets


def read_bucket(tree: Any, bucket: int, after: str) -> list[tuple[str, str]]:
    """Return key and digest of a page of a bucket's records, as `read_records` does of a feed's."""
    page = read_records(
        [[*one, ""] if isinstance(one, list) else one for one in _list(tree)], after
    )
    if any(not key.startswith(bucket_name(bucket)) for key, _ in page):
        raise _refused(page)
    return page


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


def _is_root(value: Any) -> bool:
    return isinstance(value, str) and _ROOT.fullmatch(value) is not None


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
