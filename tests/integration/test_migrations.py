"""Stores of earlier releases: brought to this one's tables step by step, with what is in them."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Engine, inspect, text

from gateway.exchange import store
from gateway.migrations import scripts, upgrade
from gateway.schema import SCHEMAS, VERSION
from gateway.store import StoreOutdated, open_store, upgrade_store, version_of
from outbox import open_engine, writing


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'gateway.db'}"
        return
    found: str = request.getfixturevalue("postgresql")
    engine = open_engine(found)
    with writing(engine) as connection:
        connection.execute(text("CREATE SCHEMA upgraded"))
    yield (
        f"{found}&options=-csearch_path%3Dupgraded"
        if "?" in found
        else f"{found}?options=-csearch_path%3Dupgraded"
    )
    with writing(engine) as connection:
        connection.execute(text("DROP SCHEMA upgraded CASCADE"))
    engine.dispose()


def first_release(url: str) -> Engine:
    """Make a store as the first release did: without a word of its version."""
    engine = open_engine(url)
    with writing(engine) as connection:
        context = MigrationContext.configure(connection)
        with Operations.context(context):
            import_module("gateway.migrations.versions.0001_first").upgrade()
    return engine


def test_the_version_is_that_of_the_newest_step() -> None:
    assert scripts().get_current_head() == VERSION


def test_an_upgraded_store_has_the_tables_of_a_new_one(url: str) -> None:
    first_release(url).dispose()
    taken = upgrade_store(url)
    engine = open_store(url)

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        ours = [
            change for schema in [list(SCHEMAS)] for change in compare_metadata(context, schema)
        ]  # type: ignore[arg-type]
        version = version_of(connection)
    engine.dispose()

    assert taken == ["0002", "0003", "0005"]
    assert version == VERSION
    assert [change for change in ours if "alembic_version" not in str(change)] == []


def test_what_an_earlier_release_kept_is_there_after_the_upgrade(url: str) -> None:
    engine = first_release(url)
    with writing(engine) as connection:
        connection.execute(text(
            "INSERT INTO feed (id, name, cursor, version, hold_zh, hold_en, shape, problem_zh, problem_en)"
            " VALUES (1, 'a.b', 'c', 3, '', '', '', '', '')"
        ))  # fmt: skip
        for number, state in enumerate(("acknowledged", "acknowledged", "settled"), 1):
            connection.execute(text(
                "INSERT INTO unit (id, feed_id, name, state, rows, refused, unchanged, superseded, packed, accepted,"
                " turned_down, started_at, acknowledge_tries) VALUES (:id, 1, :name, :state, 10, 1, 0, 0, 9, 8, 1, '2026-01-01', 0)"
            ), {"id": number, "name": f"u{number}", "state": state})  # fmt: skip
    engine.dispose()
    upgrade_store(url)

    upgraded = open_store(url)
    with upgraded.connect() as connection:
        (totals,) = store.totals(connection)
        state = store.peek(connection, "a.b")
    upgraded.dispose()

    assert (totals.rows, totals.accepted, totals.turned_down, totals.unacknowledged) == (
        30,
        24,
        3,
        1,
    )
    assert state is not None
    assert (state.cursor, state.version) == ("c", 3)


def test_an_old_store_is_not_used_before_its_upgrade_and_a_newer_one_never(url: str) -> None:
    first_release(url).dispose()
    with pytest.raises(StoreOutdated, match="creditgate store upgrade"):
        open_store(url)
    upgrade_store(url)
    engine = open_store(url)
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()

    with pytest.raises(StoreOutdated, match="newer program"):
        open_store(url)


def test_an_upgrade_that_breaks_off_leaves_the_store_as_it_was(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_release(url).dispose()
    held = scripts()
    newest = held.get_revision(VERSION)
    whole = newest.module.upgrade

    def half() -> None:
        whole()
        raise RuntimeError("the machine went down")

    monkeypatch.setattr(newest.module, "upgrade", half)
    monkeypatch.setattr("gateway.migrations.scripts", lambda: held)
    with pytest.raises(RuntimeError):
        upgrade_store(url)
    monkeypatch.undo()

    engine = open_engine(url)
    there = inspect(engine).has_table("account")
    engine.dispose()
    assert not there
    assert upgrade_store(url) == ["0002", "0003", "0005"]


def test_an_empty_database_goes_through_every_step(url: str) -> None:
    engine = open_engine(url)
    with writing(engine) as connection:
        taken = upgrade(connection, None)
    engine.dispose()

    assert taken == ["0001", "0002", "0003", "0005"]
