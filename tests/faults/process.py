"""`creditgate` with a fault built in: `python -m tests.faults.process ARGUMENTS`.

FAULT_DESCRIPTORS=N lets it have no more open files than that. FAULT_POINT=NAME:N kills the process
(-9) the Nth time that it passes a point; FAULT_COMMIT=SITE|before:N the same at a commit (see
commits); FAULT_RECORD=FILE writes down each place that commits. FAULT_POISON=TEXT lets the
gateway's own code fail at each batch that has the text; FAULT_TURN_DOWN=TEXT lets the centre refuse
records that have it. FAULT_MUTANT=NAME breaks a promise on purpose, so that the checker can be seen
to notice. The product itself has no such switch.
"""

import os
import resource
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from adapters import Batch
from gateway import destinations
from gateway.central.intake import receive as central_intake
from gateway.central.intake import store as central_keep
from gateway.central.intake import validate as central_judge
from gateway.cli import main
from gateway.delivery import settle, worker
from gateway.delivery.worker import Deliverer
from gateway.destinations import Parcel
from gateway.destinations.http import HttpDestination
from gateway.exchange import acknowledge, batch_plan
from gateway.protocol import verdict
from gateway.runtime import process
from gateway.text import Text
from outbox import Outbox
from tests.faults import commits
from tests.faults.broken import BETWEEN, MUTANTS
from tests.faults.wrapping import (
    ADAPTERS,
    Point,
    after,
    after_all,
    before_all,
    everywhere,
    passing_after,
)


def while_sending(point: Point) -> None:
    """Let the point be passed some milliseconds after a package began to be sent."""
    original = HttpDestination._post

    def wrapped(self: HttpDestination, parcel: Parcel) -> Any:
        threading.Timer(0.004, point.passed).start()
        return original(self, parcel)

    HttpDestination._post = wrapped  # type: ignore[method-assign]


def while_telling(point: Point) -> None:
    """Let the point be passed when a department has taken the first frame of its verdicts."""
    original = acknowledge._verdicts

    def wrapped(*args: Any) -> Iterator[pl.DataFrame]:
        for frame in original(*args):
            yield frame
            point.passed()

    acknowledge._verdicts = wrapped


def after_send(point: Point) -> None:
    """Let the point be passed when a package was given over, whichever way it goes."""
    original = destinations.open_destination

    def opened(*args: Any, **kwargs: Any) -> Any:
        found = original(*args, **kwargs)
        after(found, "send", point, something)
        return found

    everywhere(original, lambda _: opened)


def something(found: Any) -> bool:
    return found is not None and found is not False


#: Every named point: of the gateway, then of the centre.
GATEWAY_POINTS: dict[str, Callable[[Point], None]] = {
    "start: tables made": lambda p: after(process, "open_outbox", p),
    "fetch: batch mapped, nothing kept": lambda p: everywhere(batch_plan.prepare, passing_after(p)),
    "fetch: messages put, not committed": lambda p: after(Outbox, "put", p),
    "fetch: source told that it is kept": lambda p: after_all(ADAPTERS, "keep", p),
    "claim: not committed": lambda p: after(Outbox, "claim", p, something),
    "claim: committed, nothing sent": lambda p: after(Deliverer, "_claim", p, something),
    "send: under way": while_sending,
    "send: answered, not settled": lambda p: after(HttpDestination, "send", p),
    "send: given over, not settled": after_send,
    "settle: not committed": lambda p: after(settle, "_apply", p),
    "settle: committed": lambda p: after(worker, "settle", p),
    "acknowledge: nothing told": lambda p: before_all(ADAPTERS, "acknowledge", p),
    "acknowledge: half told": while_telling,
    "acknowledge: told, not noted": lambda p: after_all(ADAPTERS, "acknowledge", p),
}
CENTRE_POINTS: dict[str, Callable[[Point], None]] = {
    "centre: judged, nothing kept": lambda p: after(central_intake, "judge", p),
    "centre: records written, not committed": lambda p: after(central_keep, "_write", p),
    "centre: receipt made, not committed": lambda p: after(central_keep, "receipt_xml", p),
    "centre: committed, not answered": lambda p: after(central_intake, "keep", p),
}

#: Points that only a mutant passes.
MUTANT_POINTS: dict[str, Callable[[int], None]] = {"mark: committed, not marked": BETWEEN.arm}


def recorder(file: str) -> Callable[[str, str], None]:
    """Write down each place that commits, a line the first time that it does."""
    seen: set[str] = set()

    def passed(name: str, _: str) -> None:
        if name not in seen:
            seen.add(name)
            with Path(file).open("a", encoding="utf-8") as out:
                out.write(f"{name}\n")

    return passed


def killer(place: str, when: str, point: Point) -> Callable[[str, str], None]:
    """Let a point be passed before or after a place's commit."""

    def passed(name: str, moment: str) -> None:
        if (name, moment) == (place, when):
            point.passed()

    return passed


def poisoned(text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make of `prepare` one that fails as no one foresaw, at a batch that has a text."""

    def made(original: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(batch: Batch, *args: Any, **kwargs: Any) -> Any:
            if any(text in (value or "") for column in batch.rows for value in column):
                raise ZeroDivisionError("poison")
            return original(batch, *args, **kwargs)

        return wrapped

    return made


def turning_down(text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make of the centre's `judge` one that refuses records whose content has a text."""

    def made(original: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **kwargs: Any) -> central_judge.ValidatedPackage:
            judged: central_judge.ValidatedPackage = original(*args, **kwargs)
            if "Content" not in judged.kind.field_names:
                return judged
            contents = judged.records.columns(["Content"])["Content"]
            why = Text("中心核查不予收录", "the centre does not take it in")
            more = {
                place: [_refused(judged.records.keys[place], why)]
                for place in judged.sound
                if text in (contents[place] or "")
            }
            return replace(judged, faults={**judged.faults, **more})

        return wrapped

    return made


def _refused(key: str, why: Text) -> verdict.Verdict:
    return verdict.Verdict(key, "refused", "Content", "centre.policy", why)


def arm(environment: Iterable[tuple[str, str]]) -> None:
    """Build in what the environment asks for."""
    asked = dict(environment)
    # The library that watches the store is here by now; readers are not to have it.
    for name in ("LD_PRELOAD", "UNSYNCED_FOLDER"):
        if "UNSYNCED_FOLDER" in asked:
            os.environ.pop(name, None)
    if limit := asked.get("FAULT_DESCRIPTORS"):
        resource.setrlimit(resource.RLIMIT_NOFILE, (int(limit), int(limit)))
    if record := asked.get("FAULT_RECORD"):
        commits.watch(recorder(record))
    if commit := asked.get("FAULT_COMMIT"):
        place, _, hits = commit.rpartition(":")
        site, _, when = place.partition("|")
        commits.watch(killer(site, when, Point(int(hits))))
    if text := asked.get("FAULT_POISON"):
        everywhere(batch_plan.prepare, poisoned(text))
    if text := asked.get("FAULT_TURN_DOWN"):
        everywhere(central_judge.validate, turning_down(text))
    if mutant := asked.get("FAULT_MUTANT"):
        MUTANTS[mutant]()
    if point := asked.get("FAULT_POINT"):
        name, _, hits = point.rpartition(":")
        if name in MUTANT_POINTS:
            MUTANT_POINTS[name](int(hits))
        else:
            {**GATEWAY_POINTS, **CENTRE_POINTS}[name](Point(int(hits)))


if __name__ == "__main__":
    arm(os.environ.items())
    sys.exit(main())
