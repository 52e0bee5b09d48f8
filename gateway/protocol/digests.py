"""Digests of the set of a feed's records, by which sender and centre compare what they have.

The records of a feed are parted by the day of their package (CreatedAt, in Asia/Shanghai) and
within a day by the first byte of their key into 256 buckets. A record is a leaf, a bucket is a
Merkle tree over its leaves in the order of their keys, and a day is one over its 256 buckets:

    leaf      SHA-256(00 ‖ key ‖ digest)     key and digest as their 16 bytes each
    node      SHA-256(01 ‖ left ‖ right)
    no leaf   SHA-256(02)
    one leaf  that leaf

A tree of n > 1 leaves is a node over the tree of the first k leaves and that of the others, where k
is the largest power of two below n (as in RFC 6962, section 2.1). Leaves, nodes and what is empty
begin with bytes of their own, so that none passes for another.

Records come in the order of their keys; what is in memory does not grow with how many there are.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from hashlib import sha256

#: Buckets of a day: one a first byte of a key.
BUCKETS = 256
#: Characters of a record's key, and of its digest: 16 bytes in lower-case hexadecimal.
HEX_LENGTH = 32
_LEAF, _NODE = b"\x00", b"\x01"
#: The root of a tree without leaves.
EMPTY = sha256(b"\x02").digest()


class Tree:
    """The root of a Merkle tree whose leaves come one by one."""

    __slots__ = ("_subtrees",)

    def __init__(self) -> None:
        #: Whole subtrees from the left, each of more leaves than those behind it: height and root.
        self._subtrees: list[tuple[int, bytes]] = []

    def add(self, leaf: bytes) -> None:
        """Add a leaf behind all others."""
        height, root = 0, leaf
        while self._subtrees and self._subtrees[-1][0] == height:
            root = _node(self._subtrees.pop()[1], root)
            height += 1
        self._subtrees.append((height, root))

    def root(self) -> bytes:
        """Return the root over the leaves so far."""
        if not self._subtrees:
            return EMPTY
        root = self._subtrees[-1][1]
        for _, left in reversed(self._subtrees[:-1]):
            root = _node(left, root)
        return root


class DayDigest:
    """The buckets of one day, whose records come in the order of their keys."""

    __slots__ = ("_bucket", "_last", "_roots", "_tree", "count")

    def __init__(self) -> None:
        self._roots = [EMPTY] * BUCKETS
        self._tree = Tree()
        self._bucket = 0
        self._last = ""
        self.count = 0

    def add(self, key: str, digest: str) -> None:
        """Add a record; raises ValueError where its key does not follow, or is none."""
        if key <= self._last:
            raise ValueError(f"{key} does not follow {self._last}")
        data = bytes.fromhex(key), bytes.fromhex(digest)
        if len(key) != HEX_LENGTH or len(digest) != HEX_LENGTH:
            raise ValueError(f"{key} or {digest} has not {HEX_LENGTH} characters")
        bucket = data[0][0]
        if bucket != self._bucket:
            self._roots[self._bucket] = self._tree.root()
            self._tree, self._bucket = Tree(), bucket
        self._tree.add(sha256(_LEAF + data[0] + data[1]).digest())
        self._last = key
        self.count += 1

    def buckets(self) -> list[str]:
        """Return the root of each bucket, in hexadecimal."""
        return [root.hex() for root in self._all_roots()]

    def root(self) -> str:
        """Return the day's root, in hexadecimal."""
        return root_of_buckets(self.buckets())

    def _all_roots(self) -> list[bytes]:
        roots = self._roots.copy()
        roots[self._bucket] = self._tree.root()
        return roots


def day_digests(records: Iterable[tuple[str, str, date]]) -> dict[date, DayDigest]:
    """Return the digests by day of records (key, digest, day), sorted by their keys."""
    days: dict[date, DayDigest] = {}
    for key, digest, day in records:
        digests_of_day = days.get(day)
        if digests_of_day is None:
            digests_of_day = days[day] = DayDigest()
        digests_of_day.add(key, digest)
    return days


def root_of_buckets(buckets: Iterable[str]) -> str:
    """Return a day's root by the roots of its buckets, in hexadecimal."""
    tree = Tree()
    for root in buckets:
        tree.add(bytes.fromhex(root))
    return tree.root().hex()


def root_of_records(records: Mapping[str, str]) -> str:
    """Return the root of a bucket by the keys and digests of its records.

    Raises ValueError for what are none.
    """
    day = DayDigest()
    for key, digest in sorted(records.items()):
        day.add(key, digest)
    return day.buckets()[int(next(iter(records))[:2], 16)] if records else EMPTY.hex()


def bucket_name(bucket: int) -> str:
    """Return what a bucket is called: the first two characters of its keys."""
    return f"{bucket:02x}"


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(_NODE + left + right).digest()
