"""The circuit breaker: opens after failures, lets one probe through, closes on success."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from outbox.breaker import Breaker
from tests.support.clock import NOW

SECOND = timedelta(seconds=1)


def opened() -> Breaker:
    breaker = Breaker()
    for _ in range(breaker.limit):
        breaker = breaker.failed(NOW)
    return breaker


def test_failures_in_a_row_open_it_and_a_success_between_them_does_not() -> None:
    breaker = Breaker()
    for _ in range(20):
        breaker = breaker.failed(NOW).failed(NOW).failed(NOW).failed(NOW).succeeded()
    assert not breaker.open

    assert opened().open
    assert not opened().admits(NOW)


def test_after_its_wait_one_probe_goes_and_no_other_until_it_is_answered() -> None:
    due = NOW + Breaker().base
    breaker = opened()

    assert not breaker.admits(due - SECOND)
    assert breaker.admits(due)
    probing = breaker.sent(due)
    assert not probing.admits(due + SECOND)
    assert probing.unused().admits(due + SECOND)
    assert probing.succeeded().admits(due + SECOND)
    assert probing.admits(due + probing.patience)


def test_a_failed_probe_doubles_the_wait_up_to_its_cap() -> None:
    breaker, waits = opened(), []
    for _ in range(8):
        assert breaker.opened_until is not None
        waits.append(breaker.wait)
        breaker = breaker.sent(breaker.opened_until).failed(breaker.opened_until)

    assert waits[:4] == [timedelta(seconds=5 * 2**n) for n in range(4)]
    assert waits[-1] == Breaker().cap


def test_late_failures_of_what_was_under_way_do_not_lengthen_the_wait() -> None:
    assert opened().failed(NOW + SECOND) == opened()


@given(st.lists(st.tuples(st.sampled_from(["ask", "fail", "work"]), st.integers(0, 400))))
def test_while_it_is_open_never_two_are_under_way(story: list[tuple[str, int]]) -> None:
    breaker, now, under_way = Breaker(), NOW, 0
    for act, seconds in story:
        now += timedelta(seconds=seconds)
        if act == "ask" and breaker.admits(now):
            expired = breaker.probing_since is not None
            under_way = 1 if breaker.open else under_way + 1
            assert not breaker.open or expired or under_way == 1
            breaker = breaker.sent(now)
        elif act == "fail":
            breaker = breaker.failed(now)
        elif act == "work":
            breaker = breaker.succeeded()
        assert breaker.open or breaker.failures < breaker.limit
        assert not breaker.open or breaker.wait >= breaker.base
