"""What cannot be passed over stops its feed until a person decides."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Engine, text

from adapters import BadUnit, Opening
from adapters.reader.errors import AnswerEndedReadersError
from gateway.exchange import feed_store, refusal_store, source_units
from gateway.exchange.fetch import FeedHeldError, Fetcher, FetchReport
from gateway.operations import ActRefusedError
from gateway.operations import feeds as feed_acts
from outbox import Outbox
from tests.support.clock import NOW
from tests.support.line import feed_of, sound_rows
from tests.support.record_versions import (
    FEED,
    LICENCE,
    named,
    version,
)
from tests.support.set_aside import (
    POISON,
    Strange,
    act,
    aside,
    batch,
    fetch,
    held,
    problem,
    strange,
)

pytestmark = pytest.mark.usefixtures("quiet_unit_errors")

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
        assert [unit.errors for unit in aside(engine)] == ([] if count < 5 else [5])

    stops = name not in ("no unit", "nameless")
    assert bool(held(engine)) == stops
    assert isinstance(fetch(engine, feed), FeedHeldError if stops else Exception)


def test_an_adapter_that_fails_at_its_second_item_keeps_the_first_and_is_an_alert(
    engine: Engine,
) -> None:
    feed = strange(batch(ROWS[:1]), KeyError("of the adapter's own"))

    for _ in range(6):
        assert isinstance(fetch(engine, feed), KeyError)

    with engine.connect() as connection:
        [totals] = feed_store.totals(connection)
        waiting = source_units.undecided(connection)
    assert totals.packed == 1
    assert held(engine) == ""
    assert "KeyError" in problem(engine)
    assert waiting == {FEED: 1}
    with pytest.raises(ActRefusedError):
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
    [unit] = aside(engine)
    assert (unit.state, unit.label, unit.errors) == ("stuck", "table", 5)

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
        [totals] = feed_store.totals(connection)
        rules = {r.faults[0].rule for r in refusal_store.refusals(connection, FEED)}
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
    feed = strange(AnswerEndedReadersError("两次", "twice"))

    first, second, third = (fetch(engine, feed) for _ in range(3))

    assert isinstance(first, AnswerEndedReadersError)
    assert isinstance(second, AnswerEndedReadersError)
    assert isinstance(third, FeedHeldError)
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
        assert len(list(feed_store.sent_in_order(connection, FEED))) == 4


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
