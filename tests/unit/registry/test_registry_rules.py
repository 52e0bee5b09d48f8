"""What of the registry is pure: states, differences, secrets apart, drift."""

from typing import Any

import polars as pl
import pytest

from adapters import Batch, adapter_kinds
from gateway.exchange.schema_drift import (
    Shape,
    changed_columns,
    columns_of,
    failing_fields,
    newly_failing,
)
from gateway.registry import Definition, RegistryError
from gateway.registry.definition import (
    STATES,
    TRANSITIONS,
    check_transition,
    differences,
    secret_names,
)
from gateway.standard.findings import FAULT_SCHEMA


def definition(**changes: Any) -> Definition:
    return Definition.model_validate({"feed": "water.penalty", "kind": "sftp", **changes})


@pytest.mark.parametrize("old", STATES)
@pytest.mark.parametrize("new", STATES)
def test_an_adapter_comes_only_to_the_states_that_are_set_down(old: Any, new: Any) -> None:
    if new in TRANSITIONS[old]:
        check_transition("water.penalty", old, new)
    else:
        with pytest.raises(RegistryError, match="cannot become"):
            check_transition("water.penalty", old, new)


def test_nobody_skips_testing_and_nobody_comes_back_from_retirement() -> None:
    assert "live" not in TRANSITIONS["draft"]
    assert TRANSITIONS["retired"] == ()


def test_differences_name_each_setting_and_show_the_mapping_line_by_line() -> None:
    old = definition(settings={"folder": "/a", "port": 22}, mapping="a: 1\nb: 2\n")
    new = definition(settings={"folder": "/b", "days": 3}, mapping="a: 1\nb: 3\n", drift="warn")

    found = {one.place: (one.old, one.new) for one in differences(old, new)}

    assert found["settings.folder"] == ('"/a"', '"/b"')
    assert found["settings.port"] == ("22", "")
    assert found["settings.days"] == ("", "3")
    assert found["drift"] == ('"pause"', '"warn"')
    assert found["mapping"][1].splitlines()[1:] == [" a: 1", "-b: 2", "+b: 3"]


@pytest.mark.parametrize(
    "feed", ["Water.penalty", "water", "../x.y", "water.penalty\n", "水.罚", "a.b.c"]
)
def test_a_feed_that_could_be_a_path_or_two_things_is_refused(feed: str) -> None:
    with pytest.raises(ValueError, match="feed"):
        definition(feed=feed)


def test_every_kind_that_logs_in_keeps_its_password_apart() -> None:
    kinds = adapter_kinds()

    for name in ("sftp", "ftps", "soap", "database"):
        assert "password" in secret_names(kinds[name]), name
    assert secret_names(kinds["folder"]) == ()


# --- drift --------------------------------------------------------------------------------------


def test_a_shape_outlives_the_store() -> None:
    shape = Shape({"a": "VARCHAR(20)", "b": ""}, ("DecisionDate",))

    assert Shape.of_text(shape.as_text()) == shape
    assert Shape.of_text("") is None


def test_columns_that_came_went_or_changed_their_type_are_each_named() -> None:
    said = changed_columns(
        {"a": "INTEGER", "b": "", "c": "TEXT"}, {"a": "VARCHAR", "c": "", "d": ""}
    )

    assert said is not None
    for part in ("new columns d", "columns gone: b", "the type of a was INTEGER and is VARCHAR"):
        assert part in said.en
    assert "type of c" not in said.en
    assert changed_columns({"a": "", "b": ""}, {"b": "", "a": ""}) is None


def test_a_field_that_suddenly_fails_in_most_rows_has_changed_its_meaning() -> None:
    faults = pl.DataFrame(
        [(row, "DecisionDate", "map.date", "", "") for row in range(60)],
        schema=FAULT_SCHEMA,
        orient="row",
    )

    assert failing_fields(faults, 100, ()) == ("DecisionDate",)
    assert failing_fields(faults, 200, ("Facts",)) == ()
    assert failing_fields(faults.head(10), 10, ("Facts",)) == ("Facts",)
    assert newly_failing((), ("DecisionDate",)) is not None
    assert newly_failing(("DecisionDate",), ("DecisionDate",)) is None


def test_types_of_columns_come_from_the_source_where_it_has_any() -> None:
    batch = Batch(
        "u",
        pl.DataFrame({"a": ["1"], "b": ["2"]}),
        pl.Series(["1"]),
        "",
        last=True,
        types=(("a", "INTEGER"),),
    )

    assert columns_of(batch) == {"a": "INTEGER", "b": ""}
