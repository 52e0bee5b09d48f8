"""Fetching pauses where there is no room, says so once, keeps whole batches only, and goes on."""

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import Engine

from gateway.events import store as event_store
from gateway.exchange import feed_store
from gateway.exchange.fetch import Fetcher
from gateway.runtime.backpressure import Backpressure, FetchPausedError, Limits
from gateway.settings.model import LimitSettings
from outbox import Outbox, writing
from tests.support.clock import NOW
from tests.support.line import feed_of, sound_rows

LICENCE = "environment/licence.yaml"
MB = 1_000_000


class Disk:
    def __init__(self, free: int) -> None:
        self.free = free

    def __call__(self, _path: Path) -> int:
        return self.free


def happened(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return [event.name for event in reversed(event_store.events(connection))]


def rows_kept(engine: Engine) -> int:
    with engine.connect() as connection:
        return sum(total.rows for total in feed_store.totals(connection))


def test_a_disk_that_fills_pauses_the_fetch_between_batches_and_it_goes_on_from_there(
    engine: Engine,
) -> None:
    disk, box = Disk(500 * MB), Outbox(engine)
    pressure = Backpressure(box, Limits(200 * MB, 100), lambda: NOW, disk)
    feed, adapter = feed_of(LICENCE, *([row] for row in sound_rows(LICENCE, 4)))
    fetcher = Fetcher(engine, box, lambda: NOW, may_go_on=pressure.check)
    keep = adapter.keep

    def fill(batch) -> None:
        keep(batch)
        disk.free = 100 * MB if batch.unit == "unit-1" else disk.free

    adapter.keep = fill
    with pytest.raises(FetchPausedError):
        fetcher.fetch(feed)
    kept = rows_kept(engine)
    with pytest.raises(FetchPausedError):
        fetcher.fetch(feed)
    # A little room is not enough: it would pause again at once.
    disk.free = 210 * MB
    with pytest.raises(FetchPausedError):
        fetcher.fetch(feed)
    disk.free = 500 * MB
    fetcher.fetch(feed)

    assert kept == 2
    assert rows_kept(engine) == 4
    assert happened(engine) == ["fetch.paused", "fetch.resumed"]


def test_a_centre_too_slow_for_what_comes_pauses_the_fetch_until_packages_are_away(
    engine: Engine,
) -> None:
    box = Outbox(engine)
    pressure = Backpressure(box, Limits(0, 5), lambda: NOW)
    feed, _ = feed_of(LICENCE, *([row] for row in sound_rows(LICENCE, 8)))
    fetcher = Fetcher(engine, box, lambda: NOW, may_go_on=pressure.check)

    with pytest.raises(FetchPausedError):
        fetcher.fetch(feed)
    waiting = rows_kept(engine)
    for _ in range(2):
        with writing(engine) as connection:
            claim = box.claim(connection, [feed.name], NOW, timedelta(minutes=5))
            assert claim
            box.settle(connection, claim, NOW, "taken")
    fetcher.fetch(feed)

    assert waiting == 6
    assert rows_kept(engine) == 8
    assert happened(engine) == ["fetch.paused", "fetch.resumed"]
    assert pressure.paused is False


@pytest.mark.parametrize("megabytes", [0, -1])
def test_no_free_room_at_all_is_refused_with_a_reason(megabytes: int) -> None:
    with pytest.raises(ValidationError, match="on a full disk the gateway can record nothing"):
        LimitSettings(free_mb=megabytes)

    assert LimitSettings(free_mb=1).free_mb == 1
