"""Mappings: hand-checked samples, refusals with file and line, transforms."""

import re
from datetime import date, datetime
from pathlib import Path
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

import mappings
from adapters.formats.delimited import DelimitedSettings, DelimitedText
from gateway.clock import SHANGHAI
from gateway.mapping import MappingError, load_mapping
from gateway.mapping.model import json_schema
from gateway.mapping.start import Headings, starting_mapping
from gateway.protocol.header import Header
from gateway.protocol.package_writer import package_xml, record_xml
from gateway.standard import StandardError, load_gate, load_rules, load_standard
from gateway.standard.samples import as_frame, sound
from tests.support.mapped import faults, mapped, mapping_of
from tests.support.places import CASES

MAPPINGS = sorted(mappings.ROOT.glob("*/*.yaml"))


BAD = sorted((CASES / "bad-mappings").glob("*.yaml"))


def read_sample(path: Path) -> pl.DataFrame:
    with path.open("rb") as stream:
        reader = DelimitedText(DelimitedSettings(encoding="utf-8"))
        return pl.concat([chunk.rows for chunk in reader.read(stream, 1000)])


def canonical(xml: bytes) -> bytes:
    parser = etree.XMLParser(remove_blank_text=True)
    return bytes(etree.tostring(etree.fromstring(xml, parser), method="c14n"))


@pytest.mark.parametrize("path", MAPPINGS, ids=lambda path: path.parent.name)
def test_a_sample_becomes_its_expected_xml(path: Path) -> None:
    mapping = load_mapping(path)
    rows = read_sample(path.with_name(f"{path.stem}.sample.csv"))

    mapped = mapping.apply(rows)
    keys = mapping.keys(mapped.records)["key"]
    xml = record_xml(mapped.records, mapping.kind, keys, pl.Series(["added"] * rows.height))
    header = Header(
        "00000000-0000-4000-8000-000000000000",
        mapping.department,
        mapping.feed,
        mapping.kind.name,
        mapping.kind.version,
        1,
        datetime(2026, 4, 1, 8, tzinfo=SHANGHAI),
        rows.height,
    )
    package = package_xml(header, xml)

    rules = load_rules(mapping.kind.name, mapping.kind.version)
    assert mapped.faults.is_empty()
    assert rules.faults(mapped.records, header.created_at.date()).is_empty()
    assert load_gate(mapping.kind.version).package(package)[1] == []
    assert canonical(package) == canonical(path.with_name(f"{path.stem}.expected.xml").read_bytes())


@pytest.mark.parametrize("path", MAPPINGS, ids=lambda path: path.parent.name)
def test_every_mapping_has_its_sample_and_expected_record(path: Path) -> None:
    assert path.with_name(f"{path.stem}.sample.csv").exists()
    assert path.with_name(f"{path.stem}.expected.xml").exists()


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_bad_mapping_is_refused_with_file_line_and_what_to_do(path: Path) -> None:
    line, text = re.match(r"# expect (\d+): (.*)", path.read_text("utf-8")).groups()  # type: ignore[union-attr]

    with pytest.raises(MappingError) as refused:
        load_mapping(path)

    places = [place for place, fault in refused.value.faults if text in fault.en]
    assert places == [f"{path}:{line}"]


def test_every_fault_of_a_mapping_is_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "two.yaml"
    path.write_text(
        (BAD[0].parent / "unknown-target.yaml").read_text("utf-8") + "  BZ: nothing\n", "utf-8"
    )

    with pytest.raises(MappingError) as refused:
        load_mapping(path)

    assert len(refused.value.faults) == 2


def test_a_mapping_that_is_not_utf_8_or_not_there_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gbk.yaml"
    path.write_bytes("feed: 处罚".encode("gbk"))

    with pytest.raises(MappingError, match="UTF-8"):
        load_mapping(path)
    with pytest.raises(MappingError, match="cannot be read"):
        load_mapping(tmp_path / "missing.yaml")


def test_the_json_schema_for_editors_is_the_models_own() -> None:
    assert (mappings.ROOT / "feed.schema.json").read_text("utf-8") == json_schema()


