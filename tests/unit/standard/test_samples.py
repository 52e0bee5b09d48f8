"""Made-up records: the sound ones pass everything, the spoiled ones break what they say."""

from random import Random

import polars as pl
import pytest

from gateway.exchange.packing import pack
from gateway.protocol.header import Header
from gateway.protocol.package_writer import record_xml
from gateway.standard import load_gate, load_rules, load_standard
from gateway.standard.rules import load_warnings
from gateway.standard.samples import sound, spoiled
from tests.support.clock import NOW

KINDS = sorted(load_standard().kinds)
TODAY = NOW.date()


@pytest.mark.parametrize("name", KINDS)
def test_sound_samples_keep_every_rule_and_pass_the_xsd(name: str) -> None:
    kind, rng = load_standard().kind(name), Random(name)
    rows = [sound(kind, rng, TODAY) for _ in range(200)]
    records = pl.DataFrame(rows, schema=dict.fromkeys(kind.field_names, pl.String))

    assert load_rules(name).faults(records, TODAY).to_dicts() == []
    assert load_warnings(name).faults(records, TODAY).to_dicts() == []
    keys = pl.Series([f"{n:032x}" for n in range(200)])
    xml = record_xml(records, kind, keys, pl.Series(["added"] * 200))
    header = Header("", "demo", "demo.feed", name, kind.version, 1, NOW, 0)
    _, refused = pack(xml, header, load_gate(), lambda: "00000000-0000-4000-8000-000000000000")
    assert refused == []
    own = kind.field_names[kind.field_names.index("SubjectIdNumber") + 1 :]
    assert [field for field in own if records[field].is_null().all()] == []


@pytest.mark.parametrize("name", KINDS)
def test_spoiled_samples_break_a_rule_in_the_field_that_was_spoiled(name: str) -> None:
    kind, rng = load_standard().kind(name), Random(name)
    found = [spoiled(kind, rng, TODAY) for _ in range(20)]

    assert all(sample.rules for sample in found)
    assert len({sample.field for sample in found}) > 5


def test_the_same_seed_makes_the_same_samples() -> None:
    kind = load_standard().kind("Loan")

    assert sound(kind, Random(7), TODAY) == sound(kind, Random(7), TODAY)
    assert spoiled(kind, Random(7), TODAY) == spoiled(kind, Random(7), TODAY)
