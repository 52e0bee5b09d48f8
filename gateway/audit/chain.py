"""Entries of the audit log and the chain that holds them: any edit, deletion, swap or cut is found.

Pure.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.text import Text
from gateway.text import audit as messages

#: What the first entry is chained to.
GENESIS = "0" * 64
_NONE: Mapping[int, str] = {}


@dataclass(frozen=True, slots=True)
class Entry:
    """One act: who did what to what, when and why.

    `number` counts from 1 without a gap.
    """

    number: int
    at: datetime
    person: str
    act: str
    target: str
    detail: str
    digest: str


@dataclass(frozen=True, slots=True)
class Broken:
    """Where a chain breaks first: the number of the entry, and what is wrong there."""

    number: int
    text: Text


def digest_of(
    digest_before: str, number: int, at: datetime, person: str, act: str, target: str, detail: str
) -> str:
    """Return the digest of an entry: SHA-256 over the digest before it and all that it says."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    content = json.dumps(
        [digest_before, number, moment, person, act, target, detail], ensure_ascii=False
    )
    return hashlib.sha256(content.encode()).hexdigest()


def first_broken(
    entries: Iterable[Entry],
    anchor: tuple[int, str] | None = None,
    anchors: Mapping[int, str] = _NONE,
    start: tuple[int, str] = (0, GENESIS),
) -> Broken | None:
    """Return the first place where a chain does not hold, None where it holds.

    The entries are given in order from the beginning.

    `anchor` is the number and digest of an entry that was written down outside: with it a cut tail
    and a chain that was made anew are found too. `anchors` are those that the gateway has written
    down. `start`: number and digest of the entry before the first one that is given.
    """
    digest_before, expected = start[1], start[0] + 1
    last_anchored = 0
    met = anchor is None
    for entry in entries:
        if entry.number != expected:
            return Broken(expected, messages.entry_missing(expected))
        digest = digest_of(
            digest_before,
            entry.number,
            entry.at,
            entry.person,
            entry.act,
            entry.target,
            entry.detail,
        )
        if digest != entry.digest:
            return Broken(
                entry.number,
                messages.entry_changed(entry.number),
            )
        if entry.number in anchors:
            if entry.digest != anchors[entry.number]:
                return Broken(entry.number, messages.rewritten(entry.number, last_anchored))
            last_anchored = entry.number
        if anchor is not None and entry.number == anchor[0]:
            if entry.digest != anchor[1]:
                return Broken(
                    entry.number,
                    messages.entry_replaced(entry.number),
                )
            met = True
        digest_before, expected = entry.digest, expected + 1
    if (newest := max(anchors, default=0)) >= expected:
        return Broken(expected, messages.tail_cut(expected - 1, newest))
    if not met and anchor is not None:
        return Broken(
            expected,
            messages.tail_missing(expected - 1, anchor[0]),
        )
    return None
