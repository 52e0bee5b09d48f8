"""Waits for what other processes and threads bring about."""

import time
from collections.abc import Callable


def came_true(true: Callable[[], bool], seconds: float, every: float = 0.1) -> bool:
    """Wait until something is so, looked at every so many seconds; tell whether it came in time."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


def wait_for(true: Callable[[], bool], seconds: float = 60, every: float = 0.1) -> None:
    """Wait until something is so; fails when it does not come in time."""
    assert came_true(true, seconds, every), "it did not come true in time"
