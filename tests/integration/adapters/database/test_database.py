"""The database adapter on SQLite, on a real PostgreSQL and on a real MariaDB."""

import itertools
import time
from datetime import date, datetime
from decimal import Decimal
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
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.exc import DBAPIError

from adapters import VERDICT_SCHEMA, Batch, Remark, SourceRefusedError, SourceUnavailableError
from adapters.database import DatabaseAdapter, DatabaseSettings
from tests.support.closing import closed_later
from tests.support.databases import fresh_name
from tests.support.databases import source as source  # noqa: PLC0414

#: A time with its microseconds, which MariaDB keeps only where it is told to.
Moment = DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


@pytest.fixture
def table(source: Engine) -> Table:
    made = Table(
        fresh_name(),
        MetaData(),
        Column("id", Integer, primary_key=True),
        Column("name", String(50)),
        Column("amount", Numeric(18, 6)),
        Column("decided", Date),
        Column("code", CHAR(8)),
        Column("state", String(1)),
        Column("changed", Moment),
        Column("told", DateTime(timezone=True)),
        Column("reason", String(200)),
    )
    made.create(source)
    return made


def fill(source: Engine, table: Table, count: int, **changes: Any) -> None:
    row = {
        "name": "惠州",
        "amount": Decimal("0.100000"),
        "decided": date(2026, 3, 5),
        "code": "A1",
        "state": "0",
        "changed": datetime(2026, 3, 5, 9, 0, 0, 123456),
    }
    with source.begin() as connection:
        for _ in range(count):
            connection.execute(insert(table).values({**row, **changes}))


STATUS = {"status": "state", "version": "changed", "reason": "reason", "exchanged_at": "told"}


def without_password(source: Engine) -> str:
    return source.url._replace(password=None).render_as_string()


def adapter(source: Engine, of: Table, mode: str = "status", **changes: Any) -> DatabaseAdapter:
    values: dict[str, Any] = {
        "url": without_password(source),
        "table": of.name,
        "key_column": "id",
        "password": source.url.password,
        "mode": mode,
        "page_rows": 10,
        "status": STATUS if mode == "status" else None,
        "watermark_column": "changed" if mode == "watermark" else None,
    }
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
    # SQLite keeps a number, and no zeros after it.
    amount = "0.1" if source.dialect.name == "sqlite" else "0.100000"
    assert (row["name"], row["amount"], row["decided"], row["code"]) == (
        "惠州",
        amount,
        "2026-03-05",
        "A1",
    )
    assert row["changed"] == "2026-03-05 09:00:00.123456"
    assert row["reason"] is None


def test_status_mode_takes_what_waits_page_by_page(source: Engine, table: Table) -> None:
    fill(source, table, 25)
    fill(source, table, 3, state="2")

    fetched = batches(adapter(source, table))

    assert [b.rows.height for b in fetched] == [10, 10, 5]
    assert len({b.unit for b in fetched}) == 3
    assert "state" not in fetched[0].rows.columns


def test_what_is_kept_is_marked_so_and_not_taken_again(source: Engine, table: Table) -> None:
    fill(source, table, 12)
    configured_adapter = adapter(source, table)

    for batch in batches(configured_adapter):
        configured_adapter.keep(batch)

    assert states(source, table) == ["1"] * 12
    assert batches(configured_adapter) == []


@pytest.mark.parametrize(
    ("verdict", "state"), [("accepted", "2"), ("unchanged", "2"), ("refused", "3")]
)
def test_the_verdict_and_reason_are_written_back(
    source: Engine, table: Table, verdict: str, state: str
) -> None:
    fill(source, table, 1)
    configured_adapter = adapter(source, table)
    [batch] = batches(configured_adapter)

    for _ in range(2):
        configured_adapter.acknowledge(batch.unit, [verdicts(batch, verdict)])

    with source.connect() as connection:
        row = connection.execute(select(table)).one()
    assert row.state == state
    assert ("不是日期" in row.reason) is (verdict == "refused")
    assert row.told is not None


