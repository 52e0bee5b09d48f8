"""Sources after a restore: what was taken after the backup is looked for and fetched again."""

import sqlite3
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text

import mappings
from adapters.files.folder import FolderAdapter, FolderPlace, FolderSettings
from adapters.transports.remote import PathRefusedError
from gateway.demo import environment
from gateway.demo.generate import licences, payments
from gateway.demo.housing_fund import HousingFund
from gateway.demo.town import _soap_adapter
from gateway.events import store as event_store
from gateway.exchange import feed_store as feeds
from gateway.exchange import restores
from gateway.exchange.binding import bound
from gateway.exchange.feed import Feed, open_feed
from gateway.exchange.fetch import Fetcher
from gateway.exchange.restore_watch import RestoreWatch, begin, mark_as_copy, open_run
from gateway.exchange.resubmissions import with_mended
from gateway.serving.server import WsgiServer
from gateway.settings.model import AdapterSettings
from gateway.store.open import open_store
from gateway.text import Text
from outbox import Outbox, writing
from tests.support import postgres_clusters as pg
from tests.support.clock import NOW
from tests.support.closing import closed_later
from tests.support.line import feed_of
from tests.support.restoring import put_store_back

LICENCES = licences(7, 40, date(2026, 4, 1))


STATUS_MODE = {"mode": "status", "status": dict(environment.STATUS)}


LOG = {"table": "log", "sequence": "n", "key": "id"}


class Bureau:
    """The environment's table, which a feed reads in one mode or another."""

    def __init__(self, folder: Path, store: Engine, settings: dict[str, Any]) -> None:
        self.url = f"sqlite:///{folder / 'source.db'}"
        self.engine = create_engine(self.url)
        self.settings = settings
        self.store = store

    def add(self, start: int, end: int) -> None:
        environment.fill(self.engine, LICENCES.rows[start:end])
        with self.engine.begin() as connection:
            connection.execute(
                text("CREATE TABLE IF NOT EXISTS log (n INTEGER PRIMARY KEY, id INTEGER)")
            )
            connection.execute(
                text(f"INSERT INTO log (id) SELECT id FROM {environment.TABLE} WHERE id > :n"),
                {"n": start},
            )

    def states(self) -> list[str]:
        with self.engine.connect() as connection:
            query = f"SELECT xyptstate FROM {environment.TABLE} ORDER BY id"
            return [str(state) for state in connection.execute(text(query)).scalars()]

    def feed(self) -> Feed:
        columns = list(LICENCES.rows[0])
        entry = AdapterSettings(
            feed="environment.licence",
            mapping=mappings.ROOT / "environment" / "licence.yaml",
            kind="database",
            settings={
                "url": self.url,
                "table": environment.TABLE,
                "key_column": "id",
                "columns": columns,
                **self.settings,
            },
        )
        found = bound(open_feed(entry, Path()), self.store)
        closed_later(found.adapter)  # type: ignore[arg-type]
        return found

    def fetch(self) -> dict[str, int]:
        """Fetch as a gateway that was just started; return what was counted."""
        return Fetcher(self.store, Outbox(self.store), lambda: NOW).fetch(self.feed()).counts


def travelled(counts: dict[str, int]) -> int:
    return counts["rows"] - counts["unchanged"]


def copied(store: Engine, target: Path) -> Path:
    with (
        sqlite3.connect(store.url.database or "") as source,
        sqlite3.connect(target) as copy,
    ):
        source.backup(copy)
        mark_as_copy(copy, NOW)
    return target


