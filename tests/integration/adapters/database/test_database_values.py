"""Values of three servers: as they give them, every digit, or their row is refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine

from adapters import SourceRefusedError
from tests.support.databases import adapter, fetched, fresh_name, opened, run, values
from tests.support.databases import source as source  # noqa: PLC0414


@pytest.fixture
def sqlite(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    yield from opened(request, "sqlite", tmp_path)


@pytest.fixture
def postgres(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    yield from opened(request, "postgresql", tmp_path)


@pytest.fixture
def maria(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    yield from opened(request, "mariadb", tmp_path)


def one(source: Engine, type_: str, value: str) -> tuple[str | None, list[str]]:
    """Return what one value of a type is read as, and the rules that refuse its row."""
    table = fresh_name()
    run(source, f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, n VARCHAR(9), v {type_})")
    run(source, f"INSERT INTO {table} VALUES (1, 'x', {value})")
    [batch], _ = fetched(adapter(source, table))
    return batch.rows["v"][0], [fault.rule for fault in batch.faults]


@pytest.mark.parametrize(
    ("type_", "value", "right"),
    [
        ("NUMERIC(18,0)", "9007199254740993", "9007199254740993"),
        ("NUMERIC", "0.123456789012", "0.123456789012"),
        ("BOOLEAN", "'N'", "N"),
        ("BOOLEAN", "1", "1"),
        ("DATE", "'2026/3/5'", "2026/3/5"),
        ("DATE", "'2026-03-05T00:00:00Z'", "2026-03-05T00:00:00Z"),
        ("DATETIME", "'20260305'", "20260305"),
        ("DATE", "45000", "45000"),
        ("TIME", "'9:5'", "9:5"),
        ("REAL", "1e20", "100000000000000000000"),
        ("REAL", "0.0000000000123", "0.0000000000123"),
        ("REAL", "440101", "440101"),
        ("JSON", "'{\"a\": 1.10}'", '{"a": 1.10}'),
        ("BLOB", "X'E683A0'", "惠"),
        ("CHAR(8)", "'A1   '", "A1"),
        ("VARCHAR(8)", "'A1 '", "A1 "),
        ("TEXT", "5", "5"),
        ("", "5.5", "5.5"),
    ],
)
def test_sqlite_values_stand_as_they_are(
    sqlite: Engine, type_: str, value: str, right: str
) -> None:
    assert one(sqlite, type_, value) == (right, [])


@pytest.mark.parametrize(
    ("type_", "value"),
    [("REAL", "9e999"), ("TEXT", "CAST(X'BBDDD6DD' AS TEXT)"), ("BLOB", "X'FF00'")],
)
def test_sqlite_values_that_are_none_refuse_their_row(
    sqlite: Engine, type_: str, value: str
) -> None:
    assert one(sqlite, type_, value) == (None, ["database.value"])


def test_gbk_bytes_in_sqlite_text_are_read_by_the_encoding_that_is_set(sqlite: Engine) -> None:
    run(sqlite, "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)")
    run(
        sqlite,
        "INSERT INTO t VALUES (1, CAST(X'BBDDD6DD' AS TEXT)), (2, CAST(X'C1AACDA8' AS TEXT))",
    )
    [batch], _ = fetched(adapter(sqlite, "t", bytes_encoding="gbk", text_as_bytes=True))
    assert batch.rows["v"].to_list() == ["惠州", "联通"]


@pytest.mark.parametrize(
    ("type_", "value", "right"),
    [
        ("numeric", "9007199254740993.10", "9007199254740993.10"),
        ("numeric(38,10)", "1", "1.0000000000"),
        ("double precision", "1e20", "100000000000000000000"),
        ("double precision", "1.23e-11", "0.0000000000123"),
        ("real", "0.1", "0.1"),
        ("double precision", "440101", "440101"),
        ("inet", "'10.0.0.1'", "10.0.0.1"),
        ("inet", "'10.0.0.1/24'", "10.0.0.1/24"),
        ("boolean", "true", "1"),
        ("bit(4)", "B'0101'", "0101"),
        ("bit varying", "B'1'", "1"),
        ("json", "'{\"a\": 1.10}'", '{"a": 1.10}'),
        ("jsonb", "'{\"a\": 1.10}'", '{"a": 1.10}'),
        ("interval", "'1 day 02:00:00'", "1 day 02:00:00"),
        ("timestamptz", "'2026-03-04T16:00:00Z'", "2026-03-05 00:00:00+08:00"),
        ("timestamptz", "'2026-03-05 00:00:00.12+08'", "2026-03-05 00:00:00.120000+08:00"),
        ("timestamp", "'2026-03-05 09:00:00'", "2026-03-05 09:00:00"),
        ("date", "'2026-03-05'", "2026-03-05"),
        ("money", "12345.5", "12345.50"),
        ("bytea", "'\\xe683a0'", "惠"),
        ("char(8)", "'A1'", "A1"),
        ("varchar(8)", "'A1 '", "A1 "),
        ("uuid", "'00000000-0000-0000-0000-000000000001'", "00000000-0000-0000-0000-000000000001"),
    ],
)
def test_postgresql_values_stand_as_they_are(
    postgres: Engine, type_: str, value: str, right: str
) -> None:
    assert one(postgres, type_, value) == (right, [])


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("numeric[]", "ARRAY[1.10, 2]"),
        ("date[]", "ARRAY['2026-03-05'\\:\\:date]"),
        ("text[]", "'{a}'"),
        ("timestamp", "'infinity'"),
        ("timestamptz", "'-infinity'"),
        ("date", "'infinity'"),
        ("date", "'0044-03-15 BC'"),
        ("numeric", "'NaN'"),
        ("double precision", "'Infinity'"),
        ("bytea", "'\\xff00'"),
        ("pg_catalog.pg_am", "ROW(1, 'a', NULL, NULL)"),
    ],
)
def test_postgresql_values_that_are_none_refuse_their_row(
    postgres: Engine, type_: str, value: str
) -> None:
    table = fresh_name()
    run(postgres, f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, n TEXT, v {type_})")
    with postgres.begin() as connection:
        plain = value.replace("\\:", ":")
        connection.exec_driver_sql(f"INSERT INTO {table} VALUES (1, 'x', {plain}), (2, 'y', NULL)")
    [batch], _ = fetched(adapter(postgres, table))
    assert [(fault.row, fault.rule) for fault in batch.faults] == [(0, "database.value")]
    assert batch.rows["v"].to_list() == [None, None]


def test_postgresql_times_are_shanghais_whatever_the_role_says(postgres: Engine) -> None:
    table = fresh_name()
    run(postgres, f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, v timestamptz)")
    run(postgres, f"INSERT INTO {table} VALUES (1, '2026-03-04 16:00:00+00')")
    read = []
    for zone in ("America/New_York", "UTC"):
        run(postgres, f"ALTER ROLE CURRENT_USER SET timezone = '{zone}'")
        [batch], _ = fetched(adapter(postgres, table))
        read += batch.rows["v"].to_list()
    run(postgres, "ALTER ROLE CURRENT_USER RESET timezone")
    assert read == ["2026-03-05 00:00:00+08:00"] * 2


@pytest.mark.parametrize(
    ("type_", "value", "right"),
    [
        ("DOUBLE", "0.0000000000123", "0.0000000000123"),
        ("REAL", "123456789.123456789012", "123456789.12345679"),
        ("DOUBLE", "1e20", "100000000000000000000"),
        ("TIME", "'838:59:59'", "838:59:59"),
        ("TIME", "'-01:30:00'", "-01:30:00"),
        ("TIME(6)", "'-00:00:00.5'", "-00:00:00.500000"),
        ("SET('b','a')", "'a,b'", "a,b"),
        ("ENUM('甲','乙')", "'乙'", "乙"),
        ("JSON", "'{\"a\": 1.10}'", '{"a": 1.10}'),
        ("BIT(4)", "b'0101'", "0101"),
        ("BIT(1)", "b'1'", "1"),
        ("BOOLEAN", "2", "2"),
        ("DECIMAL(30,10)", "12345678901234567890.1", "12345678901234567890.1000000000"),
        ("BIGINT UNSIGNED", "18446744073709551615", "18446744073709551615"),
        ("VARCHAR(9)", "'𠮷野家'", "𠮷野家"),
        ("VARCHAR(9) CHARACTER SET gbk", "'惠州'", "惠州"),
        ("YEAR", "2026", "2026"),
        ("YEAR", "0", "0000"),
        ("INT(6) ZEROFILL", "42", "000042"),
        ("DECIMAL(8,2) ZEROFILL", "7.5", "000007.50"),
        ("BIT(8)", "5", "00000101"),
        ("DOUBLE", "440101", "440101"),
        ("INET6", "'\\:\\:1'", "::1"),
        ("DATETIME(6)", "'2026-03-05 09:00:00.12'", "2026-03-05 09:00:00.120000"),
        ("BINARY(4)", "'A1'", "A1"),
        ("DATE", "'0000-00-00'", "0000-00-00"),
    ],
)
def test_mariadb_values_stand_as_they_are(
    maria: Engine, type_: str, value: str, right: str
) -> None:
    from_table, from_query = both_ways(maria, type_, value)
    assert from_table == from_query == (right, [])


@pytest.mark.parametrize("point", ["POINT(0 0)", "POINT(1 2)"])
def test_a_geometry_of_mariadb_refuses_its_row(maria: Engine, point: str) -> None:
    for read in both_ways(maria, "GEOMETRY", f"ST_GeomFromText('{point}')"):
        assert read == (None, ["database.value"])


def both_ways(source: Engine, type_: str, value: str) -> list[tuple[str | None, list[str]]]:
    """Return how a value is read, by table and by query, from a server as lax as old ones."""
    table = fresh_name()
    with source.begin() as connection:
        connection.exec_driver_sql("SET SESSION sql_mode = ''")
        connection.exec_driver_sql(
            f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, n VARCHAR(9), v {type_})"
        )
        plain = value.replace("\\:", ":")
        connection.exec_driver_sql(f"INSERT INTO {table} VALUES (1, 'x', {plain})")
    read = []
    for where in ({}, {"query": f"SELECT * FROM {table}"}):
        [batch], _ = fetched(adapter(source, table, **where))
        read.append((batch.rows["v"][0], [fault.rule for fault in batch.faults]))
    return read


def test_a_charset_in_the_url_that_cannot_hold_every_character_is_not_used(maria: Engine) -> None:
    table = fresh_name()
    run(maria, f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, v VARCHAR(9)) CHARACTER SET utf8mb4")
    run(maria, f"INSERT INTO {table} VALUES (1, '𠮷')")
    gbk = create_engine(maria.url.update_query_dict({"charset": "gbk"}))
    [batch], _ = fetched(adapter(gbk, table))
    assert batch.rows["v"].to_list() == ["𠮷"]


def test_gbk_bytes_under_the_name_of_latin1_are_noticed_and_can_be_read(maria: Engine) -> None:
    table = fresh_name()
    run(maria, f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, v VARCHAR(40)) CHARACTER SET latin1")
    raw = "惠州市示例公司".encode("gbk").hex()
    run(maria, f"INSERT INTO {table} VALUES (1, X'{raw}'), (2, 'Café crème')")

    [plain], _ = fetched(adapter(maria, table))
    [read], _ = fetched(adapter(maria, table, text_as_bytes=True, bytes_encoding="gbk"))

    assert [(fault.row, "text_as_bytes" in fault.zh) for fault in plain.faults] == [(0, True)]
    assert read.rows["v"][0] == "惠州市示例公司"


def test_a_row_without_a_value_is_refused_as_such(source: Engine) -> None:
    table = fresh_name()
    run(source, f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, a VARCHAR(9), b VARCHAR(9))")
    run(source, f"INSERT INTO {table} VALUES (1, 'x', NULL), (2, NULL, NULL), (3, '', ' ')")
    [batch], _ = fetched(adapter(source, table))
    assert [(fault.row, fault.rule) for fault in batch.faults] == [
        (1, "row.empty"),
        (2, "row.empty"),
    ]


def test_zero_dates_are_said_once(maria: Engine) -> None:
    table = fresh_name()
    with maria.begin() as connection:
        connection.exec_driver_sql("SET SESSION sql_mode = ''")
        connection.exec_driver_sql(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, v DATETIME)")
        connection.exec_driver_sql(f"INSERT INTO {table} VALUES (1, 0), (2, '2026-03-05')")
    [batch], remarks = fetched(adapter(maria, table))
    assert values([batch]) == [{"v": "0000-00-00 00:00:00"}, {"v": "2026-03-05 00:00:00"}]
    assert [remark.name for remark in remarks] == ["source.zero_dates"]


def test_mariadb_times_are_shanghais_whatever_the_server_says(maria: Engine) -> None:
    table = fresh_name()
    with maria.begin() as connection:
        connection.exec_driver_sql("SET SESSION time_zone = '+00:00'")
        connection.exec_driver_sql(
            f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, v TIMESTAMP NULL)"
        )
        connection.exec_driver_sql(f"INSERT INTO {table} VALUES (1, '2026-03-04 16:00:00')")
        connection.exec_driver_sql("SET SESSION time_zone = 'SYSTEM'")
    [batch], _ = fetched(adapter(maria, table))
    assert batch.rows["v"].to_list() == ["2026-03-05 00:00:00"]


def test_gbk_bytes_in_a_database_without_an_encoding_can_be_read(postgres: Engine) -> None:
    name = fresh_name()
    with postgres.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(
            f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' "
            "LC_CTYPE 'C'"
        )
    url = postgres.url.set(database=name)
    old = create_engine(url, connect_args={"client_encoding": "utf8"})
    with old.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (id integer PRIMARY KEY, v varchar(20))")
        connection.exec_driver_sql(
            "INSERT INTO t VALUES (1, convert_from('\\xbbddd6dd', 'SQL_ASCII'))"
        )
    old.dispose()
    [batch], _ = fetched(adapter(old, "t", text_as_bytes=True, bytes_encoding="gbk"))
    assert batch.rows["v"].to_list() == ["惠州"]
    with pytest.raises(SourceRefusedError):
        list(adapter(old, "t").fetch(""))
