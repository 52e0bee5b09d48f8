"""Compare the tree with the recorded counts; exit code 1 where one went up or down."""

import argparse
import gc
import sys
from pathlib import Path

from tests.house.circles import import_graph
from tests.house.kinds import measures
from tests.house.record import CountsError, complaints, recorded, write_lower
from tests.house.source import House

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.house", description=__doc__)
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--list", metavar="KIND", choices=recorded(), help="print each place")
    action.add_argument("--write", action="store_true", help="record the counts that went down")
    options = parser.parse_args(arguments)
    measured = measures(House(ROOT), import_graph())
    if options.list:
        print(*measured[options.list].places, sep="\n")
        return 0
    now = {kind: measure.count for kind, measure in measured.items()}
    if options.write:
        return _write(now)
    wrong = complaints(now, recorded())
    print(*(wrong or [f"{kind} = {count:g}" for kind, count in now.items()]), sep="\n")
    return 1 if wrong else 0


def _write(now: dict[str, float]) -> int:
    try:
        write_lower(now)
    except CountsError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    # A million nodes are made once, and used to the end: collecting garbage would cost more.
    gc.disable()
    sys.exit(main())