def test_a_row_that_the_department_has_changed_meanwhile_stays_waiting(
    source: Engine, table: Table
) -> None:
    fill(source, table, 2)
    configured_adapter = adapter(source, table)
    [batch] = batches(configured_adapter)
    with source.begin() as connection:
        connection.execute(
            update(table).where(table.c.id == 1).values(name="改", changed=datetime(2026, 3, 6))
        )

    configured_adapter.keep(batch)
    configured_adapter.acknowledge(batch.unit, [verdicts(batch)])

    assert states(source, table) == ["0", "2"]


def test_a_watermark_shared_by_many_rows_loses_none_at_a_page_edge(
    source: Engine, table: Table
) -> None:
    fill(source, table, 35)
    configured_adapter = adapter(source, table, "watermark")

    fetched = batches(configured_adapter)

    assert [b.rows.height for b in fetched] == [10, 10, 10, 5]
    assert len(set(itertools.chain(*(b.refs for b in fetched)))) == 35
    assert batches(configured_adapter, fetched[-1].cursor) == []
    fill(source, table, 1, changed=datetime(2026, 3, 7))
    assert [b.rows.height for b in batches(configured_adapter, fetched[-1].cursor)] == [1]


@pytest.mark.parametrize("count", [0, 7, 20])
def test_a_whole_list_is_one_unit_that_says_where_it_ends(
    source: Engine, table: Table, count: int
) -> None:
    fill(source, table, count)

    fetched = batches(adapter(source, table, "full"))

    assert sum(b.rows.height for b in fetched) == count
    assert len({b.unit for b in fetched}) == 1
    assert [b.last for b in fetched] == [False] * (len(fetched) - 1) + [True]


def test_a_missing_table_or_column_is_named_with_what_there_is(
    source: Engine, table: Table
) -> None:
    # As many are named as a person reads, those first that may be meant: a server has many others.
    wrong = f"{table.name}x"
    with pytest.raises(SourceRefusedError, match=f"已有：{table.name}.*no table or view {wrong}"):
        batches(adapter(source, Table(wrong, MetaData())))
    with pytest.raises(SourceRefusedError, match="surprise"):
        batches(adapter(source, table, columns=["surprise"]))


def test_a_column_that_goes_between_fetches_is_seen_and_one_that_is_named_is_missed(
    source: Engine, table: Table
) -> None:
    fill(source, table, 1)
    whole, named = (
        adapter(source, table, "full"),
        adapter(source, table, "full", columns=("name", "reason")),
    )
    batches(whole), batches(named)
    with source.begin() as connection:
        connection.execute(text(f"ALTER TABLE {table.name} DROP COLUMN reason"))

    assert "reason" not in batches(whole)[0].rows.columns
    with pytest.raises(SourceRefusedError, match="reason"):
        batches(named)


def test_a_driver_that_is_not_installed_is_named(source: Engine, table: Table) -> None:
    with pytest.raises(SourceRefusedError, match="is not installed"):
        list(
            adapter(
                source, table, "full", url="oracle+oracledb://user@host/db", password=None
            ).fetch("")
        )


def test_readers_cannot_write_even_where_the_account_may(source: Engine, table: Table) -> None:
    fill(source, table, 1)
    configured_adapter = adapter(source, table, "full")
    list(configured_adapter.fetch(""))

    with pytest.raises(DBAPIError), configured_adapter._read().begin() as connection:
        connection.execute(update(table).values(name="x"))

    with source.connect() as connection:
        assert connection.execute(select(table.c.name)).scalar_one() == "惠州"


def test_a_statement_that_runs_too_long_is_ended(source: Engine, table: Table) -> None:
    fill(source, table, 1)
    endless = {
        "sqlite": (
            "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) AS "
            "id FROM n"
        ),
        "postgresql": "SELECT 1 AS id, pg_sleep(30) AS s",
        "mysql": "SELECT 1 AS id, SLEEP(30) AS s FROM " + table.name,
    }[source.dialect.name]
    configured_adapter = adapter(
        source, table, "full", table="", query=endless, statement_timeout=0.5
    )
    began = time.monotonic()

    with pytest.raises((SourceUnavailableError, SourceRefusedError)):
        list(configured_adapter.fetch(""))

    assert time.monotonic() - began < 10


