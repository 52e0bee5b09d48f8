"""Mappings: hand-checked samples, refusals with file and line, transforms."""

import re
import unicodedata
from datetime import date, datetime
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

import mappings
from adapters.formats.delimited import DelimitedSettings, DelimitedText
from gateway.clock import SHANGHAI
from gateway.exchange.document import package_xml, record_xml
from gateway.mapping import Mapped, Mapping, MappingError, compile_mapping, load_mapping, no_value
from gateway.mapping.model import FeedMapping, json_schema
from gateway.mapping.start import Headings, starting_mapping
from gateway.standard import StandardError, load_gate, load_rules, load_standard
from gateway.standard.header import Header
from gateway.standard.samples import as_frame, sound

MAPPINGS = sorted(mappings.ROOT.glob("*/*.yaml"))
BAD = sorted((Path(__file__).parents[1] / "cases" / "bad-mappings").glob("*.yaml"))


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
        "00000000-0000-4000-8000-000000000000", mapping.department, mapping.feed, mapping.kind.name,
        mapping.kind.version, 1, datetime(2026, 4, 1, 8, tzinfo=SHANGHAI), rows.height,
    )  # fmt: skip
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


# --- transforms ----------------------------------------------------------------------------


def mapping_of(**fields: object) -> Mapping:
    """Compile a payment mapping in which only the given fields matter."""
    return compile_mapping(
        FeedMapping.model_validate(
            {
                "feed": "demo.payment", "department": "demo", "kind": "HousingFundPayment",
                "key": ["AccountNumber"], "change": {"mode": "update"}, "columns": ["a", "b"],
                "values": {"joined": {"concat": ["a", "b"], "separator": "-"}}, "fields": fields,
            }
        )
    )  # fmt: skip


def mapped(spec: object, *values: str | None, target: str = "Remark") -> list[str | None]:
    frame = pl.DataFrame(
        {"a": values, "b": ["k"] * len(values)}, schema={"a": pl.String, "b": pl.String}
    )
    return mapping_of(**{target: spec}).apply(frame).records[target].to_list()


def faults(spec: object, *values: str | None, target: str = "Remark") -> list[tuple[int, str]]:
    frame = pl.DataFrame(
        {"a": values, "b": ["k"] * len(values)}, schema={"a": pl.String, "b": pl.String}
    )
    found = mapping_of(**{target: spec}).apply(frame).faults
    return list(zip(found["row"], found["rule"], strict=True))


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
        ({"from": "a", "date": ["%Y-%m-%dT%H:%M:%S.%f%z"]}, "2026-01-15T09:00:00.123-0800", "2026-01-16"),
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
)  # fmt: skip
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


# --- named values ---------------------------------------------------------------------------


def with_values(values: dict[str, Any], target: Any, *texts: str | None) -> Mapped:
    """Map a column by a mapping with named values."""
    model = mapping_of().model.model_dump(by_alias=True, exclude_unset=True)
    changed = {"values": values, "fields": {"Remark": target}}
    mapping = compile_mapping(FeedMapping.model_validate(model | changed))
    return mapping.apply(
        pl.DataFrame({"a": texts, "b": ["k"] * len(texts)}, schema={"a": pl.String, "b": pl.String})
    )


FINE = {"from": "a", "unit": "yuan_to_10k"}


@pytest.mark.parametrize(
    ("values", "target", "text", "rule"),
    [
        ({"v": FINE}, "v", "5万", "map.number"),
        ({"v": FINE, "w": "v"}, "w", "5万", "map.number"),
        ({"v": FINE}, {"concat": ["b", "v"]}, "5万", "map.number"),
        ({"v": FINE}, {"from": "v", "default": "0"}, "5万", "map.number"),
        ({"v": FINE}, {"from": "b", "when": {"column": "v", "filled": True}}, "5万", "map.number"),
        ({"v": FINE}, {"from": "v", "when": {"column": "b", "equals": "k"}}, "5万", "map.number"),
        ({"v": {"from": "a", "date": ["%Y%m%d"]}}, "v", "2026115", "map.date"),
        ({"v": {"from": "a", "codes": {"甲": "1"}}}, "v", "乙", "map.code"),
        ({"v": {"from": "a", "required": True}}, "v", "", "map.required"),
    ],
)
def test_what_fails_in_a_named_value_refuses_the_row_as_under_fields(
    values: dict[str, Any], target: Any, text: str, rule: str
) -> None:
    result = with_values(values, target, text)

    assert result.faults["rule"].to_list() == [rule]
    assert result.faults["field"].to_list() == ["Remark"]
    assert "备注" in result.faults["zh"][0]


def test_a_named_value_that_a_condition_leaves_out_refuses_nothing() -> None:
    target = {"from": "v", "when": {"column": "b", "equals": "j"}}

    assert with_values({"v": FINE}, target, "5万").faults.is_empty()


