"""A row whose columns have slipped: a name stands where a code or a date should be."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from gateway.mapping.disclosure import source_mask
from gateway.mapping.model import FeedMapping
from gateway.masking import Personal
from gateway.standard import NEWEST, load_standard
from gateway.standard.disclosure import RowMask, record_mask


def test_a_name_in_another_column_than_its_own_is_masked_there_too() -> None:
    mask = record_mask(load_standard(NEWEST).kind("AdministrativeLicence"))
    row = mask.row(
        Personal(
            {
                "SubjectName": "植入甲",
                "SubjectClass": "1",
                "LicenceClass": "植入甲",
                "DecisionDate": "植入甲 2026-04-01",
                "ValidFrom": "2026-04-01",
            }
        )
    )

    assert "植入甲" not in str(row)
    # A code or a date that is one stays as it is.
    assert (row["SubjectClass"], row["ValidFrom"]) == ("1", "2026-04-01")


#: A person's name, alone and with what else may stand in a column of dates or codes.
NAMES = (
    "植入甲",
    "植入甲 2026-04-01",
    "2026-04-01植入甲",
    "Zhang San",
    "ZHANG",
    "植入甲（男）",
    "张元",
    "O'Neil 3",
)
#: What codes, dates, months, amounts and what stands for none look like at departments.
HARMLESS = (
    "2026-04-01",
    "2026/1/5 0:00",
    "2026年1月5日",
    "二〇二六年一月五日",
    "20260401",
    "2026-04-01T08:00:00+08:00",
    "05-Jan-2026",
    "1,000.00",
    "1000万元整",
    "￥1,000.50",
    "12.5%",
    "1",
    "01",
    "A",
    "是",
    "长期",
    "/",
    "——",
    "44130000",
    "C3411",
)


def _licence_mask() -> RowMask:
    return record_mask(load_standard(NEWEST).kind("AdministrativeLicence"))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("column", ["LicenceClass", "DecisionDate", "SubjectClass"])
def test_a_name_that_stands_in_a_code_or_a_date_alone_is_masked(column: str, name: str) -> None:
    mask = _licence_mask()
    shown = mask.row(Personal({column: name, "LicenceContent": f"准予{name}取水"}))

    assert name not in str(shown)
    assert name not in mask.one(column, Personal(name))


@pytest.mark.parametrize("value", HARMLESS)
def test_what_is_a_code_a_date_or_an_amount_is_shown(value: str) -> None:
    assert _licence_mask().row(Personal({"DecisionDate": value}))["DecisionDate"] == value


def test_a_departments_own_words_for_codes_are_shown_and_a_name_beside_them_is_not() -> None:
    model = FeedMapping.model_validate(
        {
            "feed": "water.licence",
            "department": "water",
            "kind": "AdministrativeLicence",
            "key": ["DocumentNumber"],
            "change": {"mode": "append"},
            "columns": ["类别", "日期", "备用"],
            "tables": {"classes": {"普通许可类": "01"}},
            "fields": {
                "LicenceClass": {"from": "类别", "codes": "classes", "empty": ["未填写"]},
                "DecisionDate": "日期",
            },
        }
    )
    mask = source_mask(cast(Any, SimpleNamespace(model=model)))
    right = {"类别": "普通许可类", "日期": "2026-04-01"}

    assert mask.row(Personal(right)) == right
    assert mask.row(Personal({"类别": "未填写", "日期": "植入甲"})) == {
        "类别": "未填写",
        "日期": "植**",
    }
