"""Digests of sets of records: one text for both ends, and nothing that differs has the same one."""

from collections.abc import Sequence
from datetime import date
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.protocol.digests import BUCKETS, EMPTY, DayDigest, Tree, bucket_name, day_digests

DAY, NEXT = date(2026, 4, 1), date(2026, 4, 2)
HEX = st.integers(0, 2**128 - 1).map(lambda number: f"{number:032x}")


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return a tree's root as RFC 6962 defines it, word for word."""
    if not leaves:
        return sha256(b"\x02").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + root_of(leaves[:k]) + root_of(leaves[k:])).digest()


def day_of(records: dict[str, str]) -> DayDigest:
    day_digest = DayDigest()
    for key, digest in sorted(records.items()):
        day_digest.add(key, digest)
    return day_digest


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=70))
def test_leaf_by_leaf_is_the_tree_as_it_is_defined(leaves: list[bytes]) -> None:
    tree = Tree()
    for leaf in leaves:
        tree.add(leaf)

    assert tree.root() == root_of(leaves)


@given(st.dictionaries(HEX, HEX, max_size=40))
def test_a_day_is_its_buckets_and_each_the_records_whose_keys_begin_so(
    records: dict[str, str],
) -> None:
    made = day_of(records)
    buckets = [
        root_of(
            [
                sha256(b"\x00" + bytes.fromhex(key) + bytes.fromhex(digest)).digest()
                for key, digest in sorted(records.items())
                if key.startswith(bucket_name(bucket))
            ]
        )
        for bucket in range(BUCKETS)
    ]

    assert made.buckets() == [root.hex() for root in buckets]
    assert made.root() == root_of(buckets).hex()
    assert made.count == len(records)


@given(st.dictionaries(HEX, HEX, min_size=1, max_size=10), HEX, st.data())
def test_one_record_changed_or_replaced_by_another_is_another_root(
    records: dict[str, str], other: str, data: st.DataObject
) -> None:
    key = data.draw(st.sampled_from(sorted(records)))
    changed = {**records, key: other}
    replaced = {**{k: v for k, v in records.items() if k != key}, other: records[key]}

    assert (day_of(changed).root() == day_of(records).root()) == (changed == records)
    assert (day_of(replaced).root() == day_of(records).root()) == (replaced == records)


def test_the_roots_of_known_sets_never_change() -> None:
    # Both ends go by these bytes: a change of theirs is another version of the protocol.
    assert EMPTY.hex() == "dbc1b4c900ffe48d575b5da5c638040125f65db0fe3e24494b76ea986457d986"
    assert DayDigest().root() == "0e82a2595873ac3a6d55c78fe43ed29e66e887f4ec0408010d71d20b165c729e"
    three = {"00" * 16: "ff" * 16, "00" * 15 + "01": "ee" * 16, "ff" * 16: "00" * 16}
    assert (
        day_of(three).root() == "daa29376ddc0233049d4cf7fd17c094060b621318b80222755fc858787a83276"
    )


def test_records_out_of_order_or_twice_or_of_another_form_are_refused() -> None:
    for key in ("00" * 16, "01" * 16):
        made = day_of({"01" * 16: "aa" * 16})
        with pytest.raises(ValueError, match="does not follow"):
            made.add(key, "aa" * 16)
    for key, digest in (("ab", "aa" * 16), ("zz" * 16, "aa" * 16), ("01" * 16, "aa" * 32)):
        with pytest.raises(ValueError, match=r"characters|hexadecimal"):
            DayDigest().add(key, digest)


def test_days_are_apart() -> None:
    found = day_digests([("00" * 16, "aa" * 16, DAY), ("01" * 16, "bb" * 16, NEXT)])

    assert {day: one.count for day, one in found.items()} == {DAY: 1, NEXT: 1}
    assert found[DAY].root() == day_of({"00" * 16: "aa" * 16}).root()
