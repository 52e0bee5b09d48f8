"""The database adapter on SQLite and on a real PostgreSQL."""

import itertools
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import (
    CHAR,
    Column,
    Date,
    DateTime,
    Engine,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    create_engine,
    insert,
    select,
    text,
    update,
)

from adapters import VERDICT_SCHEMA, Batch, SourceRefused, SourceUnavailable
from adapters.database import DatabaseAdapter, DatabaseSettings
from tests.closing import closed_later

_counter = itertools.count()


@pytest.fixture(params=["sqlite", "postgresql"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    url = (
        f"sqlite:///{tmp_path / 'source.db'}"
        if request.param == "sqlite"
        else request.getfixturevalue("postgresql")
    )
    engine = create_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def table(source: Engine) -> Table:
    made = Table(
        f"licences_{next(_counter)}", MetaData(),
        Column("id", Integer, primary_key=True), Column("name", String(50)), Column("amount", Numeric(18, 6)),
        Column("decided", Date), Column("code", CHAR(8)), Column("state", String(1)), Column("changed", DateTime),
        Column("told", DateTime(timezone=True)), Column("reason", String(200)),
    )  # fmt: skip
    made.create(source)
    return made


def fill(source: Engine, table: Table, count: int, **changes: Any) -> None:
    row = {
        "name": "惠州", "amount": Decimal("0.100000"), "decided": date(2026, 3, 5), "code": "A1",
        "state": "0", "changed": datetime(2026, 3, 5, 9, 0, 0, 123456),
    }  # fmt: skip
    with source.begin() as connection:
        for _ in range(count):
            connection.execute(insert(table).values({**row, **changes}))


STATUS = {"status": "state", "version": "changed", "reason": "reason", "exchanged_at": "told"}


def adapter(source: Engine, table: Table, mode: str = "status", **changes: Any) -> DatabaseAdapter:
    values: dict[str, Any] = {
        "url": source.url.render_as_string(hide_password=False), "table": table.name, "key_column": "id",
        "mode": mode, "page_rows": 10, "status": STATUS if mode == "status" else None,
        "watermark_column": "changed" if mode == "watermark" else None,
    }  # fmt: skip
    return closed_later(DatabaseAdapter(DatabaseSettings.model_validate({**values, **changes})))


def batches(made: DatabaseAdapter, cursor: str = "") -> list[Batch]:
    return [item for item in made.fetch(cursor) if isinstance(item, Batch)]


def states(source: Engine, table: Table) -> list[str]:
    with source.connect() as connection:
        return list(connection.execute(select(table.c.state).order_by(table.c.id)).scalars())


def verdicts(batch: Batch, verdict: str = "accepted") -> pl.DataFrame:
    frame = pl.DataFrame({"ref": batch.refs, "mark": batch.marks})
    rows = [
        {"ref": r, "mark": m, "verdict": verdict, "rule": "map.date", "zh": "不是日期"}
        for r, m in frame.iter_rows()
    ]
    return pl.DataFrame(rows, schema=VERDICT_SCHEMA)


def test_values_become_text_without_loss(source: Engine, table: Table) -> None:
    fill(source, table, 1)

    [batch] = batches(adapter(source, table, "full"))

    row = batch.rows.to_dicts()[0]
    assert (row["name"], row["amount"], row["decided"], row["code"]) == (
        "惠州",
        "0.100000",
        "2026-03-05",
        "A1",
    )
    assert row["changed"] == "2026-03-05 09:00:00.123456"
    assert row["reason"] is None


def test_status_mode_takes_what_waits_page_by_page(source: Engine, table: Table) -> None:
    fill(source, table, 25)
    fill(source, table, 3, state="2")

    found = batches(adapter(source, table))

    assert [b.rows.height for b in found] == [10, 10, 5]
    assert len({b.unit for b in found}) == 3
    assert "state" not in found[0].rows.columns


def test_what_is_kept_is_marked_so_and_not_taken_again(source: Engine, table: Table) -> None:
    fill(source, table, 12)
    made = adapter(source, table)

    for batch in batches(made):
        made.keep(batch)

    assert states(source, table) == ["1"] * 12
    assert batches(made) == []


@pytest.mark.parametrize(
    ("verdict", "state"), [("accepted", "2"), ("unchanged", "2"), ("refused", "3")]
)
def test_the_verdict_and_reason_are_written_back(
    source: Engine, table: Table, verdict: str, state: str
) -> None:
    fill(source, table, 1)
    made = adapter(source, table)
    [batch] = batches(made)

    for _ in range(2):
        made.acknowledge(batch.unit, [verdicts(batch, verdict)])

    with source.connect() as connection:
        row = connection.execute(select(table)).one()
    assert row.state == state
    assert ("不是日期" in row.reason) is (verdict == "refused")
    assert row.told is not None


def test_a_row_that_the_department_has_changed_meanwhile_stays_waiting(
    source: Engine, table: Table
) -> None:
    fill(source, table, 2)
    made = adapter(source, table)
    [batch] = batches(made)
    with source.begin() as connection:
        connection.execute(
            update(table).where(table.c.id == 1).values(name="改", changed=datetime(2026, 3, 6))
        )

    made.keep(batch)
    made.acknowledge(batch.unit, [verdicts(batch)])

    assert states(source, table) == ["0", "2"]


def test_a_watermark_shared_by_many_rows_loses_none_at_a_page_edge(
    source: Engine, table: Table
) -> None:
    fill(source, table, 35)
    made = adapter(source, table, "watermark")

    found = batches(made)

    assert [b.rows.height for b in found] == [10, 10, 10, 5]
    assert len(set(itertools.chain(*(b.refs for b in found)))) == 35
    assert batches(made, found[-1].cursor) == []
    fill(source, table, 1, changed=datetime(2026, 3, 7))
    assert [b.rows.height for b in batches(made, found[-1].cursor)] == [1]


@pytest.mark.parametrize("count", [0, 7, 20])
def test_a_whole_list_is_one_unit_that_says_where_it_ends(
    source: Engine, table: Table, count: int
) -> None:
    fill(source, table, count)

    found = batches(adapter(source, table, "full"))

    assert sum(b.rows.height for b in found) == count
    assert len({b.unit for b in found}) == 1
    assert [b.last for b in found] == [False] * (len(found) - 1) + [True]


def test_a_missing_table_or_column_is_named_with_what_there_is(
    source: Engine, table: Table
) -> None:
    with pytest.raises(SourceRefused, match=table.name):
        batches(adapter(source, Table("nothing", MetaData())))
    with pytest.raises(SourceRefused, match="surprise"):
        batches(adapter(source, table, columns=["surprise"]))


def test_a_column_that_goes_between_fetches_is_told(source: Engine, table: Table) -> None:
    fill(source, table, 1)
    made = adapter(source, table)
    batches(made)
    with source.begin() as connection:
        connection.execute(text(f"ALTER TABLE {table.name} DROP COLUMN name"))

    with pytest.raises((SourceRefused, SourceUnavailable)):
        batches(made)


def test_a_server_that_is_away_is_told_without_its_password() -> None:
    url = "postgresql+psycopg://creditgate:made-up-password@127.0.0.1:9/none"
    settings = DatabaseSettings.model_validate(
        {"url": url, "table": "t", "key_column": "id", "mode": "full"}
    )

    with pytest.raises(SourceUnavailable) as raised:
        list(DatabaseAdapter(settings).fetch(""))

    assert "made-up-password" not in str(raised.value) + repr(settings)


def test_the_connection_test_steps_and_changes_nothing(source: Engine, table: Table) -> None:
    fill(source, table, 8)

    steps = list(adapter(source, table).test())

    assert [step.ok for step in steps] == [True, True, True]
    assert states(source, table) == ["0"] * 8
