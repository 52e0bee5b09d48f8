"""Watermarks, empty, of text, of the future, of a query: no row is lost in silence."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from adapters import SourceRefusedError
from tests.support.databases import (
    adapter,
    cursor_of,
    fetched,
    fresh_name,
    opened,
    refs,
    run,
    values,
)
from tests.support.databases import source as source  # noqa: PLC0414

MOMENT = {"sqlite": "DATETIME", "postgresql": "TIMESTAMP", "mysql": "DATETIME(6)"}


@pytest.fixture
def postgres(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    yield from opened(request, "postgresql", tmp_path)


@pytest.fixture
def maria(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    yield from opened(request, "mariadb", tmp_path)


def made_table(source: Engine, type_: str, *rows: tuple[int, str]) -> str:
    table = fresh_name()
    run(source, f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, w {type_}, v VARCHAR(9))")
    add(source, table, *rows)
    return table


def add(source: Engine, table: str, *rows: tuple[int, str]) -> None:
    run(source, *(f"INSERT INTO {table} VALUES ({n}, {w}, 'v{n}')" for n, w in rows))


def following(source: Engine, table: str, **changes: Any) -> Any:
    return adapter(source, table, mode="watermark", watermark_column="w", **changes)


def test_rows_without_a_watermark_are_taken_said_and_do_not_move_the_cursor(source: Engine) -> None:
    table = made_table(
        source,
        MOMENT[source.dialect.name],
        (1, "'2026-01-01 00:00:00'"),
        (2, "NULL"),
        (3, "'2026-01-02 00:00:00'"),
        (4, "NULL"),
    )
    made = following(source, table, page_rows=2)
    first, remarks = fetched(made)
    add(source, table, (5, "NULL"))
    second, _ = fetched(made, cursor_of(first))
    third, said = fetched(made, cursor_of(first))
    anew, _ = fetched(following(source, table), cursor_of(first))

    assert sorted(refs(first)) == ["1", "2", "3", "4"]
    assert [remark.name for remark in remarks] == ["source.watermark"]
    assert refs(second) == ["5"]
    assert (third, said) == ([], [])
    assert sorted(refs(anew)) == ["2", "3", "4", "5"]


@pytest.mark.parametrize(
    "rows", [(1, "'2026-01-02 00:00:10'"), (1, "NULL")], ids=["dated", "stray"]
)
def test_a_page_that_was_not_kept_comes_again_to_the_same_process(
    request: pytest.FixtureRequest, tmp_path: Path, rows: tuple[int, str]
) -> None:
    for engine in opened(request, "sqlite", tmp_path):
        made = following(engine, made_table(engine, "DATETIME", rows))
        broken_off = made.fetch("")
        first = next(item for item in broken_off if hasattr(item, "rows"))
        broken_off.close()

        again, _ = fetched(made)

    assert refs([first]) == refs(again) == ["1"]


@pytest.mark.parametrize(
    ("first", "late", "last"),
    [
        ("2026-01-02 00:00:10", "2026-01-02 00:00:05", "2026-01-02 00:00:20"),
        ("2026-01-02T00:00:10.123Z", "2026-01-02T00:00:05.999Z", "2026-01-02T00:00:20.000Z"),
        ("2026/01/02 00:00:10", "2026/01/01 23:59:59", "2026/01/02 00:00:11"),
        ("20260102000010", "20260102000005", "20260102000020"),
        ("20260102", "20260101", "20260103"),
    ],
)
def test_late_rows_are_found_by_looking_back_from_a_time_that_is_text(
    source: Engine, first: str, late: str, last: str
) -> None:
    table = made_table(source, "VARCHAR(30)", (1, f"'{first}'"))
    made = following(source, table)
    begun, _ = fetched(made)
    add(source, table, (2, f"'{late}'"))
    found, _ = fetched(made, cursor_of(begun))
    add(source, table, (3, f"'{last}'"))
    after, _ = fetched(made, cursor_of(found))

    assert refs(found) == ["2"]
    assert cursor_of(found) == cursor_of(begun)
    assert refs(after) == ["3"]


@pytest.mark.parametrize("text", ["2026-1-2 0:00:05", "五日", "2026-01-02 25:00:00", "v1.2"])
def test_a_text_that_cannot_be_looked_back_from_is_refused_where_it_is_set_up(
    source: Engine, text: str
) -> None:
    table = made_table(source, "VARCHAR(30)", (1, f"'{text}'"))
    with pytest.raises(SourceRefusedError, match="overlap"):
        list(following(source, table).test())
    with pytest.raises(SourceRefusedError, match="overlap"):
        list(following(source, table).fetch(""))
    assert refs(fetched(following(source, table, overlap=0))[0]) == ["1"]


def test_a_text_that_is_written_otherwise_than_the_rest_is_read_at_each_fetch(
    source: Engine,
) -> None:
    rows = [(n, f"'2026-01-02 00:00:{n:02}'") for n in range(1, 20)]
    table = made_table(source, "VARCHAR(30)", *rows, (30, "''"))
    made = following(source, table)
    first, remarks = fetched(made)
    add(source, table, (31, "'2026-1-1'"))
    second, _ = fetched(made, cursor_of(first))
    assert len(set(refs(first))) == 20
    assert [remark.name for remark in remarks] == ["source.watermark"]
    assert refs(second) == ["31"]


def test_a_watermark_of_the_future_does_not_hide_what_comes_after(source: Engine) -> None:
    table = made_table(
        source,
        MOMENT[source.dialect.name],
        (1, "'2026-01-01 00:00:00'"),
        (2, "'9999-12-31 00:00:00'"),
    )
    made = following(source, table)
    first, remarks = fetched(made)
    add(source, table, (3, "'2026-01-02 00:00:00'"))
    second, _ = fetched(made, cursor_of(first))
    assert refs(first) == ["1", "2"]
    assert "9999" in remarks[0].zh
    assert refs(second) == ["3"]


def test_infinity_and_minus_infinity_end_no_fetch(postgres: Engine) -> None:
    table = made_table(
        postgres, "timestamptz", (1, "'infinity'"), (2, "'2026-01-01'"), (3, "'-infinity'")
    )
    made = following(postgres, table, page_rows=1)
    first, _ = fetched(made)
    add(postgres, table, (4, "'-infinity'"), (5, "'2026-01-02'"))
    second, _ = fetched(made, cursor_of(first))
    assert sorted(refs(first)) == ["1", "2", "3"]
    assert sorted(refs(second)) == ["4", "5"]


def test_dates_of_zeros_end_no_fetch(maria: Engine) -> None:
    table = made_table(maria, "DATETIME", (1, "'2026-01-01'"))
    with maria.begin() as connection:
        connection.exec_driver_sql("SET SESSION sql_mode = ''")
        connection.exec_driver_sql(
            f"INSERT INTO {table} VALUES (2, 0, 'a'), (3, '2026-00-00', 'b')"
        )
    made = following(maria, table, page_rows=1)
    first, _ = fetched(made)
    with maria.begin() as connection:
        connection.exec_driver_sql("SET SESSION sql_mode = ''")
        connection.exec_driver_sql(f"INSERT INTO {table} VALUES (4, 0, 'c')")
    second, _ = fetched(made, cursor_of(first))
    assert sorted(refs(first)) == ["1", "2", "3"]
    assert refs(second) == ["4"]


@pytest.mark.parametrize("kind", ["time", "number", "text"])
def test_a_query_is_followed_like_a_table(source: Engine, kind: str) -> None:
    type_, write = {
        "time": (MOMENT[source.dialect.name], "'2026-01-02 00:00:{:02}'"),
        "number": ("INTEGER", "{}"),
        "text": ("VARCHAR(30)", "'2026-01-02 00:00:{:02}'"),
    }[kind]
    table = made_table(source, type_, *((n, write.format(n)) for n in range(1, 26)))
    query = f"SELECT id, w, v FROM {table} WHERE id < 1000 -- all of them\n;"
    made = following(source, table, query=query, page_rows=10, overlap=5)
    first, _ = fetched(made)
    add(source, table, (100, write.format(30)), (101, write.format(22)))
    second, _ = fetched(made, cursor_of(first))
    assert len(set(refs(first))) == 25
    assert sorted(refs(second)) == ["100", "101"]
    assert fetched(made, cursor_of(second))[0] == []


def test_a_change_within_the_look_back_is_taken_again(source: Engine) -> None:
    table = made_table(source, MOMENT[source.dialect.name], (1, "'2026-01-01 00:00:00'"))
    made = following(source, table)
    first, _ = fetched(made)
    run(source, f"UPDATE {table} SET v = 'new'")
    second, _ = fetched(made, cursor_of(first))
    assert [row["v"] for row in values(second)] == ["new"]


def test_a_cursor_of_before_is_understood(source: Engine) -> None:
    table = made_table(source, "INTEGER", *((n, str(n)) for n in (5, 997, 1000, 1001)))
    made = following(source, table, overlap=0)
    assert refs(fetched(made, '["997", "997"]')[0]) == ["1000", "1001"]
    with pytest.raises(SourceRefusedError, match="last fetch"):
        list(made.fetch('["yesterday", "997"]'))


def test_times_with_a_zone_are_followed(postgres: Engine) -> None:
    table = made_table(postgres, "timestamptz", (1, "'2026-01-02 00:00:10+00'"))
    made = following(postgres, table)
    first, _ = fetched(made)
    add(postgres, table, (2, "'2026-01-02 00:00:05+00'"), (3, "'2026-01-02 00:00:11.5+00'"))
    second, _ = fetched(made, cursor_of(first))
    assert refs(second) == ["2", "3"]
    assert fetched(made, cursor_of(second))[0] == []
