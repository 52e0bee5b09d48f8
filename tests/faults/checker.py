"""Whether a town kept its promises, by what stands outside the gateway: the generator's ledger, the
centre's database, what the departments were told, and the exported lists. Nothing here asks the
gateway's counters."""

import csv
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import create_engine, text

from gateway.demo import environment
from gateway.demo.balance import KEYS, number_of
from gateway.demo.generate import Row
from gateway.demo.town import Town

#: Feeds whose packages must reach the centre in their order.
ORDERED = ("housing-fund.payment", "environment.licence")


@dataclass
class Evidence:
    """What was seen outside at a moment by which `released` rows of each feed had come."""

    released: int
    #: Records at the centre by feed: how often each key is there.
    held: dict[str, Counter[tuple[str, ...]]]
    #: Packages that the centre has: feed, sequence, records, GUID, receipt; in the order of their
    #: arrival.
    packages: list[tuple[str, int, int, str, bytes]]
    #: What a department was told, by feed and number of the row: every verdict.
    told: dict[str, dict[int, list[str]]]
    refusals: list[dict[str, Any]] = field(default_factory=list)
    #: Messages that are not settled, as the operator's list has them.
    waiting: list[dict[str, Any]] = field(default_factory=list)
    slots: list[tuple[str, str]] = field(default_factory=list)
    #: Records accepted by feed, as the gateway's reconciliation reports them.
    accepted: dict[str, int] = field(default_factory=dict)
    #: What the gateway's reconciliation says of each feed that does not balance.
    unbalanced: list[dict[str, Any]] = field(default_factory=list)


def at_centre(town: Town, released: int) -> Evidence:
    """Look at the centre and at the departments; the gateway may be dead."""
    # Before the centre is looked at: what was told accepted is there by then.
    told = told_by_feed(town)
    engine = create_engine(f"sqlite:///{town.centre_store}")
    held: dict[str, Counter[tuple[str, ...]]] = {}
    with engine.connect() as connection:
        for feed, (table, columns, _) in KEYS.items():
            own = (
                f"SELECT {columns} FROM {table} JOIN feed ON feed.id = feed_id WHERE feed.name = "
                ":feed AND NOT withdrawn"
            )
            rows = connection.execute(text(own), {"feed": feed})
            held[feed] = Counter(tuple(row) for row in rows)
        query = "SELECT feed, sequence, records, guid, receipt FROM received_package ORDER BY rowid"
        packages = [tuple(row) for row in connection.execute(text(query))]
    engine.dispose()
    return Evidence(released, held, packages, told)  # type: ignore[arg-type]


def told_by_feed(town: Town) -> dict[str, dict[int, list[str]]]:
    """Read what the departments hold: verdicts taken by SOAP, result files, status columns."""
    soap = {int(change) - 1: [verdict] for change, verdict in town.housing_fund.verdicts.items()}
    files: dict[int, list[str]] = {}
    for path in sorted(town.sftp.folder.glob("*.result.csv")):
        first = int(path.name.removeprefix("penalty-").partition(".")[0])
        with path.open(encoding="gb18030", newline="") as stream:
            for line in csv.reader(stream):
                if line[0].isdigit():
                    files.setdefault(first - 1 + int(line[0]) - 2, []).append(line[1])
    statuses: dict[int, list[str]] = {}
    if (town.folder / "environment.db").exists():
        engine = create_engine(f"sqlite:///{town.folder / 'environment.db'}")
        with engine.connect() as connection:
            rows = connection.execute(text(f"SELECT id, xyptstate FROM {environment.TABLE}"))
            statuses = {
                row.id - 1: [row.xyptstate] for row in rows if row.xyptstate not in ("0", "1")
            }
        engine.dispose()
    return {
        "housing-fund.payment": soap,
        "market-regulator.penalty": files,
        "environment.licence": statuses,
    }


def complaints_at_any_time(town: Town, seen: Evidence) -> list[str]:
    """ACK and ONCE: what a department was told is so, and the centre has nothing else."""
    found = []
    for feed, source in town.sources.items():
        key_of = KEYS[feed][2]
        for number, verdicts in seen.told[feed].items():
            right = source.ledger[number].fate == "accepted"
            told = right and any(is_accepted(verdict) for verdict in verdicts)
            if told and not seen.held[feed][key_of(source.rows[number])]:
                found.append(f"ACK {feed}: row {number} was told accepted and is not at the centre")
        wanted = wanted_keys(town, feed, seen.released)
        found += [
            f"ONCE {feed}: {key} should not be at the centre"
            for key in sorted(seen.held[feed].keys() - wanted)
        ]
        found += [
            f"ONCE {feed}: {key} is there {n} times" for key, n in seen.held[feed].items() if n > 1
        ]
    return found


def complaints_at_the_end(
    town: Town, seen: Evidence, earlier: list[Evidence], *, restored: bool = False
) -> list[str]:
    """Everything, once all faults are over and the town had time to heal.

    `restored`: the gateway has an older store than the one that delivered and answered, so its own
    counts are not those of the ledger.
    """
    if restored:
        seen = replace(seen, accepted=_by_ledger(town, seen), unbalanced=[])
    found = complaints_at_any_time(town, seen)
    found += [
        f"HEAL {m['lane']}: package {m['guid']} is {m['state']}: {m['why']}" for m in seen.waiting
    ]
    for feed in town.sources:
        found += _conserved(town, feed, seen) + _told(town, feed, seen)
        # What was delivered since the backup travels again, in packages that the centre cannot know.
        found += [] if restored else _sent_once(town, feed, seen)
        if feed in ORDERED:
            found += _in_order(feed, seen)
    found += _remembered(seen, earlier)
    found += [f"SUM {feed['feed']}: reconcile is not balanced: {feed}" for feed in seen.unbalanced]
    found += [
        f"LOUD {r['feed']}: refusal of {r['unit']} {r['ref']} has no reason"
        for r in seen.refusals
        if not r["faults"] or not all(f["rule"] and f["zh"] and f["en"] for f in r["faults"])
    ]
    return found + _slots(town, seen)


