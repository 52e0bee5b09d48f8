"""What is gone from its source when it is read again waits for a person, or is forgotten."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from gateway.events import store as event_store
from gateway.exchange import source_units
from gateway.exchange.acknowledge import acknowledge_due
from gateway.exchange.tables import source_unit
from gateway.operations import feeds as feed_acts
from outbox import Outbox
from tests.support.clock import NOW
from tests.support.line import sound_rows
from tests.support.record_versions import LICENCE, version
from tests.support.set_aside import act, aside, drop, drop_feed, fetch

pytestmark = pytest.mark.usefixtures("quiet_unit_errors")

ROW = sound_rows(LICENCE, 1)[0]


@pytest.fixture
def broken(
    engine: Engine, bug: Callable[[BaseException], None], tmp_path: Path
) -> Callable[[int], None]:
    """Let a dropped file fail a number of times; it is set aside at two."""
    bug(KeyError("a step"))
    drop(tmp_path, "a.csv", [version(ROW, "poison")])
    feed, _ = drop_feed(engine, tmp_path)

    def fail(times: int) -> None:
        for _ in range(times):
            fetch(engine, feed, errors=2)

    return fail


def remove(folder: Path) -> None:
    for file in folder.glob("a.csv*"):
        file.unlink()


def names(engine: Engine) -> list[tuple[str, str]]:
    """Return the file and state of each row of what is being read or set aside."""
    with engine.connect() as connection:
        query = select(source_unit.c.name, source_unit.c.state)
        return [(row.name.partition("@")[0], row.state) for row in connection.execute(query)]


def told(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return [
            event.text.en for event in event_store.events(connection) if event.name == "unit.gone"
        ]


def test_a_file_that_a_person_wants_again_and_that_was_removed_waits_for_a_person(
    engine: Engine, broken: Callable[[int], None], tmp_path: Path
) -> None:
    """Nobody could give it up, its department was never told, and its feed never balanced."""
    broken(2)
    act(engine, feed_acts.read_again, "a.csv")
    remove(tmp_path)
    feed, _ = drop_feed(engine, tmp_path)

    assert names(engine) == [("a.csv", "again")]
    for _ in range(2):
        fetch(engine, feed)
    silent = acknowledge_due(engine, Outbox(engine), feed, lambda: NOW, 0.5)
    [unit] = aside(engine)
    given_up = act(engine, feed_acts.give_up, "a.csv")
    answered = acknowledge_due(engine, Outbox(engine), feed, lambda: NOW, 0.5)

    assert "a.csv" in told(engine)[0]
    assert len(told(engine)) == 1
    assert "not at its source" in unit.reason.en
    assert (silent, answered) == ((0, 0), (1, 0))
    assert given_up == [unit.name]


def test_a_file_that_was_brought_back_is_read_when_a_person_wants_it_again(
    engine: Engine, broken: Callable[[int], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(2)
    act(engine, feed_acts.read_again, "a.csv")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    files = [file.rename(elsewhere / file.name) for file in tmp_path.glob("a.csv*")]
    feed, _ = drop_feed(engine, tmp_path)
    fetch(engine, feed)
    monkeypatch.undo()
    for file in files:
        file.rename(tmp_path / file.name)

    act(engine, feed_acts.read_again, "a.csv")
    report = fetch(engine, feed)

    assert report.counts["packed"] == 1  # type: ignore[union-attr]
    assert names(engine) == []


def test_a_file_at_which_something_failed_once_and_that_was_removed_is_forgotten(
    engine: Engine, broken: Callable[[int], None], tmp_path: Path
) -> None:
    broken(1)
    before = names(engine)
    remove(tmp_path)
    feed, _ = drop_feed(engine, tmp_path)
    fetch(engine, feed)

    assert before == [("a.csv", "reading")]
    assert names(engine) == []
    assert told(engine) == []


def test_a_file_that_its_drop_holds_back_is_not_gone(
    engine: Engine, broken: Callable[[int], None], tmp_path: Path
) -> None:
    """Its marker is taken away while the department writes it anew."""
    broken(2)
    act(engine, feed_acts.read_again, "a.csv")
    for marker in (tmp_path / "a.csv.ok", tmp_path / "a.csv.taken"):
        marker.unlink(missing_ok=True)
    feed, adapter = drop_feed(engine, tmp_path)
    fetch(engine, feed)

    assert list(adapter.held_back()) == ["a.csv"]
    assert names(engine) == [("a.csv", "again")]


def test_what_a_person_asks_for_while_a_fetch_is_under_way_is_not_gone(
    engine: Engine, broken: Callable[[int], None], tmp_path: Path
) -> None:
    """The fetch has passed the file over by then; the next one reads it."""
    broken(2)
    drop(tmp_path, "b.csv", [ROW])
    feed, adapter = drop_feed(engine, tmp_path)

    class Slow(type(adapter)):  # type: ignore[misc]
        def keep(self, batch: object) -> None:
            act(engine, feed_acts.read_again, "a.csv")
            super().keep(batch)

    slow = Slow(adapter._settings)
    fetch(engine, replace(feed, adapter=slow))

    assert names(engine) == [("a.csv", "again")]
    assert told(engine) == []
    with engine.connect() as connection:
        assert source_units.undecided(connection) == {}
