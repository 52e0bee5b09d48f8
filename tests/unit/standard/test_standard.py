"""The XSD as the single source: annotations are complete, and rules say what libxml2 says."""

import re
from collections import Counter
from datetime import date
from pathlib import Path
from random import Random

import polars as pl
import pytest
from lxml import etree

import xsd
from gateway.exchange.packing import pack
from gateway.protocol.header import Header
from gateway.protocol.package_writer import record_xml
from gateway.standard import VERSIONS, Kind, StandardError, load_gate, load_rules, load_standard
from gateway.standard.codelists import code_list, code_lists, enumerations
from gateway.standard.rules import Rule, load_rules_beyond_schema, load_warnings, rule_file
from gateway.standard.samples import as_frame, sound
from gateway.standard.xsd_reader import read_schema
from tests.support.clock import NOW
from tests.support.standard_kinds import EACH

TODAY = date(2026, 4, 1)
KINDS = sorted(load_standard().kinds)
#: The double-publicity lists of 2018 (NDRC 2018 no. 424), field by field.
PENALTY_CODES = [
    "CF_XDR_MC",
    "CF_XDR_LB",
    "CF_XDR_SHXYM",
    "CF_XDR_GSZC",
    "CF_XDR_ZZJG",
    "CF_XDR_SWDJ",
    "CF_XDR_SYDW",
    "CF_XDR_SHZZ",
    "CF_FRDB",
    "CF_FR_ZJLX",
    "CF_FR_ZJHM",
    "CF_XDR_ZJLX",
    "CF_XDR_ZJHM",
    "CF_WSH",
    "CF_WFXW",
    "CF_SY",
    "CF_YJ",
    "CF_CFLB",
    "CF_NR",
    "CF_NR_FK",
    "CF_NR_WFFF",
    "CF_NR_ZKDX",
    "CF_JDRQ",
    "CF_YXQ",
    "CF_GSJZQ",
    "CF_CFJG",
    "CF_CFJGDM",
    "CF_SJLY",
    "CF_SJLYDM",
    "BZ",
]
LICENCE_CODES = [
    "XK_XDR_MC",
    "XK_XDR_LB",
    "XK_XDR_SHXYM",
    "XK_XDR_GSZC",
    "XK_XDR_ZZJG",
    "XK_XDR_SWDJ",
    "XK_XDR_SYDW",
    "XK_XDR_SHZZ",
    "XK_FRDB",
    "XK_FR_ZJLX",
    "XK_FR_ZJHM",
    "XK_XDR_ZJLX",
    "XK_XDR_ZJHM",
    "XK_XKWS",
    "XK_WSH",
    "XK_XKLB",
    "XK_XKZS",
    "XK_XKBH",
    "XK_NR",
    "XK_JDRQ",
    "XK_YXQZ",
    "XK_YXQZI",
    "XK_XKJG",
    "XK_XKJGDM",
    "XK_ZT",
    "XK_LYDW",
    "XK_LYDWDM",
    "BZ",
]


@pytest.mark.parametrize(
    ("kind", "codes"),
    [("AdministrativePenalty", PENALTY_CODES), ("AdministrativeLicence", LICENCE_CODES)],
)
def test_every_field_of_the_national_list_has_its_place(kind: str, codes: list[str]) -> None:
    assert [field.code for field in load_standard("1.0").kind(kind).fields] == codes


@pytest.mark.parametrize("path", sorted(xsd.ROOT.rglob("*.xsd")), ids=lambda path: path.name)
def test_every_element_of_every_file_has_its_names_class_and_source(path: Path) -> None:
    """A field takes its source from its kind, in the same file, where it has none of its own."""
    xs, cg = "{http://www.w3.org/2001/XMLSchema}", "{urn:creditgate:appinfo}"
    root = etree.parse(path).getroot()
    kind_source = next((kind.get("source") for kind in root.iter(f"{cg}kind")), None)
    for element in root.iter(f"{xs}element"):
        if element.get("ref") is not None:
            continue
        [said] = element.iterfind(f"{xs}annotation/{xs}appinfo/*")
        assert said.get("zh")
        assert said.get("en") or element.get("name")
        assert said.get("source", kind_source)
        assert said.tag == f"{cg}kind" or said.get("class") in ("public", "authorised", "internal")


@pytest.mark.parametrize(("version", "kind"), EACH)
def test_every_element_says_what_it_is(version: str, kind: str) -> None:
    for field in load_standard(version).kind(kind).fields:
        assert field.zh
        assert re.fullmatch("[A-Z][A-Za-z]+", field.name)
        assert field.source
        assert field.code
        assert field.data_class in ("public", "authorised", "internal")
        assert field.type_zh
        assert all(code.zh and code.en for code in field.codes)


@pytest.mark.parametrize("kind", KINDS)
def test_no_name_leads_to_two_fields(kind: str) -> None:
    found = load_standard().kind(kind)
    for field in found.fields:
        for name in (field.name, field.code, field.zh):
            assert found.field(name) is field


def test_an_unknown_version_or_kind_names_what_there_is() -> None:
    with pytest.raises(StandardError, match=r"9\.9"):
        load_standard("9.9")
    with pytest.raises(StandardError, match="AdministrativePenalty"):
        load_standard().kind("Nothing")


