"""A centre's store of before it knew senders: brought up with what is in it, to the tables that a
new one has.

`tests/integration/stores/centre-a30a388.*` is what the program of that commit made: its store as
SQL, the last package it took, and the receipt that it gave.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Engine, inspect, text

from gateway.central.app import create_app
from gateway.central.centre import Centre
from gateway.central.records.tables import record_tables
from gateway.central.senders import tables as sender_tables
from gateway.central.store import CentreOutdatedError, create
from gateway.central.store.migrations import scripts, upgrade
from gateway.central.store.schema import FIRST, VERSION
from gateway.store.shape import Shape, reported_shape
from outbox import open_engine, writing
from tests.support.clock import Clock
from tests.support.packages import package
from tests.support.places import STORES
from tests.support.senders import TOKEN, add_sender, empty_centre
from tests.support.stores import fresh_database

#: The Sequence of the last package that is in the store.
LAST = 1775008801


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Engine]:
    path = tmp_path / "old.db"
    connection = sqlite3.connect(path)
    connection.executescript((STORES / "centre-a30a388.sql").read_text("utf-8"))
    connection.close()
    engine = open_engine(f"sqlite:///{path}")
    yield engine
    engine.dispose()


def shape(engine: Engine) -> Shape:
    with engine.connect() as connection:
        return reported_shape(connection, inspect(connection).get_table_names())


def test_an_old_store_is_brought_up_and_what_it_has_counts(old: Engine) -> None:
    create(old)
    add_sender(old)
    client = create_app(Centre(old, Clock())).test_client()
    xml = (STORES / "centre-a30a388.package.xml").read_bytes()

    def post(data: bytes, **headers: str) -> tuple[int, bytes]:
        authorized = {"Authorization": f"Bearer {TOKEN}", **headers}
        answer = client.post("/packages", data=data, headers=authorized)
        return answer.status_code, answer.data

    guid = {"Creditgate-Package": "00000000-0000-4000-8000-001775008801"}
    first = (STORES / "centre-a30a388.receipt.xml").read_bytes()
    assert post(xml, **guid) == (200, first)
    assert post(xml, **guid, **{"Creditgate-Exchange": "1.1"}) == (200, first)
    assert post(package(LAST + 1))[0] == 200
    assert post(package(2**53))[0] == 422
    with old.connect() as connection:
        highest = connection.execute(text("SELECT highest FROM feed")).scalar_one()
        count = connection.execute(text("SELECT count(*) FROM administrative_licence")).scalar_one()
    assert (highest, count) == (LAST + 1, 3)


def test_a_receipt_of_before_is_no_other_departments(old: Engine) -> None:
    create(old)
    add_sender(old, feeds=("water.*",))
    client = create_app(Centre(old, Clock())).test_client()
    headers = {
        "Authorization": f"Bearer {TOKEN}",
        "Creditgate-Package": "00000000-0000-4000-8000-001775008801",
    }

    answer = client.post(
        "/packages", data=(STORES / "centre-a30a388.package.xml").read_bytes(), headers=headers
    )

    assert answer.status_code == 403


def test_an_old_store_ends_in_the_tables_that_a_new_one_has(old: Engine, tmp_path: Path) -> None:
    create(old)
    create(old)
    new = empty_centre(tmp_path / "new.db")

    assert shape(old) == shape(new)
    new.dispose()


def test_on_postgresql_both_ways_end_in_the_same_tables(request: pytest.FixtureRequest) -> None:
    old = open_engine(fresh_database(request.getfixturevalue("postgresql")))
    new = open_engine(fresh_database(request.getfixturevalue("postgresql")))
    with writing(old) as connection:
        for script in scripts().walk_revisions():
            if script.revision == FIRST:
                with Operations.context(MigrationContext.configure(connection)):
                    script.module.upgrade()
        for table in record_tables().values():
            table.create(connection)

    for engine in (old, new):
        create(engine)

    assert shape(old) == shape(new)
    for engine in (old, new):
        engine.dispose()


def test_the_version_is_the_last_step(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'steps.db'}")
    with writing(engine) as connection:
        taken = upgrade(connection, None)
    engine.dispose()

    assert taken[-1] == scripts().get_current_head() == VERSION


def test_a_store_of_a_later_release_is_left_alone(tmp_path: Path) -> None:
    engine = empty_centre(tmp_path / "centre.db")
    with writing(engine) as connection:
        connection.execute(text("UPDATE centre_version SET number = '9999'"))

    with pytest.raises(CentreOutdatedError, match="9999"):
        create(engine)
    engine.dispose()


def test_a_step_that_fails_leaves_the_store_as_it_was(
    old: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = shape(old)

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the power went")

    monkeypatch.setattr(sender_tables.metadata, "create_all", fail)
    with pytest.raises(RuntimeError):
        create(old)

    assert shape(old) == before
