"""Stores of earlier releases: brought to this one's tables step by step, with what is in them."""

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Engine, inspect, text

from gateway.exchange import feed_store
from gateway.store import migrations
from gateway.store.migrations import scripts, upgrade
from gateway.store.open import (
    StoreOutdatedError,
    StoreSchemaError,
    check_store,
    noted_shape,
    open_store,
    upgrade_store,
    version_of,
)
from gateway.store.schema import SCHEMAS, VERSION
from gateway.store.shape import Shape, digest_of, expected_shape, reported_shape
from outbox import Outbox, open_engine, writing
from tests.support.command import in_this_process

#: Every step, the first release's included.
STEPS = [f"{number:04}" for number in range(1, int(VERSION) + 1)]


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
            import_module("gateway.store.migrations.versions.0001_first").upgrade()
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

    assert taken == STEPS[1:]
    assert version == VERSION
    assert [change for change in ours if "alembic_version" not in str(change)] == []


def test_what_an_earlier_release_kept_is_there_after_the_upgrade(url: str) -> None:
    engine = first_release(url)
    with writing(engine) as connection:
        connection.execute(
            text(
                "INSERT INTO feed (id, name, cursor, version, hold_zh, hold_en, shape, "
                "problem_zh, problem_en)"
                " VALUES (1, 'a.b', 'c', 3, '', '', '', '', '')"
            )
        )
        for number, state in enumerate(("acknowledged", "acknowledged", "settled"), 1):
            connection.execute(
                text(
                    "INSERT INTO unit (id, feed_id, name, state, rows, refused, unchanged, "
                    "superseded, packed, accepted,"
                    " turned_down, started_at, acknowledge_tries) VALUES (:id, 1, :name, "
                    ":state, 10, 1, 0, 0, 9, 8, 1, '2026-01-01', 0)"
                ),
                {"id": number, "name": f"u{number}", "state": state},
            )
    engine.dispose()
    upgrade_store(url)

    upgraded = open_store(url)
    with upgraded.connect() as connection:
        (totals,) = feed_store.totals(connection)
        state = feed_store.peek(connection, "a.b")
    upgraded.dispose()

    assert (totals.rows, totals.accepted, totals.turned_down, totals.unacknowledged) == (
        30,
        24,
        3,
        1,
    )
    assert state is not None
    assert (state.cursor, state.version) == ("c", 3)


def test_what_people_dropped_in_an_earlier_release_is_dropped_after_the_upgrade(url: str) -> None:
    engine = first_release(url)
    said = "dropped: li.si 作废：错 / dropped by li.si: wrong"
    # GUID: the state, and the states it went through since it was put.
    packages = {
        "dropped": ("settled", [("settled", said)]),
        "replay-asked": ("waiting", [("settled", said), ("waiting", "replayed by x: y")]),
        "replay-begun": (
            "waiting",
            [("settled", said), ("waiting", "replayed by x: y"), ("sending", "claimed")],
        ),
        "delivered": ("settled", [("sending", "claimed"), ("settled", "accepted 1, refused 0")]),
        "replay-dropped": (
            "settled",
            [("settled", "accepted 1, refused 0"), ("waiting", "replayed"), ("settled", said)],
        ),
        "waiting": ("waiting", [("waiting", "put")]),
    }
    with writing(engine) as connection:
        connection.execute(text("INSERT INTO outbox_lane VALUES ('a.b', :t, 9)"), {"t": True})
        for number, (guid, (state, steps)) in enumerate(packages.items()):
            connection.execute(
                text(
                    "INSERT INTO outbox_message (guid, lane, sequence, part, records, state, "
                    "why, attempts, strikes, replays,"
                    " created_at, not_before) VALUES (:guid, 'a.b', :number, 0, 1, :state, "
                    ":why, 0, 0, :replays, :at, :at)"
                ),
                {
                    "guid": guid,
                    "number": number,
                    "state": state,
                    "why": steps[-1][1],
                    "replays": int("replay" in guid),
                    "at": "2026-01-01",
                },
            )
            for step, why in steps:
                connection.execute(
                    text(
                        "INSERT INTO outbox_transition (guid, state, at, why) VALUES (:guid, "
                        ":state, :at, :why)"
                    ),
                    {"guid": guid, "state": step, "at": "2026-01-01", "why": why},
                )
    engine.dispose()
    upgrade_store(url)

    upgraded = open_store(url)
    with upgraded.connect() as connection:
        rows = connection.execute(text("SELECT guid, state FROM outbox_message"))
        states = {row.guid: row.state for row in rows}
        ends = [state for _, state, _ in Outbox(upgraded).history(connection, "replay-asked")]
    upgraded.dispose()

    assert states == {
        "dropped": "dropped",
        "replay-asked": "dropped",
        "replay-begun": "waiting",
        "delivered": "settled",
        "replay-dropped": "settled",
        "waiting": "waiting",
    }
    assert ends == ["dropped", "waiting", "dropped"]


