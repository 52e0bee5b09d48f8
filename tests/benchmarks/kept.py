"""What a claim and a settlement cost while settled messages are kept: at 0, 100,000 and 1,000,000
of them.

Run as `python -m tests.benchmarks.kept [--messages N] [--postgresql]`; prints a line a size.
"""

import argparse
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Engine, insert, text

from outbox import Draft, Outbox, open_engine, writing
from outbox.reader import content_values
from outbox.tables import attempt, content, message, transition
from tests.support.servers import postgresql

SIZES = (0, 100_000, 1_000_000)
LANES = [f"department-{n}.feed" for n in range(20)]
CHUNK = 10_000
PAYLOAD = b"x" * 200


def keep(engine: Engine, outbox: Outbox, count: int, now: datetime) -> None:
    """Add settled messages with the attempts and states that they would have."""
    for start in range(0, count, CHUNK):
        lane = LANES[start // CHUNK % len(LANES)]
        guids = [str(uuid4()) for _ in range(min(CHUNK, count - start))]
        with writing(engine) as connection:
            first = outbox.reserve(connection, lane, len(guids), now, ordered=True)
            connection.execute(
                insert(message),
                [
                    {
                        "guid": guid,
                        "lane": lane,
                        "sequence": first + n,
                        "part": 0,
                        "records": 1000,
                        "state": "settled",
                        "why": "accepted 1000, refused 0",
                        "attempts": 1,
                        "strikes": 0,
                        "created_at": now,
                        "not_before": now,
                        "due_at": now,
                        "settled_at": now,
                    }
                    for n, guid in enumerate(guids)
                ],
            )
            connection.execute(
                insert(content), [content_values(outbox.seal, g, PAYLOAD, b"") for g in guids]
            )
            connection.execute(
                insert(attempt),
                [
                    {
                        "guid": g,
                        "started_at": now,
                        "ended_at": now,
                        "outcome": "settled",
                        "detail": "",
                    }
                    for g in guids
                ],
            )
            connection.execute(
                insert(transition),
                [
                    {"guid": g, "state": state, "at": now, "why": ""}
                    for g in guids
                    for state in ("waiting", "sending", "settled")
                ],
            )


def cost(engine: Engine, outbox: Outbox, rounds: int, now: datetime) -> tuple[float, float]:
    """Give the median milliseconds of a claim and of a settlement, each with its commit."""
    for lane in LANES:
        with writing(engine) as connection:
            count = rounds // len(LANES)
            first = outbox.reserve(connection, lane, count, now, ordered=True)
            outbox.put(
                connection,
                lane,
                [Draft(str(uuid4()), first + n, PAYLOAD, b"", 1000) for n in range(count)],
                now,
            )
    claims, settlements = [], []
    while True:
        start = time.perf_counter()
        with writing(engine) as connection:
            claim = outbox.claim(connection, LANES, now, timedelta(minutes=5))
        if claim is None:
            return statistics.median(claims), statistics.median(settlements)
        claimed = time.perf_counter()
        with writing(engine) as connection:
            outbox.settle(connection, claim, now, "accepted 1000, refused 0")
        claims.append((claimed - start) * 1e3)
        settlements.append((time.perf_counter() - claimed) * 1e3)


def measure(url: str, rounds: int) -> None:
    """Grow one store from size to size and print what a claim and a settlement cost at each."""
    engine = open_engine(url)
    outbox = Outbox(engine)
    outbox.create()
    now = datetime.now(UTC)
    held = 0
    for size in SIZES:
        keep(engine, outbox, size - held, now)
        held = size
        if engine.dialect.name == "postgresql":
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM ANALYZE"))
        claim, settle = cost(engine, outbox, rounds, now)
        print(
            f"{engine.dialect.name:<11} {size:>9,} kept: claim {claim:6.2f} ms, settle "
            f"{settle:6.2f} ms",
            flush=True,
        )
    engine.dispose()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=400)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        measure(f"sqlite:///{Path(folder) / 'outbox.db'}", rounds)
        with postgresql(Path(folder)) as url:
            measure(url, rounds)


if __name__ == "__main__":
    main()
