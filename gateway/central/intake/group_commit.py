"""Lets calls that wait for one another do their work together: a commit costs the same for one as
for many.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

_T = TypeVar("_T")
_R = TypeVar("_R")


@dataclass(slots=True, eq=False)
class _Call(Generic[_T, _R]):
    given: _T
    done: bool = False
    result: _R | Exception | None = None


class GroupCommit(Generic[_T, _R]):
    """One function, called from many threads, that does what is waiting at one go.

    `work` is given at most `most` arguments and answers each with its result, or with the exception
    that its caller is to get. Where it raises, nothing of them counts, and each is done again by
    itself.
    """

    def __init__(
        self, work: Callable[[Sequence[_T]], Sequence[_R | Exception]], limit: int
    ) -> None:
        self._work = work
        self._limit = limit
        self._waiting: list[_Call[_T, _R]] = []
        self._line = threading.Lock()
        self._turn = threading.Lock()

    def __call__(self, argument: _T) -> _R:
        """Do it, with whatever else waits, and return its result; raises what its own part
        raised.
        """
        call: _Call[_T, _R] = _Call(argument)
        with self._line:
            self._waiting.append(call)
        while not call.done:
            with self._turn:
                if not call.done:
                    self._go()
        if isinstance(call.result, Exception):
            raise call.result
        return call.result  # type: ignore[return-value]

    def _go(self) -> None:
        """Take the first in the line, who may be others than who is here, and do their work."""
        with self._line:
            calls, self._waiting = self._waiting[: self._limit], self._waiting[self._limit :]
        try:
            self._do(calls)
        except Exception as error:  # noqa: BLE001
            for call in calls:
                try:
                    if len(calls) == 1:
                        raise error
                    self._do([call])
                except Exception as own_error:  # noqa: BLE001
                    call.result, call.done = own_error, True

    def _do(self, calls: list[_Call[_T, _R]]) -> None:
        results = self._work([call.given for call in calls])
        for call, result in zip(calls, results, strict=True):
            call.result, call.done = result, True
