"""An adapter kind over a box in memory: it keeps the contract, and subclasses of it do not."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import polars as pl
from pydantic import SecretStr

from adapters import (
    Adapter,
    Batch,
    Fetched,
    Reach,
    RowFault,
    Settings,
    SourceRefusedError,
    SourceUnavailableError,
    Step,
    Tally,
)
from adapters.exact import rows_frame
from adapters.testing import Row, SourceUnderTest

PASSWORD = "made-up-password"


@dataclass
class Box:
    """What a department has: statements by name, and what it was told."""

    statements: dict[str, list[Row]] = field(default_factory=dict)
    unreadable: dict[str, int] = field(default_factory=dict)
    verdicts: dict[str, str] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)
    columns_twice: bool = False
    silent: bool = False
    away: bool = False


BOXES: dict[str, Box] = {}


class BoxSettings(Settings):
    """Which box."""

    bound_by = ("box",)

    box: str
    password: SecretStr
    batch_rows: int = 10

    def reaches(self) -> Iterator[Reach]:
        """Name the box."""
        yield Reach("host", self.box)


class BoxAdapter:
    """Reads a box; the cursor has how many statements are read, and how many rows of the next."""

    Settings: ClassVar[type[Settings]] = BoxSettings

    def __init__(self, settings: BoxSettings) -> None:
        self._settings = settings
        self._box = BOXES[settings.box]

    def fetch(self, cursor: str) -> Iterator[Fetched]:
        """Yield each statement that was not read yet as a unit."""
        self.reach()
        read, start = json.loads(cursor) if cursor else (0, 0)
        for number, (name, rows) in list(enumerate(self._box.statements.items()))[read:]:
            yield from self.batches(number, name, rows, start)
            start = 0

    def batches(self, number: int, name: str, rows: list[Row], start: int) -> Iterator[Batch]:
        """Yield one statement's rows from a place on."""
        size = self._settings.batch_rows
        bad = self._box.unreadable.get(name)
        for place in range(start, len(rows) or 1, size):
            part = rows[place : place + size]
            last = place + size >= len(rows)
            faults = ()
            if bad is not None and place <= bad < place + size:
                faults = (RowFault(bad - place, "format.row", "读不出", "it cannot be read"),)
            yield Batch(
                unit=name,
                rows=self.frame(part),
                refs=pl.Series("ref", [f"{name}-{place + n}" for n in range(len(part))], pl.String),
                cursor=json.dumps((number + 1, 0) if last else (number, place + size)),
                last=last,
                tally=Tally(len(rows) - start) if last and not start else None,
                faults=faults,
            )

    def frame(self, rows: Sequence[Row]) -> pl.DataFrame:
        """Return rows as they stand."""
        return rows_frame(rows)

    def reach(self) -> None:
        """Raise what is wrong with the box."""
        if self._box.away:
            raise SourceUnavailableError("盒子不在", "the box is not there")
        if self._box.silent:
            raise SourceRefusedError("应答没有清单", "the answer has no list")
        if self._box.columns_twice:
            raise SourceRefusedError("栏名重复", "a column comes twice")

    def keep(self, batch: Batch) -> None:
        """Mark what is kept."""
        self._box.kept.add(batch.unit)

    def acknowledge(self, unit: str, verdicts: Iterable[pl.DataFrame]) -> None:
        """Tell the department, all or nothing."""
        told = [row for frame in verdicts for row in frame.iter_rows(named=True)]
        self.reach()
        self._box.verdicts |= {row["ref"]: row["verdict"] for row in told}

    def test(self) -> Iterator[Step]:
        """Look into the box."""
        self.reach()
        yield Step("连接", "connection", ok=True)
        rows = next(iter(self._box.statements.values()), [])
        sample = self.frame(rows[:200]) if rows else None
        yield Step("读取样例", "sample rows", ok=True, sample=sample)

    def close(self) -> None:
        """Nothing to close."""


class BoxSource(SourceUnderTest):
    """A box under test."""

    secrets = (PASSWORD,)

    def __init__(self, kind: type[Adapter] = BoxAdapter) -> None:
        self.kind = kind
        self.name = f"box-{len(BOXES)}"
        self.box = BOXES[self.name] = Box()

    def settings(self) -> dict[str, Any]:
        return {"box": self.name, "password": PASSWORD}

    def put(self, rows: Sequence[Row]) -> None:
        if rows:
            self.box.statements[f"unit-{len(self.box.statements)}"] = list(rows)

    def put_unreadable(self, rows: Sequence[Row], place: int) -> None:
        self.box.unreadable[f"unit-{len(self.box.statements)}"] = place
        self.put(rows)

    def put_repeated_column(self, name: str) -> None:
        self.box.columns_twice = True
        self.put([{name: "第一"}])

    def say_nothing(self) -> None:
        self.box.silent = True

    def go_away(self) -> None:
        self.box.away = True

    def come_back(self) -> None:
        self.box.away = False

    def verdicts(self) -> dict[str, str]:
        return self.box.verdicts
