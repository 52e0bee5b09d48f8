"""Versions of the standard: a minor one only adds; both ends agree on digests."""

from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import Any

import polars as pl
import pytest

from gateway.exchange.packing import pack
from gateway.protocol.header import Header
from gateway.protocol.package_writer import record_xml
from gateway.standard import (
    VERSIONS,
    Field,
    Kind,
    Standard,
    StandardError,
    load_gate,
    load_rules,
    load_standard,
)
from gateway.standard.conversion import convert
from gateway.standard.digest import record_digests
from gateway.standard.samples import as_frame, sound
from gateway.standard.version_diff import Difference, added_in, differences
from gateway.standard.xsd_reader import Code
from tests.support.clock import NOW

OLD, NEW = load_standard("1.0"), load_standard("1.1")
PENALTY_OLD, PENALTY_NEW = (s.kind("AdministrativePenalty") for s in (OLD, NEW))
GUID = "00000000-0000-4000-8000-000000000000"


def penalties(kind: Kind, count: int = 50, **fixed: str | None) -> pl.DataFrame:
    rng = Random(kind.version)
    return as_frame(kind, [sound(kind, rng, NOW.date()) | fixed for _ in range(count)])


def refused_by_gate(records: pl.DataFrame, kind: Kind, version: str) -> int:
    keys = pl.Series([f"{n:032x}" for n in range(records.height)])
    xml = record_xml(records, kind, keys, pl.Series(["added"] * records.height))
    header = Header("", "demo", "demo.feed", kind.name, version, 1, NOW, 0)
    return len(pack(xml, header, load_gate(version), lambda: GUID)[1])


@pytest.mark.parametrize(("older", "newer"), list(pairwise(VERSIONS)))
def test_a_minor_version_only_adds(older: str, newer: str) -> None:
    found = differences(load_standard(older), load_standard(newer))

    assert found
    assert [difference for difference in found if not difference.compatible] == []


def test_a_sender_of_the_older_version_passes_the_newer_gate_and_rules() -> None:
    records = penalties(PENALTY_OLD)

    assert refused_by_gate(records, PENALTY_OLD, "1.1") == 0
    up = convert(records, PENALTY_OLD, PENALTY_NEW)
    assert up.losses.is_empty()
    assert up.faults.is_empty()
    assert load_rules(PENALTY_NEW.name, "1.1").faults(up.records, NOW.date()).is_empty()


def test_a_new_field_or_code_does_not_pass_the_older_gate() -> None:
    assert refused_by_gate(penalties(PENALTY_NEW, PenaltyClass="12"), PENALTY_NEW, "1.1") == 0
    assert refused_by_gate(penalties(PENALTY_NEW, PenaltyClass="12"), PENALTY_NEW, "1.0") == 50
    assert (
        refused_by_gate(
            penalties(PENALTY_NEW, 5, PenaltyClass="2", RepairStatus="0", RepairedOn=None),
            PENALTY_NEW,
            "1.0",
        )
        == 5
    )


def test_downwards_new_fields_and_codes_are_told_in_the_older_version_and_no_loss_is_silent() -> (
    None
):
    records = penalties(
        PENALTY_NEW, 3, PenaltyClass="12", RepairStatus="1", RepairedOn="2026-01-05"
    )

    down = convert(records, PENALTY_NEW, PENALTY_OLD)

    assert down.records.columns == list(PENALTY_OLD.field_names)
    assert down.faults.is_empty()
    assert refused_by_gate(down.records, PENALTY_OLD, "1.0") == 0
    assert set(down.losses.select("field", "rule", "received", "kept").iter_rows()) == {
        ("PenaltyClass", "version.code", "12", "9"),
        ("RepairStatus", "version.field", "1", ""),
        ("RepairedOn", "version.field", "2026-01-05", ""),
    }
    assert down.losses.height == 9


