"""What every list of the console costs with 1,000,000 packages kept: the aim is 300 ms.

Run as `python -m tests.benchmarks.lists [--packages N]`; prints a line a page, median and slowest
of nine.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy import Engine, insert, select, text

from gateway.accounts import Accounts
from gateway.accounts import store as accounts
from gateway.alerts.tables import alert
from gateway.audit.tables import audit
from gateway.events.tables import event
from gateway.exchange.blind_index import digest, key_of, make_some
from gateway.exchange.tables import fault, feed, feed_total, mark, package, refusal, unit
from gateway.settings.web import WebSettings
from gateway.store.open import open_store
from gateway.web import create_app
from gateway.workdays.model import Calendar, announced
from outbox import Breaker, Draft, Outbox, Wanted, writing
from outbox.tables import message
from tests.benchmarks.kept import LANES, keep
from tests.support.line import feed_of, fetch, sound_rows
from tests.support.servers import postgresql

#: Over how many days what is kept is spread, and how many of other things are kept beside the
#: packages.
DAYS, AUDIT, EVENTS, REFUSALS, ALERTS = 100, 200_000, 100_000, 20_000, 5_000
#: Packages that wait in each of 20 lanes, and those of them that are dead letters.
OPEN, DEAD = 250, 5
ROUNDS = 9
#: Numbers that no sequence of a store has given yet.
FIRST = 1_000_000_000


def fill(engine: Engine, outbox: Outbox, packages: int) -> None:
    """Keep packages of 100 days with units and marks, and what else such a store has."""
    now = datetime.now(UTC)
    for day in range(DAYS):
        keep(engine, outbox, packages // DAYS, now - timedelta(days=DAYS - 1 - day, minutes=1))
    with writing(engine) as connection:
        key = key_of(connection)
        connection.execute(
            insert(feed),
            [
                {
                    "name": name,
                    "cursor": "",
                    "version": 1,
                    "hold_zh": "",
                    "hold_en": "",
                    "shape": "",
                    "problem_zh": "",
                    "problem_en": "",
                    "fetched_at": now,
                }
                for name in LANES
            ],
        )
        ids = {row.name: row.id for row in connection.execute(select(feed.c.id, feed.c.name))}
        connection.execute(
            insert(feed_total),
            [
                {
                    "feed_id": value,
                    "declared": 10,
                    "rows": 10,
                    "refused": 0,
                    "unchanged": 0,
                    "superseded": 0,
                    "packed": 10,
                    "accepted": 10,
                    "turned_down": 0,
                }
                for value in ids.values()
            ],
        )
    with engine.connect() as connection:
        rows = connection.execute(
            select(message.c.guid, message.c.lane, message.c.created_at)
        ).all()
    for start in range(0, len(rows), 20_000):
        part = rows[start : start + 20_000]
        counts = dict.fromkeys(("refused", "unchanged", "superseded", "turned_down"), 0)
        with writing(engine) as connection:
            connection.execute(
                insert(unit),
                [
                    {
                        "id": FIRST + start + n,
                        "feed_id": ids[row.lane],
                        "name": f"u{start + n}",
                        "state": "acknowledged",
                        "rows": 10,
                        "packed": 10,
                        "accepted": 10,
                        "started_at": row.created_at,
                        "acknowledge_tries": 0,
                        "acknowledged_at": row.created_at,
                        **counts,
                    }
                    for n, row in enumerate(part)
                ],
            )
            connection.execute(
                insert(package),
                [
                    {"guid": row.guid, "unit_id": FIRST + start + n, "batch": 0, "rows": 10}
                    for n, row in enumerate(part)
                ],
            )
            connection.execute(
                insert(mark),
                [
                    {"digest": digest(key, f"number {start + n}"), "guid": row.guid}
                    for n, row in enumerate(part)
                ],
            )
    _fill_others(engine, now, ids)


def _fill_others(engine: Engine, now: datetime, ids: dict[str, int]) -> None:
    with writing(engine) as connection:
        connection.execute(
            insert(audit),
            [
                {
                    "number": n + 1,
                    "at": now,
                    "person": f"p{n % 50}",
                    "act": ("package.retry", "adapter.changed")[n % 2],
                    "target": LANES[n % 20],
                    "detail": "x",
                    "digest": "0" * 64,
                }
                for n in range(AUDIT)
            ],
        )
        connection.execute(
            insert(event),
            [
                {
                    "at": now,
                    "level": "info",
                    "name": "x",
                    "feed": LANES[n % 20],
                    "zh": "x",
                    "en": "x",
                }
                for n in range(EVENTS)
            ],
        )
        connection.execute(
            insert(refusal),
            [
                {
                    "id": FIRST + n,
                    "feed_id": ids[LANES[n % 20]],
                    "identity": f"i{n}",
                    "unit_id": FIRST,
                    "ref": str(n),
                    "refused_by": "gateway",
                    "row_json": '{"a": "x"}',
                    "state": "open",
                    "opened_at": now,
                    "seen_at": now,
                }
                for n in range(REFUSALS)
            ],
        )
        connection.execute(
            insert(fault),
            [
                {
                    "refusal_id": FIRST + n,
                    "field": f"F{n % 7}",
                    "rule": f"rule.{n % 5}",
                    "zh": "x",
                    "en": "x",
                }
                for n in range(REFUSALS)
            ],
        )
        connection.execute(
            insert(alert),
            [
                {
                    "kind": "late",
                    "feed": LANES[n % 20],
                    "opened_at": now,
                    "closed_at": now,
                    "zh": "x",
                    "en": "x",
                    "link": "/",
                }
                for n in range(ALERTS)
            ],
        )


def client_of(engine: Engine, outbox: Outbox, role: str) -> FlaskClient:
    """Make the console over a store and sign somebody in."""
    fetching = SimpleNamespace(
        feeds={}, registry=SimpleNamespace(every=lambda _d=None: []), paused=False, due=[]
    )
    gateway: Any = SimpleNamespace(
        engine=engine,
        outbox=outbox,
        clock=lambda: datetime.now(UTC),
        keeper=SimpleNamespace(held=None, calendar=Calendar(announced())),
        fetching=fetching,
        breaker=Breaker,
    )
    departments = ("department-3",) if role == "viewer" else ()
    people = Accounts(engine, gateway.clock)
    password = people.add(role, role, departments, "benchmark", "a reason")  # type: ignore[arg-type]
    with writing(engine) as connection:
        accounts.change(connection, role, must_change=False)
    client = create_app(gateway, WebSettings(requests_per_minute=1_000_000)).test_client()
    client.post(
        "/sign-in",
        data={"name": role, "password": password},
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    return client


def wait(engine: Engine, outbox: Outbox) -> None:
    """Let some packages wait in every lane, and make some dead letters."""
    now = datetime.now(UTC)
    for lane in LANES:
        with writing(engine) as connection:
            first = outbox.reserve(connection, lane, OPEN, now, ordered=False)
            drafts = [Draft(str(uuid4()), first + n, b"x", b"", 1000) for n in range(OPEN)]
            outbox.put(connection, lane, drafts, now)
            for draft in drafts[:DEAD]:
                outbox.set_aside(connection, draft.guid, now, "refused")


def brought(engine: Engine, outbox: Outbox) -> tuple[str, str]:
    """Bring in and mark a package of 1,000 records; return its GUID and a document's number."""
    rows = sound_rows("environment/licence.yaml", 1000)
    licences, _ = feed_of("environment/licence.yaml", rows)
    fetch(engine, licences, datetime.now(UTC), outbox=outbox)
    while make_some(engine, outbox, {licences.name: ("DocumentNumber",)}):
        pass
    with engine.connect() as connection:
        return outbox.search(connection, Wanted(lanes=(licences.name,)), 1)[0].guid, str(
            rows[0]["XK_WSH"]
        )


