"""Runs the fault suite: `python -m tests.faults [--faults 260] [--seed 1] [--jobs 2] [--write]`.

Deals faults into campaigns by seed, runs them, lets every mutant be caught, prints the table of
counts, and with --write keeps it in docs/reliability.md. Exit code 1 when anything was lost,
doubled or silent, or a mutant was not caught. `--only TEXT` runs the faults whose name has the
text.
"""

import argparse
import shutil
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from random import Random

from tests.faults import strikes_nodes, unsynced
from tests.faults.campaign import Result, play, small_disk
from tests.faults.departments import databases
from tests.faults.kinds import every_fault, may_trace
from tests.faults.mutants import HUNTS, hunt
from tests.faults.recovery import recover
from tests.faults.world import FAKETIME
from tests.support import servers

#: Faults of one town.
A_CAMPAIGN = 10
#: Packages that wait when a gateway starts.
WAITING = 20_000
BEGIN, END = "<!-- begin: written by make faults -->", "<!-- end -->"
PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"


def deal(seed: int, count: int, *, tmpfs: bool, only: str = "") -> list[tuple[int, str, list[int]]]:
    """Deal faults, by their place, into campaigns: each once before any comes again."""
    rng = Random(seed)
    faults = every_fault(tmpfs=tmpfs)
    wanted = [n for n, fault in enumerate(faults) if only in f"{fault.group} {fault.name}"]
    packs: dict[tuple[str, str], list[int]] = {}
    turn = dealt = 0
    while wanted and dealt < count:
        order = wanted[:]
        rng.shuffle(order)
        for place in order[: count - dealt]:
            stores = faults[place].stores
            # The next time that a fault comes it meets the other store.
            store = stores[(turn + place + seed) % len(stores)]
            packs.setdefault((store, faults[place].destination), []).append(place)
            dealt += 1
        turn += 1
    campaigns: list[tuple[int, str, list[int]]] = []
    for (store, _), mine in packs.items():
        for first in range(0, len(mine), A_CAMPAIGN):
            campaigns.append(
                (seed * 1000 + len(campaigns), store, mine[first : first + A_CAMPAIGN])
            )
    return campaigns


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--faults", type=int, default=260)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--no-mutants", action="store_true")
    chosen = parser.parse_args()
    tmpfs = may_mount()
    for line in left_out(tmpfs=tmpfs):
        print(line, flush=True)
    start = time.monotonic()
    with ProcessPoolExecutor(chosen.jobs, mp_context=get_context("spawn")) as pool:
        campaigns = deal(chosen.seed, chosen.faults, tmpfs=tmpfs, only=chosen.only)
        running = [
            pool.submit(play, seed, store, places, tmpfs) for seed, store, places in campaigns
        ]
        results = []
        for future in running:
            result = future.result()
            results.append(result)
            say(result)
        caught = {} if chosen.no_mutants else {name: pool.submit(hunt, name) for name in HUNTS}
        recovering = None if chosen.no_mutants else pool.submit(recover, WAITING)
        hunts = {name: future.result() for name, future in caught.items()}
        recovery = None if recovering is None else recovering.result()
    table = summary(results, hunts, chosen.seed, time.monotonic() - start)
    if recovery is not None:
        table += f"\n\n{recovery.line()}"
    print(table)
    if chosen.write:
        page = PAGE.read_text("utf-8")
        head, _, rest = page.partition(BEGIN)
        PAGE.write_text(f"{head}{BEGIN}\n\n{table}\n{END}{rest.partition(END)[2]}", "utf-8")
    wrong = any(result.complaints for result in results) or not all(hunts.values())
    for line in recovery.wrong if recovery is not None else ():
        print(line)
        wrong = True
    sys.exit(1 if wrong else 0)


def left_out(*, tmpfs: bool) -> list[str]:
    """Say which faults this machine cannot do, and why."""
    whys = {
        "disk full": "" if tmpfs else "no small disk can be mounted",
        "power cuts that lose what was not synced": ""
        if unsynced.library()
        else "gcc is not installed",
        "an FTPS drop": servers.vsftpd_missing(),
        "databases of departments, where the store is SQLite": databases.missing(),
        "packages by NATS": "" if shutil.which("nats-server") else "nats-server is not installed",
        "a sync that fails": "" if may_trace() else "strace is not here or may not trace",
        "the clock set": "" if FAKETIME.exists() else "libfaketime is not installed",
        "an older program": ""
        if strikes_nodes.older("same")
        else "git has no earlier commit with these tables",
    }
    return [f"left out: {what}: {why}" for what, why in whys.items() if why]


def may_mount() -> bool:
    """Tell whether this user may mount a small disk."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder, small_disk(Path(folder)) as disk:
        return disk is not None


def say(result: Result) -> None:
    """Print one campaign's line, and all that is wrong with it."""
    missed = [name for _, name, struck in result.faults if not struck]
    print(
        (
            f"seed {result.seed} {result.store:<10} {len(result.faults)} faults, {result.rows:,} "
            f"rows, healed in {result.healed_s:4.1f} s, peak {result.peak_mb:3.0f} MB, "
            f"{'balanced' if not result.complaints else 'WRONG'}"
        )
        + (f"; did not strike: {missed}" if missed else ""),
        flush=True,
    )
    for line in result.complaints[:40]:
        print("   ", line, flush=True)


def summary(results: list[Result], hunts: dict[str, list[str]], seed: int, seconds: float) -> str:
    """Write the table of counts as Markdown."""
    struck: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for result in results:
        for group, _, hit in result.faults:
            (struck if hit else missed)[group] += 1
    wrong: Counter[str] = Counter(
        line.split()[0] for r in results for line in r.complaints if line[:1] != " "
    )
    rows, refused = sum(r.rows for r in results), sum(r.refused for r in results)
    lines = [
        (
            f"Seed {seed}: {sum(struck.values())} faults struck in {len(results)} towns "
            f"({sum(missed.values())} more had nothing to strike), {rows:,} source rows, "
            f"{refused:,} of them refused; {seconds / 60:.0f} min on 2 cores."
        ),
        "",
        "| fault | struck |",
        "|---|---:|",
        *(f"| {group} | {count} |" for group, count in sorted(struck.items())),
        "",
        "| promise | broken |",
        "|---|---:|",
        *(
            f"| {name} | {wrong[name]} |"
            for name in (
                "CONS",
                "ONCE",
                "LOUD",
                "ACK",
                "ORDER",
                "HEAL",
                "CALM",
                "SLOT",
                "SUM",
                "SYNC",
            )
        ),
        "",
        (
            f"Longest time to heal {max((r.healed_s for r in results), default=0):.0f} s; most "
            f"memory of a gateway {max((r.peak_mb for r in results), default=0):.0f} MB."
        ),
    ]
    if broken_off := wrong["HARNESS:"]:
        lines += ["", f"{broken_off} towns were not played to their end: the harness failed."]
    by_name: Counter[str] = Counter()
    for result in results:
        for _, name, hit in result.faults:
            by_name[name] += hit
    never = sorted(name for name, hits in by_name.items() if not hits)
    if never:
        lines += ["", f"Dealt and never met: {'; '.join(never)}."]
    if hunts:
        lines += ["", "| broken on purpose | caught by |", "|---|---|"]
        lines += [
            f"| {name} | {', '.join(found) or '**not caught**'} |" for name, found in hunts.items()
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
