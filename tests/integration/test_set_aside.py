"""What fails on the way in is counted and told at once, set aside for a person, and stops no other unit."""

import json
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import polars as pl
import psycopg
import pytest
from polars.exceptions import PanicException
from sqlalchemy import Engine, text
from sqlalchemy.exc import DataError, OperationalError

from adapters import BadUnit, Opening
from adapters.folder import FolderAdapter, FolderSettings
from adapters.reader.errors import AnswerEndedReaders, ReaderEnded
from adapters.text import Text as AdapterText
from gateway.exchange import journal, refusals, source_units, store
from gateway.exchange.acknowledge import acknowledge_due
from gateway.exchange.away import StoreAway, is_away
from gateway.exchange.fetch import FeedHeld, Fetcher, FetchReport
from gateway.messages import Text
from gateway.operations import ActRefused
from gateway.operations import feeds as feed_acts
from gateway.push import store as submissions
from gateway.store import open_store
from outbox import Outbox, writing
from tests.support.clock import NOW
from tests.support.closing import closed_later
from tests.support.line import feed_of, sound_rows
from tests.support.record_versions import (
    CONTENT,
    FEED,
    LICENCE,
    mend,
    mended_feed,
    named,
    push_feed,
    states,
    submit,
    version,
)
from tests.support.set_aside import (
    POISON,
    Strange,
    act,
    answer,
    aside,
    batch,
    drop,
    drop_feed,
    fetch,
    held,
    poisoned,
    problem,
    strange,
)
from tests.support.stores import clear

pytestmark = pytest.mark.usefixtures("quiet_unit_errors")
ERRORS = [KeyError("a step"), PanicException("a panic"), DataError("INSERT", {}, ValueError("NUL"))]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_submission_at_which_the_line_fails_is_set_aside_and_the_next_is_taken(
    engine: Engine, bug: Callable[[BaseException], None], error: BaseException
) -> None:
    bug(error)
    first, second = poisoned(engine)
    feed = push_feed(engine)

    for count in range(1, 5):
        assert isinstance(fetch(engine, feed), type(error))
        assert f"number {count}; it is set aside at 5" in problem(engine)
        assert states(engine) == ["waiting", "waiting"]
    report = fetch(engine, feed)

    assert isinstance(report, FetchReport)
    assert report.counts["packed"] == 1
    assert states(engine) == ["aside", "kept"]
    assert answer(engine, feed, first) == ("set aside", [("set aside", "source.set_aside")])
    [one] = aside(engine)
    assert (one.name, one.errors, one.strikes, one.state) == (first, 5, 0, "refused")
    assert one.read is not None
    assert (one.read.rows, CONTENT in one.read.columns) == (1, True)
    assert POISON not in str(one)
    assert problem(engine) == ""
    with engine.connect() as connection:
        happened = [one.name for one in journal.events(connection, 20)]
        [refusal] = refusals.refusals(connection, FEED)
    assert {"unit.broke", "unit.refused"} <= set(happened)
    assert refusal.faults[0].rule == "source.set_aside"
    fetch(engine, feed)
    assert answer(engine, feed, second)[0] == "kept"