@pytest.mark.parametrize(
    ("spec", "given_text", "expected"),
    [
        ("a", "  惠州　", "惠州"),
        ("a", "", None),
        ({"from": "a", "empty": ["无", "-"]}, "无", None),
        ({"from": "a", "clean": ["half_width"]}, "４４１３－００Ａ（）", "4413-00A()"),
        ({"from": "a", "clean": ["upper"]}, "91x", "91X"),
        ({"from": "a", "clean": ["citizen_18"]}, "110105491231002", "11010519491231002X"),
        ({"from": "a", "date": ["%Y/%m/%d", "%Y%m%d"]}, "2026/3/5", "2026-03-05"),
        ({"from": "a", "date": ["%Y/%m/%d", "%Y%m%d"]}, "20260305", "2026-03-05"),
        ({"from": "a", "month": ["%Y%m"]}, "202602", "2026-02"),
        ({"from": "a", "month": ["%Y-%m"]}, "2026-2", "2026-02"),
        ({"from": "a", "date": ["%Y/%m/%d %H:%M"]}, "2026/1/15 0:00", "2026-01-15"),
        # A moment with a zone falls on the day that it then is in Shanghai.
        ({"from": "a", "date": ["%Y-%m-%dT%H:%M:%S%z"]}, "2026-01-15T20:00:00Z", "2026-01-16"),
        ({"from": "a", "date": ["%Y-%m-%dT%H:%M:%S%z"]}, "2026-01-15T20:00:00+08:00", "2026-01-15"),
        ({"from": "a", "date": ["%Y-%m-%dT%H:%M:%SZ"]}, "2026-01-15T20:00:00Z", "2026-01-16"),
        (
            {"from": "a", "date": ["%Y-%m-%dT%H:%M:%S.%f%z"]},
            "2026-01-15T09:00:00.123-0800",
            "2026-01-16",
        ),
        ({"from": "a", "date": ["%y%m%d", "%Y%m%d"]}, "20260115", "2026-01-15"),
        ({"from": "a", "date": ["%d-%b-%y"]}, "15-JAN-26", "2026-01-15"),
        ({"from": "a", "codes": {"甲": "1"}}, "甲", "1"),
        ({"constant": "惠州"}, None, "惠州"),
        ("joined", "x", "x-k"),
        ({"from": "a", "default": "0"}, "", "0"),
        ({"from": "a", "when": {"column": "b", "equals": "k"}}, "x", "x"),
        ({"from": "a", "when": {"column": "b", "among": ["j"]}}, "x", None),
        ({"from": "a", "when": {"column": "b", "filled": False}, "default": "d"}, "x", "d"),
        ({"from": "a", "when": {"column": "a", "matches": "^x+$"}}, "xx", "xx"),
        ({"from": "a", "unit": "yuan_to_10k"}, "50000.00", "5"),
        ({"from": "a", "unit": "yuan_to_10k"}, "12,345.67", "1.234567"),
        ({"from": "a", "unit": "yuan_to_10k"}, "0.50", "0.00005"),
        ({"from": "a", "unit": "yuan_to_10k"}, "0", "0"),
        ("a", "甲\n 乙", "甲 乙"),
    ],
)
def test_a_transform_gives_what_its_name_says(
    spec: object, given_text: str | None, expected: str | None
) -> None:
    assert mapped(spec, given_text) == [expected]