def test_a_view_and_a_query_are_read_like_a_table(source: Engine, table: Table) -> None:
    fill(source, table, 12)
    with source.begin() as connection:
        connection.execute(text(f"CREATE VIEW v_{table.name} AS SELECT id, name FROM {table.name}"))

    by_view = batches(adapter(source, table, "full", table=f"v_{table.name}"))
    by_query = batches(
        adapter(
            source, table, "full", table="", query=f"SELECT id, name FROM {table.name} WHERE id > 2"
        )
    )

    assert [b.rows.columns for b in by_view] == [["name"]] * 2
    assert sum(b.rows.height for b in by_query) == 10


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1 AS id; DROP TABLE {table}",
        "DELETE FROM {table}",
        "SELECT 1 AS id) q; DROP TABLE {table} --",
    ],
)
def test_a_query_can_be_nothing_but_one_select(source: Engine, table: Table, query: str) -> None:
    fill(source, table, 1)
    configured_adapter = adapter(
        source, table, "full", table="", query=query.format(table=table.name)
    )

    with pytest.raises((SourceUnavailableError, SourceRefusedError)):
        list(configured_adapter.fetch(""))

    assert states(source, table) == ["0"]


def test_rows_that_were_committed_late_are_found_by_looking_back_and_none_comes_twice(
    source: Engine, table: Table
) -> None:
    fill(source, table, 15, changed=datetime(2026, 3, 5, 9, 0, 0))
    configured_adapter = adapter(source, table, "watermark")
    first = batches(configured_adapter)
    fill(source, table, 1, changed=datetime(2026, 3, 5, 8, 58, 0), name="迟")
    fill(source, table, 1, changed=datetime(2026, 3, 5, 7, 0, 0), name="过迟")

    late = batches(configured_adapter, first[-1].cursor)
    fetched = batches(configured_adapter, late[-1].cursor)

    assert [b.rows["name"].to_list() for b in late] == [["迟"]]
    assert late[-1].cursor == first[-1].cursor
    assert fetched == []


def test_a_log_of_changes_gives_each_changed_row_once_as_it_is_now(
    source: Engine, table: Table
) -> None:
    log = Table(
        f"{table.name}_log",
        MetaData(),
        Column("seq", Integer, primary_key=True),
        Column("row_id", Integer),
        Column("op", String(1)),
    )
    log.create(source)
    fill(source, table, 14)
    with source.begin() as connection:
        for row in (*range(1, 15), 3, 3):
            connection.execute(insert(log).values(row_id=row, op="I"))
        connection.execute(update(table).where(table.c.id == 3).values(name="改"))
        connection.execute(table.delete().where(table.c.id == 14))
        connection.execute(insert(log).values(row_id=14, op="D"))
    configured_adapter = adapter(
        source,
        table,
        "changes",
        log={"table": log.name, "sequence": "seq", "key": "row_id"},
    )

    found = list(configured_adapter.fetch(""))
    rows = {
        ref: name
        for b in found
        if isinstance(b, Batch)
        for ref, name in zip(b.refs, b.rows["name"], strict=True)
    }
    cursor = next(b.cursor for b in reversed(found) if isinstance(b, Batch))

    assert sorted(rows, key=int) == [str(n) for n in range(1, 14)]
    assert rows["3"] == "改"
    assert "1 rows" in next(item.en for item in found if isinstance(item, Remark))
    assert list(configured_adapter.fetch(cursor)) == []


def test_types_are_told_so_that_a_change_of_them_is_seen(source: Engine, table: Table) -> None:
    fill(source, table, 1)
    [batch] = batches(adapter(source, table, "full"))

    assert dict(batch.types)["name"].startswith("VARCHAR(50)")
    assert set(dict(batch.types)) == set(batch.rows.columns)


def test_the_connection_test_steps_and_changes_nothing(source: Engine, table: Table) -> None:
    fill(source, table, 8)

    steps = list(adapter(source, table).test())

    assert [step.ok for step in steps] == [True, True, True]
    assert states(source, table) == ["0"] * 8
