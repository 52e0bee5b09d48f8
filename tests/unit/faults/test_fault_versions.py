"""What the fault suite's drops bring, and when a record counts as sent twice."""

from collections import Counter
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.demo.generate import Row
from tests.faults.departments import Told
from tests.faults.departments.ftps import FtpsDrop
from tests.faults.ledger import CONTENT, NOT_TAKEN, NUMBER, STATUS, Ledger
from tests.faults.strikes_way_in import BY_FILE, POISON
from tests.faults.versions import Seen, complaints_at_the_end

#: Releases after which the centre has turned down the newest version of many a record.
RELEASES = 6


class Drop(FtpsDrop):
    """A drop without its server."""

    def __init__(self, folder: Path) -> None:
        super().__init__(Ledger("fire.drop", 1007, 120, date(2026, 11, 28)), folder, "")
        self.files: dict[str, list[Row]] = {}

    def put(self, name: str, rows: list[Row]) -> None:
        self.files[name] = rows


@pytest.fixture
def drop(tmp_path: Path) -> Drop:
    drop = Drop(tmp_path)
    for _ in range(RELEASES):
        drop.release()
    return drop


def version(row: Row) -> tuple[str, str]:
    return row[NUMBER], row[CONTENT]


@pytest.mark.parametrize("provoke", BY_FILE)
def test_what_a_fault_drops_is_sent_once_by_the_ledger_or_cannot_be_sent(
    drop: Drop, provoke: Any
) -> None:
    """An older version that is given again travels: the centre turned down the newer one."""
    assert any(NOT_TAKEN in value.row[CONTENT] for value in drop.ledger.newest().values())

    with provoke(SimpleNamespace(departments={"ftps": drop}, fail_at=lambda *_: None)):
        drop.release()

    rows = [row for rows in drop.files.values() for row in rows]
    sendable = [row for row in rows if NUMBER in row and row[CONTENT] != POISON]
    brought = Counter(version(one.row) for one in drop.ledger.versions)
    assert Counter(map(version, sendable)) == brought


@pytest.mark.parametrize(("more", "complaints"), [(0, 0), (1, 1)])
def test_one_record_more_in_packages_than_there_are_versions_is_told(
    drop: Drop, more: int, complaints: int
) -> None:
    sendable = sum(one.row[STATUS] == "0" for one in drop.ledger.versions)
    seen = Seen(Told(), {}, [(1, sendable - 1), (2, 1 + more)])

    told = [line for line in complaints_at_the_end(drop, seen) if line.startswith("ONCE")]

    assert len(told) == complaints