def test_an_old_store_is_not_used_before_its_upgrade_and_a_newer_one_never(url: str) -> None:
    first_release(url).dispose()
    with pytest.raises(StoreOutdatedError, match="creditgate store upgrade"):
        open_store(url)
    upgrade_store(url)
    engine = open_store(url)
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()

    with pytest.raises(StoreOutdatedError, match="newer program"):
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
    monkeypatch.setattr("gateway.store.migrations.scripts", lambda: held)
    with pytest.raises(RuntimeError):
        upgrade_store(url)
    monkeypatch.undo()

    engine = open_engine(url)
    there = inspect(engine).has_table("account")
    engine.dispose()
    assert not there
    assert upgrade_store(url) == STEPS[1:]


def test_an_empty_database_goes_through_every_step(url: str) -> None:
    engine = open_engine(url)
    with writing(engine) as connection:
        taken = upgrade(connection, None)
    engine.dispose()

    assert taken == STEPS


# --- steps that have landed, and what a store is beside its number -------------------------------

#: SHA-256 of every step that has landed, without white space at the ends of lines. None of them is
#: ever edited: somewhere a store has taken it as it was. What must be otherwise is a new step.
LANDED = {
    "0001_first.py": "4d8affa521db37747408a72c48d765456ddd22c3a5713518f1fd4bbca270f08d",
    "0002_console.py": "025d49dac248f408646b000817da25d28b88500f953c5a1d1f71cf89392c8157",
    "0003_edges.py": "68757d6cc561d3452ba1c846d588ca8a7bf8c9d429b0248e80f962d8abd0dc19",
    "0004_way_in.py": "86c4c3ace1a124961256c50c75b93f4e4728b42d1d0211ce769d9dabf8eab23b",
    "0005_restores.py": "3fb84b6198831c9c0e3bbfbd0dfd20da0c6180e09301d7131feda71b5bc68a1b",
    "0006_engine.py": "273e1263fbc040821e931d8ea170e4c5a45e42f4bd1f41f65da804de2927539a",
    "0007_people.py": "f7fb7bae3924febe1632eb7ceb3d6af847485a7b1f489ec567f4c9d22bcd0705",
    "0008_sealed_rows.py": "efa96a311c0c39fad56ec74b1994e42b14a7669d77636fc1f7d9bc298af27654",
    "0009_secrets.py": "a6d273627b505bb1243ee60b766e92869351e764c9aaf167dddcca232ab2ceb1",
    "0010_dropped.py": "6b6e588792855a0c0bc26578f72e7ac0cf25dd46cc6e29e561024a66a5d78cc7",
    "0011_dropped_list.py": "115981aa927be7b4b3c869d192cf47df2edef4389f1f2239a5c2e3da9699b318",
    "0012_token_failures.py": "fdb938cbeacc898af998531803830b598608435d389d1b502204ca3cf792dfdc",
}


def test_no_step_that_has_landed_was_edited() -> None:
    folder = Path(migrations.__file__).parent / "versions"
    sources = {path.name: path.read_text("utf-8") for path in sorted(folder.glob("0*.py"))}
    digests = {
        name: sha256("\n".join(map(str.rstrip, text.splitlines())).encode()).hexdigest()
        for name, text in sources.items()
    }

    assert {name: digests.get(name) for name in LANDED} == LANDED
    # A new step is added here by the change that brings it to the main branch.
    assert all(name > max(LANDED) for name in digests.keys() - LANDED.keys())


