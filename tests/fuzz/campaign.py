"""Mutates documents by the ten thousand and tries most in child processes with limits."""

import multiprocessing
import os
import random
import signal
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from adapters.reader import isolation
from adapters.reader.client import ReaderLimits
from tests.fuzz.documents import WAYS
from tests.fuzz.mutations import mutated, workbook_mutated
from tests.fuzz.trial import Outcome, in_process, through_reader, tried
from tests.fuzz.ways import Way

#: One document in so many is as it was made.
_SOUND = 10
#: Two documents in so many are also read from a row on: that takes as long as all else together.
_RESUMED = 8
#: One document in so many also goes through a real reader process.
THROUGH_READER = 20
_SIZES = (1000, 3, 1000)
#: Seconds of processor time that one document may take.
_PROCESSOR_SECONDS = 10.0
#: Seconds of processor time of a child all together.
_CHILD_SECONDS = 24 * 60 * 60
#: Documents that a child tries before it says how they came out.
_TOGETHER = 200


@dataclass(slots=True)
class Findings:
    """What a campaign found: how documents came out, and each breach of what it holds."""

    outcomes: Counter[str] = field(default_factory=Counter)
    breaches: list[tuple[int, str]] = field(default_factory=list)
    refused_more: int = 0

    def note(self, number: int, outcome: Outcome) -> None:
        """Take in how a document came out."""
        self.outcomes[outcome.rule] += 1
        self.refused_more += outcome.refused_more
        self.breaches += [(number, breach) for breach in outcome.breaches]

    def add(self, other: "Findings") -> None:
        """Take in what was found elsewhere."""
        self.outcomes += other.outcomes
        self.refused_more += other.refused_more
        self.breaches += other.breaches


def document(name: str, seed: int, number: int) -> bytes:
    """Return a document by its number: one in ten is sound, others have one to four mutations."""
    way = WAYS[name]
    chance = random.Random(f"{name}/{seed}/{number}")
    data = way.make(chance)
    if number % _SOUND == 0:
        return data
    if way.container == "xlsx" and chance.random() < 0.8:
        return workbook_mutated(data, way, chance)
    if way.container == "xls":
        return _overwritten(data, chance)
    return mutated(data, way, chance, lambda: _foreign(chance))


def _foreign(chance: random.Random) -> bytes:
    other: Way = WAYS[chance.choice(sorted(WAYS))]
    return other.make(chance)


def _overwritten(data: bytes, chance: random.Random) -> bytes:
    """Return a file of sectors some of whose bytes are others; seldom one that is cut off."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(changed))
        if chance.random() < 0.5:
            # Cells stand near each other: bytes that are not 0 are hit more often.
            at = next((n for n in range(at, len(changed)) if changed[n]), at)
        changed[at] = chance.choice((0, 1, 0xFF, chance.randrange(256)))
    if chance.random() < 0.02:
        del changed[chance.randrange(len(changed)) :]
    return bytes(changed)


def tried_number(name: str, seed: int, number: int, *, reader: bool = False) -> Outcome:
    """Return how a document came out, here or in a reader process."""
    return tried(
        WAYS[name],
        document(name, seed, number),
        _SIZES[number % len(_SIZES)],
        sound=number % _SOUND == 0,
        resumed=number % _RESUMED < 2,
        reader=through_reader if reader else in_process,
    )


def campaign(name: str, numbers: Iterable[int], seed: int, *, reader: bool = False) -> Findings:
    """Try documents of a way one after the other in this process, or all of them in readers."""
    findings = Findings()
    for number in numbers:
        findings.note(number, tried_number(name, seed, number, reader=reader))
    return findings


class Child:
    """A process that tries documents under a reader's limits; its end is a breach."""

    def __init__(self, name: str, seed: int, first: int, count: int) -> None:
        self._name, self._seed, self._next, self._end = name, seed, first, first + count
        self.findings = Findings()

    def run(self) -> Findings:
        """Try all documents, in a fresh process behind each that ended one."""
        context = multiprocessing.get_context("spawn")
        while self._next < self._end:
            at = context.Value("q", self._next)
            ours, theirs = context.Pipe(duplex=False)
            arguments = (self._name, self._seed, self._next, self._end, at, theirs)
            process = context.Process(target=_tries, args=arguments)
            os.environ["POLARS_MAX_THREADS"] = "1"
            process.start()
            theirs.close()
            while (part := _received(ours)) is not None:
                self.findings.add(part)
            process.join()
            self._next = self._end
            if process.exitcode:
                self.findings.outcomes["ended"] += 1
                self.findings.breaches.append((at.value, f"ended the process: {process.exitcode}"))
                self._next = at.value + 1
        return self.findings


def _received(pipe: Connection) -> Findings | None:
    try:
        part: Findings = pipe.recv()
    except EOFError:
        return None
    return part


def _tries(name: str, seed: int, first: int, end: int, at: Any, pipe: Connection) -> None:
    limits = ReaderLimits()
    _warm_up(name, seed)
    isolation.bound_memory(limits.memory_mb)
    isolation.bound_processor_time(_CHILD_SECONDS)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    findings = Findings()
    for number in range(first, end):
        at.value = number
        signal.setitimer(signal.ITIMER_PROF, _PROCESSOR_SECONDS)
        findings.note(number, tried_number(name, seed, number))
        if number % _TOGETHER == _TOGETHER - 1:
            pipe.send(findings)
            findings = Findings()
    signal.setitimer(signal.ITIMER_PROF, 0)
    pipe.send(findings)


def _warm_up(name: str, seed: int) -> None:
    """Import what a format needs before memory is bounded, as a reader does."""
    tried_number(name, seed, 0)