@pytest.mark.parametrize(
    ("spec", "text", "rule"),
    [
        ({"from": "a", "date": ["%Y/%m/%d"]}, "2026/02/30", "map.date"),
        ({"from": "a", "date": ["%Y/%m/%d"], "default": "2026-01-01"}, "yesterday", "map.date"),
        ({"from": "a", "month": ["%Y%m"]}, "202613", "map.date"),
        ({"from": "a", "month": ["%Y%m"]}, "20261", "map.date"),
        ({"from": "a", "date": ["%Y%m%d"]}, "2026115", "map.date"),
        ({"from": "a", "date": ["%Y%m%d"]}, "2026 1 5", "map.date"),
        ({"from": "a", "date": ["%Y-%m-%d"]}, "26-3-5", "map.date"),
        ({"from": "a", "date": ["%Y-%m-%d"]}, "2026- 3-5", "map.date"),
        ({"from": "a", "date": ["%Y-%m-%d"]}, "2026-03-05 00:00", "map.date"),
        ({"from": "a", "date": ["%Y%m%d", "%y%m%d"]}, "2026115", "map.date"),
        ({"from": "a", "date": ["%Y-%m-%dT%H:%M:%S%z"]}, "2026-01-15T20:00:00", "map.date"),
        ({"from": "a", "date": ["%Y-%m-%dT%H:%M:%SZ"]}, "2026-01-15T20:00:00+08:00", "map.date"),
        ({"from": "a", "unit": "yuan_to_10k"}, "1234,56", "map.number"),
        ({"from": "a", "unit": "yuan_to_10k"}, "1,5", "map.number"),
        ({"from": "a", "unit": "yuan_to_10k"}, "12,34,5", "map.number"),
        ({"from": "a", "unit": "yuan_to_10k"}, "1,234.5,6", "map.number"),
        ({"from": "a", "unit": "yuan_to_10k"}, "5,00,00", "map.number"),
        ({"from": "a", "unit": "yuan_to_10k"}, "0,123", "map.number"),
        ({"from": "a", "unit": "yuan_to_10k"}, "１,234", "map.number"),
        ({"from": "a", "codes": {"甲": "1"}}, "乙", "map.code"),
        ({"from": "a", "unit": "yuan_to_10k"}, "-5", "map.number"),
        ({"from": "a", "unit": "yuan_to_10k"}, "5万", "map.number"),
        ({"from": "a", "required": True}, "", "map.required"),
        ("a", "惠\ufffd州", "text.broken"),
        ("a", "惠\x00州", "text.broken"),
        ("a", "惠\ue000州", "text.private_use"),
        ("a", "惠\U00100000州", "text.private_use"),
        ("a", "惠\u0378州", "text.unassigned"),
        ("a", "惠\ufdd0州", "text.unassigned"),
        ("a", "惠\u200b州", "text.invisible"),
        ("a", "惠\x7f州", "text.invisible"),
        ("joined", "惠\ufeff州", "text.invisible"),
        ({"constant": "x", "when": {"column": "a", "filled": True}}, "\u200b", "text.invisible"),
        ("a", "#REF!", "value.excel_error"),
        ("joined", "#N/A", "value.excel_error"),
        ("a", "####", "value.excel_width"),
        ("a", "2.02603E+11", "value.exponent"),
        ("a", "'0752", "value.apostrophe"),
        ("a", '="0752"', "value.formula"),
        ({"from": "a", "required": True}, "NULL", "value.no_value"),
        ({"constant": "x", "when": {"column": "a", "equals": "k"}}, "#REF!", "value.excel_error"),
    ],
)
def test_what_does_not_convert_is_a_fault_and_never_a_guess(
    spec: object, text: str, rule: str
) -> None:
    assert (0, rule) in faults(spec, text)


@settings(deadline=None)
@given(st.integers(0, 10**15), st.integers(0, 99))
def test_yuan_to_ten_thousand_is_exact(yuan: int, cents: int) -> None:
    text = f"{yuan}.{cents:02}"

    [moved] = mapped({"from": "a", "unit": "yuan_to_10k"}, text)

    from decimal import Decimal

    assert Decimal(moved or "") == Decimal(text) / 10_000


@settings(deadline=None)
@given(st.lists(st.text(max_size=20), min_size=1, max_size=20))
def test_any_text_is_either_mapped_or_refused(values: list[str]) -> None:
    frame = pl.DataFrame({"a": values, "b": ["k"] * len(values)})

    result = mapping_of(Remark="a").apply(frame)

    assert result.records.height == len(values)
    for row, value in enumerate(values):
        kept = result.records["Remark"][row]
        assert kept is None or "  " not in kept
        assert kept is not None or not value.strip() or value.isspace() or kept is None


@pytest.mark.parametrize("headings", ["code", "zh", "en"])
@pytest.mark.parametrize("name", sorted(load_standard().kinds))
def test_a_mapping_to_begin_with_takes_sound_records_of_every_kind_as_they_are(
    name: str, headings: Headings, tmp_path: Path
) -> None:
    kind, rng = load_standard().kind(name), Random(name)
    records = as_frame(kind, [sound(kind, rng, date(2026, 4, 1)) for _ in range(20)])
    path = tmp_path / "feed.yaml"
    path.write_text(starting_mapping(kind, "demo.feed", ["UnifiedCode"], headings), "utf-8")

    mapping = load_mapping(path)
    names = {f.name: {"code": f.code, "zh": f.zh, "en": f.name}[headings] for f in kind.fields}
    mapped = mapping.apply(records.rename(names).fill_null(""))

    assert mapped.faults.is_empty()
    assert mapped.records.equals(records)


def test_a_mapping_to_begin_with_needs_a_key_that_there_is() -> None:
    with pytest.raises(StandardError, match="Nothing"):
        starting_mapping(load_standard().kind("Loan"), "demo.feed", ["Nothing"], "en")