def shape(url: str) -> Shape:
    engine = open_engine(url)
    with engine.connect() as connection:
        found = reported_shape(connection)
    engine.dispose()
    return found


def change(url: str, *statements: str) -> None:
    engine = open_engine(url)
    with writing(engine) as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


@pytest.mark.parametrize("made", ["new", "brought up"])
def test_a_store_made_new_and_one_brought_up_have_one_shape_and_it_stands_in_them(
    url: str, made: str
) -> None:
    if made == "brought up":
        first_release(url).dispose()
        upgrade_store(url)
    engine = open_store(url)
    with engine.connect() as connection:
        expected, noted = expected_shape(connection.dialect), noted_shape(connection)
    engine.dispose()

    assert shape(url) == expected
    assert noted == digest_of(expected)


@pytest.mark.parametrize(
    ("statement", "part"),
    [
        ("DROP TABLE adapter_draft", "table adapter_draft"),
        ("ALTER TABLE alert_rule DROP COLUMN repeat_hours", "column alert_rule.repeat_hours"),
        ("DROP INDEX ix_unit_feed", "index unit.ix_unit_feed"),
        ("ALTER TABLE event ADD COLUMN own INTEGER", "+column event.own"),
        ("CREATE UNIQUE INDEX own ON event (at)", "+index event.own"),
    ],
)
def test_a_store_whose_tables_are_not_those_of_its_version_is_refused_by_what_is_missing(
    url: str, tmp_path: Path, statement: str, part: str
) -> None:
    """Finding 7: `store upgrade` said that it is this version already."""
    open_store(url).dispose()
    change(url, statement)
    before = shape(url)
    settings = tmp_path / "gateway.yaml"
    nowhere = {"url": "http://127.0.0.1:9", "token": "made-up"}
    settings.write_text(
        json.dumps({"store": url, "catalogue": nowhere, "centre": {"kind": "http", **nowhere}})
    )

    engine = open_store(url)
    with pytest.raises(StoreSchemaError, match=re.escape(part)):
        check_store(engine)
    engine.dispose()
    for command in (("store", "version"), ("store", "upgrade"), ("pull", "a.b")):
        result = in_this_process(*command, "--settings", str(settings), code=1)
        assert part in result.output
    assert shape(url) == before


def test_an_index_that_somebody_has_added_is_in_nobodys_way(url: str) -> None:
    open_store(url).dispose()
    change(url, "CREATE INDEX own ON event (at)")

    engine = open_store(url)
    check_store(engine)
    engine.dispose()

    assert upgrade_store(url) == []


def test_the_order_of_columns_is_no_part_of_a_shape(tmp_path: Path) -> None:
    one, other = (f"sqlite:///{tmp_path / name}.db" for name in ("one", "other"))
    columns = ["id INTEGER NOT NULL", "guid VARCHAR(36) NOT NULL"]
    for url, order in ((one, columns), (other, columns[::-1])):
        change(url, f"CREATE TABLE identity ({', '.join(order)}, PRIMARY KEY (id))")

    assert shape(one) == shape(other)


@pytest.mark.parametrize(
    ("statement", "part"),
    [
        ("DROP TABLE adapter_secret", "table adapter_secret"),
        ("ALTER TABLE unit DROP COLUMN declared", "column unit.declared"),
    ],
)
def test_a_store_older_than_the_first_step_is_told_in_a_sentence(
    url: str, statement: str, part: str
) -> None:
    """Finding 16: it counts as the first, and the steps met a table that it does not have."""
    first_release(url).dispose()
    change(url, statement)
    before = shape(url)

    with pytest.raises(StoreSchemaError, match=part):
        upgrade_store(url)

    assert shape(url) == before


def test_a_store_of_a_later_release_is_not_said_to_be_this_one_already(url: str) -> None:
    open_store(url).dispose()
    change(url, "UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(StoreOutdatedError, match="newer program"):
        upgrade_store(url)


def test_a_store_that_another_program_of_this_version_has_made_is_looked_through(url: str) -> None:
    open_store(url).dispose()
    change(url, "UPDATE alembic_version SET shape = 'of another program'")
    open_store(url).dispose()
    change(url, "DROP TABLE adapter_draft")

    with pytest.raises(StoreSchemaError, match="adapter_draft"):
        open_store(url)
