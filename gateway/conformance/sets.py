"""Holds the digests that a receiver gives of its sets of records against what must be there."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import httpx

from gateway.protocol.answers import (
    AnswerRefusedError,
    DayAtCentre,
    read_bucket,
    read_buckets,
    read_days,
)
from gateway.protocol.digests import BUCKETS, DayDigest, bucket_name
from gateway.text import Text
from gateway.text import conformance as messages

#: By day, key and digest of each record that must be present.
Sets = Mapping[date, Mapping[str, str]]
#: Asks the receiver about the feed.
Ask = Callable[..., httpx.Response]
#: What a receiver answers that has no digests.
_ABSENT = (404, 405, 501)


def findings(ask: Ask, sets: Sets) -> list[Text]:
    """Return what is wrong with a receiver's digests; nothing where it gives none anywhere.

    Raises httpx.HTTPError.
    """
    try:
        totals = ask("/totals", digests="1")
        days = {} if totals.status_code in _ABSENT else read_days(_json(totals))
        answers = {day: ask("/digests", day=day.isoformat()) for day in sets}
        absent = [answer.status_code in _ABSENT for answer in answers.values()]
        roots = [day.root is not None for day in days.values()]
        if all(absent) and not any(roots):
            return []
        if any(absent) or not all(roots):
            return [messages.digests_by_halves()]
        return [
            *_wrong_days(days, sets),
            *(
                text
                for day, answer in answers.items()
                for text in _wrong_buckets(ask, day, read_buckets(_json(answer)), sets[day])
            ),
        ]
    except AnswerRefusedError as error:
        return [error.text]
    except (ValueError, RecursionError):
        return [messages.answer_unreadable("/digests")]


def _wrong_days(days: Mapping[date, DayAtCentre], sets: Sets) -> list[Text]:
    wrong = []
    for day in sorted(days.keys() | sets.keys()):
        expected = _digest(sets.get(day, {}))
        # A day without records need not be told.
        stated = days.get(day, DayAtCentre(0, _digest({}).root()))
        if (stated.present, stated.root) != (expected.count, expected.root()):
            wrong.append(messages.wrong_root(day, expected.count))
    return wrong


def _wrong_buckets(
    ask: Ask, day: date, stated: list[str], records: Mapping[str, str]
) -> list[Text]:
    expected = _digest(records).buckets()
    unequal = [bucket_name(n) for n in range(BUCKETS) if stated[n] != expected[n]]
    if unequal:
        return [messages.wrong_buckets(day, unequal)]
    filled = {int(key[:2], 16) for key in records}
    # One that is empty as well: it is no refusal and no other's records.
    empty = next(n for n in range(BUCKETS) if n not in filled)
    wrong = [bucket_name(n) for n in sorted({*filled, empty}) if not _is_told(ask, day, n, records)]
    return [messages.wrong_buckets(day, wrong)] if wrong else []


def _is_told(ask: Ask, day: date, bucket: int, records: Mapping[str, str]) -> bool:
    name = bucket_name(bucket)
    stated: dict[str, str] = {}
    # So many pages at the most, should each have one record: the last one is empty.
    for _ in range(len(records) + 1):
        last_key = max(stated, default="")
        answer = ask("/digests", day=day.isoformat(), bucket=name, after=last_key)
        page = read_bucket(_json(answer), bucket, last_key)
        if not page:
            break
        stated |= dict(page)
    return stated == {key: digest for key, digest in records.items() if key.startswith(name)}


def _digest(records: Mapping[str, str]) -> DayDigest:
    result = DayDigest()
    for key, digest in sorted(records.items()):
        result.add(key, digest)
    return result


def _json(answer: httpx.Response) -> Any:
    """Return what a receiver answers; raises AnswerRefusedError where it refuses."""
    if answer.status_code != httpx.codes.OK:
        raise AnswerRefusedError.of(messages.wrong_status(answer.status_code, (200,)))
    return answer.json()