def test_what_was_cleaned_in_a_named_value_is_noted_too() -> None:
    result = with_values({"v": {"from": "a", "clean": ["half_width"]}}, "v", "１２")

    assert result.cleanings.rows() == [(0, "Remark", "half_width", "１２", "12")]


# --- no value, and what cannot be seen -------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ({"from": "a", "empty": ["NULL"]}, "NULL"),
        ({"from": "a", "empty": ["#REF!"]}, "#REF!"),
        ({"from": "a", "codes": {"无": "0", "#N/A": "9"}}, "无"),
        ({"from": "a", "codes": {"无": "0", "#N/A": "9"}}, "#N/A"),
        ({"constant": "x", "when": {"column": "a", "among": ["无", "-"]}}, "无"),
        ("a", "无异议"),
        ("a", "=日期"),
        ("a", "'十四五'规划"),
        ("a", "3E12"),
    ],
)
def test_what_the_mapping_gives_a_meaning_or_only_looks_so_is_taken(
    spec: object, text: str
) -> None:
    frame = pl.DataFrame({"a": [text], "b": ["k"]})

    result = mapping_of(Remark=spec).apply(frame)

    assert result.faults.is_empty()
    assert result.warnings.is_empty()


def test_a_word_for_no_value_warns_where_a_value_is_not_needed() -> None:
    result = mapping_of(Remark="a").apply(pl.DataFrame({"a": [" null ", "x"], "b": ["k", "k"]}))

    assert result.faults.is_empty()
    assert result.records["Remark"].to_list() == ["null", "x"]
    assert result.warnings.select("row", "field", "rule").rows() == [
        (0, "Remark", "value.no_value")
    ]


def test_a_number_without_what_cannot_be_seen_is_one_record_and_noted() -> None:
    frame = pl.DataFrame({"a": ["01", "0\u200b1", "\ufeff01"], "b": ["k"] * 3})

    mapping = mapping_of(AccountNumber="a")
    result = mapping.apply(frame)

    assert result.faults.is_empty()
    assert mapping.keys(result.records)["key"].n_unique() == 1
    assert result.cleanings.rows() == [
        (1, "AccountNumber", "invisible", "0\u200b1", "01"),
        (2, "AccountNumber", "invisible", "\ufeff01", "01"),
    ]


_ODD = st.text(
    alphabet=st.one_of(
        st.sampled_from("ab01 -/#='\"\u200b\ufeff\x7f\xad\u3000\t\n惠無无〔\u2028\ufe0f\ue000"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=12,
)


@settings(deadline=None)
@given(st.lists(_ODD, min_size=1, max_size=12))
def test_a_value_that_is_accepted_is_what_was_received_but_for_noted_cleanings(
    values: list[str],
) -> None:
    frame = pl.DataFrame({"a": values, "b": ["k"] * len(values)})

    result = mapping_of(AccountNumber="a", Remark="a").apply(frame)

    refused = set(result.faults["row"])
    for target in ("AccountNumber", "Remark"):
        noted = {row for row, field, *_ in result.cleanings.rows() if field == target}
        trimmed = frame["a"].str.strip_chars().to_list()
        for row, (value, text) in enumerate(zip(result.records[target], trimmed, strict=True)):
            assert row in refused or row in noted or (value or "") == text


@settings(deadline=None)
@given(st.lists(_ODD, min_size=1, max_size=12))
def test_cleaning_an_identifier_again_changes_nothing(values: list[str]) -> None:
    mapping = mapping_of(AccountNumber="a")
    once = mapping.apply(pl.DataFrame({"a": values, "b": ["k"] * len(values)})).records

    again = mapping.apply(
        once.select(pl.col("AccountNumber").fill_null("").alias("a"), b=pl.lit("k"))
    )

    assert again.records["AccountNumber"].equals(once["AccountNumber"])
    assert "invisible" not in again.cleanings["rule"]


@settings(deadline=None)
@given(
    _ODD
    | st.sampled_from(
        [f"{a}{w}{b}" for w in sorted(no_value.WORDS) for a in ("", " ") for b in ("", "\u3000")]
    )
)
def test_the_search_of_a_whole_batch_misses_no_word(text: str) -> None:
    plain = text.strip()
    if no_value.sort_of(plain) is not None and unicodedata.is_normalized("NFKC", plain):
        joined = pl.Series(["\n".join(("x", text, "y"))])
        assert joined.str.contains(f"(?m){no_value.MAY_BE}")[0]


def test_cleaning_is_recorded_with_what_was_received() -> None:
    frame = pl.DataFrame({"a": ["１２", "12"], "b": ["k", "k"]})

    found = mapping_of(Remark={"from": "a", "clean": ["half_width"]}).apply(frame).cleanings

    assert found.rows() == [(0, "Remark", "half_width", "１２", "12")]


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
