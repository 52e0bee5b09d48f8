"""Rows that a clock set back refused as later than today, once the clock is right."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
import zstandard
from sqlalchemy import Engine, text

from adapters import Batch, SourceUnavailableError
from gateway.demo.generate import Row
from gateway.events import store as event_store
from gateway.exchange import feed_store, refusal_store, unit_store
from gateway.exchange.feed import Feed
from gateway.exchange.fetch import NO_TERMS, Fetcher
from gateway.exchange.judged_again import MOST_AHEAD, judge_again
from gateway.runtime.feed_runner import FeedRunner
from gateway.settings.model import GatewaySettings
from gateway.text import Text
from outbox import Outbox, writing
from tests.support.clock import NOW
from tests.support.line import ListAdapter, feed_of, fetch, sound_rows

LICENCE = "environment/licence.yaml"
DAY = timedelta(days=1)


def dated(day: str, count: int = 1) -> list[Row]:
    return [{**row, "XK_JDRQ": day, "XK_YXQZ": day} for row in sound_rows(LICENCE, count)]


def again(engine: Engine, feed: Feed, now: datetime = NOW) -> int:
    clock = lambda: now  # noqa: E731
    return judge_again(Fetcher(engine, Outbox(engine), clock), engine, feed, clock, NO_TERMS)


def clock_set(engine: Engine, at: datetime = NOW - DAY) -> None:
    """Note that the clock was set, as a running gateway does."""
    event_store.say(
        engine, event_store.Event(at, "warning", "clock.set", "", Text("拨动", "it was set"))
    )


def waiting(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        refusals = refusal_store.refusals(connection)
    return [fault.rule for one in refusals for fault in one.faults]


def test_rows_are_judged_again_by_the_right_clock_and_go_on(engine: Engine) -> None:
    feed, _ = feed_of(LICENCE, dated("2026-04-01", 3))
    clock_set(engine)
    fetch(engine, feed, NOW - DAY)
    refused = waiting(engine)

    passed = again(engine, feed)

    assert refused == ["dates.not_future"] * 3
    assert passed == 3
    assert waiting(engine) == []
    with engine.connect() as connection:
        [totals] = feed_store.totals(connection)
        [event] = event_store.events(connection, 1)
        state = feed_store.peek(connection, feed.name)
    assert (totals.packed, totals.refused, totals.rows, totals.declared) == (3, 3, 6, 6)
    assert (event.name, event.feed) == ("refusals.judged_again", feed.name)
    assert state is not None
    assert state.cursor == "1"


def test_what_was_judged_again_is_not_sent_twice(engine: Engine) -> None:
    feed, _ = feed_of(LICENCE, dated("2026-04-01"))
    clock_set(engine)
    fetch(engine, feed, NOW - DAY)
    again(engine, feed)

    assert again(engine, feed) == 0
    assert again(engine, feed, NOW + DAY) == 0


def test_rows_that_are_still_later_than_today_are_left_alone(engine: Engine) -> None:
    feed, _ = feed_of(LICENCE, dated("2026-04-03"))
    clock_set(engine)
    fetch(engine, feed, NOW - DAY)

    assert again(engine, feed) == 0
    assert waiting(engine) == ["dates.not_future"]


def test_a_slip_of_the_year_is_not_sent_when_that_year_has_come(engine: Engine) -> None:
    """Given a clock that was right, when a year later the date is no longer in the future."""
    feed, _ = feed_of(LICENCE, dated("2027-03-31"))
    clock_set(engine)
    fetch(engine, feed)

    assert again(engine, feed, NOW + 400 * DAY) == 0


def test_a_clock_that_was_a_year_behind_shows_by_what_was_recorded_before(engine: Engine) -> None:
    feed, adapter = feed_of(LICENCE, sound_rows(LICENCE, 1, seed=2))
    fetch(engine, feed)
    adapter.units.append(dated("2026-03-30"))
    fetch(engine, feed, NOW - 366 * DAY)
    refused = waiting(engine)

    assert refused == ["dates.not_future"]
    assert again(engine, feed, NOW + DAY) == 1
    assert waiting(engine) == []


def test_a_version_that_came_since_is_never_overwritten_by_an_older_one(engine: Engine) -> None:
    old = dated("2026-04-01")
    feed, adapter = feed_of(LICENCE, old, mode="update")
    clock_set(engine)
    fetch(engine, feed, NOW - DAY)
    adapter.units.append([{**old[0], "XK_NR": "准予排放废水"}])
    fetch(engine, feed)

    assert again(engine, feed) == 0


def test_a_version_that_is_refused_as_well_takes_the_place_of_the_older_one(engine: Engine) -> None:
    old = dated("2026-04-01")
    feed, adapter = feed_of(LICENCE, old, mode="update")
    clock_set(engine)
    fetch(engine, feed, NOW - DAY)
    adapter.units.append([{**old[0], "XK_NR": "", "XK_ZT": "9"}])
    fetch(engine, feed)

    assert again(engine, feed) == 0


def test_rows_with_another_fault_beside_stay_refused(engine: Engine) -> None:
    feed, _ = feed_of(LICENCE, [{**row, "XK_ZT": "9"} for row in dated("2026-04-01")])
    clock_set(engine)
    fetch(engine, feed, NOW - DAY)

    assert again(engine, feed) == 0


def test_a_full_list_brings_its_rows_by_itself(engine: Engine) -> None:
    feed, _ = feed_of(LICENCE, dated("2026-04-01"), mode="full")
    clock_set(engine)
    fetch(engine, feed, NOW - DAY)

    assert again(engine, feed) == 0


@pytest.mark.parametrize(("days", "passed"), [(MOST_AHEAD, 1), (MOST_AHEAD + 1, 0)])
def test_how_far_ahead_a_date_may_have_been(engine: Engine, days: int, passed: int) -> None:
    day = (NOW + days * DAY).date().isoformat()
    feed, _ = feed_of(LICENCE, dated(day))
    clock_set(engine)
    fetch(engine, feed)

    assert again(engine, feed, NOW + 90 * DAY) == passed


def test_a_slip_of_a_week_stays_refused_where_nothing_shows_a_wrong_clock(engine: Engine) -> None:
    """Its department was told that the row is refused, and gives it again as it should be."""
    feed, _ = feed_of(LICENCE, dated((NOW + 7 * DAY).date().isoformat()))
    clock_set(engine, NOW - 30 * DAY)
    fetch(engine, feed)

    assert again(engine, feed, NOW + 8 * DAY) == 0


def test_a_version_that_came_again_since_unchanged_is_never_overwritten(engine: Engine) -> None:
    """Given v1 sent, v2 refused, v1 again: v1 is what the source said last."""
    [older] = sound_rows(LICENCE, 1)
    refused = {**older, "XK_YXQZ": "2026-04-01", "XK_JDRQ": "2026-04-01"}
    feed, adapter = feed_of(LICENCE, [older], mode="update")
    clock_set(engine)
    fetch(engine, feed, NOW - DAY)
    adapter.units.append([refused])
    fetch(engine, feed, NOW - DAY)
    assert waiting(engine) == ["dates.not_future"]
    adapter.units.append([older])
    fetch(engine, feed, NOW - DAY)

    assert again(engine, feed) == 0


def test_rows_that_are_judged_again_do_not_cut_off_a_list_that_is_half_read(
    engine: Engine,
) -> None:
    rows = [*dated("2026-04-01"), *sound_rows(LICENCE, 3, seed=5)]
    feed, _ = feed_of(LICENCE, mode="update")
    half = replace(feed, adapter=Halves(rows, dies=True))
    clock_set(engine)
    with pytest.raises(SourceUnavailableError):
        fetch(engine, half, NOW - DAY)

    assert again(engine, feed) == 1
    fetch(engine, replace(feed, adapter=Halves(rows)))

    with engine.connect() as connection:
        [newest, list_of_rows] = unit_store.latest(connection, feed.name, 5)
        [totals] = feed_store.totals(connection)
    assert newest.name.startswith("mended:again-")
    assert (list_of_rows.name, list_of_rows.rows) == ("list", 4)
    assert (totals.declared, totals.rows) == (5, 5)


class Halves(ListAdapter):
    """A list in two batches; the source dies after the first where it is told to."""

    def __init__(self, rows: list[Row], *, dies: bool = False) -> None:
        super().__init__([], list(rows[0]))
        self.rows, self.dies = rows, dies

    def fetch(self, cursor: str) -> Iterator[Batch]:
        for number, start in enumerate((0, 2)):
            if str(number) < (cursor or "0"):
                continue
            if number and self.dies:
                raise SourceUnavailableError("断开", "it went away")
            frame = pl.DataFrame(self.rows[start : start + 2])
            refs = pl.Series([str(start), str(start + 1)])
            yield Batch(
                "list",
                frame.cast(pl.String),
                refs,
                str(number + 1),
                last=bool(number),
                declared=4 if number else None,
            )


class Keeper:
    """A catalogue that lists one feed."""

    def item(self, _: str) -> Any:
        return SimpleNamespace(kind="AdministrativeLicence", due_within=DAY, version="1.0")


class Clocks:
    """A gateway's clock, and the seconds that nobody can set."""

    def __init__(self) -> None:
        self.now, self.running = NOW - DAY, 0.0

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    made = Clocks()
    monkeypatch.setattr("gateway.runtime.feed_runner.seconds_running", lambda: made.running)
    return made