def _by_ledger(town: Town, seen: Evidence) -> dict[str, int]:
    return {
        feed: sum(entry.fate == "accepted" for entry in source.ledger[: seen.released])
        for feed, source in town.sources.items()
    }


def _slots(town: Town, seen: Evidence) -> list[str]:
    """SLOT: every second has one row, run or missed; a missed slot says so."""
    found = []
    for feed in town.sources:
        mine = sorted(
            datetime.fromisoformat(str(due_at)) for name, due_at in seen.slots if name == feed
        )
        found += [
            f"SLOT {feed}: from {before} to {after}"
            for before, after in pairwise(mine)
            if after - before != timedelta(seconds=1)
        ]
    return found


def _conserved(town: Town, feed: str, seen: Evidence) -> list[str]:
    """CONS: each row is accepted, or refused by the rule that the generator broke, once."""
    source = town.sources[feed]
    key_of = KEYS[feed][2]
    refused: dict[int, list[set[str]]] = {}
    for refusal in seen.refusals:
        # A file that was refused whole has no row; its reason is looked at all the same.
        if refusal["feed"] == feed and refusal["ref"]:
            number = number_of(feed, refusal["unit"], refusal["ref"])
            refused.setdefault(number, []).append({f["rule"] for f in refusal["faults"]})
    found = []
    for entry in source.ledger[: seen.released]:
        rules = refused.get(entry.number, [])
        if entry.fate == "accepted" and not seen.held[feed][key_of(source.rows[entry.number])]:
            found.append(f"CONS {feed}: row {entry.number} is lost")
        if entry.fate == "refused" and [entry.rule in r for r in rules] != [True]:
            found.append(
                f"CONS {feed}: row {entry.number} breaks {entry.rule} and is refused "
                f"{len(rules)} times, by {rules}"
            )
        if entry.fate != "refused" and rules:
            found.append(f"CONS {feed}: row {entry.number} is right and was refused by {rules}")
    wanted = sum(entry.fate == "accepted" for entry in source.ledger[: seen.released])
    if seen.accepted.get(feed) != wanted:
        found.append(
            f"CONS {feed}: {wanted} rows were to be accepted and the gateway reports "
            f"{seen.accepted.get(feed)}"
        )
    return found


def _sent_once(town: Town, feed: str, seen: Evidence) -> list[str]:
    """ONCE: the centre's packages hold each record once; no sequence has two GUIDs."""
    mine = [
        (sequence, records, guid)
        for name, sequence, records, guid, _ in seen.packages
        if name == feed
    ]
    twice = [s for s, n in Counter(sequence for sequence, _, _ in mine).items() if n > 1]
    found = [f"ONCE {feed}: sequence {s} came under more than one GUID" for s in twice]
    sent, wanted = (
        sum(records for _, records, _ in mine),
        len(wanted_keys(town, feed, seen.released)),
    )
    if sent > wanted:
        found.append(f"ONCE {feed}: {sent} records in packages for {wanted} rows")
    return found


def _told(town: Town, feed: str, seen: Evidence) -> list[str]:
    """ACK: the department knows the fate of each of its rows, and knows it right."""
    found = []
    for entry in town.sources[feed].ledger[: seen.released]:
        verdicts = seen.told[feed].get(entry.number, [])
        if len(verdicts) != 1:
            found.append(
                f"ACK {feed}: row {entry.number} has {len(verdicts)} verdicts at its department"
            )
        elif is_accepted(verdicts[0]) is (entry.fate == "refused"):
            found.append(
                f"ACK {feed}: row {entry.number} should be {entry.fate} and its department "
                f"was told {verdicts[0]}"
            )
    return found


def _in_order(feed: str, seen: Evidence) -> list[str]:
    sequences = [sequence for name, sequence, _, _, _ in seen.packages if name == feed]
    return [
        f"ORDER {feed}: sequence {after} came after {before}"
        for before, after in pairwise(sequences)
        if after < before
    ]


def _remembered(seen: Evidence, earlier: list[Evidence]) -> list[str]:
    """ONCE: a receipt that the centre gave once is the receipt for ever."""
    now = {guid: receipt for _, _, _, guid, receipt in seen.packages}
    return sorted(
        {
            f"ONCE {feed}: package {guid} got another receipt later"
            for before in earlier
            for feed, _, _, guid, receipt in before.packages
            if now.get(guid) != receipt
        }
    )


def wanted_keys(town: Town, feed: str, released: int) -> set[tuple[str, ...]]:
    """Give the keys that the centre must have of the rows that were released."""
    source = town.sources[feed]
    rows: list[Row] = source.rows
    key_of = KEYS[feed][2]
    return {key_of(rows[e.number]) for e in source.ledger[:released] if e.fate == "accepted"}


def is_accepted(verdict: str) -> bool:
    """Return what a verdict is to a department: a word of a result file, a status code."""
    return verdict not in ("refused", "退回", "3", "9") and not verdict.startswith(
        ("退回", "refused")
    )
