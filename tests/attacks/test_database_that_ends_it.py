"""A department's database whose rows are larger than the gateway's memory."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine

from adapters import SourceRefusedError
from adapters.database import connect
from tests.support.databases import adapter, fetched, fresh_name, run
from tests.support.databases import source as source  # noqa: PLC0414

_REPEATED = {
    "sqlite": "printf('%.*c', {}, 'x')",
    "postgresql": "repeat('x', {})",
    "mariadb": "repeat('x', {})",
}


def view_of(source: Engine, size: int) -> str:
    """Make a view of three rows, each with a text of a size."""
    name, kind = fresh_name(), source.dialect.name.replace("mysql", "mariadb")
    run(
        source,
        f"CREATE TABLE {name} (id INTEGER PRIMARY KEY)",
        f"INSERT INTO {name} VALUES (1), (2), (3)",
        f"CREATE VIEW v_{name} AS SELECT id, {_REPEATED[kind].format(size)} AS name FROM {name}",
    )
    return f"v_{name}"


def test_rows_without_end_end_their_feeds_fetch_and_nothing_else(
    source: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connect, "MOST_READ", 300_000)
    configured_adapter = adapter(source, view_of(source, 200_000))

    with pytest.raises(SourceRefusedError, match="page_rows"):
        fetched(configured_adapter)
    # Not a row is missing of what is small, by the same connections.
    monkeypatch.setattr(connect, "MOST_READ", 700_000)
    assert [len(batch.rows) for batch in fetched(configured_adapter)[0]] == [3]


def test_a_value_larger_than_the_machine_in_a_file_of_a_few_kilobytes_is_not_made(
    tmp_path: Path,
) -> None:
    file = create_engine(f"sqlite:///{tmp_path / 'department.db'}")
    name = fresh_name()
    run(
        file,
        f"CREATE TABLE {name} (id INTEGER PRIMARY KEY)",
        f"INSERT INTO {name} VALUES (1)",
        f"CREATE VIEW v_{name} AS SELECT id, zeroblob(900000000) AS name FROM {name}",
    )

    with pytest.raises(SourceRefusedError):
        fetched(adapter(file, f"v_{name}"))
    file.dispose()
