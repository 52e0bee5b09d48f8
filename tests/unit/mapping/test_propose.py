"""A mapping proposed for columns never seen before: by name, likeness and values."""

import re
from datetime import date
from pathlib import Path
from random import Random

import polars as pl
import pytest

from gateway.demo.generate import licences, payments, penalties
from gateway.mapping import load_mapping
from gateway.mapping.dates import days
from gateway.mapping.propose import Match, Proposal, likeliest, propose
from gateway.mapping.start import proposed_mapping
from gateway.standard import NEWEST, load_standard, sample_identifiers
from gateway.yaml_text import read_yaml

STANDARD = load_standard(NEWEST)
PENALTY = STANDARD.kind("AdministrativePenalty")
ORGAN = ("惠州市示例局", "11441300007204567Q")
DAY = date(2026, 4, 1)


def column(name: str, *values: str, kind: str = "AdministrativePenalty") -> Match | None:
    """Propose for one column alone."""
    proposal = propose(
        pl.DataFrame({name: list(values)}, schema={name: pl.String}), STANDARD.kind(kind)
    )
    return proposal.matches[0] if proposal.matches else None


@pytest.mark.parametrize(
    ("heading", "values", "field", "at_least"),
    [
        ("CF_WSH", ("惠罚1号",), "DocumentNumber", 1.0),
        ("cf_wsh", ("惠罚1号",), "DocumentNumber", 1.0),
        ("行政处罚决定书文号", ("惠罚1号",), "DocumentNumber", 1.0),
        ("DocumentNumber", ("惠罚1号",), "DocumentNumber", 1.0),
        ("CF_XDR_GSDJ", (), "RegistrationNumber", 0.97),
        ("WSH", ("惠罚1号",), "DocumentNumber", 0.85),
        ("统一社会信用代码（必填）", ("11441300007204567Q",), "UnifiedCode", 0.95),
        ("当事人 *", ("甲公司",), "SubjectName", 0.85),
        ("处罚决定书文号", ("惠罚1号",), "DocumentNumber", 0.6),
        ("xzcfjdswh", ("惠罚1号",), "DocumentNumber", 0.5),
        ("代码列", ("11441300007204567Q",), "UnifiedCode", 0.55),
    ],
)
def test_a_heading_is_known_by_code_name_habit_likeness_initials_or_values(
    heading: str, values: tuple[str, ...], field: str, at_least: float
) -> None:
    found = column(heading, *values)

    if heading == "xzcfjdswh":
        # Initials that skip a word are only alike, which is not enough to propose anything.
        assert found is None or found.confidence < 0.9
        return
    assert found is not None
    assert found.field.name == field
    assert found.confidence >= at_least


def test_values_speak_against_a_likeness() -> None:
    right, wrong = column("决定的日期", "2026/03/01"), column("决定的日期", "甲公司")

    assert right is not None
    assert right.source["date"] == ["%Y/%m/%d"]
    assert wrong is None or wrong.confidence < right.confidence


def test_dates_codes_units_and_widths_come_with_their_conversion() -> None:
    dates = column("处罚日期", "2026/03/01", "20260302", "２０２６－０３－０３")
    codes = column("处罚种类", "罚款", "没收违法所得", "3")
    yuan = column("罚款金额（元）", "1200.00")
    ten_thousand = column("罚款金额（万元）", "0.12")

    assert dates is not None
    assert dates.source == {
        "from": "处罚日期",
        "clean": ["half_width"],
        "date": ["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d"],
    }
    assert codes is not None
    assert {name: codes.source["codes"][name] for name in ("罚款", "没收违法所得", "3")} == {
        "罚款": "2",
        "没收违法所得": "3",
        "3": "3",
    }
    assert yuan is not None
    assert yuan.source["unit"] == "yuan_to_10k"
    assert ten_thousand is not None
    assert "unit" not in ten_thousand.source


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (penalties, "AdministrativePenalty"),
        (licences, "AdministrativeLicence"),
        (payments, "HousingFundPayment"),
    ],
)
def test_the_record_kind_of_every_department_of_the_demo_is_told_from_its_columns(
    made: object, kind: str
) -> None:
    rows = made(1, 60, DAY).rows  # type: ignore[operator]

    assert likeliest(pl.DataFrame(rows), STANDARD.kinds.values())[0].kind.name == kind