@pytest.mark.parametrize(
    "settings",
    [
        STATUS_MODE,
        {"mode": "watermark", "watermark_column": "xyptmodify_date"},
        {"mode": "watermark", "watermark_column": "id", "overlap": 0},
        {"mode": "changes", "log": LOG},
        {"mode": "full"},
    ],
    ids=["status", "watermark", "number", "changes", "full"],
)
def test_rows_that_were_taken_after_the_backup_are_fetched_again(
    url: str, tmp_path: Path, settings: dict[str, Any]
) -> None:
    store = open_store(url)
    open_run(store, [], NOW)
    bureau = Bureau(tmp_path, store, settings)
    bureau.add(0, 20)
    bureau.fetch()
    copy = copied(store, tmp_path / "copy.db")
    bureau.add(20, 40)
    lost = travelled(bureau.fetch())
    before = bureau.states()
    bureau.store = put_store_back(store, copy)

    again, more = bureau.fetch(), bureau.fetch()

    assert lost == 20
    assert travelled(again) == 20
    assert travelled(more) == 0
    assert bureau.states() == before
    with bureau.store.connect() as connection:
        found = restores.after_restore(connection)["environment.licence"]
    assert found.looked
    if settings is STATUS_MODE:
        assert (found.units, found.rows) == (1, 20)
        # Once: the next fetch asks for waiting rows alone.
        assert more["rows"] == 0
    bureau.store.dispose()
    bureau.engine.dispose()


def test_rows_that_were_answered_after_the_backup_are_known_again_by_their_time(
    url: str, tmp_path: Path
) -> None:
    store = open_store(url)
    open_run(store, [], NOW)
    bureau = Bureau(tmp_path, store, STATUS_MODE)
    bureau.add(0, 20)
    bureau.fetch()
    with bureau.engine.begin() as connection:
        old = (
            "UPDATE xk_front SET xyptstate = '2', xypt_time = '2025-01-01 00:00:00' WHERE id <= 10"
        )
        new = "UPDATE xk_front SET xyptstate = '2', xypt_time = '2026-04-01 12:00:00' WHERE id > 10"
        connection.execute(text(old))
        connection.execute(text(new))
    begun = tmp_path / "empty.db"
    with writing(store) as connection:
        for table in (
            "known",
            "package",
            "unmarked",
            "batch",
            "fault",
            "refusal",
            "warning",
            "cleaning",
            "unit_wait",
        ):
            connection.execute(text(f"DELETE FROM {table}"))
        connection.execute(text("DELETE FROM unit"))
        begin(connection, Text("因", "why"), "-", [], NOW)

    assert bureau.fetch()["rows"] == 10
    assert not begun.exists()
    store.dispose()
    bureau.engine.dispose()


def test_a_services_pages_are_asked_for_again_from_the_cursor_of_the_backup(
    url: str, tmp_path: Path
) -> None:
    rows = payments(7, 40, date(2026, 4, 1)).rows
    fund = HousingFund(rows[:20], "creditgate", "made-up")
    server = WsgiServer(fund.app()).start()
    entry = _soap_adapter(server.port)
    entry["settings"]["password"] = "made-up"

    def fetch(store: Engine) -> int:
        feed = bound(open_feed(AdapterSettings(**entry), Path()), store)
        try:
            return travelled(Fetcher(store, Outbox(store), lambda: NOW).fetch(feed).counts)
        finally:
            feed.adapter.close()

    store = open_store(url)
    open_run(store, [], NOW)
    fetch(store)
    copy = copied(store, tmp_path / "copy.db")
    fund.rows = rows
    lost = fetch(store)
    store = put_store_back(store, copy)

    assert (lost, fetch(store), fetch(store)) == (20, 20, 0)
    store.dispose()
    server.stop()


