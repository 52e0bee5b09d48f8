"""Runs mutants: `python -m tests.mutants [--count 300] [--seed 1] [--jobs N] [--area NAME]
[--touch] [--write]`.

Draws mutations by seed, as many of each area, runs each against the tests that enter its block,
quickest first and until one fails, and prints what was caught and each that survived. With --write
the table goes into docs/reliability.md. Exit code 1 where fewer than 95 in 100 are caught.

Which tests enter which block is found by running them once (--touch, or where the core or the
tests have changed since); it is kept in .mutants/.
"""

import argparse
import ast
import hashlib
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from random import Random

from tests.mutants import running
from tests.mutants.areas import AREAS, ROOT, modules
from tests.mutants.operators import sites
from tests.mutants.report import AIM, Mutant, Result, report, share_caught
from tests.mutants.running import Touching

CACHE = ROOT / ".mutants"
BEGIN, END = "<!-- begin: written by make mutants -->", "<!-- end: make mutants -->"
PAGE = ROOT / "docs" / "reliability.md"


def main() -> None:
    """Run what the command line asks for."""
    options = argparse.ArgumentParser(description="Mutants of the core against its tests")
    options.add_argument("--count", type=int, default=300)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options.add_argument("--area", action="append", choices=list(AREAS))
    options.add_argument(
        "--touch", action="store_true", help="run the tests anew to see what they enter"
    )
    options.add_argument("--touched", type=Path, help="a file of --touch to go by")
    options.add_argument("--write", action="store_true")
    chosen = options.parse_args()
    cache = chosen.touched or CACHE / f"touched-{_digest()}.json"
    if chosen.touch or not cache.exists():
        running.touch(cache, chosen.jobs)
    touching = running.load(cache)
    mutants = draw(Random(chosen.seed), chosen.count, chosen.area or list(AREAS))
    began = time.monotonic()
    results = []
    with ThreadPoolExecutor(chosen.jobs) as threads:
        for result in threads.map(lambda mutant: _try(mutant, touching), mutants):
            results.append(result)
            print(len(results), result.line, flush=True)
    text = report(results, chosen.seed, time.monotonic() - began)
    print(text)
    if chosen.write:
        _write(text)
    sys.exit(share_caught(results) < AIM)


def draw(chance: Random, count: int, areas: list[str]) -> list[Mutant]:
    """Draw mutants: as many of each area, and in an area as many of each kind of change.

    A kind that is rare counts as much as a common one: what is locked matters more than what is
    counted from 0.
    """
    pools: dict[str, dict[str, list[Mutant]]] = {area: {} for area in areas}
    for mutant in every_mutant():
        if mutant.area in pools:
            pools[mutant.area].setdefault(mutant.site.operator, []).append(mutant)
    drawn: list[Mutant] = []
    for place in range(count):
        pool = pools[areas[place % len(areas)]]
        kinds = sorted(kind for kind, mutants in pool.items() if mutants)
        kind = pool[chance.choice(kinds)]
        drawn.append(kind.pop(chance.randrange(len(kind))))
    return drawn


@cache
def every_mutant() -> tuple[Mutant, ...]:
    """Return each mutation that can be made of the core."""
    return tuple(_mutants())


def _mutants() -> Iterator[Mutant]:
    for module, (area, path) in modules().items():
        tree = ast.parse(path.read_text("utf-8"))
        for number, site in enumerate(sites(tree)):
            yield Mutant(area, module, path.relative_to(ROOT), number, site)


def _try(mutant: Mutant, touching: Touching) -> Result:
    entering = touching.of(mutant.module, mutant.site.block)
    tests, seconds = running.enough(entering, touching)
    fate, by = running.run_mutant(mutant.module, mutant.number, tests, seconds)
    return Result(mutant, fate, by, len(tests), len(entering))


def _digest() -> str:
    """Return a digest of the core and its tests."""
    digest = hashlib.sha256()
    paths = [path for _, path in modules().values()]
    for name in running.TESTS:
        paths += sorted((ROOT / name).rglob("*.py"))
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _write(text: str) -> None:
    page = PAGE.read_text("utf-8")
    head, _, rest = page.partition(BEGIN)
    PAGE.write_text(f"{head}{BEGIN}\n\n{text}\n{END}{rest.partition(END)[2]}", "utf-8")


if __name__ == "__main__":
    main()
