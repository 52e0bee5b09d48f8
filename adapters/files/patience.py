"""Which files of a drop wait, since when, and what of that was said: each reason is said once."""

import time
from collections.abc import Callable, Iterator, Mapping

from adapters import Remark
from adapters.files.ready import Waiting
from adapters.text import drops as messages

#: Remarks that one fetch makes of files that wait, and one more for the rest.
_MOST = 20
#: Most remarks of which it is remembered that they were made.
_KEYS = 10_000


class Patience:
    """Remembers files that wait; those that wait longer than `settle` seconds are remarked on."""

    def __init__(self, settle: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._settle = settle
        self._clock = clock
        #: What waits as the last fetch saw it, by path.
        self.waiting: dict[str, Waiting] = {}
        self._since: dict[tuple[str, str], float] = {}
        self._said: set[tuple[str, str]] = set()
        self._seen: set[tuple[str, str]] = set()
        self._queued: list[Remark] = []
        self._once: dict[str, None] = {}

    def begin(self, waiting: Mapping[str, Waiting]) -> None:
        """Begin a fetch with what waits by the listing."""
        self.waiting, self._seen = {}, set()
        for path, reason in waiting.items():
            self.note(path, reason)

    def note(self, path: str, reason: Waiting) -> None:
        """Note that a file waits."""
        self.waiting[path] = reason
        self._seen.add((path, reason.name))
        self._since.setdefault((path, reason.name), self._clock())

    def waits(self, path: str) -> bool:
        """Whether a file waits, by the present fetch."""
        return path in self.waiting

    def queue(self, key: str, remark: Remark) -> None:
        """Have something said at the next occasion, once for each key."""
        if key not in self._once:
            self._once[key] = None
            if len(self._once) > _KEYS:
                del self._once[next(iter(self._once))]
            self._queued.append(remark)

    def due(self) -> Iterator[Remark]:
        """Yield what is to be said now and was not said yet."""
        queued, self._queued = self._queued, []
        yield from queued
        now = self._clock()
        late = [
            (path, reason)
            for path, reason in sorted(self.waiting.items())
            if (path, reason.name) not in self._said
            and (reason.at_once or now - self._since[path, reason.name] >= self._settle)
        ]
        self._said |= {(path, reason.name) for path, reason in late}
        for _, reason in late[:_MOST]:
            yield Remark(reason.name, *reason.text)
        if len(late) > _MOST:
            yield Remark("drop.waiting", *messages.and_more(len(late) - _MOST))

    def end(self) -> Iterator[Remark]:
        """End a fetch: yield what is due, and forget files that wait no more."""
        yield from self.due()
        self._since = {key: since for key, since in self._since.items() if key in self._seen}
        self._said &= self._seen
