"""`python -m tests.fuzz [--documents N] [--seed N] [--only NAME] [--show N] [--processes N]`."""

import argparse
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from adapters.reader.pool import pool
from tests.fuzz.campaign import (
    THROUGH_READER,
    Child,
    Findings,
    campaign,
    document,
    tried_number,
)
from tests.fuzz.documents import WAYS

#: Breaches of a way that are printed.
_PRINTED = 10


def main() -> None:
    """Run the campaign; exits with 1 where anything that it holds is broken."""
    options = argparse.ArgumentParser(description="Mutated documents against every format")
    options.add_argument("--documents", type=int, default=20_000, help="of each way to read")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--only", action="append", help="a way, or part of its name")
    options.add_argument("--show", type=int, help="print one document and how it comes out")
    options.add_argument(
        "--processes", type=int, default=os.cpu_count() or 1, help="children at a time"
    )
    chosen = options.parse_args()
    names = [
        name for name in WAYS if not chosen.only or any(_meant(part, name) for part in chosen.only)
    ]
    if chosen.show is not None:
        for name in names:
            data = document(name, chosen.seed, chosen.show)
            print(name, data, tried_number(name, chosen.seed, chosen.show), sep="\n")
        return
    broken = 0
    with ThreadPoolExecutor(chosen.processes) as threads:
        runs = threads.map(lambda name: _run(name, chosen.documents, chosen.seed), names)
        for name, (findings, seconds) in zip(names, runs, strict=True):
            broken += len(findings.breaches)
            _print(name, chosen.seed, findings, seconds)
    pool().close()
    print(f"{broken} breaches")
    raise SystemExit(1 if broken else 0)


def _meant(part: str, name: str) -> bool:
    return part == name if part in WAYS else part in name


def _run(name: str, documents: int, seed: int) -> tuple[Findings, float]:
    began = time.monotonic()
    findings = Child(name, seed, 0, documents).run()
    some = range(0, documents, THROUGH_READER)
    # Documents of the readers are sound every second time: the others are shifted by one.
    again = campaign(name, [n + n // THROUGH_READER % 2 for n in some], seed, reader=True)
    findings.breaches += [(number, f"in a reader: {breach}") for number, breach in again.breaches]
    findings.outcomes["in a reader"] += sum(again.outcomes.values())
    return findings, time.monotonic() - began


def _print(name: str, seed: int, findings: Findings, seconds: float) -> None:
    outcomes = ", ".join(f"{rule} {count:,}" for rule, count in findings.outcomes.most_common())
    more = (
        f"; {findings.refused_more} rows refused beyond the oracle" if findings.refused_more else ""
    )
    print(f"{name} (seed {seed}, {seconds:.0f} s): {outcomes}{more}")
    for number, breach in findings.breaches[:_PRINTED]:
        print(f"  BROKEN --only {name} --seed {seed} --show {number}: {breach[:400]}")
    if len(findings.breaches) > _PRINTED:
        print(f"  and {len(findings.breaches) - _PRINTED} more")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
