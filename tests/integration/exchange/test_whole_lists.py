"""What the centre turned down of a list that is read again and again."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from gateway.exchange import refusal_store
from gateway.exchange.dry_run import rehearse
from tests.support.delivery_town import FEED, LICENCE, Town, accepted, refused
from tests.support.line import fetch, sound_rows


@pytest.fixture
def town(engine: Engine) -> Town:
    """A list of three, of which the centre has turned down the last."""
    town = Town(engine, rows=3, mode="full")
    town.step(lambda claim: refused(claim, 2), after=timedelta(minutes=1))
    return town


def look(town: Town, rows: list[dict[str, str]] | None = None) -> list[int]:
    """Read the list once more; return how many records each package has that waits then."""
    town.adapter.units.append(rows or town.adapter.units[-1])
    fetch(town.engine, town.feed, town.now)
    return [message.records for message in town.messages() if message.state == "waiting"]


def test_what_the_centre_turned_down_stays_refused_while_its_row_is_as_it_was(town: Town) -> None:
    """It was sent and turned down with each look at the list, a refusal more each time."""
    with town.engine.connect() as connection:
        [refusal] = refusal_store.refusals(connection, FEED)
    sent = [look(town) for _ in range(3)]
    dry = rehearse(town.engine, town.feed, town.now, 10)

    with town.engine.connect() as connection:
        [after] = refusal_store.refusals(connection, FEED)
        every = refusal_store.refusals(connection, FEED, ("open", "replaced", "mended"))
    assert sent == [[], [], []]
    assert (after.id, after.refused_by, len(every)) == (refusal.id, "centre", 1)
    assert town.answer() == ["unchanged", "unchanged", "refused"]
    assert town.adapter.told[-1][1][2]["rule"] == "own.rule"
    assert dry.counts["packed"] == 0
    totals = town.totals()
    assert (totals.refused, totals.turned_down, totals.waiting) == (3, 1, 0)


def test_it_travels_again_once_its_row_is_another(town: Town) -> None:
    rows = town.adapter.units[0]
    mended = look(town, [*rows[:2], {**rows[2], "XK_NR": "准予排放废水"}])
    town.step(accepted)

    with town.engine.connect() as connection:
        assert refusal_store.refusals(connection, FEED) == []
    assert mended == [1]
    assert look(town) == []


def test_it_travels_again_as_it_is_after_a_day(town: Town) -> None:
    """The centre may have been mended since."""
    town.now += timedelta(hours=23)
    before = look(town)
    town.now += timedelta(hours=2)
    after = look(town)
    town.step(accepted)

    assert (before, after) == ([], [1])
    with town.engine.connect() as connection:
        assert refusal_store.refusals(connection, FEED) == []


def test_a_change_that_the_centre_turned_down_stays_refused_and_the_one_before_may_come_back(
    engine: Engine,
) -> None:
    town = Town(engine, rows=2, mode="full")
    town.step(accepted)
    rows = town.adapter.units[0]
    changed = [{**rows[0], "XK_NR": "准予排放废水"}, rows[1]]
    look(town, changed)
    town.step(refused)
    again = look(town, changed)
    back = look(town, rows)
    town.step(accepted)

    assert (again, back) == ([], [1])
    assert look(town, rows) == []


def test_a_file_that_is_given_again_is_sent_again(engine: Engine) -> None:
    town = Town(engine, rows=2, mode="update")
    town.step(refused)

    assert look(town, sound_rows(LICENCE, 2)) == [1]
