"""Rows and verdicts that the contract works with."""

from collections.abc import Iterator, Sequence

import polars as pl

from adapters import VERDICT_SCHEMA
from adapters.testing.reading import Reading
from adapters.testing.source import Row


class StoreAwayError(Exception):
    """The gateway's store went away while verdicts were read."""


def some_rows(count: int) -> list[Row]:
    """Return plain rows, each unlike the others."""
    return [
        {"编号": f"{number:04}", "名称": f"名{number}", "金额": f"{number}.10"}
        for number in range(1, count + 1)
    ]


def values_of(rows: Sequence[Row]) -> list[tuple[str | None, ...]]:
    """Return the values of rows."""
    return [tuple(row.values()) for row in rows]


def verdicts_on(reading: Reading) -> dict[str, pl.DataFrame]:
    """Return a verdict on each row of a reading by its unit: every third is refused."""
    given = {}
    for unit in reading.units.values():
        rows = [
            {**_verdict(ref, refused=place % 3 == 1), "mark": mark}
            for place, (ref, mark) in enumerate(zip(unit.refs, unit.marks, strict=True))
        ]
        given[unit.name] = pl.DataFrame(rows, schema=VERDICT_SCHEMA)
    return given


def _verdict(ref: str, *, refused: bool) -> dict[str, str | None]:
    if not refused:
        return {"ref": ref, "verdict": "accepted"}
    reason = {"field": "名称", "rule": "map.required", "zh": "缺少名称", "en": "no name"}
    return {"ref": ref, "verdict": "refused", **reason}


def broken_off(frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield some verdicts, then raise StoreAwayError."""
    yield frame.head(1)
    raise StoreAwayError