def test_it_is_tried_again_once_the_cause_is_mended(
    engine: Engine, bug: Callable[[BaseException], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    bug(KeyError("a step"))
    first, _ = poisoned(engine)
    feed = push_feed(engine)
    for _ in range(5):
        fetch(engine, feed)
    act(engine, feed_acts.read_again, first)
    again = fetch(engine, feed)
    assert isinstance(again, KeyError)
    assert aside(engine) == []
    monkeypatch.undo()

    report = fetch(engine, feed)

    assert isinstance(report, FetchReport)
    assert states(engine) == ["kept", "kept"]
    assert aside(engine) == []
    with engine.connect() as connection:
        [totals] = store.totals(connection)
    assert (totals.rows, totals.packed, totals.unacknowledged) == (2, 2, 3)
    # The reading that failed is told to nobody.
    acknowledge_due(engine, Outbox(engine), feed, lambda: NOW + timedelta(days=1), 0.5)
    assert states(engine) == ["kept", "kept"]


def test_what_is_given_up_is_refused_for_good_and_told(
    engine: Engine, bug: Callable[[BaseException], None]
) -> None:
    bug(KeyError("a step"))
    first, _ = poisoned(engine)
    feed = push_feed(engine)
    for _ in range(5):
        fetch(engine, feed)
    with pytest.raises(ActRefused):
        act(engine, feed_acts.give_up, "another")

    assert act(engine, feed_acts.give_up, first) == [first]

    assert answer(engine, feed, first) == ("answered", [("refused", "source.set_aside")])
    assert aside(engine) == []
    fetch(engine, feed)
    assert states(engine) == ["answered", "kept"]
    with pytest.raises(ActRefused):
        act(engine, feed_acts.read_again, first)


def test_mended_rows_at_which_the_line_fails_are_set_aside_too(
    engine: Engine, bug: Callable[[BaseException], None]
) -> None:
    bug(KeyError("a step"))
    one, two = sound_rows(LICENCE, 2)
    feed, source = mended_feed(engine)
    receipt = mend(engine, [version(one, POISON)])
    for _ in range(5):
        fetch(engine, feed)
    source.units.append([two])

    report = fetch(engine, feed)

    assert isinstance(report, FetchReport)
    assert report.counts["packed"] == 1
    assert answer(engine, feed, receipt) == ("set aside", [("set aside", "source.set_aside")])
    act(engine, feed_acts.give_up, f"mended:{receipt}")
    assert answer(engine, feed, receipt)[0] == "answered"


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

    assert [one.label.split("@")[0] for one in aside(engine)] == ["a.csv", "c.csv"]
    assert not (tmp_path / "a.csv.result.csv").exists()
    act(engine, feed_acts.give_up, "c.csv")
    fetch(engine, feed, errors=1)
    assert [one.label.split("@")[0] for one in aside(engine)] == ["a.csv"]
    monkeypatch.undo()
    act(engine, feed_acts.read_again, "a.csv")
    report = fetch(engine, feed)
    acknowledge_due(engine, Outbox(engine), feed, lambda: NOW + timedelta(days=1), 0.5)
    assert isinstance(report, FetchReport)
    assert report.counts["packed"] == 1
    assert "source.set_aside" in (tmp_path / "c.csv.result.csv").read_text("utf-8")
    assert (tmp_path / "a.csv.taken").exists()
    assert (tmp_path / "c.csv.done").exists()


def test_a_person_who_decides_and_a_fetch_do_not_wait_for_each_other(
    postgresql: str, bug: Callable[[BaseException], None]
) -> None:
    """A fetch has the feed's row, then the submission's, then that of what is set aside."""
    engine = open_store(postgresql)
    clear(engine)
    bug(KeyError("a step"))
    first, _ = poisoned(engine)
    feed = push_feed(engine)
    for _ in range(5):
        fetch(engine, feed)
    [one] = aside(engine)
    waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")

    with ThreadPoolExecutor(1) as pool, engine.connect() as look:
        with writing(engine) as connection:
            state = store.advance(connection, store.feed_state(connection, FEED), "")
            submissions.set_aside(connection, first, "source.set_aside", Text("不", "no"))
            decided = pool.submit(act, engine, feed_acts.read_again, first)
            deadline = time.monotonic() + 20
            while not look.execute(waits).scalar_one() and time.monotonic() < deadline:
                time.sleep(0.01)
            source_units.strike(connection, state.id, first, AdapterText("不", "no"), NOW)
        assert decided.result(20) == [first]
    assert one.name == first
    engine.dispose()


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
    [one] = aside(engine)
    assert (one.state, one.label.split("@")[0], copied) == ("refused", "a.csv", [])
    drop(tmp_path, "b.csv", [version(rows[0], "v2")], marker=ready == "marker")
    fetch(engine, feed)
    monkeypatch.undo()

    act(engine, feed_acts.read_again, one.label)
    report = fetch(engine, feed)

    assert isinstance(report, FetchReport)
    # It keeps its place: what came since is newer.
    assert (report.counts["packed"], report.counts["superseded"]) == (1, 1)
    assert aside(engine) == []
    with engine.connect() as connection:
        assert (
            source_units.find(connection, store.feed_state(connection, FEED).id, one.name) is None
        )
    assert isinstance(fetch(engine, feed), FetchReport)
    with engine.connect() as connection:
        [totals] = store.totals(connection)
    assert (totals.rows, totals.packed) == (3, 2)


def test_a_file_that_ended_its_reader_keeps_its_place_when_it_is_tried_again(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [row] = sound_rows(LICENCE, 1)
    drop(tmp_path, "a.csv", [version(row, "v1")])
    feed, _ = drop_feed(engine, tmp_path)

    def ends(*_: Any) -> Any:
        raise ReaderEnded(AdapterText("结束", "it ended"), "read")

    monkeypatch.setattr("adapters.drops.taking.batches", ends)
    for _ in range(2):
        fetch(engine, feed)
    acknowledge_due(engine, Outbox(engine), feed, lambda: NOW + timedelta(days=1), 0.5)
    assert (tmp_path / "a.csv.done").exists()
    monkeypatch.undo()
    drop(tmp_path, "b.csv", [version(row, "v2")])
    fetch(engine, feed)
    [one] = aside(engine)
    act(engine, feed_acts.read_again, one.label)
    (tmp_path / "a.csv.ok").touch()

    report = fetch(engine, feed)

    assert isinstance(report, FetchReport)
    assert (report.counts["packed"], report.counts["superseded"]) == (0, 1)
    with engine.connect() as connection:
        feed_id = store.feed_state(connection, FEED).id
        assert source_units.find(connection, feed_id, one.name) is None


def test_a_store_that_is_away_is_no_fault_of_what_is_fetched(
    engine: Engine, bug: Callable[[BaseException], None]
) -> None:
    bug(OperationalError("INSERT", {}, OSError("gone")))
    poisoned(engine)
    feed = push_feed(engine)

    for _ in range(6):
        assert isinstance(fetch(engine, feed), OperationalError)

    assert aside(engine) == []
    assert states(engine) == ["waiting", "waiting"]


@pytest.mark.parametrize("reading", [False, True])
def test_a_row_for_which_the_store_has_no_room_in_an_index_is_counted(
    engine: Engine, bug: Callable[[BaseException], None], reading: bool
) -> None:
    """Its class is the one that a server has too that is away."""
    error = OperationalError("INSERT", {}, psycopg.errors.ProgramLimitExceeded("index row size"))
    feed = strange(error) if reading else push_feed(engine)
    if not reading:
        bug(error)
        poisoned(engine)

    came = fetch(engine, feed)

    assert isinstance(came, OperationalError)
    assert "OperationalError" in problem(engine)


AWAY: list[tuple[BaseException, bool]] = [
    (psycopg.errors.AdminShutdown(), True),
    (psycopg.errors.LockNotAvailable(), True),
    (psycopg.errors.SerializationFailure(), True),
    (psycopg.errors.DiskFull(), True),
    (psycopg.errors.ReadOnlySqlTransaction(), True),
    (psycopg.OperationalError("connection refused"), True),
    (psycopg.errors.ProgramLimitExceeded(), False),
    (psycopg.errors.UntranslatableCharacter(), False),
]


@pytest.mark.parametrize(("cause", "away"), AWAY, ids=lambda one: type(one).__name__)
def test_what_of_the_store_is_no_fault_of_what_was_fetched(cause: Exception, away: bool) -> None:
    assert is_away(OperationalError("INSERT", {}, cause)) is away


def test_a_file_is_not_refused_where_the_store_is_away_while_it_is_read(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(tmp_path, "a.csv", sound_rows(LICENCE, 1))
    feed, _ = drop_feed(engine, tmp_path)

    def locked(*_: Any) -> Any:
        error = sqlite3.OperationalError("database is locked")
        error.sqlite_errorcode = sqlite3.SQLITE_BUSY
        raise OperationalError("SELECT", {}, error)

    monkeypatch.setattr("gateway.exchange.restores.fully_read", locked)
    for _ in range(6):
        assert isinstance(fetch(engine, feed), StoreAway)
    assert "own store was away" in problem(engine)
    monkeypatch.undo()

    report = fetch(engine, feed)

    assert isinstance(report, FetchReport)
    assert report.counts["packed"] == 1
    assert aside(engine) == []


def test_a_row_whose_name_is_very_long_is_refused_and_kept(either_engine: Engine) -> None:
    ref = random.Random(1).randbytes(5_000).hex()
    row = {**ROWS[0], "XK_WSH": "", "XK_BH": ""}
    feed = strange(
        batch([row], refs=pl.Series([ref])),
        batch([row], refs=pl.Series([ref]), stable_refs=True, unit="2", cursor="2"),
    )

    report = fetch(either_engine, feed)

    assert isinstance(report, FetchReport), report
    assert report.counts["refused"] == 2
    with either_engine.connect() as connection:
        kept = refusals.refusals(connection, FEED)
        identities = connection.execute(text("SELECT identity FROM refusal")).scalars()
        assert {len(one) for one in identities} == {refusals.LONGEST_IDENTITY}
    assert [one.ref for one in kept] == [ref, ref]


# --- what cannot be passed over -------------------------------------------------------------------


ROWS = sound_rows(LICENCE, 2)
MALFORMED = {
    "refs": {"refs": pl.Series(["1"])},
    "marks": {"marks": pl.Series(["1"])},
    "numbers": {"rows": pl.DataFrame({"a": [1, 2]})},
    "no table": {"rows": None},
    "no refs": {"refs": pl.Series([None, "1"])},
    "no cursor": {"cursor": None},
    "no unit": {"unit": None},
    "nameless": {"unit": ""},
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_batch_is_told_at_once_and_stops_the_feed_in_the_end(
    engine: Engine, name: str
) -> None:
    feed = strange(batch(ROWS, **MALFORMED[name]), batch(ROWS, unit="other"))

    for count in range(1, 6):
        assert isinstance(fetch(engine, feed), Exception)
        assert problem(engine)
        assert [one.errors for one in aside(engine)] == ([] if count < 5 else [5])

    stops = name not in ("no unit", "nameless")
    assert bool(held(engine)) == stops
    assert isinstance(fetch(engine, feed), FeedHeld if stops else Exception)


def test_an_adapter_that_fails_at_its_second_item_keeps_the_first_and_is_an_alert(
    engine: Engine,
) -> None:
    feed = strange(batch(ROWS[:1]), KeyError("of the adapter's own"))

    for _ in range(6):
        assert isinstance(fetch(engine, feed), KeyError)

    with engine.connect() as connection:
        [totals] = store.totals(connection)
        waiting = source_units.undecided(connection)
    assert totals.packed == 1
    assert held(engine) == ""
    assert "KeyError" in problem(engine)
    assert waiting == {FEED: 1}
    with pytest.raises(ActRefused):
        act(engine, feed_acts.give_up, "-")
    feed.adapter.came = (batch(ROWS[:1]),)  # type: ignore[attr-defined]
    assert isinstance(fetch(engine, feed), FetchReport)
    assert (aside(engine), problem(engine)) == ([], "")


@pytest.mark.parametrize("item", [None, "a text", {"unit": "a"}, BadUnit(None, "r", "z", "e", "")])  # type: ignore[arg-type]
def test_what_is_no_item_of_a_fetch_is_told(engine: Engine, item: Any) -> None:
    feed = strange(item, batch(ROWS))

    came = fetch(engine, feed)

    assert isinstance(came, Exception)
    assert problem(engine)


def test_rows_without_a_column_are_refused_rows(engine: Engine) -> None:
    nothing = pl.DataFrame()
    feed = strange(batch(ROWS, rows=nothing), batch(ROWS, unit="other"))

    report = fetch(engine, feed)

    assert isinstance(report, FetchReport)
    assert (report.counts["refused"], report.counts["packed"]) == (2, 2)
    with engine.connect() as connection:
        rules = connection.execute(text("SELECT rule FROM fault WHERE field = ''"))
        assert set(rules.scalars()) == {"row.empty"}


@pytest.mark.parametrize("how", ["mended", "given up"])
def test_a_feed_that_stops_at_a_page_goes_on_when_a_person_has_decided(
    engine: Engine, bug: Callable[[BaseException], None], monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    bug(KeyError("a step"))
    page = [version(ROWS[0], POISON), ROWS[1]]
    feed = strange(
        batch(page, unit="table@1", cursor="1"),
        batch(sound_rows(LICENCE, 3)[2:], unit="table@2", cursor="2"),
    )
    for _ in range(5):
        fetch(engine, feed)
    assert "creditgate feed give-up environment.licence table" in held(engine)
    [one] = aside(engine)
    assert (one.state, one.label, one.errors) == ("stuck", "table", 5)

    if how == "mended":
        monkeypatch.undo()
        act(engine, feed_acts.read_again, "table")
    else:
        act(engine, feed_acts.give_up, "table")
    report = fetch(engine, feed)

    assert isinstance(report, FetchReport)
    refused = 0 if how == "mended" else 2
    assert (report.counts["refused"], report.counts["packed"]) == (refused, 3 - refused)
    assert (held(engine), problem(engine), aside(engine)) == ("", "", [])
    assert feed.adapter.kept == ["table@1", "table@2"]  # type: ignore[attr-defined]
    with engine.connect() as connection:
        [totals] = store.totals(connection)
        rules = {r.faults[0].rule for r in refusals.refusals(connection, FEED)}
    assert totals.rows == 3
    assert rules == (set() if how == "mended" else {"source.given_up"})


def test_errors_are_counted_anew_where_the_feed_has_moved_on(
    engine: Engine, bug: Callable[[BaseException], None]
) -> None:
    bug(KeyError("a step"))
    feed = strange(batch([version(ROWS[0], POISON)]))
    for _ in range(4):
        fetch(engine, feed)
    feed.adapter.came = (batch(ROWS[1:]), batch([version(ROWS[0], POISON)], unit="2", cursor="2"))  # type: ignore[attr-defined]

    fetch(engine, feed)

    assert held(engine) == ""
    assert "number 1 in a row" in problem(engine)


def test_answers_that_end_their_readers_stop_the_feed_at_the_second(engine: Engine) -> None:
    feed = strange(AnswerEndedReaders("两次", "twice"))

    first, second, third = (fetch(engine, feed) for _ in range(3))

    assert isinstance(first, AnswerEndedReaders)
    assert isinstance(second, AnswerEndedReaders)
    assert isinstance(third, FeedHeld)
    act(engine, feed_acts.read_again, "-")
    assert held(engine) == ""


def test_a_feed_that_stopped_in_the_middle_of_a_list_withdraws_nothing(
    engine: Engine, bug: Callable[[BaseException], None]
) -> None:
    rows = sound_rows(LICENCE, 4)
    feed, adapter = named(rows, mode="full", withdraw_missing=True)
    fetch(engine, feed)
    bug(KeyError("a step"))
    adapter.units = [[rows[0], rows[1], version(rows[2], POISON)]]
    for _ in range(5):
        fetch(engine, feed)
    assert held(engine)

    with pytest.raises(Exception, match="not read to its end"):
        Fetcher(engine, Outbox(engine), lambda: NOW).confirm(feed)

    with engine.connect() as connection:
        assert len(list(store.sent_in_order(connection, FEED))) == 4


def test_a_stranger_that_does_not_pass_over_what_is_set_aside_stops(
    engine: Engine, bug: Callable[[BaseException], None]
) -> None:
    bug(KeyError("a step"))

    class Deaf(Strange):
        def fetch(self, cursor: str) -> Iterator[Any]:
            yield Opening("page")
            yield batch([version(ROWS[0], POISON)])

    feed, _ = feed_of(LICENCE, mode="update")
    feed = replace(feed, adapter=Deaf())  # type: ignore[arg-type]

    for _ in range(12):
        fetch(engine, feed)

    assert held(engine)


# --- rows without a value never stop a feed -------------------------------------------------------


@pytest.mark.parametrize(
    ("format_name", "settings", "empty"),
    [
        ("json", {"lines": True}, "{}\n"),
        ("json", {}, "[{}, {}]"),
        ("xml", {"row": "Rows/Row"}, "<Rows><Row></Row><Row/></Rows>"),
    ],
    ids=["lines", "json", "xml"],
)
def test_a_file_whose_rows_have_no_value_is_refused_and_the_next_is_read(
    engine: Engine, tmp_path: Path, format_name: str, settings: dict[str, Any], empty: str
) -> None:
    row = {name: str(value) for name, value in ROWS[0].items()}
    whole = {
        "lines": json.dumps(row),
        "json": json.dumps([row]),
        "xml": "<Rows><Row>" + "".join(f"<{n}>{escape(v)}</{n}>" for n, v in row.items()) + "</Row></Rows>",
    }["lines" if settings.get("lines") else format_name]  # fmt: skip
    for name, content in (("a", empty), ("b", whole)):
        (tmp_path / f"{name}.{format_name}").write_text(content, "utf-8")
        (tmp_path / f"{name}.{format_name}.ok").touch()
    plain, _ = feed_of(LICENCE, mode="update")
    source = FolderSettings(
        folder=str(tmp_path),
        pattern=f"*.{format_name}",
        format=format_name,
        format_settings=settings,
        settle=0,
    )
    feed = replace(plain, adapter=closed_later(FolderAdapter(source)))

    report = fetch(engine, feed)

    assert isinstance(report, FetchReport)
    assert report.counts["packed"] == 1
    assert report.counts["refused"] + len(report.refused_units) >= 1, report
    assert aside(engine) == []


def test_a_submission_of_empty_rows_that_an_earlier_release_took_is_refused_rows(
    engine: Engine,
) -> None:
    first = submit(engine, [{}, {}])
    submit(engine, [ROWS[0]])
    feed = push_feed(engine)

    report = fetch(engine, feed)

    assert isinstance(report, FetchReport)
    assert (report.counts["refused"], report.counts["packed"]) == (2, 1)
    assert answer(engine, feed, first) == ("answered", [("refused", "row.empty")] * 2)
