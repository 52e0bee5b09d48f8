"""Reads what the centre answers to questions about totals and records, and why it refuses. Pure.

An answer is taken as it is specified (docs/centre.md) or not at all: `{}`, `null` and a page of
other things than records are no empty list, for that would say that the centre has nothing.
"""

import json
import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from gateway.errors import GatewayError
from gateway.protocol.digests import BUCKETS, HEX_LENGTH, bucket_name
from gateway.text import Text, by_language, cut
from gateway.text import reconciliation as messages


@dataclass(frozen=True, slots=True)
class DayAtCentre:
    """Records of one day at the centre, and the root of their set where it gives one."""

    present: int
    root: str | None


_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ROOT = re.compile("[0-9a-f]{64}")
_HEX = re.compile("[0-9a-f]{1,128}")
_COUNT_LIMIT = 2**53
#: Most bytes of a problem document, and characters of what is repeated of any refusal.
_PROBLEM, _REASON = 65_536, 600


class AnswerRefusedError(GatewayError):
    """The centre's answer to a question is not of the form that was agreed."""


def refusal_reason(body: bytes) -> Text:
    """Return why something was refused.

    A problem document's title and detail, else how the answer begins.
    """
    title, detail = _problem_texts(body)
    if not title and not detail:
        begin = _one_line(body[:_REASON].decode("utf-8", errors="replace"))
        return Text(begin, begin)
    if not title or not detail:
        return by_language(title or detail)
    first, second = by_language(title), by_language(detail)
    return Text(f"{first.zh}：{second.zh}", f"{first.en}: {second.en}")


def _problem_texts(body: bytes) -> tuple[str, str]:
    """Return title and detail of a problem document (RFC 9457); "" for what is not there."""
    try:
        problem = json.loads(body) if len(body) <= _PROBLEM else None
    except (ValueError, RecursionError):
        return "", ""
    if not isinstance(problem, dict):
        return "", ""
    texts = (problem.get("title"), problem.get("detail"))
    title, detail = (_one_line(text) if isinstance(text, str) else "" for text in texts)
    return title, detail


def _one_line(text: str) -> str:
    return cut(" ".join(text.split()), _REASON)


def read_days(tree: Any) -> dict[date, DayAtCentre]:
    """Return by day how many records the centre has, with the root of their set where it gives any.

    Raises AnswerRefusedError, also where only some of the days have one.
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
    if len({day.root is None for day in days.values()}) > 1:
        raise _refused([day.root for day in days.values()])
    return days


def read_sequence(tree: Any, limit: int) -> tuple[int, int]:
    """Return the highest Sequence that the centre has of a feed, 0 for none, and where one begins.

    Raises AnswerRefusedError, also for more than `limit`: to go on behind it would use up all
    numbers.
    """
    if not isinstance(tree, dict):
        raise _refused(tree)
    highest, first = tree.get("highest"), tree.get("first", 0)
    if type(highest) is not int or type(first) is not int:
        raise _refused(tree)
    if not (0 <= highest <= limit and 0 <= first <= limit):
        raise _refused(tree)
    return highest, first


def read_buckets(tree: Any) -> list[str]:
    """Return the roots of a day's 256 buckets; raises AnswerRefusedError."""
    buckets = tree.get("buckets") if isinstance(tree, dict) else None
    if not isinstance(buckets, list) or len(buckets) != BUCKETS or not all(map(_is_root, buckets)):
        raise _refused(tree)
    return buckets


def read_bucket(tree: Any, bucket: int, after: str) -> list[tuple[str, str]]:
    """Return key and digest of a page of a bucket's records, as `read_records` does of a feed's."""
    page = read_records(
        [[*entry, ""] if isinstance(entry, list) else entry for entry in _list(tree)], after
    )
    begins = bucket_name(bucket)
    if any(not key.startswith(begins) or len(key) != HEX_LENGTH for key, _ in page):
        raise _refused(page)
    return page


def read_records(tree: Any, after: str) -> list[tuple[str, str]]:
    """Return key and digest of each record of a page, which follow `after` in ascending order.

    Raises AnswerRefusedError, also for a page that goes back: asked for again and again it never
    ends.
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


def _refused(entry: Any) -> AnswerRefusedError:
    return AnswerRefusedError.of(messages.answer_malformed(entry))
