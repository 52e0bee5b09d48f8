"""Keys that are double, empty, or equal only to the server: every row is read and told apart."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from adapters import Batch, SourceRefusedError
from tests.support.databases import adapter, fetched, fresh_name, opened, refs, run
from tests.support.databases import source as source  # noqa: PLC0414


def view_of_pairs(source: Engine, rows: int) -> str:
    """Make a view in which two rows have one key, but for the last if their number is odd."""
    table = fresh_name()
    run(source, f"CREATE TABLE {table} (n INTEGER PRIMARY KEY, id INTEGER, v VARCHAR(20))")
    with source.begin() as connection:
        connection.execute(
            text(f"INSERT INTO {table} VALUES (:n, :id, :v)"),
            [{"n": n, "id": n // 2, "v": f"v{n}"} for n in range(rows)],
        )
    run(source, f"CREATE VIEW v_{table} AS SELECT id, v FROM {table}")
    return f"v_{table}"


@pytest.mark.parametrize("page_rows", [1, 4, 5])
def test_a_page_that_would_end_inside_a_key_reads_on_to_its_end(
    source: Engine, page_rows: int
) -> None:
    view = view_of_pairs(source, 31)
    batches, remarks = fetched(adapter(source, view, page_rows=page_rows))
    assert sorted(v for b in batches for v in b.rows["v"]) == sorted(f"v{n}" for n in range(31))
    assert len(set(refs(batches))) == 31
    assert [remark.name for remark in remarks] == ["source.key"]


def test_ten_thousand_and_one_rows_with_pairs_of_keys_are_all_read(source: Engine) -> None:
    view = view_of_pairs(source, 10_001)
    batches, _ = fetched(adapter(source, view, page_rows=5_000))
    assert len(set(refs(batches))) == 10_001
    assert batches[-1].tally is not None
    assert batches[-1].tally.counted == 10_001


def test_rows_without_a_key_are_read_and_said(source: Engine) -> None:
    table = fresh_name()
    run(source, f"CREATE TABLE {table} (id INTEGER, v VARCHAR(9))")
    run(source, f"INSERT INTO {table} VALUES (NULL, 'a'), (1, 'b'), (NULL, 'c'), (2, 'd')")
    batches, remarks = fetched(adapter(source, table, page_rows=2))
    assert sorted(v for b in batches for v in b.rows["v"]) == ["a", "b", "c", "d"]
    assert len(set(refs(batches))) == 4
    assert "2 rows" in remarks[0].en
    assert [b.last for b in batches] == [False] * (len(batches) - 1) + [True]


def test_keys_that_differ_only_in_case_are_all_read_where_the_server_calls_them_equal(
    source: Engine,
) -> None:
    table = fresh_name()
    kind = {
        "sqlite": "VARCHAR(9) COLLATE NOCASE",
        "postgresql": "VARCHAR(9)",
        "mysql": "VARCHAR(9) COLLATE utf8mb4_general_ci",
    }[source.dialect.name]
    keys = ["A", "a", "á", "B", "b", "b ", "C", "c"]
    run(source, f"CREATE TABLE {table} (id {kind}, v VARCHAR(9))")
    with source.begin() as connection:
        connection.execute(
            text(f"INSERT INTO {table} VALUES (:id, :v)"),
            [{"id": key, "v": str(n)} for n, key in enumerate(keys)],
        )
    for page_rows in (1, 2, 3):
        batches, _ = fetched(adapter(source, table, page_rows=page_rows))
        assert sorted(v for b in batches for v in b.rows["v"]) == [str(n) for n in range(8)]


def test_whole_numbers_beyond_floats_are_keys_of_their_own(source: Engine) -> None:
    table = fresh_name()
    run(source, f"CREATE TABLE {table} (id NUMERIC(18,0), v VARCHAR(9))")
    first = 9007199254740992
    for n in range(6):
        run(source, f"INSERT INTO {table} VALUES ({first + n}, 'v{n}')")
    batches, _ = fetched(adapter(source, table, page_rows=2))
    assert refs(batches) == [str(first + n) for n in range(6)]


def test_a_key_that_the_server_does_not_find_again_is_refused_in_a_sentence(
    request: pytest.FixtureRequest, source: Engine
) -> None:
    if source.dialect.name != "mysql":
        pytest.skip("single precision compares with itself there")
    table = fresh_name()
    run(source, f"CREATE TABLE {table} (id FLOAT, v VARCHAR(9))")
    run(source, *(f"INSERT INTO {table} VALUES ({n} + 0.1, 'v')" for n in range(5)))
    with pytest.raises(SourceRefusedError, match="does not find a row again"):
        list(adapter(source, table, page_rows=2).fetch(""))


@pytest.mark.parametrize("mode", ["full", "watermark"])
def test_keys_of_a_query_that_are_computed_are_compared_as_numbers(
    source: Engine, mode: str
) -> None:
    table = fresh_name()
    run(source, f"CREATE TABLE {table} (n INTEGER, v VARCHAR(9))")
    run(
        source,
        *(f"INSERT INTO {table} VALUES ({n}, 'v')" for n in (7, 9, 10, 11, 99, 100, 997, 1000)),
    )
    query = f"SELECT n + 0 AS id, n + 0 AS w, v FROM {table}"
    watermark = {"watermark_column": "w", "overlap": 0} if mode == "watermark" else {}
    configured_adapter = adapter(
        source, "", query=query, mode=mode, page_rows=3, columns=("v",), **watermark
    )
    batches, _ = fetched(configured_adapter)
    assert refs(batches) == ["7", "9", "10", "11", "99", "100", "997", "1000"]
    if mode == "watermark":
        assert [
            b for b in configured_adapter.fetch(batches[-1].cursor) if isinstance(b, Batch)
        ] == []


def test_too_many_rows_of_one_key_refuse_the_feed(
    source: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.database.pages.MOST_ALIKE", 5)
    table = fresh_name()
    run(source, f"CREATE TABLE {table} (id INTEGER, v VARCHAR(9))")
    run(source, *(f"INSERT INTO {table} VALUES (1, 'v{n}')" for n in range(7)))
    with pytest.raises(SourceRefusedError, match="more than 5 rows"):
        list(adapter(source, table, page_rows=2).fetch(""))


def test_names_that_the_line_uses_itself_are_refused_in_a_sentence(source: Engine) -> None:
    table = fresh_name()
    quote = "`" if source.dialect.name == "mysql" else '"'
    run(source, f"CREATE TABLE {table} (id INTEGER, {quote}#key{quote} VARCHAR(9), v VARCHAR(9))")
    with pytest.raises(SourceRefusedError, match="#key"):
        list(adapter(source, table).fetch(""))
    assert len(fetched(adapter(source, table, columns=("v",)))[0]) == 1


@pytest.mark.parametrize(
    ("kind", "type_", "value"),
    [
        # Neither NULL nor not NULL where one of its fields is NULL: no page would have the row.
        ("postgresql", "pg_catalog.pg_am", "ROW(1, NULL, NULL, NULL)"),
        # Ordered by number and compared as text.
        ("mariadb", "ENUM('z','a')", "'z'"),
    ],
)
def test_a_key_that_has_no_order_of_its_own_is_refused(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, type_: str, value: str
) -> None:
    for made in opened(request, kind, tmp_path):
        table = fresh_name()
        run(made, f"CREATE TABLE {table} (id {type_}, v VARCHAR(9))")
        run(made, f"INSERT INTO {table} VALUES ({value}, 'a')")
        for where in ({}, {"query": f"SELECT id, v FROM {table}"}):
            with pytest.raises(SourceRefusedError, match="id"):
                list(adapter(made, table, **where).fetch(""))