def test_a_source_that_denied_something_was_not_looked_through(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "drop"
    (folder / "archive").mkdir(parents=True)
    (folder / "x.csv").write_bytes(b"a\n1\n")
    (folder / "x.csv.done").touch()
    denied: set[str] = set()

    def denying(method: Any) -> Any:
        def call(place: FolderPlace, path: str, *more: Any) -> Any:
            if Path(path).name in denied:
                raise PathRefusedError("无权读取", "permission denied")
            return method(place, path, *more)

        return call

    for name in ("listing", "get"):
        monkeypatch.setattr(FolderPlace, name, denying(getattr(FolderPlace, name)))
    settings = FolderSettings(folder=str(folder), format="delimited", settle=0, archive="archive")
    feed, _ = feed_of("environment/licence.yaml")
    feed = bound(replace(feed, adapter=closed_later(FolderAdapter(settings))), engine)
    feed = replace(feed, adapter=with_mended(feed.adapter, engine, feed.name, "append"))
    with writing(engine) as connection:
        feeds.feed_state(connection, feed.name)
        feeds.note_fetch(connection, feed.name, NOW - timedelta(hours=1), None)
        begin(connection, Text("因", "why"), "-", [feed.name], NOW)

    looked = []
    for names in ({"x.csv"}, {"x.csv.done"}, {"archive"}, {"archive"}, set()):
        denied.clear()
        denied.update(names)
        Fetcher(engine, Outbox(engine), lambda: NOW).fetch(feed)
        with engine.connect() as connection:
            looked.append(restores.after_restore(connection)[feed.name].looked)
            told = [event.name for event in event_store.events(connection)]

    assert looked == [False, False, False, False, True]
    # Each once.
    assert told.count("drop.denied") == 3


@pytest.mark.skipif(bool(pg.missing()), reason=pg.missing())
def test_a_standby_promoted_with_lag_and_a_recovery_to_a_point_in_time_fetch_again_what_they_lost(
    tmp_path: Path,
) -> None:
    with pg.clusters() as made:
        ports = [pg.free_port() for _ in range(3)]
        primary = made.init("primary")
        made.start(primary, ports[0])
        pg.ask(ports[0], "CREATE DATABASE creditgate")
        # As a gateway that runs on: its addresses are the primary's and the standby's.
        running = open_store(pg.url_of(*ports[:2]))
        assert open_run(running, [], NOW) is None
        watch = RestoreWatch(running, lambda: NOW)
        bureau = Bureau(tmp_path, running, STATUS_MODE)
        bureau.add(0, 20)
        bureau.fetch()
        base = made.copy(ports[0], "base")
        standby = made.copy(ports[0], "standby", "-R")
        made.start(standby, ports[1])
        lsn = pg.ask(ports[0], "SELECT pg_create_restore_point('before')")
        pg.wait_until(ports[1], f"SELECT pg_last_wal_replay_lsn() >= '{lsn}'")
        # From here on the standby lags: it hears of nothing.
        pg.ask(ports[1], "ALTER SYSTEM SET primary_conninfo = ''")
        pg.ask(ports[1], "SELECT pg_reload_conf()")
        pg.wait_until(ports[1], "SELECT count(*) = 0 FROM pg_stat_wal_receiver")
        bureau.add(20, 40)
        assert travelled(bureau.fetch()) == 20
        assert watch.look([]) == 1
        pg.ask(ports[0], "SELECT pg_switch_wal()")
        wait = "SELECT last_archived_wal >= pg_walfile_name('{}') FROM pg_stat_archiver"
        pg.wait_until(ports[0], wait.format(lsn))
        made.stop(primary)

        pg.ask(ports[1], "SELECT pg_promote()")
        promoted = watch.look(["environment.licence"])
        again = travelled(bureau.fetch())
        running.dispose()
        made.stop(standby)

        (base / "recovery.signal").touch()
        with (base / "postgresql.auto.conf").open("a") as out:
            out.write(
                f"restore_command = 'cp {made.archive}/%f %p'\nrecovery_target_name = 'before'\n"
                "recovery_target_action = 'promote'\n"
            )
        made.start(base, ports[2])
        pg.wait_until(ports[2], "SELECT NOT pg_is_in_recovery()")
        recovered = bureau.store = open_store(pg.url_of(ports[2]))
        noticed = open_run(recovered, ["environment.licence"], NOW)
        recovered_again = travelled(bureau.fetch())
        recovered.dispose()
        bureau.engine.dispose()

    assert (promoted, again) == (2, 20)
    assert noticed is not None
    assert "timeline" in noticed.why.en
    assert recovered_again == 20
