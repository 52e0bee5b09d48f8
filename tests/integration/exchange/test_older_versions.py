"""An older version of a record never comes after a newer one, whatever way each took."""

import os
from dataclasses import replace
from pathlib import Path

import polars as pl
from sqlalchemy import Engine, text

from adapters.files.folder import FolderAdapter, FolderSettings
from gateway.operations import feeds as feed_acts
from outbox import Outbox, maintenance, writing
from tests.support.clock import NOW
from tests.support.closing import closed_later
from tests.support.line import feed_of, fetch, sound_rows
from tests.support.record_versions import (
    FEED,
    LICENCE,
    broken,
    counts,
    mend,
    mended_feed,
    push_feed,
    sent,
    states,
    submit,
    verdicts,
    version,
)
from tests.support.world import World


def test_a_row_mended_before_a_newer_version_came_is_not_sent(engine: Engine) -> None:
    [row] = sound_rows(LICENCE, 1)
    feed, source = mended_feed(engine, [version(row, "")])
    fetch(engine, feed)
    receipt = mend(engine, [version(row, "mended")])
    source.units.append([version(row, "v2")])

    fetch(engine, feed)

    assert sent(engine) == ["v2"]
    assert verdicts(engine, feed, receipt) == [("superseded", "change.older")]


def test_a_row_that_was_refused_before_a_newer_version_came_is_not_sent_though_mended_after(
    engine: Engine,
) -> None:
    [row] = sound_rows(LICENCE, 1)
    feed, source = mended_feed(engine, [version(row, "")])
    fetch(engine, feed)
    source.units.append([version(row, "v2")])
    fetch(engine, feed)

    mend(engine, [version(row, "mended")])
    fetch(engine, feed)

    assert sent(engine) == ["v2"]


def test_what_a_person_mends_twice_is_sent_twice(engine: Engine) -> None:
    [row] = sound_rows(LICENCE, 1)
    feed, _ = mended_feed(engine, [version(row, "")])
    fetch(engine, feed)

    mend(engine, [version(row, "mended")])
    mend(engine, [version(row, "mended again")])
    fetch(engine, feed)
    mend(engine, [version(row, "and again")])
    fetch(engine, feed)

    assert sent(engine) == ["mended", "mended again", "and again"]


def test_a_unit_read_again_keeps_its_place_among_those_that_came_since(engine: Engine) -> None:
    one, two, three = sound_rows(LICENCE, 3)
    feed = push_feed(engine)
    submit(engine, [version(row, "v0") for row in (one, two)])
    fetch(engine, feed)
    late = submit(engine, [version(row, "v1") for row in (one, two, three)])
    broken(engine, feed, late)
    # One is changed since, of the other the version before was given again.
    submit(engine, [version(one, "v2"), version(two, "v0")])
    fetch(engine, feed)

    with writing(engine) as connection:
        feed_acts.read_again(connection, FEED, late, "operator", "mended", NOW)
    fetch(engine, feed)

    assert sent(engine) == ["v0", "v0", "v2", "v1"]
    assert states(engine)[1] == "kept"
    told = verdicts(engine, feed, late)
    assert told == []
    assert counts(engine)[3] == 2


def test_an_older_full_list_that_is_read_again_withdraws_nothing(engine: Engine) -> None:
    rows = sound_rows(LICENCE, 6)
    feed = push_feed(engine, "full")
    submit(engine, rows[:4])
    fetch(engine, feed)
    late = submit(engine, rows[:2])
    broken(engine, feed, late)
    submit(engine, rows)
    fetch(engine, feed)

    with writing(engine) as connection:
        feed_acts.read_again(connection, FEED, late, "operator", "mended", NOW)
    report = fetch(engine, feed)

    assert (report.counts["rows"], report.withdrawn) == (0, 0)
    assert "newer full list" in report.refused_units[0].en


def test_a_version_that_was_held_or_is_sent_again_never_replaces_a_newer_one(world: World) -> None:
    [row] = sound_rows(LICENCE, 1)
    feed, adapter = feed_of(LICENCE, [version(row, "v1")], mode="update")
    fetch(world.engine, feed)
    outbox = Outbox(world.engine)
    [first] = [message.guid for message in world.messages()]
    with writing(world.engine) as connection:
        outbox.hold(connection, first, NOW, "looked at")
    adapter.units.append([version(row, "v2")])
    fetch(world.engine, feed)

    world.deliver(2)
    while_held = world.at_centre()
    with writing(world.engine) as connection:
        outbox.requeue(connection, first, world.clock(), "goes on")
    world.deliver(3)
    with writing(world.engine) as connection:
        maintenance.replay(connection, [first], world.clock(), "sent again")
    world.deliver(2)

    with world.centre.connect() as connection:
        rows = connection.execute(text("SELECT content FROM administrative_licence"))
        assert list(rows.scalars()) == ["v2"]
    assert while_held == 0
    assert {message.state for message in world.messages()} == {"settled"}


def test_files_that_are_whole_together_are_taken_the_oldest_first_then_by_name(
    engine: Engine, tmp_path: Path
) -> None:
    [row] = sound_rows(LICENCE, 1)
    for name, age in (("a", 10), ("c", 20), ("b", 20)):
        path = tmp_path / f"{name}.csv"
        pl.DataFrame([version(row, name)]).write_csv(path)
        os.utime(path, (1_700_000_000 - age, 1_700_000_000 - age))
        (tmp_path / f"{name}.csv.ok").touch()
    plain, _ = feed_of(LICENCE, mode="update")
    settings = FolderSettings(folder=str(tmp_path), format_settings={"encoding": "utf-8"}, settle=0)
    feed = replace(plain, adapter=closed_later(FolderAdapter(settings)))

    fetch(engine, feed)

    assert sent(engine) == ["b", "c", "a"]
