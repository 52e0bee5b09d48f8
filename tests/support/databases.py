"""What tests of the database adapter share: real servers, tables in them, adapters over these."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url

from adapters import Batch, Remark
from adapters.database import DatabaseAdapter, DatabaseSettings
from tests.support.closing import closed_later

PASSWORD = "made-up-password"
_counter = itertools.count()


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A department's database of each kind."""
    yield from opened(request, request.param, tmp_path)


def opened(request: pytest.FixtureRequest, kind: str, folder: Path) -> Iterator[Engine]:
    """Yield an engine over a department's database of one kind."""
    url = make_url(
        f"sqlite:///{folder / 'source.db'}" if kind == "sqlite" else request.getfixturevalue(kind)
    )
    engine = create_engine(url.set(password=PASSWORD) if kind == "mariadb" else url)
    engine.connect().close()
    yield engine
    engine.dispose()


def fresh_name() -> str:
    """Return a table's name that no other test of this run has."""
    return f"edges_{next(_counter)}"


def run(source: Engine, *statements: str) -> None:
    """Run statements as the department would."""
    with source.begin() as connection:
        for statement in statements:
            connection.execute(text(statement.replace(":", r"\:")))


def adapter(source: Engine, table: str, **changes: Any) -> DatabaseAdapter:
    """Return an adapter over a table, a whole list by `id` unless `changes` say otherwise."""
    url = source.url._replace(password=None).render_as_string()
    values: dict[str, Any] = {
        "url": url,
        "password": source.url.password,
        "table": "" if "query" in changes else table,
        "key_column": "id",
        "mode": "full",
        "page_rows": 10,
    }
    return closed_later(DatabaseAdapter(DatabaseSettings.model_validate({**values, **changes})))


def fetched(made: DatabaseAdapter, cursor: str = "") -> tuple[list[Batch], list[Remark]]:
    """Return the batches and remarks of one fetch; each batch's tally must add up."""
    items = list(made.fetch(cursor))
    batches = [item for item in items if isinstance(item, Batch)]
    rows: dict[str, int] = {}
    for batch in batches:
        rows[batch.unit] = rows.get(batch.unit, 0) + batch.rows.height
        if batch.last:
            assert batch.tally is not None
            assert batch.tally.counted == rows[batch.unit] + batch.tally.left_out
    return batches, [item for item in items if isinstance(item, Remark)]


def values(batches: list[Batch]) -> list[dict[str, Any]]:
    """Return the rows of batches."""
    return [row for batch in batches for row in batch.rows.to_dicts()]


def refs(batches: list[Batch]) -> list[str]:
    """Return the refs of batches."""
    return [ref for batch in batches for ref in batch.refs]


def cursor_of(batches: list[Batch]) -> str:
    """Return where the next fetch begins."""
    return batches[-1].cursor
