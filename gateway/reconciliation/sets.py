"""Finds the records in which a gateway's set and a centre's differ, reading only what is unequal.

Both give a root a day; where two days differ their 256 buckets are compared, and of an unequal
bucket its records. Which digests these are: `gateway/protocol/digests.py`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from gateway.errors import GatewayError
from gateway.protocol.answers import DayAtCentre
from gateway.protocol.digests import (
    BUCKETS,
    EMPTY,
    DayDigest,
    root_of_buckets,
    root_of_records,
)
from gateway.text import reconciliation as messages

#: Stands for the digest of a version that is not known here: no record has it, so that its bucket
#: is looked at.
UNKNOWN = "0" * 32


class ContradictorySetsError(GatewayError):
    """A centre's count, root, buckets and records of a day are not those of one set.

    Whoever answers each question for itself could have every difference looked for where there is
    none.
    """


@dataclass(frozen=True, slots=True)
class Difference:
    """A record on which gateway and centre do not agree; what: missing, unexpected or different."""

    key: str
    what: str


class OwnRecords(Protocol):
    """The records that were sent, key and digest, of a day or of one of its buckets."""

    def __call__(self, day: date, bucket: int | None) -> dict[str, str]:
        """Return them; an empty digest is that of a version not known here."""
        ...


class CentreRecords(Protocol):
    """The centre's answers about one feed's sets; raises AnswerRefusedError for what is none."""

    def buckets(self, day: date) -> list[str]:
        """Return the roots of a day's buckets."""
        ...

    def records(self, day: date, bucket: int) -> dict[str, str]:
        """Return key and digest of the records of a bucket."""
        ...


def compare_records(
    sent: Mapping[str, str], at_centre: Mapping[str, str]
) -> tuple[Difference, ...]:
    """Return how the records sent differ from those that the centre holds, by key and digest. Pure.

    An empty digest means that the version at the centre is not known here.
    """
    named = [Difference(key, "missing") for key in sent.keys() - at_centre.keys()]
    named += [Difference(key, "unexpected") for key in at_centre.keys() - sent.keys()]
    named += [
        Difference(key, "different")
        for key in sent.keys() & at_centre.keys()
        if sent[key] and sent[key] != at_centre[key]
    ]
    return tuple(sorted(named, key=lambda d: (d.what, d.key)))


def gives_sets(days: Mapping[date, DayAtCentre]) -> bool:
    """Whether a centre told of its sets: one without any record has the empty one."""
    return all(day.root is not None for day in days.values())


def compare_sets(
    own: Mapping[date, DayDigest],
    held: Mapping[date, DayAtCentre],
    own_records: OwnRecords,
    centre: CentreRecords,
) -> tuple[Difference, ...]:
    """Return the records in which the sets of all days differ.

    A record that stands at another day, its content the same, is no difference. Raises what
    `centre` raises, and ContradictorySetsError.
    """
    missing: dict[str, str] = {}
    unexpected: dict[str, str] = {}
    different: set[str] = set()

    def look(sent: Mapping[str, str], at_centre: Mapping[str, str]) -> None:
        for difference in compare_records(sent, at_centre):
            match difference.what:
                case "missing":
                    missing[difference.key] = sent[difference.key]
                case "unexpected":
                    unexpected[difference.key] = at_centre[difference.key]
                case _:
                    different.add(difference.key)

    for day in sorted(own.keys() | held.keys()):
        day_here, day_there = own.get(day), held.get(day)
        if day_there is None:
            look(own_records(day, None), {})
        elif day_here is not None and day_here.root() == day_there.root:
            _must_be(day_here.count == day_there.present, day)
        else:
            buckets = centre.buckets(day)
            _must_be(root_of_buckets(buckets) == day_there.root, day)
            present = 0 if day_here is None else day_here.count
            for bucket in _unequal(day_here, buckets):
                sent, at_centre = own_records(day, bucket), centre.records(day, bucket)
                _must_be(root_of_records(at_centre) == buckets[bucket], day)
                present += len(at_centre) - len(sent)
                look(sent, at_centre)
            _must_be(present == day_there.present, day)
    elsewhere = missing.keys() & unexpected.keys()
    different |= {key for key in elsewhere if missing[key] not in ("", unexpected[key])}
    named = [Difference(key, "missing") for key in missing.keys() - elsewhere]
    named += [Difference(key, "unexpected") for key in unexpected.keys() - elsewhere]
    named += [Difference(key, "different") for key in different]
    return tuple(
        sorted(named, key=lambda named_difference: (named_difference.what, named_difference.key))
    )


def _must_be(agrees: bool, day: date) -> None:
    """Raise ContradictorySetsError where what a centre says of a day does not agree with itself."""
    if not agrees:
        text = messages.sets_contradict(day)
        raise ContradictorySetsError.of(text)


def _unequal(digest_here: DayDigest | None, buckets_there: list[str]) -> Iterator[int]:
    buckets_here = [EMPTY.hex()] * BUCKETS if digest_here is None else digest_here.buckets()
    for bucket in range(BUCKETS):
        if buckets_here[bucket] != buckets_there[bucket]:
            yield bucket