def fetching_of(engine: Engine, feed: Feed, folder: Path, clocks: Clocks) -> FeedRunner:
    tree = {
        "store": "sqlite://",
        "catalogue": {"url": "http://127.0.0.1:9", "token": "x"},
        "centre": {},
    }
    settings = GatewaySettings.model_validate(tree)
    made = FeedRunner(settings, folder, Outbox(engine), Keeper(), clocks)  # type: ignore[arg-type]
    made.feeds = {feed.name: feed}
    return made


def test_a_start_judges_again_before_it_fetches_what_is_newer(
    engine: Engine, tmp_path: Path, clocks: Clocks
) -> None:
    old = dated("2026-04-01")
    feed, adapter = feed_of(LICENCE, old, mode="update")
    fetching_of(engine, feed, tmp_path, clocks).fetch(feed.name)
    adapter.units.append([{**old[0], "XK_NR": "准予排放废水"}])
    clock_set(engine)
    clocks.now = NOW

    started = fetching_of(engine, feed, tmp_path, clocks)
    started.fetch(feed.name)

    with engine.connect() as connection:
        contents = (
            "SELECT c.payload FROM outbox_content c JOIN outbox_message m USING (guid) ORDER BY "
            "m.sequence"
        )
        older, newer = connection.execute(text(contents)).scalars()
        [totals] = feed_store.totals(connection)
    assert "准予排放废水" not in zstandard.decompress(older).decode()
    assert "准予排放废水" in zstandard.decompress(newer).decode()
    assert (totals.packed, totals.refused) == (2, 1)


