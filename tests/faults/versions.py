"""Whether feeds with corrections kept their promises: newest versions stand, each told once."""

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from sqlalchemy import create_engine, text

from tests.faults.departments import Department, Told
from tests.faults.departments.push import PushDepartment
from tests.faults.ledger import CONTENT, NUMBER, Ledger, Version, changes

#: What a version that was to be accepted may be told; the words of a status column among them.
ACCEPTED = {"accepted", "unchanged", "superseded", "2", "接受", "未变", "被更新"}
REFUSED = {"refused", "3", "退回"}


@dataclass(frozen=True)
class Seen:
    """What stood outside at one moment of one feed."""

    told: Told
    #: Contents at the centre by the record's number on paper.
    held: dict[str, list[str]]
    #: Sequence and count of records of each package at the centre, in the order of arrival.
    packages: list[tuple[int, int]]


def look_at(department: Department, centre_store: Path) -> Seen:
    """Ask the department first and then the centre: what was told accepted is there by then."""
    told = department.told()
    feed = department.ledger.feed
    engine = create_engine(f"sqlite:///{centre_store}")
    query = text(
        "SELECT document_number, content FROM administrative_licence JOIN feed ON feed.id = feed_id"
        " WHERE feed.name = :feed AND NOT withdrawn"
    )
    packages = text(
        "SELECT sequence, records FROM received_package WHERE feed = :feed ORDER BY rowid"
    )
    held: dict[str, list[str]] = {}
    with engine.connect() as connection:
        for number, content in connection.execute(query, {"feed": feed}):
            held.setdefault(number, []).append(content)
        arrived = [
            (row.sequence, row.records) for row in connection.execute(packages, {"feed": feed})
        ]
    engine.dispose()
    return Seen(told, held, arrived)


def complaints_at_any_time(ledger: Ledger, seen: Seen) -> list[str]:
    """ACK and ONCE: what was told accepted is there or was replaced, and nothing else is there."""
    found = list(seen.told.wrong)
    versions = {version.name: version for version in ledger.versions}
    by_number: dict[str, list[Version]] = {}
    for version in ledger.versions:
        by_number.setdefault(version.row[NUMBER], []).append(version)
    for name, verdicts in seen.told.verdicts.items():
        version = versions[name]
        if version.fate == "accepted" and any(verdict in ACCEPTED for verdict in verdicts):
            place = _standing(seen, by_number[version.row[NUMBER]])
            if place < version.number:
                found.append(
                    f"ACK {ledger.feed}: version {name} was told accepted and"
                    f" the centre has version {place}"
                )
    for number, contents in seen.held.items():
        right = {v.row[CONTENT] for v in by_number.get(number, ()) if v.fate == "accepted"}
        if len(contents) != 1 or contents[0] not in right:
            found.append(f"ONCE {ledger.feed}: {number} should not be at the centre as {contents}")
    return found


def complaints_at_the_end(
    department: Department, seen: Seen, *, restored: bool = False
) -> list[str]:
    """Everything, once all faults are over and the town had time to heal.

    `restored`: numbers of packages were given once more, by a store that did not know them.
    """
    ledger = department.ledger
    found = complaints_at_any_time(ledger, seen)
    for record, version in to_stand(department).items():
        contents = seen.held.get(version.row[NUMBER], [])
        if not contents:
            found.append(f"CONS {ledger.feed}: record {record} is lost")
        elif contents != [version.row[CONTENT]]:
            found.append(
                f"ORDER {ledger.feed}: the newest of record {record} is version"
                f" {version.number} and the centre has {contents}"
            )
    gone = {v.row[NUMBER] for v in ledger.versions if v.record in ledger.removed}
    found += [
        f"CONS {ledger.feed}: {number} is gone at its department and stands at the centre"
        for number in sorted(gone & seen.held.keys())
    ]
    if not restored:
        found += _packages(department, seen)
    return found + _told(department, seen.told)


def told_gone_and_known(department: Department, store: str) -> list[str]:
    """ONCE: the store does not have what a department was told is gone and posts again."""
    if not isinstance(department, PushDepartment) or not department.gone_receipts:
        return []
    feed = department.ledger.feed
    engine = create_engine(store)
    with engine.connect() as connection:
        query = text("SELECT receipt FROM submission WHERE feed = :feed")
        known = set(connection.execute(query, {"feed": feed}).scalars())
    engine.dispose()
    return [
        f"ONCE {feed}: receipt {receipt} was told to be gone and is in the store"
        for receipt in department.gone_receipts
        if receipt in known
    ]


def _packages(department: Department, seen: Seen) -> list[str]:
    """ORDER and ONCE: packages arrive in order, each once, with no version in two of them.

    A client that learns of a loss late posts once more, in order, what came after it: then an older
    version comes between a newer one and itself, and all three are news to the store.
    """
    ledger = department.ledger
    found = [
        f"ORDER {ledger.feed}: sequence {after} came after {before}"
        for (before, _), (after, _) in pairwise(seen.packages)
        if after < before
    ]
    twice = [s for s, n in Counter(sequence for sequence, _ in seen.packages).items() if n > 1]
    found += [f"ONCE {ledger.feed}: sequence {s} came under more than one GUID" for s in twice]
    sent = sum(records for _, records in seen.packages)
    pushes = isinstance(department, PushDepartment)
    most = changes(department.taken if pushes else ledger.deliveries)
    if sent > most:
        found.append(f"ONCE {ledger.feed}: {sent} records in packages for {most} versions")
    return found


def to_stand(department: Department) -> dict[int, Version]:
    """Return the version of each record that the centre must have in the end.

    A table shows the newest version alone: where that is refused, no older one may have been read.
    """
    standing = department.ledger.standing()
    if department.tells == "versions":
        return standing
    newest = department.ledger.newest()
    return {record: version for record, version in standing.items() if newest[record] is version}


def is_quiet(department: Department, seen: Seen) -> bool:
    """Whether nothing is left to be told, or to arrive where nothing is told."""
    if department.tells == "nothing":
        standing = to_stand(department).values()
        right = {version.row[NUMBER]: [version.row[CONTENT]] for version in standing}
        gone = {
            v.row[NUMBER]
            for v in department.ledger.versions
            if v.record in department.ledger.removed
        }
        return right.items() <= seen.held.items() and not gone & seen.held.keys()
    return seen.told.verdicts.keys() >= {version.name for version in _to_be_told(department)}


def _told(department: Department, told: Told) -> list[str]:
    """ACK: each version has one verdict, the right one."""
    if department.tells == "nothing":
        return []
    found = []
    feed = department.ledger.feed
    for version in _to_be_told(department):
        verdicts = told.verdicts.get(version.name, [])
        right = ACCEPTED if version.fate == "accepted" else REFUSED
        if len(verdicts) != 1:
            found.append(
                f"ACK {feed}: version {version.name} has {len(verdicts)} verdicts: {verdicts}"
            )
        elif verdicts[0] not in right:
            found.append(
                f"ACK {feed}: version {version.name} is to be {version.fate}"
                f" and was told {verdicts[0]}"
            )
    return found


def _to_be_told(department: Department) -> list[Version]:
    if department.tells == "records":
        return list(department.ledger.newest().values())
    return department.ledger.versions


def _standing(seen: Seen, versions: list[Version]) -> int:
    """Return the number of the version at the centre; 0 where there is none of them."""
    contents = seen.held.get(versions[0].row[NUMBER], [""])
    numbers = [v.number for v in versions if v.row[CONTENT] == contents[0]]
    return numbers[0] if numbers else 0
