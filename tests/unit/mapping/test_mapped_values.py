"""Named values, values that are none, and what is cleaned: as a mapping takes them."""

import unicodedata
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mapping import Mapped, compile_mapping, no_value
from gateway.mapping.model import FeedMapping
from tests.support.mapped import mapping_of


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
