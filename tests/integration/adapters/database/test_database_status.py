"""Status columns of every type, empty versions, keys with blanks: each row is answered."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Engine, text

from adapters import VERDICT_SCHEMA, Batch, SourceRefusedError
from adapters.database import DatabaseAdapter
from tests.support.databases import adapter, fetched, fresh_name, opened, refs, run
from tests.support.databases import source as source  # noqa: PLC0414

STATUS = {"status": "s", "version": "w", "reason": "r"}


@pytest.fixture
def postgres(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    yield from opened(request, "postgresql", tmp_path)


def made_table(source: Engine, status: str, version: str, key: str = "INTEGER") -> str:
    table = fresh_name()
    run(
        source,
        f"CREATE TABLE {table} (id {key}, s {status}, w {version}, r VARCHAR(9), v VARCHAR(9))",
    )
    return table


def waiting(source: Engine, table: str, **changes: Any) -> DatabaseAdapter:
    status = {**STATUS, **changes}
    return adapter(source, table, mode="status", status=status)


def answered(made: DatabaseAdapter, batch: Batch, verdict: str = "accepted") -> None:
    rows = [
        {
            "ref": ref,
            "mark": mark,
            "verdict": verdict,
            "rule": "map.date",
            "zh": "不是日期，请改" * 9,
        }
        for ref, mark in zip(batch.refs, batch.marks, strict=True)
    ]
    made.acknowledge(batch.unit, [pl.DataFrame(rows, schema=VERDICT_SCHEMA)])


def states(source: Engine, table: str) -> list[str]:
    with source.connect() as connection:
        rows = connection.execute(text(f"SELECT s FROM {table} ORDER BY v"))
        return [str(row[0]) for row in rows]


@pytest.mark.parametrize("type_", ["INTEGER", "SMALLINT", "NUMERIC(2)", "CHAR(4)", "VARCHAR(2)"])
def test_a_status_of_any_type_is_asked_for_marked_and_answered(source: Engine, type_: str) -> None:
    table = made_table(source, type_, "INTEGER")
    run(
        source,
        f"INSERT INTO {table} VALUES (1, 0, 1, '', 'a'), (2, 0, 1, '', 'b'), (3, 2, 1, '', 'c')",
    )
    made = waiting(source, table)
    [batch], _ = fetched(made)
    made.keep(batch)
    assert [state.strip() for state in states(source, table)] == ["1", "1", "2"]
    answered(made, batch, "refused")
    assert [state.strip() for state in states(source, table)] == ["3", "3", "2"]
    assert fetched(made) == ([], [])


def test_a_status_that_is_a_boolean_works_with_values_that_it_can_hold(source: Engine) -> None:
    table = made_table(source, "BOOLEAN", "INTEGER")
    run(source, f"INSERT INTO {table} VALUES (1, false, 1, '', 'a')")
    values = {"waiting": "0", "kept": "1", "accepted": "1", "refused": "1"}
    made = waiting(source, table, **values)
    [batch], _ = fetched(made)
    made.keep(batch)
    answered(made, batch)
    assert fetched(made) == ([], [])


def test_a_state_that_its_column_cannot_hold_is_said_before_it_is_written(postgres: Engine) -> None:
    table = made_table(postgres, "BOOLEAN", "INTEGER")
    with pytest.raises(SourceRefusedError, match="boolean"):
        list(waiting(postgres, table).test())
    with pytest.raises(SourceRefusedError, match="boolean"):
        list(waiting(postgres, table).fetch(""))


@pytest.mark.parametrize("mark", ["NULL", "'v1 '", "' v1'"])
@pytest.mark.parametrize("key", ["'A1 '", "' A1'", "'A1'"])
def test_rows_with_empty_versions_and_keys_with_blanks_are_answered(
    source: Engine, key: str, mark: str
) -> None:
    for type_ in ("VARCHAR(8)", "CHAR(8)"):
        table = made_table(source, "VARCHAR(2)", type_, type_)
        run(source, f"INSERT INTO {table} VALUES ({key}, '0', {mark}, '', 'a')")
        made = waiting(source, table)
        [batch], _ = fetched(made)
        made.keep(batch)
        answered(made, batch)
        assert states(source, table) == ["2"]
        assert fetched(made) == ([], [])


@pytest.mark.parametrize(
    ("type_", "version"),
    [
        (
            {"sqlite": "DATETIME", "postgresql": "timestamptz", "mysql": "TIMESTAMP(6) NULL"},
            "'2026-03-05 09:00:00.123450'",
        ),
        ({"sqlite": "DATE", "postgresql": "date", "mysql": "DATE"}, "'2026-03-05'"),
        (
            {"sqlite": "NUMERIC", "postgresql": "numeric", "mysql": "DECIMAL(30,6)"},
            "9007199254740993",
        ),
        ({"sqlite": "REAL", "postgresql": "double precision", "mysql": "DOUBLE"}, "0.1"),
        (
            {"sqlite": "", "postgresql": "uuid", "mysql": "BIGINT"},
            {"postgresql": "'00000000-0000-0000-0000-000000000001'"},
        ),
    ],
)
def test_versions_of_any_type_find_their_row(
    source: Engine, type_: dict[str, str], version: Any
) -> None:
    table = made_table(source, "INTEGER", type_[source.dialect.name])
    written = version if isinstance(version, str) else version.get(source.dialect.name, "5")
    run(source, f"INSERT INTO {table} VALUES (1, 0, {written}, '', 'a')")
    made = waiting(source, table)
    [batch], _ = fetched(made)
    made.keep(batch)
    answered(made, batch)
    assert states(source, table) == ["2"]
    assert fetched(made) == ([], [])


def test_a_mark_that_reached_no_row_is_said_and_one_that_was_overtaken_is_not(
    source: Engine,
) -> None:
    table = made_table(source, "INTEGER", "INTEGER")
    run(
        source,
        f"INSERT INTO {table} VALUES (1, 0, 1, '', 'a'), (2, 0, 1, '', 'b'), (3, 0, 1, '', 'c')",
    )
    made = waiting(source, table)
    items = made.fetch("")
    batch = next(items)
    assert isinstance(batch, Batch)
    run(source, f"DELETE FROM {table} WHERE id = 1", f"UPDATE {table} SET w = 2 WHERE id = 2")
    made.keep(batch)
    [remark] = list(items)
    assert "1 rows" in remark.en  # type: ignore[union-attr]
    assert states(source, table) == ["0", "1"]


def test_a_version_that_moves_with_each_mark_is_noticed(source: Engine) -> None:
    table = made_table(source, "BOOLEAN", "INTEGER")
    run(source, f"INSERT INTO {table} VALUES (1, false, 1, '', 'a'), (2, false, 1, '', 'b')")
    made = waiting(source, table, waiting="0", kept="1", accepted="1", refused="1")
    [batch], _ = fetched(made)
    made.keep(batch)
    # As a trigger would, or ON UPDATE CURRENT_TIMESTAMP.
    run(source, f"UPDATE {table} SET w = 2 WHERE id = 1")
    answered(made, batch)
    _, [remark] = fetched(made)
    assert "1 rows" in remark.en


def test_a_row_that_waits_again_at_every_fetch_is_noticed(source: Engine) -> None:
    table = made_table(source, "INTEGER", "INTEGER")
    run(source, f"INSERT INTO {table} VALUES (1, 0, 1, '', 'a')")
    made = waiting(source, table)
    [batch], _ = fetched(made)
    made.keep(batch)
    run(source, f"UPDATE {table} SET s = 0")
    _, remarks = fetched(made)
    assert [remark.name for remark in remarks] == ["source.unmarked"]


def test_waiting_rows_without_a_key_are_said_and_those_of_one_key_refused(source: Engine) -> None:
    table = made_table(source, "INTEGER", "INTEGER")
    run(
        source,
        f"INSERT INTO {table} VALUES (NULL, 0, 1, '', 'a'), (2, 0, 1, '', 'b'), (2, 0, 1, "
        "'', 'c'), (3, 0, 1, '', 'd')",
    )
    made = waiting(source, table)
    batches, remarks = fetched(made)
    assert refs(batches) == ["2", "2", "3"]
    assert [(fault.row, fault.rule) for fault in batches[0].faults] == [
        (0, "database.key"),
        (1, "database.key"),
    ]
    assert "1 waiting rows" in remarks[0].en


def test_a_log_is_followed_where_one_number_stands_for_many_rows(source: Engine) -> None:
    table, log = fresh_name(), fresh_name()
    run(source, f"CREATE TABLE {table} (id VARCHAR(9) PRIMARY KEY, v VARCHAR(9))")
    run(source, f"CREATE TABLE {log} (n INTEGER, k INTEGER)")
    run(source, *(f"INSERT INTO {table} VALUES ('{n}', 'v{n}')" for n in range(9)))
    run(source, *(f"INSERT INTO {log} VALUES ({n // 3}, {n})" for n in range(9)))
    run(source, f"INSERT INTO {log} VALUES (3, NULL)")
    configured_adapter = adapter(
        source, table, mode="changes", page_rows=2, log={"table": log, "sequence": "n", "key": "k"}
    )
    batches, remarks = fetched(configured_adapter)
    assert sorted(refs(batches)) == [str(n) for n in range(9)]
    assert [remark.name for remark in remarks] == ["source.log"]
    assert fetched(configured_adapter, batches[-1].cursor)[0] == []
    assert fetched(configured_adapter, '["2"]')[0][0].rows.height == 0
