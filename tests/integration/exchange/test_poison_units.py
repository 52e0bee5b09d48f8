"""What ends its reader twice is set aside and shown, and the next file is read."""

import csv
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from adapters.files.folder import FolderAdapter, FolderSettings
from adapters.reader import pool as pools
from adapters.reader.client import Reader, ReaderLimits
from gateway.events import store as event_store
from gateway.exchange import feed_store, refusal_store, source_units, unit_store
from gateway.exchange.acknowledge import acknowledge_due
from gateway.exchange.feed import Feed
from gateway.exchange.fetch import Fetcher, FetchReport
from gateway.masking import source_name
from gateway.operations import ActRefusedError
from gateway.operations import feeds as feed_acts
from outbox import Outbox, writing
from tests.support.clock import NOW
from tests.support.closing import closed_later
from tests.support.faulty_format import faulty_format
from tests.support.line import feed_of, sound_rows

LICENCE = "environment/licence.yaml"


@pytest.fixture(autouse=True)
def readers(tmp_path: Path) -> Iterator[None]:
    """Readers that may use little, and the format that ends them."""
    pools.configure(ReaderLimits(memory_mb=512, processor_seconds=60, wall_seconds=60.0))
    (tmp_path / "site").mkdir()
    with faulty_format(tmp_path / "site"):
        yield
    pools.configure(ReaderLimits())


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    """The folder into which files are dropped."""
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


def feed_over(drop: Path) -> Feed:
    """Return a feed of licences over a drop of files in the faulty format."""
    feed, _ = feed_of(LICENCE)
    settings = FolderSettings(folder=str(drop), format="faulty", settle=0)
    return replace(feed, adapter=closed_later(FolderAdapter(settings)))


def real_feed(drop: Path, rows: int, batch_rows: int) -> Feed:
    """Return a feed of licences over a drop with one file of delimited text."""
    feed, _ = feed_of(LICENCE)
    made = sound_rows(LICENCE, min(rows, 300))
    path = drop / "licences.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(made[0]))
        writer.writeheader()
        writer.writerows(made[n % len(made)] for n in range(rows))
    (drop / "licences.csv.ok").touch()
    settings = FolderSettings(
        folder=str(drop), format_settings={"encoding": "utf-8"}, batch_rows=batch_rows, settle=0
    )
    return replace(feed, adapter=closed_later(FolderAdapter(settings)))


def watched(monkeypatch: pytest.MonkeyPatch) -> list[Reader]:
    """Return a list that will hold each reader once it is asked for something."""
    readers: list[Reader] = []
    run = Reader.run
    monkeypatch.setattr(
        Reader, "run", lambda self, *given: (readers.append(self), run(self, *given))[1]
    )
    return readers


def put(drop: Path, name: str, text: str, age: int = 0) -> None:
    """Drop a file and its marker."""
    path = drop / f"{name}.csv"
    path.write_text(text, "utf-8")
    os.utime(path, (time.time() - age, time.time() - age))
    (drop / f"{name}.csv.ok").touch()


def sound(count: int) -> str:
    """Return a file of sound licences in the faulty format's own way."""
    rows = sound_rows(LICENCE, count)
    lines = [",".join(str(value).replace(",", "，") for value in row.values()) for row in rows]
    return "\n".join(["rows", ",".join(rows[0]), *lines])


def fetch(engine: Engine, feed: Feed) -> FetchReport:
    """Fetch once."""
    return Fetcher(engine, Outbox(engine), lambda: NOW).fetch(feed)


def rules(engine: Engine, feed: Feed) -> list[str]:
    """Return the rules of open refusals of whole units."""
    with engine.connect() as connection:
        listed = refusal_store.refusals(connection, feed.name, ("open",), 100)
    return [fault.rule for refusal in listed for fault in refusal.faults if not refusal.ref]


def aside(engine: Engine, feed: Feed) -> list[source_units.SourceUnit]:
    """Return what is set aside."""
    with engine.connect() as connection:
        return list(source_units.set_aside(connection, feed.name))


def test_a_file_that_ends_its_reader_twice_is_refused_and_the_next_is_read(
    engine: Engine, drop: Path
) -> None:
    put(drop, "a", "SIGSEGV", age=60)
    put(drop, "b", sound(4))
    feed = feed_over(drop)

    report = fetch(engine, feed)

    assert report.counts["rows"] == 4
    assert rules(engine, feed) == ["format.reader_ended"]
    [unit] = aside(engine, feed)
    assert (source_name(unit.name), unit.strikes) == ("a.csv", 2)
    assert "SIGSEGV" in unit.reason.zh
    with engine.connect() as connection:
        names = [event.name for event in event_store.events(connection, 10)]
    assert "reader.ended" in names
    fetch(engine, feed)
    acknowledge_due(engine, Outbox(engine), feed, lambda: NOW, 0.5)
    fetch(engine, feed)
    assert rules(engine, feed) == ["format.reader_ended"]
    assert "format.reader_ended" in (drop / "a.csv.result.csv").read_text("utf-8")