def test_a_clock_that_is_moved_on_while_the_gateway_runs_has_rows_judged_again(
    engine: Engine, tmp_path: Path, clocks: Clocks
) -> None:
    feed, _ = feed_of(LICENCE, dated("2026-04-01"))
    fetching = fetching_of(engine, feed, tmp_path, clocks)
    fetching.fetch(feed.name)
    clocks.now, clocks.running = clocks.now + timedelta(hours=1), 3600.0
    fetching.fetch(feed.name)
    before = waiting(engine)
    clocks.now, clocks.running = NOW, 3601.0
    fetching.fetch(feed.name)

    assert before == ["dates.not_future"]
    assert waiting(engine) == []


def test_a_day_that_passes_by_itself_judges_nothing_again(
    engine: Engine, tmp_path: Path, clocks: Clocks
) -> None:
    feed, _ = feed_of(LICENCE, dated("2026-04-01"))
    fetching = fetching_of(engine, feed, tmp_path, clocks)
    fetching.fetch(feed.name)
    clocks.now, clocks.running = NOW, 86_400.0
    fetching.fetch(feed.name)

    assert waiting(engine) == ["dates.not_future"]


def test_the_same_row_refused_in_another_package_is_another_refusal(engine: Engine) -> None:
    """A department is told by package: a refusal under the package before would leave a yes."""
    feed, _ = feed_of(LICENCE, sound_rows(LICENCE, 1))
    fetch(engine, feed)
    refused = refusal_store.Fault("", "centre", Text("不对", "wrong"))
    with writing(engine) as connection:
        feed_id = feed_store.feed_state(connection, feed.name).id
        for guid in ("a", "a", "b"):
            rows = [refusal_store.Refused("key", "1", {"x": "1"}, (refused,), guid)]
            refusal_store.open_refusals(connection, feed_id, 1, rows, NOW, refused_by="centre")
        told = [list(refusal_store.turned_down(connection, guid)) for guid in ("a", "b")]
        open_now = refusal_store.refusals(connection)

    assert told == [["key"], ["key"]]
    assert len(open_now) == 1
