"""Records of a gateway and of a real centre: what differs is named by its key."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from gateway.central import app as central_app
from gateway.central.records import store as record_store
from gateway.central.records.tables import feed as central_feed
from gateway.central.records.tables import test_record as suite_record
from gateway.central.store import create
from gateway.exchange import feed_store
from gateway.exchange.acknowledge import acknowledge_due
from gateway.protocol.digests import DayDigest, day_digests
from gateway.reconciliation.compare import FeedReconciliation, reconcile
from gateway.reconciliation.sets import (
    Difference,
)
from gateway.store.open import open_store
from outbox import Outbox, open_engine, writing
from tests.support.line import feed_of, fetch, sound_rows
from tests.support.stores import clear
from tests.support.two_senders import Two, of, two_senders
from tests.support.world import World, put, world_over

# --- with a real centre ------------------------------------------------------------------------


@pytest.fixture
def world(engine: Engine, tmp_path: Path) -> Iterator[World]:
    with world_over(engine, tmp_path) as made:
        feed, _ = put(made, 12)
        made.deliver(2)
        acknowledge_due(engine, Outbox(engine), feed, made.clock, 0.5)
        yield made


def reconciled(world: World) -> FeedReconciliation:
    [found] = reconcile(world.engine, Outbox(world.engine), world.queries)
    return found


def at_centre(world: World, statement: str, **values: str) -> None:
    with writing(world.centre) as connection:
        connection.execute(text(statement), values)


def keys_of(world: World) -> list[str]:
    with world.centre.connect() as connection:
        return list(
            connection.execute(
                text("SELECT key FROM administrative_licence ORDER BY key")
            ).scalars()
        )


def test_a_centre_with_the_same_records_balances_by_their_sets(world: World) -> None:
    reconciliation = reconciled(world)

    assert (reconciliation.compared, reconciliation.differences, reconciliation.balanced) == (
        "sets",
        (),
        True,
    )
    assert sum(day.centre for day in reconciliation.days) == 12


def test_what_somebody_changed_in_the_centres_own_table_is_named(world: World) -> None:
    one, two, *_ = keys_of(world)
    at_centre(
        world,
        "UPDATE administrative_licence SET digest = :d WHERE key = :k",
        k=one,
        d="0" * 31 + "1",
    )
    changed = reconciled(world)
    other = two[:-1] + ("0" if two[-1] != "0" else "1")
    at_centre(world, "UPDATE administrative_licence SET key = :o WHERE key = :k", k=two, o=other)
    replaced = reconciled(world)

    assert changed.differences == (Difference(one, "different"),)
    assert replaced.differences == (
        Difference(one, "different"),
        Difference(two, "missing"),
        Difference(other, "unexpected"),
    )
    for found in (changed, replaced):
        # As many as before: by counts alone nobody would have seen it.
        assert all(day.gateway == day.centre for day in found.days)
        assert not found.balanced


def test_a_bucket_of_many_pages_is_read_to_its_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(central_app, "PAGE", 1)
    first, *others = keys_of(world)
    for place, one in enumerate(others):
        at_centre(
            world,
            "UPDATE administrative_licence SET key = :n WHERE key = :k",
            k=one,
            n=f"{first[:2]}{place + 1:030x}",
        )
    reconciliation = reconciled(world)

    assert sum(one.what == "unexpected" for one in reconciliation.differences) == 11
    assert sum(one.what == "missing" for one in reconciliation.differences) == 11


def test_a_centre_without_digests_says_counts_only_and_never_balanced(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = world.queries.get

    def without(path: str, **params: str) -> Any:
        params.pop("digests", None)
        return ask(path, **params)

    monkeypatch.setattr(world.queries, "get", without)
    reconciliation = reconciled(world)

    assert (reconciliation.compared, reconciliation.differences, reconciliation.balanced) == (
        "counts",
        (),
        False,
    )


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    senders = two_senders(tmp_path)
    yield senders
    senders.engine.dispose()


@pytest.mark.parametrize(
    "query",
    [
        "",
        "day=",
        "day=20260401",
        "day=2026-W14-3",
        "day=2026-02-30",
        "day=2026-04-01T00:00",
        "day=2026-04-01&bucket=",
        "day=2026-04-01&bucket=0",
        "day=2026-04-01&bucket=0G",
        "day=2026-04-01&bucket=000",
        "day=2026-04-01&bucket=AB",
        "day=2026-04-01&bucket=00&after=xyz",
    ],
)
def test_a_question_that_names_no_day_or_bucket_is_refused_and_no_empty_set(
    two: Two, query: str
) -> None:
    answer = two.ask("GET", f"/digests?feed=environment.licence&{query}", "air")

    assert answer.status_code == 422
    assert two.ask("GET", "/totals?feed=environment.licence&digests=yes", "air").status_code == 422


def test_the_roots_that_a_centre_gives_are_those_of_its_records(two: Two) -> None:
    two.post("air", of("air"))
    ask = lambda path: json.loads(two.ask("GET", path, "air").data)  # noqa: E731
    [day] = ask("/totals?feed=environment.licence&digests=1")
    buckets = ask(f"/digests?feed=environment.licence&day={day['day']}")["buckets"]
    records = [[k, d] for k, d, _ in ask("/records?feed=environment.licence")]
    found = [
        one
        for b in range(256)
        if buckets[b] != DayDigest().buckets()[0]
        for one in ask(f"/digests?feed=environment.licence&day={day['day']}&bucket={b:02x}")
    ]
    day_digest = DayDigest()
    for k, d in records:
        day_digest.add(k, d)

    assert found == records
    assert (day_digest.root(), day_digest.buckets()) == (day["root"], buckets)
    # Another sender's feed tells nothing.
    assert (
        two.ask("GET", f"/digests?feed=environment.licence&day={day['day']}", "water").status_code
        == 403
    )


def test_both_ends_read_their_sets_alike_on_postgresql(postgresql: str) -> None:
    store_engine = open_store(postgresql)
    clear(store_engine)
    feed, _ = feed_of("environment/licence.yaml", sound_rows("environment/licence.yaml", 20))
    fetch(store_engine, feed)
    with store_engine.connect() as connection:
        records = list(feed_store.sent_in_order(connection, feed.name))
    engine = open_engine(
        f"{postgresql}{'&' if '?' in postgresql else '?'}options=-csearch_path%3Dset_centre"
    )
    with writing(store_engine) as connection:
        connection.execute(text("CREATE SCHEMA set_centre"))
    create(engine)
    with writing(engine) as connection:
        number = connection.execute(
            central_feed.insert().values(name="a.b").returning(central_feed.c.id)
        ).scalar_one()
        for place, (k, d, day) in enumerate(records):
            connection.execute(
                suite_record.insert().values(
                    feed_id=number,
                    key=k,
                    sequence=place + 1,
                    digest=d,
                    package="p",
                    day=day,
                    withdrawn=False,
                )
            )
    digests = record_store.digests(engine, "a.b", test=True)
    own = day_digests(records)
    [day] = own
    bucket = record_store.bucket(engine, "a.b", day, records[0][0][:2], "", 10, test=True)
    with writing(store_engine) as connection:
        connection.execute(text("DROP SCHEMA set_centre CASCADE"))
    engine.dispose()
    store_engine.dispose()

    assert len(records) == 20
    assert {on: one.root() for on, one in digests.items()} == {
        on: one.root() for on, one in own.items()
    }
    assert bucket[0] == records[0][:2]
