"""A mapping proposed for columns never seen before: by name, by likeness, by what the values are."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from gateway.demo.generate import licences, payments, penalties
from gateway.mapping import load_mapping
from gateway.mapping.propose import Match, Proposal, likeliest, propose
from gateway.mapping.start import proposed_mapping
from gateway.standard import NEWEST, load_standard

STANDARD = load_standard(NEWEST)
PENALTY = STANDARD.kind("AdministrativePenalty")
ORGAN = ("惠州市示例局", "11441300007204567Q")
DAY = date(2026, 4, 1)


def column(name: str, *values: str, kind: str = "AdministrativePenalty") -> Match | None:
    """Propose for one column alone."""
    found = propose(
        pl.DataFrame({name: list(values)}, schema={name: pl.String}), STANDARD.kind(kind)
    )
    return found.matches[0] if found.matches else None


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
)  # fmt: skip
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
    [(penalties, "AdministrativePenalty"), (licences, "AdministrativeLicence"), (payments, "HousingFundPayment")],
)  # fmt: skip
def test_the_record_kind_of_every_department_of_the_demo_is_told_from_its_columns(
    made: object, kind: str
) -> None:
    rows = made(1, 60, DAY).rows  # type: ignore[operator]

    assert likeliest(pl.DataFrame(rows), STANDARD.kinds.values())[0].kind.name == kind


def whole() -> Proposal:
    rows = penalties(1, 60, DAY).rows
    names = {
        "CF_WSH": "决定书文号", "CF_CFLB1": "处罚种类", "CF_SY": "违法情况", "CF_YJ": "处罚依据", "CF_XDR_MC": "当事人",
        "CF_XDR_SHXYM": "信用代码", "CF_XDR_SFZ": "身份证号", "CF_JG": "处罚结果", "CF_JDRQ": "处罚日期",
        "CF_AJMC": "案由", "FKJE": "罚款金额（元）", "GSQX": "序列",
    }  # fmt: skip
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

    assert whole().constants["SubjectClass"]["when"]["column"] == "身份证号"
    assert whole().constants["SourceUnitCode"] == {"constant": ORGAN[1]}
    assert "OrganCode" in [field.name for field in without.missing]
    assert "# OrganCode: ?" in proposed_mapping(without, "water.penalty")