def test_a_new_code_that_no_older_one_stands_for_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gateway.standard.conversion._conversion", lambda _version: {})

    down = convert(penalties(PENALTY_NEW, 2, PenaltyClass="12"), PENALTY_NEW, PENALTY_OLD)

    assert down.faults["rule"].to_list() == ["version.code"] * 2
    assert "1.0" in down.faults["zh"][0]


def test_a_record_has_one_digest_in_every_version_that_says_the_same_of_it() -> None:
    records = penalties(PENALTY_OLD)
    up = convert(records, PENALTY_OLD, PENALTY_NEW).records

    assert record_digests(records, PENALTY_OLD).equals(record_digests(up, PENALTY_NEW))
    more = up.with_columns(pl.lit("0").alias("RepairStatus"))
    assert (
        not record_digests(more, PENALTY_NEW).is_in(record_digests(up, PENALTY_NEW).implode()).any()
    )


def test_a_field_knows_the_version_that_brought_it() -> None:
    assert {added_in(PENALTY_NEW, field) for field in PENALTY_OLD.fields} == {"1.0"}
    assert added_in(PENALTY_NEW, PENALTY_NEW.fields[-1]) == "1.1"


@pytest.mark.parametrize(
    ("facets", "compatible"),
    [
        ({"required": True}, False),
        ({"total_digits": 20}, True),
        ({"total_digits": 16}, False),
        ({"fraction_digits": 2}, False),
        ({"minimum": "-1"}, True),
        ({"minimum": "1"}, False),
        ({"patterns": ()}, True),
        ({"patterns": ("[0-9]",)}, False),
        ({"max_length": 10}, False),
        ({"min_length": 1}, False),
        ({"base": "text"}, False),
        ({"zh": "罚款"}, False),
        ({"code": "CF_FK"}, False),
        ({"code": "CF_FK", "former_codes": ("CF_NR_FK",)}, True),
        ({"data_class": "internal"}, True),
        ({"codes": (Code("1", "一", "one"),)}, False),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_a_changed_facet_is_told_with_what_old_senders_feel_of_it(
    facets: dict[str, Any], compatible: bool
) -> None:
    [fine] = [f for f in PENALTY_OLD.fields if f.name == "FineAmount"]
    assert [d.compatible for d in with_field(replace(fine, **facets))] == [compatible]


def with_field(after: Field) -> list[Difference]:
    fields = tuple(after if f.name == after.name else f for f in PENALTY_OLD.fields)
    return differences(only(PENALTY_OLD), only(replace(PENALTY_OLD, fields=fields)))


def only(*kinds: Kind) -> Standard:
    return Standard("1.0", {kind.name: kind for kind in kinds})


def test_kinds_and_fields_that_come_or_go_are_told() -> None:
    fields = PENALTY_OLD.fields
    added = replace(fields[-1], name="Added", required=False)

    def told(after: Standard) -> list[tuple[str, bool]]:
        return [(d.place, d.compatible) for d in differences(only(PENALTY_OLD), after)]

    assert told(only(PENALTY_OLD, OLD.kind("Loan"))) == [("Loan", True)]
    assert told(only()) == [("AdministrativePenalty", False)]
    assert told(only(replace(PENALTY_OLD, fields=fields[:-1]))) == [
        ("AdministrativePenalty.Remark", False)
    ]
    assert told(only(replace(PENALTY_OLD, fields=(*fields, added)))) == [
        ("AdministrativePenalty.Added", True)
    ]
    assert told(only(replace(PENALTY_OLD, fields=(added, *fields)))) == [
        ("AdministrativePenalty.Added", False)
    ]
    assert told(only(replace(PENALTY_OLD, fields=(fields[1], fields[0], *fields[2:])))) == [
        ("AdministrativePenalty", False)
    ]


def test_an_unknown_version_names_those_there_are() -> None:
    with pytest.raises(StandardError, match=r"1\.0, 1\.1"):
        load_gate("9.9")
