"""`python -m tests.fuzz [--documents N] [--seed N] [--only NAME] [--show NUMBER]`."""

import argparse
import sys
import time

from adapters.reader.pool import pool
from tests.fuzz.campaign import campaign, document, tried
from tests.fuzz.documents import WAYS


def main() -> None:
    """Run the campaign; exits with 1 where anything that it holds is broken."""
    options = argparse.ArgumentParser(description="Mutated documents against every format")
    options.add_argument("--documents", type=int, default=20_000, help="of each way to read")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--only", help="ways whose name holds this")
    options.add_argument("--show", type=int, help="print one document and how it comes out")
    chosen = options.parse_args()
    broken = 0
    for name, way in WAYS.items():
        if chosen.only and chosen.only not in name:
            continue
        if chosen.show is not None:
            data = document(way, chosen.seed, chosen.show)
            print(name, data, tried(way, data, 1000), sep="\n")
            continue
        began = time.monotonic()
        findings = campaign(way, chosen.documents, chosen.seed)
        broken += len(findings.breaches)
        outcomes = ", ".join(f"{rule} {count:,}" for rule, count in findings.outcomes.most_common())
        print(
            f"{name}: {chosen.documents:,} documents in {time.monotonic() - began:.0f} s: {outcomes}"
        )
        for number, breach in findings.breaches[:10]:
            print(f"  BROKEN {name} --seed {chosen.seed} --show {number}: {breach[:400]}")
        sys.stdout.flush()
    pool().close()
    print(f"{broken} breaches")
    raise SystemExit(1 if broken else 0)


if __name__ == "__main__":
    main()
