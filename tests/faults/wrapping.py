"""Wraps functions of the program from outside: points that end the process when they are passed."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any

from adapters.database import DatabaseAdapter
from adapters.files.ftps import FtpsAdapter
from adapters.files.sftp import SftpAdapter
from adapters.soap import SoapAdapter
from gateway.submissions.adapter import PushAdapter

#: Every kind of adapter that a town has.
ADAPTERS = (SoapAdapter, SftpAdapter, FtpsAdapter, DatabaseAdapter, PushAdapter)


def die() -> None:
    """End as a power cut does."""
    os.kill(os.getpid(), signal.SIGKILL)


class Point:
    """A place in the program: passing it for the Nth time is the end; never, where N is 0."""

    def __init__(self, hits: int) -> None:
        self._left = hits
        self._lock = threading.Lock()

    def arm(self, hits: int) -> None:
        """Let it be the end at the Nth time from now."""
        self._left = hits

    def passed(self) -> None:
        with self._lock:
            self._left -= 1
            if self._left == 0:
                die()


def after(
    owner: Any, name: str, point: Point, counts: Callable[[Any], bool] = lambda _: True
) -> None:
    """Let a function pass the point when it has returned something that counts."""
    original = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        if counts(result):
            point.passed()
        return result

    setattr(owner, name, wrapped)


def before(owner: Any, name: str, point: Point) -> None:
    """Let a function pass the point before it does anything."""
    original = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        point.passed()
        return original(*args, **kwargs)

    setattr(owner, name, wrapped)


def after_all(owners: Iterable[Any], name: str, point: Point) -> None:
    """Let a method of several classes pass the point when it has returned."""
    for owner in owners:
        if hasattr(owner, name):
            after(owner, name, point)


def before_all(owners: Iterable[Any], name: str, point: Point) -> None:
    """Let a method of several classes pass the point before it does anything."""
    for owner in owners:
        if hasattr(owner, name):
            before(owner, name, point)


def passing_after(point: Point) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make of a function one that passes the point when it has returned."""

    def made(original: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            result = original(*args, **kwargs)
            point.passed()
            return result

        return wrapped

    return made


def everywhere(original: Any, make: Callable[[Any], Any]) -> None:
    """Put another function in a function's place, under every name by which a module knows it."""
    wrapped = make(original)
    for module in list(sys.modules.values()):
        for name, value in list(vars(module).items()):
            if value is original:
                setattr(module, name, wrapped)
