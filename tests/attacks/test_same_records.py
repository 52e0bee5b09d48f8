"""As many records are not the same records: what differs is named by its key."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.protocol.answers import (
    AnswerRefusedError,
    DayAtCentre,
    read_bucket,
    read_buckets,
    read_days,
)
from gateway.protocol.digests import DayDigest, day_digests
from gateway.reconciliation.sets import (
    UNKNOWN,
    ContradictorySetsError,
    Difference,
    compare_sets,
    gives_sets,
)

DAY, NEXT = date(2026, 4, 1), date(2026, 4, 2)
Held = Mapping[str, tuple[str, date]]


def key(number: int, bucket: int = 0) -> str:
    return f"{bucket:02x}{number:030x}"


def digest(number: int) -> str:
    return f"{number + 1:032x}"


class Centre:
    """A centre that counts what it is asked."""

    def __init__(self, held: Held) -> None:
        self.held = held
        self.asked = 0

    def days(self) -> dict[date, DayDigest]:
        return day_digests((k, d, day) for k, (d, day) in sorted(self.held.items()))

    def buckets(self, day: date) -> list[str]:
        self.asked += 1
        return self.days().get(day, DayDigest()).buckets()

    def records(self, day: date, bucket: int) -> dict[str, str]:
        self.asked += 1
        return {
            k: d for k, (d, on) in self.held.items() if on == day and k.startswith(f"{bucket:02x}")
        }


def compared(own: Held, held: Held) -> tuple[tuple[Difference, ...], int]:
    """Compare two sets; return the differences, and how often the centre was asked."""
    centre = Centre(held)
    days = {day: DayAtCentre(one.count, one.root()) for day, one in centre.days().items()}

    def own_records(day: date, bucket: int | None) -> dict[str, str]:
        begins = "" if bucket is None else f"{bucket:02x}"
        return {k: d for k, (d, on) in own.items() if on == day and k.startswith(begins)}

    digests = day_digests((k, d or UNKNOWN, day) for k, (d, day) in sorted(own.items()))
    return compare_sets(digests, days, own_records, centre), centre.asked


MANY: dict[str, tuple[str, date]] = {
    key(n, n % 256): (digest(n), DAY if n % 2 else NEXT) for n in range(1000)
}


def test_two_equal_sets_are_told_by_their_roots_alone() -> None:
    assert compared(MANY, MANY) == ((), 0)


def test_one_record_changed_at_the_centre_is_named_though_the_counts_are_equal() -> None:
    one = key(7, 7)
    found, asked = compared(MANY, {**MANY, one: (digest(99_999), DAY)})

    assert found == (Difference(one, "different"),)
    # One day's buckets, and one bucket of 256.
    assert asked == 2


def test_one_key_replaced_by_another_is_named_though_the_counts_are_equal() -> None:
    gone, came = key(7, 7), key(5000, 9)
    held = {k: v for k, v in MANY.items() if k != gone} | {came: (digest(7), DAY)}
    found, asked = compared(MANY, held)

    assert found == (Difference(gone, "missing"), Difference(came, "unexpected"))
    assert asked == 3


def test_a_day_that_is_gone_and_one_that_nobody_sent_are_found() -> None:
    half = {k: v for k, v in MANY.items() if v[1] == DAY}
    lost, asked = compared(MANY, half)
    strange, _ = compared(half, MANY)

    assert {one.what for one in lost} == {"missing"}
    assert (len(lost), asked) == (500, 0)
    assert {one.what for one in strange} == {"unexpected"}
    assert len(strange) == 500


@given(
    st.dictionaries(st.integers(0, 60), st.integers(0, 2), max_size=12),
    st.dictionaries(st.integers(0, 60), st.integers(0, 2), max_size=12),
    st.sets(st.integers(0, 60)),
)
def test_whatever_two_sets_are_just_what_differs_is_named(
    own: dict[int, int], held: dict[int, int], moved: set[int]
) -> None:
    mine = {key(n, n): (digest(v), DAY) for n, v in own.items()}
    theirs = {key(n, n): (digest(v), NEXT if n in moved else DAY) for n, v in held.items()}
    found, _ = compared(mine, theirs)

    assert {(one.key, one.what) for one in found} == {
        *((key(n, n), "missing") for n in own.keys() - held.keys()),
        *((key(n, n), "unexpected") for n in held.keys() - own.keys()),
        *((key(n, n), "different") for n in own.keys() & held.keys() if own[n] != held[n]),
    }


def test_a_version_that_is_not_known_here_is_looked_at_and_is_no_difference() -> None:
    one = key(7, 7)
    found, asked = compared({**MANY, one: ("", DAY)}, MANY)

    assert found == ()
    assert asked == 2


class Liar(Centre):
    """A centre that answers some questions by another set than it holds."""

    def __init__(self, held: Held, said: Held, lies: frozenset[str]) -> None:
        super().__init__(held)
        self.said, self.lies = Centre(said), lies

    def totals(self) -> dict[date, DayAtCentre]:
        roots = (self.said if "roots" in self.lies else self).days()
        counts = (self.said if "counts" in self.lies else self).days()
        return {
            day: DayAtCentre(counts.get(day, DayDigest()).count, roots.get(day, DayDigest()).root())
            for day in {DAY, NEXT}
        }

    def buckets(self, day: date) -> list[str]:
        return (self.said if "buckets" in self.lies else super()).buckets(day)

    def records(self, day: date, bucket: int) -> dict[str, str]:
        return (self.said if "records" in self.lies else super()).records(day, bucket)


@pytest.mark.parametrize(
    "lies",
    [
        {"counts"},
        {"buckets"},
        {"records"},
        {"buckets", "records"},
        {"counts", "buckets", "records"},
    ],
    ids=lambda lies: " ".join(sorted(lies)),
)
@pytest.mark.parametrize("holds", ["changed", "one less", "one more"])
def test_a_centre_whose_answers_are_of_two_sets_is_never_taken_for_one_that_balances(
    lies: set[str], holds: str
) -> None:
    """It says what was sent wherever a difference would be named, and the truth elsewhere."""
    held = dict(MANY)
    match holds:
        case "changed":
            held[key(7, 7)] = (digest(99_999), DAY)
        case "one less":
            del held[key(7, 7)]
        case _:
            held[key(5000, 7)] = (digest(1), DAY)
    liar = Liar(held, MANY, frozenset(lies))

    def own_records(day: date, bucket: int | None) -> dict[str, str]:
        assert bucket is not None
        return liar.said.records(day, bucket)

    if lies == {"counts"} and holds == "changed":
        # The counts are the same ones.
        assert compare_sets(liar.said.days(), liar.totals(), own_records, liar) != ()
        return
    with pytest.raises(ContradictorySetsError):
        compare_sets(liar.said.days(), liar.totals(), own_records, liar)


def test_a_centre_that_counts_others_than_the_set_that_it_proves_does_not_balance() -> None:
    own = Centre(MANY).days()
    held = {day: DayAtCentre(one.count + 1, one.root()) for day, one in own.items()}

    with pytest.raises(ContradictorySetsError):
        compare_sets(own, held, lambda _day, _bucket: {}, Centre(MANY))


ROOT = "ab" * 32


@pytest.mark.parametrize(
    "tree",
    [
        [{"day": "2026-04-01", "present": 1, "root": "AB" * 32}],
        [{"day": "2026-04-01", "present": 1, "root": 7}],
        [{"day": "2026-04-01", "present": 1, "root": ""}],
        [{"day": "2026-04-01", "present": 1, "root": ROOT}, {"day": "2026-04-02", "present": 1}],
    ],
)
def test_totals_with_half_of_their_roots_or_none_that_are_one_are_no_answer(tree: Any) -> None:
    with pytest.raises(AnswerRefusedError):
        read_days(tree)


def test_a_centre_that_gives_no_roots_gives_counts_only() -> None:
    assert not gives_sets(read_days([{"day": "2026-04-01", "present": 2, "root": None}]))
    assert gives_sets(read_days([{"day": "2026-04-01", "present": 2, "root": ROOT}]))
    # Nothing held is the empty set, which needs no root.
    assert gives_sets(read_days([]))


@pytest.mark.parametrize(
    "tree",
    [None, [], {}, {"buckets": []}, {"buckets": [ROOT] * 255}, {"buckets": [ROOT] * 255 + ["x"]}],
)
def test_buckets_that_are_not_all_there_are_no_answer(tree: Any) -> None:
    with pytest.raises(AnswerRefusedError):
        read_buckets(tree)


@pytest.mark.parametrize(
    "tree",
    [
        None,
        {},
        [["07" * 16]],
        [["08" * 16, "aa" * 16]],
        [["07" * 16, ""]],
        [["07" * 16, "aa" * 16], ["07" * 16, "aa" * 16]],
    ],
)
def test_records_of_another_bucket_or_going_back_are_no_answer(tree: Any) -> None:
    with pytest.raises(AnswerRefusedError):
        read_bucket(tree, 7, "")