def whole() -> Proposal:
    rows = [
        row | {"LB": "自然人" if row["CF_XDR_SFZ"] else "企业"}
        for row in penalties(1, 60, DAY).rows
    ]
    names = {
        "LB": "当事人类型",
        "CF_WSH": "决定书文号",
        "CF_CFLB1": "处罚种类",
        "CF_SY": "违法情况",
        "CF_YJ": "处罚依据",
        "CF_XDR_MC": "当事人",
        "CF_XDR_SHXYM": "信用代码",
        "CF_XDR_SFZ": "身份证号",
        "CF_JG": "处罚结果",
        "CF_JDRQ": "处罚日期",
        "CF_AJMC": "案由",
        "FKJE": "罚款金额（元）",
        "GSQX": "序列",
    }
    return propose(pl.DataFrame(rows).select(list(names)).rename(names), PENALTY, ORGAN)


def test_a_proposal_is_a_mapping_that_loads_and_says_how_sure_each_line_is(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(proposed_mapping(whole(), "water.penalty"), "utf-8")

    mapping = load_mapping(path)

    assert mapping.key == ("OrganCode", "DocumentNumber")
    assert "0.90 常见的旧栏目名 / a heading that legacy systems use" in path.read_text("utf-8")
    assert "未用的列 / columns not used: 序列" in path.read_text("utf-8")


def test_what_no_column_has_stands_as_a_constant_or_is_named_as_missing() -> None:
    without = propose(pl.DataFrame({"决定书文号": ["1"]}), PENALTY)

    assert whole().constants["SubjectIdType"]["when"]["column"] == "身份证号"
    assert whole().constants["SourceUnitCode"] == {"constant": ORGAN[1]}
    assert "OrganCode" in [field.name for field in without.missing]
    assert "# OrganCode: ?" in proposed_mapping(without, "water.penalty")


# --- what would only be a guess -------------------------------------------------------------

TAX = STANDARD.kind("TaxArrears")


def arrears(**columns: list[str]) -> Proposal:
    """Propose for a list of tax arrears as old systems have it, forty taxpayers that differ."""
    rng = Random("arrears")
    rows = {
        "纳税人名称": [f"惠州市示例{n}贸易有限公司" for n in range(40)],
        "法定代表人": ["示例甲"] * 40,
        "证件号码": [sample_identifiers.citizen_number(rng) for _ in range(40)],
        "欠税税种": ["增值税"] * 40,
        **columns,
    }
    return propose(pl.DataFrame(rows), TAX, ORGAN)


def test_a_number_behind_the_representative_is_never_the_subjects() -> None:
    by_field = {match.field.name: match for match in arrears().matches}

    assert "SubjectIdNumber" not in by_field
    assert by_field["LegalRepresentativeIdNumber"].column == "证件号码"
    assert "法定代表人" in by_field["LegalRepresentativeIdNumber"].why.zh


@pytest.mark.parametrize(
    ("headings", "owner"),
    [
        (["当事人", "身份证号", "法定代表人"], "SubjectIdNumber"),
        (["当事人", "法定代表人", "身份证号"], "LegalRepresentativeIdNumber"),
        (["当事人", "负责人", "地址", "证件号码"], "LegalRepresentativeIdNumber"),
        (["单位名称", "经营者", "身份证号码"], "LegalRepresentativeIdNumber"),
        (["法定代表人", "自然人证件号码"], "SubjectIdNumber"),
        (["当事人", "法人身份证号"], "LegalRepresentativeIdNumber"),
        (["CF_FRDB", "CF_XDR_ZJHM"], "SubjectIdNumber"),
    ],
)
def test_a_number_belongs_to_the_nearest_name_before_it_unless_its_heading_says_whose(
    headings: list[str], owner: str
) -> None:
    rng = Random("owner")
    rows = {name: [sample_identifiers.citizen_number(rng) for _ in range(5)] for name in headings}

    matches = propose(pl.DataFrame(rows), PENALTY).matches

    number = next(name for name in headings if re.search("证|ZJHM", name))
    assert [match.field.name for match in matches if match.column == number] == [owner]


def test_a_subjects_class_comes_from_a_column_of_classes_or_is_asked() -> None:
    without = arrears()
    text = proposed_mapping(without, "tax.arrears")
    having = arrears(纳税人类型=["企业", "个体工商户", "其他组织", "个人"] * 10)

    assert "SubjectClass" not in without.constants
    assert "SubjectClass" in [field.name for field in without.missing]
    assert '# SubjectClass: {"constant": "2"}  # ?' in text
    [match] = [match for match in having.matches if match.field.name == "SubjectClass"]
    codes = match.source["codes"]
    assert [codes[word] for word in ("企业", "个体工商户", "其他组织", "个人")] == [
        "2",
        "4",
        "3",
        "1",
    ]


def test_a_kind_that_is_about_persons_only_needs_no_question() -> None:
    person = propose(pl.DataFrame({"姓名": ["示例甲"]}), STANDARD.kind("PersonProfile"))

    assert person.constants["SubjectClass"] == {"constant": "1"}


def test_a_key_says_how_sure_it_is_and_is_never_made_of_constants_alone() -> None:
    chance = arrears()
    none = propose(pl.DataFrame({"欠税税种": ["增值税"] * 3}), TAX, ORGAN)

    assert chance.key == ("OrganCode", "SubjectName")
    assert "恰好不重复" in proposed_mapping(chance, "tax.arrears")
    assert none.key == ()
    assert "没有重复" in proposed_mapping(whole(), "water.penalty")


def test_a_name_alone_is_not_certain_where_no_value_reads() -> None:
    sure, unsure = column("决定日期", "2026-03-01"), column("决定日期", "昨天")

    assert sure is not None
    assert unsure is not None
    assert sure.confidence > 0.85
    assert unsure.confidence <= 0.6
    assert "0%" in unsure.why.zh


@pytest.mark.parametrize(
    ("value", "pattern", "day"),
    [
        ("2026/1/15 0:00", "%Y/%m/%d %H:%M", "2026-01-15"),
        ("2026-01-15T20:00:00", "%Y-%m-%dT%H:%M:%S%.f", "2026-01-15"),
        ("2026-01-15T20:00:00.123", "%Y-%m-%dT%H:%M:%S%.f", "2026-01-15"),
        ("2026-01-15T20:00:00Z", "%Y-%m-%dT%H:%M:%S%.f%z", "2026-01-16"),
        ("2026-01-15 20:00:00.0", "%Y-%m-%d %H:%M:%S%.f", "2026-01-15"),
    ],
)
def test_dates_as_programs_write_them_are_proposed_as_they_are_read(
    value: str, pattern: str, day: str
) -> None:
    match = column("决定日期", value)

    assert match is not None
    assert match.source["date"] == [pattern]
    assert days(pl.Series([value]), match.source["date"]).to_list() == [day]


def test_words_among_dates_are_for_a_person_and_words_for_no_value_stand_under_empty() -> None:
    licence = STANDARD.kind("AdministrativeLicence")
    rows = {
        "有效期至": ["2026/1/15 0:00"] * 4 + ["长期", "/"],
        "许可编号": ["A1", "/", "/", "A2", "A3", "无"],
    }

    proposal = propose(pl.DataFrame(rows), licence)
    text = proposed_mapping(proposal, "water.licence")

    sources = {match.column: match.source for match in proposal.matches}
    assert sources["有效期至"]["date"] == ["%Y/%m/%d %H:%M"]
    assert sources["有效期至"]["empty"] == ["/"]
    assert sorted(sources["许可编号"]["empty"]) == ["/", "无"]
    assert "“长期”1 行，不是日期" in text


def test_a_heading_cannot_write_lines_of_the_mapping() -> None:
    heading = "备\n# 注\x7f\ufeff\U000e0001"

    text = proposed_mapping(propose(pl.DataFrame({heading: ["x"]}), PENALTY), "water.penalty")

    assert read_yaml(text)["columns"] == [heading]
    assert "U+FEFF" in text
