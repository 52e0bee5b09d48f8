"""The audit log on either store: each act stands in it, any tampering is found."""

import threading
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from gateway.audit import append, digest_of, entries, first_broken, head
from gateway.audit.chain import GENESIS, Entry
from outbox import writing
from tests.support.clock import NOW


@pytest.fixture
def engine(either_engine: Engine) -> Engine:
    return either_engine


def fill(engine: Engine, count: int = 6) -> None:
    for number in range(count):
        with writing(engine) as connection:
            append(
                connection,
                NOW + timedelta(seconds=number, microseconds=number),
                "li",
                "adapter.changed",
                "water.penalty",
                f"第 {number} 次",
            )


def broken_at(engine: Engine, anchor: tuple[int, str] | None = None) -> int | None:
    with engine.connect() as connection:
        found = first_broken(entries(connection), anchor)
    return None if found is None else found.number


def test_entries_stand_in_order_without_a_gap_and_the_chain_holds(engine: Engine) -> None:
    fill(engine)

    with engine.connect() as connection:
        found = list(entries(connection))
        page = list(entries(connection, after=2, limit=2))
    assert [one.number for one in found] == [1, 2, 3, 4, 5, 6]
    assert [one.number for one in page] == [3, 4]
    assert broken_at(engine) is None


@pytest.mark.parametrize(
    ("harm", "place"),
    [
        ("UPDATE audit SET person = 'wang' WHERE number = 3", 3),
        ("UPDATE audit SET detail = '' WHERE number = 1", 1),
        ("DELETE FROM audit WHERE number = 4", 4),
        ("DELETE FROM audit WHERE number = 1", 1),
        ("UPDATE audit SET number = CASE number WHEN 2 THEN 30 WHEN 3 THEN 2 ELSE number END", 2),
        ("UPDATE audit SET digest = 'x' WHERE number = 6", 6),
    ],
    ids=["edit", "first", "delete", "delete first", "swap", "digest"],
)
def test_what_the_owner_of_the_database_changes_is_found_at_its_place(
    engine: Engine, harm: str, place: int
) -> None:
    fill(engine)
    with engine.begin() as connection:
        connection.execute(text(harm))

    assert broken_at(engine) == place


def test_a_cut_tail_and_a_log_made_anew_show_against_what_was_written_down_outside(
    engine: Engine,
) -> None:
    fill(engine)
    with engine.connect() as connection:
        anchor = head(connection)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM audit WHERE number > 4"))
    cut = broken_at(engine), broken_at(engine, anchor)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM audit"))
    fill(engine, 7)
    made_anew = broken_at(engine, (6, "0" * 64))

    assert cut == (None, 5)
    assert made_anew == 6


def test_an_act_that_is_not_done_is_not_told_and_one_that_cannot_be_told_is_not_done(
    engine: Engine,
) -> None:
    def interrupted() -> None:
        with writing(engine) as connection:
            append(connection, NOW, "li", "x")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        interrupted()
    with engine.connect() as connection:
        assert head(connection) is None


def test_acts_at_once_are_chained_one_after_the_other(engine: Engine) -> None:
    threads = [threading.Thread(target=fill, args=(engine, 5)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with engine.connect() as connection:
        assert head(connection) is not None
        assert len(list(entries(connection))) == 20
    assert broken_at(engine) is None


WORDS = st.text(max_size=20)


@given(st.lists(st.tuples(WORDS, WORDS, WORDS, WORDS), min_size=1, max_size=8), st.data())
def test_no_change_of_any_part_goes_unfound(
    said: list[tuple[str, str, str, str]], data: st.DataObject
) -> None:
    chain: list[Entry] = []
    before = GENESIS
    for number, words in enumerate(said, 1):
        before = digest_of(before, number, NOW, *words)
        chain.append(Entry(number, NOW, *words, before))
    place = data.draw(st.integers(0, len(chain) - 1))
    part = data.draw(st.sampled_from(("person", "act", "target", "detail")))
    other = data.draw(WORDS.filter(lambda word: word != getattr(chain[place], part)))
    from dataclasses import replace

    harmed = [*chain[:place], replace(chain[place], **{part: other}), *chain[place + 1 :]]

    assert first_broken(chain) is None
    found = first_broken(harmed)
    assert found is not None
    assert found.number == place + 1
