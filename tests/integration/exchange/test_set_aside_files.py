"""A file that fails on the way in waits at its source until a person decides."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Engine

from adapters.reader.errors import ReaderEndedError
from adapters.text import Text as AdapterText
from gateway.exchange import feed_store, source_units
from gateway.exchange.acknowledge import acknowledge_due
from gateway.exchange.fetch import FetchReport
from gateway.operations import feeds as feed_acts
from outbox import Outbox
from tests.support.clock import NOW
from tests.support.line import sound_rows
from tests.support.record_versions import (
    FEED,
    LICENCE,
    version,
)
from tests.support.set_aside import (
    POISON,
    act,
    aside,
    drop,
    drop_feed,
    fetch,
)

pytestmark = pytest.mark.usefixtures("quiet_unit_errors")


def test_a_file_at_which_the_line_fails_waits_where_it_is_until_a_person_decides(
    engine: Engine,
    bug: Callable[[BaseException], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bug(KeyError("a step"))
    one, two, three = sound_rows(LICENCE, 3)
    for name, row in (("a", version(one, POISON)), ("b", two), ("c", version(three, POISON))):
        pl.DataFrame([row]).write_csv(tmp_path / f"{name}.csv")
        (tmp_path / f"{name}.csv.ok").touch()
    feed, _ = drop_feed(engine, tmp_path)

    fetch(engine, feed, errors=1)
    fetch(engine, feed, errors=1)
    acknowledge_due(engine, Outbox(engine), feed, lambda: NOW + timedelta(days=1), 0.5)

    assert [unit.label.split("@")[0] for unit in aside(engine)] == ["a.csv", "c.csv"]
    assert not (tmp_path / "a.csv.result.csv").exists()
    act(engine, feed_acts.give_up, "c.csv")
    fetch(engine, feed, errors=1)
    assert [unit.label.split("@")[0] for unit in aside(engine)] == ["a.csv"]
    monkeypatch.undo()
    act(engine, feed_acts.read_again, "a.csv")
    report = fetch(engine, feed)
    acknowledge_due(engine, Outbox(engine), feed, lambda: NOW + timedelta(days=1), 0.5)
    assert isinstance(report, FetchReport)
    assert report.counts["packed"] == 1
    assert "source.set_aside" in (tmp_path / "c.csv.result.csv").read_text("utf-8")
    assert (tmp_path / "a.csv.taken").exists()
    assert (tmp_path / "c.csv.done").exists()


READY = {
    "marker": {},
    "stable, moved away": {"ready": "stable", "archive": "archive"},
}


@pytest.mark.parametrize("ready", READY)
def test_a_file_that_is_set_aside_is_itself_at_each_fetch_and_can_be_tried_again(
    engine: Engine,
    bug: Callable[[BaseException], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ready: str,
) -> None:
    bug(KeyError("a step"))
    settings: dict[str, Any] = READY[ready]
    rows = sound_rows(LICENCE, 2)
    drop(tmp_path, "a.csv", [version(rows[0], POISON), rows[1]], marker=ready == "marker")
    feed, adapter = drop_feed(engine, tmp_path, **settings)
    fetch(engine, feed, errors=2)
    fetch(engine, feed, errors=2)
    copied: list[str] = []
    get = adapter._place.get

    def noted(path: str, target: Any) -> None:
        copied.append(path)
        get(path, target)

    monkeypatch.setattr(adapter._place, "get", noted)
    for _ in range(3):
        assert isinstance(fetch(engine, feed, errors=2), FetchReport)
    [unit] = aside(engine)
    assert (unit.state, unit.label.split("@")[0], copied) == ("refused", "a.csv", [])
    drop(tmp_path, "b.csv", [version(rows[0], "v2")], marker=ready == "marker")
    fetch(engine, feed)
    monkeypatch.undo()

    act(engine, feed_acts.read_again, unit.label)
    report = fetch(engine, feed)

    assert isinstance(report, FetchReport)
    # It keeps its place: what came since is newer.
    assert (report.counts["packed"], report.counts["superseded"]) == (1, 1)
    assert aside(engine) == []
    with engine.connect() as connection:
        assert (
            source_units.find(connection, feed_store.feed_state(connection, FEED).id, unit.name)
            is None
        )
    assert isinstance(fetch(engine, feed), FetchReport)
    with engine.connect() as connection:
        [totals] = feed_store.totals(connection)
    assert (totals.rows, totals.packed) == (3, 2)


def test_a_file_that_ended_its_reader_keeps_its_place_when_it_is_tried_again(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [row] = sound_rows(LICENCE, 1)
    drop(tmp_path, "a.csv", [version(row, "v1")])
    feed, _ = drop_feed(engine, tmp_path)

    def ends(*_: Any) -> Any:
        raise ReaderEndedError(AdapterText("结束", "it ended"), "read")

    monkeypatch.setattr("adapters.files.taking.batches", ends)
    for _ in range(2):
        fetch(engine, feed)
    acknowledge_due(engine, Outbox(engine), feed, lambda: NOW + timedelta(days=1), 0.5)
    assert (tmp_path / "a.csv.done").exists()
    monkeypatch.undo()
    drop(tmp_path, "b.csv", [version(row, "v2")])
    fetch(engine, feed)
    [unit] = aside(engine)
    act(engine, feed_acts.read_again, unit.label)
    (tmp_path / "a.csv.ok").touch()

    report = fetch(engine, feed)

    assert isinstance(report, FetchReport)
    assert (report.counts["packed"], report.counts["superseded"]) == (0, 1)
    with engine.connect() as connection:
        feed_id = feed_store.feed_state(connection, FEED).id
        assert source_units.find(connection, feed_id, unit.name) is None
