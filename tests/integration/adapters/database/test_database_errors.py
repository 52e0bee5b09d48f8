"""Errors of real servers: what passes is tried again, what is for a person is not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import Engine

from adapters import SourceRefusedError, SourceUnavailableError
from adapters.database import DatabaseAdapter, DatabaseSettings
from tests.support.databases import PASSWORD, adapter, fetched, fresh_name, opened, run
from tests.support.databases import source as source  # noqa: PLC0414


@pytest.fixture
def maria(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    yield from opened(request, "mariadb", tmp_path)


def test_a_wrong_password_is_for_a_person_and_not_tried_again(maria: Engine) -> None:
    tries = "SHOW GLOBAL STATUS LIKE 'Access_denied_errors'"
    configured_adapter = adapter(maria, "t", password="made-up-and-wrong")
    with pytest.raises(SourceRefusedError, match="1045"):
        list(configured_adapter.fetch(""))
    with maria.connect() as connection:
        before = connection.exec_driver_sql(tries).one()[1]
        for _ in range(5):
            with pytest.raises(SourceRefusedError, match="refuses the login"):
                list(configured_adapter.fetch(""))
        assert connection.exec_driver_sql(tries).one()[1] == before
    with pytest.raises(SourceRefusedError, match="1045"):
        list(configured_adapter.test())


def test_an_unknown_database_is_for_a_person(maria: Engine) -> None:
    configured_adapter = adapter(
        maria, "t", url=f"mysql+pymysql://creditgate@127.0.0.1:{maria.url.port}/none"
    )
    with pytest.raises(SourceRefusedError, match="refuses the login"):
        list(configured_adapter.fetch(""))


def test_an_unknown_role_or_database_of_postgresql_is_for_a_person(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    for engine in opened(request, "postgresql", tmp_path):
        for wrong in (engine.url.set(database="none"), engine.url.set(username="nobody")):
            url = wrong.set(password=None)._replace(password=None).render_as_string()
            with pytest.raises(SourceRefusedError, match="refuses the login"):
                list(adapter(engine, "t", url=url).fetch(""))


def test_a_missing_file_is_named_and_not_made(tmp_path: Path, source: Engine) -> None:
    missing = tmp_path / "missing.db"
    with pytest.raises(SourceRefusedError, match="no database file"):
        list(adapter(source, "t", url=f"sqlite:///{missing}", password=None).fetch(""))
    assert not missing.exists()


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("SELECT 1 AS id; DROP TABLE t", "several|one SELECT"),
        ("SELECT 1 AS id) q; DROP TABLE t --", "pair"),
        ("SELECT 'a AS id", "pair"),
        ("SELECT 1 AS id /* open", "pair"),
        (" -- nothing\n;", "nothing in it"),
        ("SELECT 1 AS id, 2 AS id", "one name|Duplicate|ambiguous"),
        ("DELETE FROM t", "cannot be read"),
        ("SELECT nothing AS id FROM nowhere", "cannot be read"),
    ],
)
def test_a_query_that_is_no_one_select_is_refused_in_a_sentence(
    source: Engine, query: str, says: str
) -> None:
    if source.dialect.name == "sqlite" and "2 AS id" in query:
        pytest.skip("SQLite gives the second another name itself")
    with pytest.raises(SourceRefusedError, match=says):
        list(adapter(source, "t", query=query).fetch(""))


@pytest.mark.parametrize(
    "query",
    [
        "SELECT id, v FROM {t};",
        "SELECT id, v FROM {t} ; -- done",
        "SELECT id, v FROM {t} -- all; of them",
        "SELECT id, v FROM {t} /* ; */ ;\n",
        "SELECT id, ';' AS v FROM {t} WHERE v <> '--;(' ;;",
        "SELECT id, v FROM {t} WHERE v LIKE '%' AND v <> ':x'",
    ],
)
def test_a_query_may_end_in_a_semicolon_or_comment(source: Engine, query: str) -> None:
    table = fresh_name()
    run(source, f"CREATE TABLE {table} (id INTEGER, v VARCHAR(9))")
    run(source, f"INSERT INTO {table} VALUES (1, 'a'), (2, 'b')")
    [batch], _ = fetched(adapter(source, "", query=query.format(t=table)))
    assert batch.rows.height == 2


def test_a_lock_that_is_held_passes(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    for engine in opened(request, "postgresql", tmp_path):
        table = fresh_name()
        run(engine, f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, v TEXT)")
        with engine.connect() as connection:
            connection.exec_driver_sql(f"LOCK TABLE {table}")
            with pytest.raises(SourceUnavailableError):
                list(adapter(engine, table, statement_timeout=0.3).fetch(""))
            connection.rollback()


def test_a_table_that_is_forbidden_is_for_a_person(maria: Engine) -> None:
    with pytest.raises(SourceRefusedError):
        list(adapter(maria, "user", db_schema="mysql").fetch(""))


def test_a_server_that_is_away_is_told_without_its_password() -> None:
    settings = DatabaseSettings.model_validate(
        {
            "url": "postgresql+psycopg://creditgate@127.0.0.1:9/none",
            "password": PASSWORD,
            "table": "t",
            "key_column": "id",
            "mode": "full",
        }
    )

    with pytest.raises(SourceUnavailableError) as raised:
        list(DatabaseAdapter(settings).fetch(""))

    assert PASSWORD not in str(raised.value) + repr(settings)


def test_a_password_in_the_url_is_refused_so_that_no_export_can_hold_it() -> None:
    with pytest.raises(ValidationError, match="set apart"):
        DatabaseSettings.model_validate(
            {
                "url": f"postgresql+psycopg://creditgate:{PASSWORD}@db/none",
                "table": "t",
                "key_column": "id",
                "mode": "full",
            }
        )
