"""A clock that nobody sets, and slots that pass while nothing runs."""

from datetime import timedelta

import pytest

from gateway.catalogue.model import slots_between
from gateway.clock import SteadyClock
from gateway.runtime.triggers import SkipMissedInterval
from tests.support.catalogues import item
from tests.support.clock import NOW

ITEM = item()


class Machine:
    """A machine's clock and the seconds that pass."""

    def __init__(self) -> None:
        self.wall = NOW
        self.seconds = 100.0

    def passes(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.seconds += seconds

    def clock(self) -> SteadyClock:
        return SteadyClock(lambda: self.wall, lambda: self.seconds)


def test_a_steady_clock_goes_with_the_seconds_and_not_with_whoever_sets_the_clock() -> None:
    machine = Machine()
    clock = machine.clock()

    machine.passes(5)
    assert clock() == NOW + timedelta(seconds=5)
    machine.wall += timedelta(hours=1)
    machine.passes(5)

    assert clock() == NOW + timedelta(seconds=10)
    assert clock.ahead() == timedelta(hours=1)


def test_a_steady_clock_follows_the_time_it_is_given() -> None:
    machine = Machine()
    clock = machine.clock()

    clock.follow(NOW - timedelta(minutes=3))
    machine.passes(60)

    assert clock() == NOW - timedelta(minutes=2)


def test_the_slots_between_two_runs_are_those_that_passed_without_one() -> None:
    every = ITEM.fetch_every

    assert slots_between(ITEM, None, NOW) == []
    assert slots_between(ITEM, NOW - every, NOW) == []
    assert slots_between(ITEM, NOW - 3 * every, NOW) == [NOW - 2 * every, NOW - every]
    assert slots_between(ITEM, NOW, NOW) == []


@pytest.mark.parametrize(
    ("later", "following"),
    [(0.5, 1), (1, 1), (1.5, 1), (5.2, 5), (315_360_000, 315_360_000)],
)
def test_what_was_missed_is_leapt_over_and_not_listed(later: float, following: float) -> None:
    trigger = SkipMissedInterval(1, NOW)

    first = trigger.get_next_fire_time(None, NOW)
    found = trigger.get_next_fire_time(first, NOW + timedelta(seconds=later))

    assert first == NOW
    assert found == NOW + timedelta(seconds=following)
    assert trigger.get_next_fire_time(found, NOW + timedelta(seconds=later)) == found + timedelta(
        seconds=1
    )