@pytest.mark.parametrize("path", sorted(xsd.ROOT.rglob("*.xsd")), ids=lambda path: path.name)
def test_each_schema_file_is_short_enough_to_read(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) < 400


def test_each_rule_has_a_source_and_both_languages() -> None:
    for rule in rule_file():
        assert rule.source
        assert rule.zh
        assert rule.en


@pytest.mark.parametrize("rule", rule_file(), ids=lambda rule: f"{rule.id} {rule.fields[0]}")
def test_each_rule_passes_and_fails_its_own_cases(rule: Rule) -> None:
    kinds = [
        kind for kind in load_standard().kinds.values() if rule.fields[0] in rule.concerns(kind)
    ]

    assert kinds
    for kind in kinds:
        load = load_warnings if rule.severity == "warn" else load_rules_beyond_schema
        faults = [
            load(kind.name)
            .faults(pl.DataFrame([case], schema=dict.fromkeys(kind.field_names, pl.String)), TODAY)[
                "rule"
            ]
            .to_list()
            for case in (rule.passes, rule.fails)
        ]
        assert rule.id not in faults[0]
        assert rule.id in faults[1]


def test_a_rule_names_only_kinds_fields_and_lists_that_there_are() -> None:
    standard = load_standard()
    fields = {name for kind in standard.kinds.values() for name in kind.field_names}
    for rule in rule_file():
        assert set(rule.kinds or ()) <= standard.kinds.keys()
        assert set(rule.fields) <= fields
        assert rule.other is None or rule.other in fields
        assert rule.list is None or rule.list in code_lists()


def test_every_code_list_has_a_source_an_edition_and_names() -> None:
    for found in (*code_lists().values(), *enumerations(VERSIONS[-1])):
        assert found.source
        assert found.edition
        assert found.zh
        assert all(code.value and code.zh for code in found.codes)


def test_the_lists_of_regions_and_industries_are_whole() -> None:
    regions, industries = code_list("regions"), code_list("industries")
    by_code = {code.value: code for code in regions.codes}

    # GB/T 4754-2017 with its amendment counts 20 sections, 97 divisions, 473 groups, 1,382 classes.
    assert Counter(len(code.value) for code in industries.codes) == {1: 20, 3: 97, 4: 473, 5: 1382}
    assert len([code for code in regions.current if code.endswith("0000")]) == 34
    assert {code.zh for code in regions.codes if code.value == "441300"} == {"惠州市"}
    assert (by_code["441381"].last_listed, by_code["441381"].successors) == ("2002-12", ("441303",))
    for code in regions.codes:
        assert set(code.successors) <= regions.current
        assert not code.last_listed or code.first_listed <= code.last_listed


# --- the same verdict from column rules, libxml2 and the xmlschema package -----------------


def harmed_value(value: str, rng: Random) -> str | None:
    """Make a value that may or may not be admitted any more."""
    return rng.choice(
        [
            None,
            value + "惠" * 201,
            "长" * 4001,
            value[:-1] or None,
            value + "9",
            "x" + value,
            "-1",
            "1e3",
            "0.1234567",
            "2026-02-30",
            "2026-13-01",
            "1899-12-31",
            "2100-01-01",
            "123456789012345678.5",
            "9" * 19,
            "１２",
            "2026-2-3",
            "7",
            "0",
            "101",
            "a&b<c>",
            "99.999",
            "+5",
            ".5",
            "5.",
            "2024-02-29",
            "2023-02-29",
        ]
    )


def made_records(kind: Kind, seed: int, count: int, *, harm: bool) -> pl.DataFrame:
    rng = Random(f"{kind.name} {seed}")
    rows = []
    for _ in range(count):
        row = sound(kind, rng, TODAY)
        if harm:
            name = rng.choice(kind.field_names)
            row[name] = harmed_value(row[name] or "惠", rng)
        rows.append(row)
    return as_frame(kind, rows)


@pytest.mark.parametrize("harm", [False, True])
@pytest.mark.parametrize(("version", "kind_name"), EACH)
def test_column_rules_libxml2_and_xmlschema_give_the_same_verdict(
    version: str, kind_name: str, harm: bool
) -> None:
    kind = load_standard(version).kind(kind_name)
    records = made_records(kind, 1, 500, harm=harm)
    keys = pl.Series([f"{n:032x}" for n in range(records.height)])
    xml = record_xml(records, kind, keys, pl.Series(["added"] * records.height))
    header = Header("", "demo", "demo.feed", kind.name, version, 1, NOW, 0)
    schema = read_schema(version)

    faults = load_rules(kind_name, version).faults(records, TODAY)
    by_rules = set(faults.filter(pl.col("rule").str.starts_with("facet."))["row"])
    _, refused = pack(
        xml, header, load_gate(version), lambda: "00000000-0000-4000-8000-000000000000"
    )
    by_libxml2 = {fault.row for fault in refused}
    wrapped = [f'<r xmlns:c="urn:creditgate:credit:1">{record}</r>' for record in xml]
    by_xmlschema = {
        row for row, text in enumerate(wrapped) if not schema.is_valid(etree.fromstring(text)[0])
    }

    assert by_rules == by_libxml2 == by_xmlschema
    assert bool(by_libxml2) is harm
