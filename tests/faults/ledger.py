"""What departments that correct bring: each version of a record, and what must become of it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from random import Random

from gateway.demo.generate import Row, licences

#: Share of versions broken in a way that must be refused, and the rule that must say so.
BROKEN, RULE = 0.06, "facet.code"
#: Share of versions that the gateway takes and the centre does not, and what their content says.
TURNED_DOWN, NOT_TAKEN = 0.06, "中心不予收录"
#: Columns of a licence: its number is the record's own, its content tells its versions apart.
NUMBER, CONTENT, STATUS = "XK_WSH", "XK_NR", "XK_ZT"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a record as its department brings it; `number` counts from 1."""

    record: int
    number: int
    row: Row
    fate: str

    @property
    def name(self) -> tuple[int, int]:
        """What tells this version from every other of the feed."""
        return self.record, self.number


@dataclass(frozen=True, slots=True)
class Delivery:
    """Versions that are brought together: a submission, a file, a transaction."""

    name: str
    versions: tuple[Version, ...]


def changes(deliveries: Iterable[Delivery]) -> int:
    """Count the versions of deliveries, in their order, that may travel: other ones than the last
    of their record.

    One that the centre turned down is not known to stand, so it may travel once more.
    """
    last: dict[int, Version] = {}
    count = 0
    for version in (version for delivery in deliveries for version in delivery.versions):
        if version.row[STATUS] != "0":
            continue
        count += last.get(version.record) is not version or NOT_TAKEN in version.row[CONTENT]
        last[version.record] = version
    return count


class Ledger:
    """The versions of one feed's records, in the order in which they are brought."""

    def __init__(self, feed: str, seed: int, records: int, today: date) -> None:
        self.feed = feed
        self.deliveries: list[Delivery] = []
        #: Records that their department has no more.
        self.removed: set[int] = set()
        #: Whether the centre turns versions down. Not of a source that gives every row again and
        #: again: what was turned down would travel again with each fetch.
        self.turns_down = True
        #: Whether the next version is to be one that the centre does not take.
        self.turn_down_next = False
        self._rng = Random(f"{feed} {seed}")
        made = licences(seed, records * 3 // 2, today)
        fates = zip(made.rows, made.ledger, strict=True)
        sound = [row for row, entry in fates if entry.fate == "accepted" and _is_plain(row)]
        self._rows = sound[:records]
        self._versions: defaultdict[int, list[Version]] = defaultdict(list)

    def bring(self, new: int, corrected: int) -> list[Delivery]:
        """Make two deliveries: new records, then corrections of some of them and of older ones."""
        first = len(self._versions)
        fresh = range(first, min(first + new, len(self._rows)))
        here = [record for record in range(first) if record not in self.removed]
        older = self._rng.sample(here, min(corrected, len(here)))
        again = [*self._rng.sample(fresh, len(fresh) // 2), *older]
        brought = [self._deliver(fresh), self._deliver(sorted(again))]
        return [one for one in brought if one.versions]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of every row."""
        return tuple(self._rows[0])

    @property
    def versions(self) -> list[Version]:
        """Every version that was brought."""
        return [version for delivery in self.deliveries for version in delivery.versions]

    def remove(self, count: int) -> list[int]:
        """Let some records be there no more; return them."""
        here = [record for record in self._versions if record not in self.removed]
        gone = self._rng.sample(here, min(count, len(here) // 2))
        self.removed.update(gone)
        return gone

    def newest(self) -> dict[int, Version]:
        """Return the newest version of each record that is still there, whatever its fate."""
        here = self._versions.keys() - self.removed
        return {record: self._versions[record][-1] for record in sorted(here)}

    def standing(self) -> dict[int, Version]:
        """Return the newest version of each record that the centre must hold."""
        found = {}
        for record, versions in self._versions.items():
            if record in self.removed:
                continue
            right = [version for version in versions if version.fate == "accepted"]
            if right:
                found[record] = right[-1]
        return found

    def _deliver(self, records: Iterable[int]) -> Delivery:
        versions = tuple(self._next(record) for record in records)
        delivery = Delivery(f"{self.feed}-{len(self.deliveries) + 1:05}", versions)
        if versions:
            self.deliveries.append(delivery)
            for version in versions:
                self._versions[version.record].append(version)
        return delivery

    def _next(self, record: int) -> Version:
        number = len(self._versions.get(record, ())) + 1
        row = self._rows[record] | {CONTENT: f"准予排放经处理的废水，第 {number} 版"}
        chance = BROKEN if self.turn_down_next else self._rng.random()
        self.turn_down_next = False
        if chance < BROKEN:
            row[STATUS] = "7"
        elif self.turns_down and chance < BROKEN + TURNED_DOWN and self._may_be_turned_down(record):
            row[CONTENT] += f"，{NOT_TAKEN}"
        right = row[STATUS] == "0" and NOT_TAKEN not in row[CONTENT]
        return Version(record, number, row, "accepted" if right else "refused")

    def _may_be_turned_down(self, record: int) -> bool:
        """Whether the centre may turn a record down: once before it has ever stood, often later.

        A record that was turned down twice while the first verdict was under way, and never stood,
        counts as present at the gateway for ever (docs/reliability.md names it).
        """
        before = self._versions.get(record, ())
        stood = any(version.fate == "accepted" for version in before)
        return stood or not any(NOT_TAKEN in version.row[CONTENT] for version in before)


def _is_plain(row: Row) -> bool:
    """Whether a row is right as it is, without a mapping that mends it."""
    return row["XK_JDRQ"].isascii() and len(row["XK_FR_ZJHM"]) == 18
