"""Comparison: which rows travel, held against a plain reference that walks row by row."""

from dataclasses import dataclass

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.exchange.packing import packages_for
from gateway.exchange.pipeline import KNOWN_SCHEMA, Checked, compare
from gateway.standard import load_standard
from gateway.standard.findings import FAULT_SCHEMA

THIS_UNIT = 7


@dataclass(frozen=True)
class Row:
    key: str
    digest: str
    broken: bool


ROWS = st.lists(
    st.builds(Row, st.sampled_from("abcd"), st.sampled_from("xyz"), st.booleans()), max_size=12
)
KNOWN = st.dictionaries(
    st.sampled_from("abcd"),
    st.tuples(st.sampled_from("xyz"), st.booleans(), st.sampled_from([1, THIS_UNIT])),
)


def checked(rows: list[Row]) -> Checked:
    broken = [(n, "f", "r", "zh", "en") for n, row in enumerate(rows) if row.broken]
    return Checked(
        pl.DataFrame(),
        load_standard().kind("Loan"),
        pl.Series([row.key for row in rows], dtype=pl.String),
        pl.Series([True] * len(rows), dtype=pl.Boolean),
        pl.Series([row.digest for row in rows], dtype=pl.String),
        pl.DataFrame(broken, schema=FAULT_SCHEMA, orient="row"),
        pl.DataFrame(),
        pl.DataFrame(),
    )


def frame(known: dict[str, tuple[str, bool, int]]) -> pl.DataFrame:
    return pl.DataFrame(
        [(key, *what, what[-1]) for key, what in known.items()], schema=KNOWN_SCHEMA, orient="row"
    )


def reference(rows: list[Row], known: dict[str, tuple[str, bool, int]], mode: str) -> list[str]:
    sound = [n for n, row in enumerate(rows) if not row.broken]
    fates = ["refused"] * len(rows)
    stands: dict[str, str] = {}
    for n in reversed(sound) if mode == "update" else sound:
        row = rows[n]
        if row.key in stands:
            same = stands[row.key] == row.digest
            fates[n] = "superseded" if mode == "update" else "unchanged" if same else "refused"
            continue
        stands[row.key] = row.digest
        digest, present, unit = known.get(row.key, ("", False, 0))
        if mode == "full" and row.key in known and unit == THIS_UNIT and digest != row.digest:
            fates[n] = "refused"
        elif row.key not in known or (mode != "append" and not present):
            fates[n] = "added"
        elif digest == row.digest:
            fates[n] = "unchanged"
        else:
            fates[n] = "refused" if mode == "append" else "changed"
    return fates


@settings(deadline=None)
@given(ROWS, KNOWN, st.sampled_from(["append", "update", "full"]))
def test_each_row_has_the_fate_that_a_plain_walk_gives_it(
    rows: list[Row], known: dict[str, tuple[str, bool, int]], mode: str
) -> None:
    compared = compare(checked(rows), frame(known), mode, THIS_UNIT)

    assert compared.fates["fate"].to_list() == reference(rows, known, mode)


@settings(deadline=None)
@given(ROWS, KNOWN, st.sampled_from(["append", "update", "full"]))
def test_a_row_is_refused_just_when_a_fault_says_why(
    rows: list[Row], known: dict[str, tuple[str, bool, int]], mode: str
) -> None:
    compared = compare(checked(rows), frame(known), mode, THIS_UNIT)

    refused = {n for n, fate in enumerate(compared.fates["fate"]) if fate == "refused"}
    assert refused == set(compared.faults["row"])


def test_packages_hold_up_to_a_thousand_records() -> None:
    assert [packages_for(n) for n in (0, 1, 1000, 1001, 2000)] == [0, 1, 1, 2, 2]