def cost(ask: Callable[[], Any]) -> tuple[float, float]:
    """Give the median and the slowest of some answers, in ms, each looked at."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        answer = ask()
        times.append((time.perf_counter() - start) * 1e3)
        assert answer.status_code == 200, answer.status
    return statistics.median(times), max(times)


def measure(url: str, packages: int) -> float:
    """Fill one store, ask for every list, print what each costs; give the slowest median."""
    engine = open_store(url)
    outbox = Outbox(engine)
    fill(engine, outbox, packages)
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    wait(engine, outbox)
    real = brought(engine, outbox)
    with engine.connect() as connection:
        middle = connection.execute(
            select(message.c.guid, message.c.created_at)
            .order_by(message.c.created_at.desc())
            .offset(packages // 2)
            .limit(1)
        ).one()
    week = (datetime.now(UTC) - timedelta(days=57)).strftime("%Y-%m-%dT%H:%M")
    until = (datetime.now(UTC) - timedelta(days=50)).strftime("%Y-%m-%dT%H:%M")
    before = f"{middle.created_at.isoformat()}|{middle.guid}".replace("+", "%2B")
    asked = {
        "operator": [
            "/now",
            "/packages/",
            "/packages/?state=settled",
            "/packages/?state=open",
            "/packages/?state=dead",
            f"/packages/?feed={LANES[3]}",
            f"/packages/?since={week}&until={until}",
            f"/packages/?feed={LANES[3]}&since={week}&until={until}",
            f"/packages/?before={before}",
            f"/packages/?q={real[0]}",
            "/packages/?q=number 7",
            "/packages/?q=nothing",
            f"/packages/{real[0]}",
            "/refusals/",
            f"/refusals/{LANES[3]}",
            f"/refusals/{LANES[3]}?rule=rule.3&field=F3",
            f"/feeds/{LANES[3]}/",
            f"/records/environment.licence?q={real[1]}",
            "/packages/?q=" + real[1],
            "/alerts/",
            "/schedule",
        ],
        "viewer": ["/now", "/packages/", "/packages/?state=dead", f"/packages/?before={before}"],
        "auditor": [
            "/audit/",
            "/audit/?person=p7",
            "/audit/?act=package",
            f"/audit/?target={LANES[3]}&act=adapter",
            "/audit/?person=nobody",
            f"/audit/?since={week}",
        ],
    }
    slowest = 0.0
    for role, paths in asked.items():
        client = client_of(engine, outbox, role)
        for path in paths:
            median, most = cost(lambda path=path, client=client: client.get(path))  # type: ignore[misc]
            slowest = max(slowest, median)
            name = path.replace(middle.guid, "GUID").replace(
                before.replace(middle.guid, "GUID"), "..."
            )
            print(
                f"{engine.dialect.name:<11} {role:<9} {median:7.1f} ms, slowest {most:7.1f}  "
                f"{name[:90]}",
                flush=True,
            )
    engine.dispose()
    return slowest


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--packages", type=int, default=1_000_000)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    packages, only = parser.parse_args().packages, parser.parse_args().only
    slowest = []
    with tempfile.TemporaryDirectory() as folder:
        if only != "postgresql":
            slowest.append(measure(f"sqlite:///{Path(folder) / 'gateway.db'}", packages))
        if only != "sqlite":
            with postgresql(Path(folder)) as url:
                slowest.append(measure(url, packages))
    print(f"slowest median {max(slowest):.0f} ms with {packages:,} packages (aim 300)")


if __name__ == "__main__":
    main()
