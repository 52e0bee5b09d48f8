"""Calls that wait for one another: each gets its own answer, whatever becomes of its neighbours."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.central.intake.group_commit import GroupCommit


class Work:
    """Doubles numbers; refuses odd ones, fails whole where there is a negative one."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = threading.Event()
        self.begun = threading.Event()

    def __call__(self, given: Sequence[int]) -> list[int | Exception]:
        self.begun.set()
        self.gate.wait(10)
        self.batches.append(list(given))
        if min(given) < 0:
            raise OSError("the disk is full")
        return [ValueError(str(n)) if n % 2 else 2 * n for n in given]


def meet(work: Work, numbers: Sequence[int], most: int) -> list[int | Exception | None]:
    """Call for the first number, let others queue behind it, and return each answer."""
    together = GroupCommit(work, most)

    def call(number: int) -> int | BaseException:
        try:
            return together(number)
        except (ValueError, OSError) as error:
            return error

    with ThreadPoolExecutor(len(numbers)) as pool:
        calls = [pool.submit(call, numbers[0])]
        assert work.begun.wait(10)
        for place, number in enumerate(numbers[1:], start=1):
            calls.append(pool.submit(call, number))
            while len(together._waiting) < place:
                pass
        work.gate.set()
        return [call.result(10) for call in calls]


def test_what_queues_is_done_at_one_go_and_each_gets_its_own_answer() -> None:
    work = Work()

    answers = meet(work, [2, 4, 5, 8], most=8)

    assert work.batches == [[2], [4, 5, 8]]
    assert [answers[0], answers[1], answers[3]] == [4, 8, 16]
    assert isinstance(answers[2], ValueError)


def test_no_more_than_so_many_are_done_at_one_go() -> None:
    work = Work()

    assert meet(work, [2, 4, 6, 8, 10], most=2) == [4, 8, 12, 16, 20]
    assert work.batches == [[2], [4, 6], [8, 10]]


def test_one_that_fails_whole_takes_no_neighbour_with_it() -> None:
    work = Work()

    answers = meet(work, [2, 4, -6, 8], most=8)

    assert work.batches == [[2], [4, -6, 8], [4], [-6], [8]]
    assert [answers[0], answers[1], answers[3]] == [4, 8, 16]
    assert isinstance(answers[2], OSError)


def test_one_alone_that_fails_is_not_done_again() -> None:
    work = Work()
    work.gate.set()

    with pytest.raises(OSError, match="disk"):
        GroupCommit(work, 8)(-2)
    assert work.batches == [[-2]]