def test_a_person_can_have_it_read_again(engine: Engine, drop: Path) -> None:
    put(drop, "a", "SIGABRT", age=60)
    feed = feed_over(drop)
    fetch(engine, feed)
    acknowledge_due(engine, Outbox(engine), feed, lambda: NOW, 0.5)

    with writing(engine) as connection:
        with pytest.raises(ActRefusedError):
            feed_acts.read_again(connection, feed.name, "other.csv", "op", "looked at it", NOW)
        feed_acts.read_again(connection, feed.name, "a.csv", "op", "looked at it", NOW)
    fetch(engine, feed)
    assert aside(engine, feed) == []
    (drop / "a.csv.done").rename(drop / "a.csv.ok")
    fetch(engine, feed)

    assert [unit.strikes for unit in aside(engine, feed)] == [2]


def test_one_strike_is_forgotten_once_the_unit_is_read(engine: Engine, drop: Path) -> None:
    put(drop, "a", sound(2))
    feed = feed_over(drop)
    [unit] = [f"a.csv@{version(drop / 'a.csv')}"]
    with writing(engine) as connection:
        state = feed_store.feed_state(connection, feed.name)
        reason = source_units.Text("内存", "memory")
        source_units.strike(connection, state.id, unit, reason, NOW)

    report = fetch(engine, feed)

    with writing(engine) as connection:
        known = source_units.begin(connection, state.id, unit, NOW)
    assert report.counts["rows"] == 2
    assert known is None


def test_a_unit_under_way_when_the_gateway_ended_is_read_alone_and_has_no_strike(
    engine: Engine, drop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(drop, "a", sound(2), age=60)
    put(drop, "b", sound(3))
    feed = feed_over(drop)
    unit = f"a.csv@{version(drop / 'a.csv')}"
    with writing(engine) as connection:
        state = feed_store.feed_state(connection, feed.name)
        source_units.begin(connection, state.id, unit, NOW)
    lent: list[bool] = []
    lend = pools.Pool.reader
    monkeypatch.setattr(
        pools.Pool,
        "reader",
        lambda self, purpose="fetch", *, alone=False: (
            lent.append(alone),
            lend(self, purpose, alone=alone),
        )[1],
    )

    report = fetch(engine, feed)

    assert lent == [True, False]
    assert report.counts["rows"] == 5
    assert aside(engine, feed) == []


def test_a_reader_killed_from_outside_costs_a_strike_and_no_row(
    engine: Engine, drop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(drop, "a", "sleep", age=60)
    put(drop, "b", sound(2))
    feed = feed_over(drop)
    readers = watched(monkeypatch)
    killer = threading.Thread(target=_kill_at_work, args=(readers, 2, signal.SIGKILL))
    killer.start()

    report = fetch(engine, feed)
    killer.join()

    assert report.counts["rows"] == 2
    [unit] = aside(engine, feed)
    assert "SIGKILL" in unit.reason.en


@pytest.mark.parametrize("name", ["SIGKILL", "SIGSEGV", "SIGABRT"])
def test_a_real_file_whose_reader_is_ended_once_is_read_whole_and_once(
    engine: Engine, drop: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    feed = real_feed(drop, rows=300, batch_rows=50)
    readers = watched(monkeypatch)
    killer = threading.Thread(target=_kill_at_work, args=(readers, 1, signal.Signals[name]))
    killer.start()

    report = fetch(engine, feed)
    killer.join()

    with engine.connect() as connection:
        [unit] = unit_store.latest(connection, feed.name, 2)
        [totals] = feed_store.totals(connection)
    assert report.counts["rows"] == unit.rows == 300
    assert unit.counted == 301
    assert (totals.packed, totals.unchanged, totals.uneven) == (300, 0, 0)
    assert aside(engine, feed) == []


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        (ReaderLimits(memory_mb=4), "4 MB"),
        (ReaderLimits(wall_seconds=0.001), "0.001 s"),
    ],
)
def test_a_real_file_that_is_too_much_for_its_reader_is_set_aside(
    engine: Engine, drop: Path, limits: ReaderLimits, says: str
) -> None:
    feed = real_feed(drop, rows=20_000, batch_rows=20_000)
    pools.configure(limits)

    fetch(engine, feed)

    [unit] = aside(engine, feed)
    assert unit.strikes == 2
    assert says in unit.reason.en or "SIG" in unit.reason.en
    assert rules(engine, feed) == ["format.reader_ended"]


def test_each_unit_keeps_the_count_that_is_not_its_readers(engine: Engine, drop: Path) -> None:
    put(drop, "a", sound(3))
    feed = feed_over(drop)
    fetch(engine, feed)

    with engine.connect() as connection:
        [unit] = unit_store.latest(connection, feed.name, 1)
        [totals] = feed_store.totals(connection)
    assert (unit.counted, unit.rows) == (3, 3)
    assert (totals.counted, totals.uneven, totals.uncounted) == (3, 0, 0)


def version(path: Path) -> str:
    """Return a file's version as a folder drop knows it."""
    about = path.stat()
    return f"{about.st_mtime_ns}-{about.st_size}"


def _kill_at_work(readers: list[Reader], count: int, how: signal.Signals) -> None:
    """Kill readers once they are in the middle of a file, one after the other."""
    killed: set[int] = set()
    deadline = time.monotonic() + 60
    while len(killed) < count and time.monotonic() < deadline:
        for reader in readers:
            if reader.at.startswith("rows after") and reader.pid not in killed:
                killed.add(reader.pid)
                os.kill(reader.pid, how)
        time.sleep(0.001)
