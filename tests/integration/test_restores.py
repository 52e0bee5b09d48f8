"""A store that was restored notices it, is told of it, and says so; what was promised elsewhere is looked for."""

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, select, text, update

import mappings
from adapters.drops.place import PathRefused
from adapters.folder import FolderAdapter, FolderPlace, FolderSettings
from gateway import audit, file_birth, restored
from gateway.binding import bound
from gateway.clock import seconds_running
from gateway.demo import environment
from gateway.demo.generate import licences, payments
from gateway.demo.housing_fund import HousingFund
from gateway.demo.town import _soap_adapter
from gateway.exchange import journal, restores
from gateway.exchange import store as feeds
from gateway.exchange.fetch import Fetcher
from gateway.exchange.tables import identity
from gateway.feeds import AdapterSettings, Feed, load_settings, open_feed
from gateway.file_birth import born
from gateway.messages import Text
from gateway.push import receipts
from gateway.push import store as submissions
from gateway.push.mended import with_mended
from gateway.push.store import ReceiptLost, SubmissionRefused
from gateway.restored import (
    GAP,
    RestoreWatch,
    begin,
    footing,
    mark_as_copy,
    mark_path,
    open_run,
)
from gateway.run import Gateway
from gateway.serving import WsgiServer
from gateway.store import StoreDamaged, open_store
from outbox import Outbox, writing
from tests.closing import closed_later
from tests.command import in_this_process
from tests.conftest import NOW, clear
from tests.line import feed_of
from tests.support import postgres_clusters as pg
from tests.waiting import wait_for

FEED = "water.licence"


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'gateway.db'}"


def opened(url: str) -> Any:
    """Open a store as a gateway does; return the restore that it noticed."""
    engine = open_store(url)
    try:
        return open_run(engine, [FEED], NOW)
    finally:
        engine.dispose()


def backup(folder: Path) -> Path:
    path = settings_file(folder, f"sqlite:///{folder / 'gateway.db'}")
    copy = folder / "backup.db"
    in_this_process("store", "backup", str(copy), "--settings", str(path))
    return copy


def test_a_store_that_is_opened_again_was_not_restored(url: str) -> None:
    assert [opened(url) for _ in range(3)] == [None, None, None]


def test_a_backup_that_is_put_back_is_known_for_one_wherever_it_is_opened(
    url: str, tmp_path: Path
) -> None:
    opened(url)
    copy = backup(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(copy, elsewhere / "gateway.db")

    made = opened(f"sqlite:///{elsewhere / 'gateway.db'}")

    assert "is the backup of" in made.why.en
    assert made.generation == 2
    assert opened(f"sqlite:///{elsewhere / 'gateway.db'}") is None


def test_an_older_file_put_in_place_is_noticed_by_the_count_of_starts(
    url: str, tmp_path: Path
) -> None:
    opened(url)
    old = (tmp_path / "gateway.db").read_bytes()
    opened(url)
    opened(url)
    # Over the same file: its inode stays.
    (tmp_path / "gateway.db").write_bytes(old)

    made = opened(url)

    assert "counts 1 starts" in made.why.en


@pytest.mark.parametrize("how", ["stop", "hour"])
def test_a_copy_of_the_present_run_that_is_put_over_the_file_is_noticed_by_the_count(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    settings = load_settings(settings_file(tmp_path, url))
    if how == "stop":
        gateway = Gateway(settings, tmp_path)
        old = plain_copy(tmp_path)
        gateway.close()
    else:
        engine = open_store(url)
        open_run(engine, [FEED], NOW)
        watch = RestoreWatch(engine, lambda: NOW)
        old = plain_copy(tmp_path)
        later = seconds_running() + 3601
        monkeypatch.setattr(restored, "seconds_running", lambda: later)
        watch.look([FEED])
        # As after a kill.
        engine.dispose()
    again = opened(url)
    (tmp_path / "gateway.db").write_bytes(old)
    # As if it had been put back before that start.
    mark = mark_path(tmp_path / "gateway.db")
    guid, generation, run = mark.read_text().split()
    mark.write_text(f"{guid} {generation} {int(run) - 1}\n")

    made = opened(url)

    assert again is None
    assert "the store is older" in made.why.en
    assert opened(url) is None


def plain_copy(folder: Path) -> bytes:
    """Return a copy of a store that is at work, by SQLite itself and not by `store backup`."""
    with (
        closing(sqlite3.connect(folder / "gateway.db")) as source,
        closing(sqlite3.connect(folder / "plain.db")) as copy,
    ):
        source.backup(copy)
    (folder / "plain.db").chmod(0o600)
    return (folder / "plain.db").read_bytes()


def test_a_folder_put_back_with_all_that_is_in_it_is_noticed_by_the_file(
    url: str, tmp_path: Path
) -> None:
    opened(url)
    for name in ("gateway.db", "gateway.db.id"):
        copy = tmp_path / f"{name}.copy"
        shutil.copy(tmp_path / name, copy)
        copy.rename(tmp_path / name)

    made = opened(url)

    assert "another file" in made.why.en


def test_a_file_that_got_the_inode_of_the_one_before_is_known_for_another(
    url: str, tmp_path: Path
) -> None:
    opened(url)
    path = tmp_path / "gateway.db"
    inode, birth = path.stat().st_ino, born(path)
    if not birth:
        pytest.skip("this file system does not tell when a file was made")
    data = path.read_bytes()
    path.unlink()
    path.write_bytes(data)
    path.chmod(0o600)

    made = opened(url)

    assert made is not None
    assert f"inode {inode} born {birth} ->" in made.why.en


def another_inode(tmp_path: Path) -> None:
    """Have the same file be under another inode, as after a mount of a file system that makes them up."""
    copy = tmp_path / "gateway.db.copy"
    shutil.copy(tmp_path / "gateway.db", copy)
    copy.rename(tmp_path / "gateway.db")


#: By linux/magic.h and the sources of the kernel: VFAT, exFAT, FUSE, CIFS, SMB 2, 9p, and none known.
MADE_UP = {
    "vfat": 0x4D44, "exfat": 0x2011BAB0, "fuse": 0x65735546, "cifs": 0xFF534D42, "smb2": 0xFE534D42,
    "9p": 0x01021997, "unknown": 0,
}  # fmt: skip


@pytest.mark.parametrize("kind", MADE_UP)
def test_a_file_system_that_makes_its_inodes_up_does_not_count_as_restored(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    # Noted by a release that trusted them.
    opened(url)
    monkeypatch.setattr(file_birth, "_file_system", lambda path: MADE_UP[kind])
    another_inode(tmp_path)
    first = opened(url)
    another_inode(tmp_path)

    assert (first, opened(url)) == (None, None)


def test_of_an_overlay_the_moment_of_birth_tells_a_file(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_birth, "_file_system", lambda path: 0x794C7630)
    opened(url)
    if not born(tmp_path / "gateway.db"):
        pytest.skip("this file system does not tell when a file was made")
    another_inode(tmp_path)

    assert "another file" in opened(url).why.en


def test_a_system_that_begins_to_tell_when_a_file_was_made_does_not_count_as_restored(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(file_birth, "born", lambda path: "")
        opened(url)
    begun = opened(url)
    with monkeypatch.context() as after_it:
        after_it.setattr(file_birth, "born", lambda path: "")
        ended = opened(url)

    assert (begun, ended, opened(url)) == (None, None, None)


def test_a_store_that_is_put_back_twice_to_the_same_copy_begins_a_third_generation(
    url: str, tmp_path: Path
) -> None:
    opened(url)
    old = (tmp_path / "gateway.db").read_bytes()
    found = []
    for _ in range(2):
        opened(url)
        (tmp_path / "gateway.db").write_bytes(old)
        found.append(opened(url).generation)

    assert found == [2, 3]


def test_another_store_in_its_place_is_still_refused(url: str, tmp_path: Path) -> None:
    opened(url)
    other = f"sqlite:///{tmp_path / 'other.db'}"
    opened(other)
    shutil.copy(tmp_path / "other.db", tmp_path / "gateway.db")

    with pytest.raises(StoreDamaged):
        open_store(url)


def test_the_file_of_an_earlier_release_has_the_guid_alone(url: str, tmp_path: Path) -> None:
    opened(url)
    mark = mark_path(tmp_path / "gateway.db")
    mark.write_text(mark.read_text().split()[0])

    assert opened(url) is None
    assert len(mark.read_text().split()) == 3


def test_a_restore_is_an_event_and_on_record_and_leaves_a_gap_in_the_sequences(
    engine: Engine,
) -> None:
    outbox = Outbox(engine)
    with writing(engine) as connection:
        before = outbox.reserve(connection, FEED, 5, NOW, ordered=True)
        begin(connection, Text("因", "why"), "-", [FEED], NOW)
        after = outbox.reserve(connection, FEED, 1, NOW, ordered=True)
    with engine.connect() as connection:
        [event] = journal.events(connection)
        [entry] = audit.entries(connection)
    assert (event.level, event.name) == ("error", "store.restored")
    assert (entry.act, entry.target) == ("store.restored", "generation 2")
    # A receiver that holds versions by numbers that were given meanwhile still takes what comes now.
    assert after >= before + 5 + GAP


def test_a_generation_that_another_process_begins_is_seen_by_the_next_look(engine: Engine) -> None:
    watch = RestoreWatch(engine, lambda: NOW)
    first = watch.look([FEED])
    with writing(engine) as connection:
        begin(connection, Text("因", "why"), "Zhang", [FEED], NOW)

    assert (first, watch.look([FEED])) == (1, 2)


@pytest.mark.parametrize("what", ["system", "timeline", "database", "table"])
def test_a_shared_store_that_stands_elsewhere_begins_one_generation_for_all_nodes(
    postgresql: str, what: str
) -> None:
    engine = open_store(postgresql)
    clear(engine)
    assert open_run(engine, [FEED], NOW) is None
    watches = [RestoreWatch(engine, lambda: NOW) for _ in range(2)]
    assert [watch.look([FEED]) for watch in watches] == [1, 1]
    with writing(engine) as connection:
        stands_on = connection.execute(select(identity.c.stands_on)).scalar_one()
        moved = stands_on.replace(f"{what} ", f"{what} 9")
        connection.execute(update(identity).values(stands_on=moved))

    assert [watch.look([FEED]) for watch in watches] == [2, 2]
    assert open_run(engine, [FEED], NOW) is None
    engine.dispose()


def test_an_ordinary_role_may_ask_what_the_store_stands_on(postgresql: str) -> None:
    admin = open_store(postgresql)
    clear(admin)
    with writing(admin) as connection:
        connection.execute(text("DROP ROLE IF EXISTS plain_role"))
        connection.execute(text("CREATE ROLE plain_role"))
    with admin.connect() as connection:
        connection.execute(text("SET ROLE plain_role"))
        found = footing(connection, None)
        connection.execute(text("RESET ROLE"))
    admin.dispose()

    assert found.startswith("system ")


# --- receipts -------------------------------------------------------------------------------------


def lose(engine: Engine, receipt: str, at: datetime = NOW) -> None:
    """Restore the store to before a submission: as if it had never been taken."""
    with writing(engine) as connection:
        connection.execute(text("DELETE FROM submission WHERE receipt = :r"), {"r": receipt})
        begin(connection, Text("因", "why"), "-", [FEED], at)


def take(engine: Engine, rows: list[dict[str, Any]], given_id: str = "") -> str:
    with writing(engine) as connection:
        return submissions.take(connection, FEED, rows, given_id, NOW).receipt


def asked(engine: Engine, receipt: str, now: datetime = NOW) -> int:
    """Ask for a receipt as the door does; return HTTP's status."""
    try:
        with engine.connect() as connection:
            submissions.find(connection, FEED, receipt, now)
    except ReceiptLost as error:
        with writing(engine) as connection:
            submissions.note_lost(connection, error, NOW)
        return error.status
    except SubmissionRefused as error:
        return error.status
    return 200


def after(engine: Engine) -> restores.FeedAfterRestore:
    with engine.connect() as connection:
        return restores.after_restore(connection)[FEED]


def test_a_receipt_number_tells_its_store_and_the_rows_and_no_two_are_alike(
    engine: Engine,
) -> None:
    numbers = {take(engine, [{"a": "1"}]) for _ in range(50)}
    with engine.connect() as connection:
        this = restores.identity_of(connection)
    told = [receipts.read_number(number) for number in numbers]

    assert len(numbers) == 50
    assert {len(number) for number in numbers} == {36}
    assert {(one.store, one.generation) for one in told if one} == {(this.store, 1)}
    assert len({one.fingerprint for one in told if one}) == 1


def test_a_lost_receipt_is_gone_until_its_rows_are_posted_again(engine: Engine) -> None:
    receipt = take(engine, [{"a": "1"}], "id-1")
    other = take(engine, [{"a": "2"}])
    lose(engine, receipt)
    with writing(engine) as connection:
        restores.note_looked(connection, FEED, 2, NOW)

    status = asked(engine, receipt)
    lost = after(engine)
    # Other rows are not those, however many are posted.
    take(engine, [{"a": "3"}])
    still = after(engine)
    again = take(engine, [{"a": "1"}], "id-1")

    assert (status, asked(engine, other), asked(engine, again)) == (410, 200, 200)
    assert (lost.lost, lost.sure) == ((receipt,), False)
    assert still.lost == (receipt,)
    assert (after(engine).lost, after(engine).posted_again, after(engine).sure) == ((), 1, True)
    assert asked(engine, receipt) == 410


def test_rows_that_were_posted_again_before_anybody_asked_are_not_awaited(engine: Engine) -> None:
    receipt = take(engine, [{"a": "1"}])
    lose(engine, receipt)
    take(engine, [{"a": "1"}])

    assert asked(engine, receipt) == 410
    assert after(engine).lost == ()


def test_a_number_of_another_history_of_the_same_generation_is_lost_too(engine: Engine) -> None:
    with engine.connect() as connection:
        this = restores.identity_of(connection)
    before, later = NOW - timedelta(hours=2), NOW + timedelta(minutes=2)
    lose(engine, take(engine, [{"a": "1"}]))
    lost, never = (
        receipts.receipt_number(this.store, 2, at, "0badc0de", 1) for at in (before, later)
    )

    assert (asked(engine, lost), asked(engine, never)) == (410, 404)


@pytest.mark.parametrize(
    "receipt",
    ["no number", "7f1e2d3c-0000-8000-8000-000000000000", "", "\x00", "5A1E0000-0000-8000-8000-0"],
)
def test_what_was_never_given_is_not_there_after_a_restore_either(
    engine: Engine, receipt: str
) -> None:
    lose(engine, take(engine, [{"a": "1"}]))

    assert asked(engine, receipt) == 404


def test_without_a_restore_an_unknown_number_is_not_there(engine: Engine) -> None:
    receipt = take(engine, [{"a": "1"}])
    with writing(engine) as connection:
        connection.execute(text("DELETE FROM submission"))

    assert asked(engine, receipt) == 404


def test_numbers_of_before_are_gone_after_a_restore(engine: Engine) -> None:
    before = "4e0c7a1e-3f70-4c2e-9c3b-0f6f0d1f2a3b"
    first = asked(engine, before)
    lose(engine, take(engine, [{"a": "1"}]))

    assert (first, asked(engine, before)) == (404, 410)


def test_a_number_whose_time_was_over_before_the_backup_is_not_called_lost(engine: Engine) -> None:
    receipt = take(engine, [{"a": "1"}])
    with writing(engine) as connection:
        connection.execute(
            text("INSERT INTO feed (name, cursor, version, hold_zh, hold_en, shape, problem_zh, problem_en, fetched_at)"
                 " VALUES ('water.other', '', 0, '', '', '', '', '', '2026-09-01 00:00:00')")
        )  # fmt: skip
    lose(engine, receipt, NOW + timedelta(days=200))

    assert asked(engine, receipt) == 404


def fetched_at(engine: Engine, **moments: datetime) -> None:
    """Have feeds stand as fetched at moments."""
    with writing(engine) as connection:
        for name, moment in moments.items():
            feeds.note_fetch(connection, f"water.{name}", moment, None)


@pytest.mark.parametrize("ahead", [timedelta(days=365), timedelta(minutes=1)])
def test_what_a_clock_that_was_ahead_has_written_is_no_moment_of_which_the_store_knows(
    engine: Engine, ahead: timedelta
) -> None:
    receipt = take(engine, [{"a": "1"}])
    with writing(engine) as connection:
        for name in ("right", "ahead"):
            feeds.feed_state(connection, f"water.{name}")
    fetched_at(engine, right=NOW - timedelta(minutes=5), ahead=NOW + ahead)
    lose(engine, receipt)

    status = asked(engine, receipt)
    with engine.connect() as connection:
        last = restores.latest(connection)

    assert last is not None
    assert last.as_of == NOW - timedelta(minutes=5)
    assert (status, after(engine).lost) == (410, (receipt,))


def test_a_copy_knows_of_nothing_later_than_the_moment_at_which_it_was_made(
    url: str, tmp_path: Path
) -> None:
    store = open_store(url)
    open_run(store, [], NOW)
    with writing(store) as connection:
        for name in ("right", "ahead"):
            feeds.feed_state(connection, f"water.{name}")
    fetched_at(store, right=NOW - timedelta(days=2), ahead=NOW - timedelta(hours=1))
    with (
        closing(sqlite3.connect(tmp_path / "gateway.db")) as source,
        closing(sqlite3.connect(tmp_path / "copy.db")) as copy,
    ):
        source.backup(copy)
        mark_as_copy(copy, NOW - timedelta(days=1))
    store = put_store_back(store, tmp_path / "copy.db")
    with store.connect() as connection:
        last = restores.latest(connection)
    store.dispose()

    assert last is not None
    assert last.as_of == NOW - timedelta(days=2)


BEFORE = "4e0c7a1e-3f70-4c2e-9c3b-0f6f0d1f2a3b"


def test_a_number_of_before_is_lost_only_where_the_backup_has_none_of_todays(
    engine: Engine,
) -> None:
    take(engine, [{"a": "1"}])
    lose(engine, take(engine, [{"a": "2"}]))

    assert asked(engine, BEFORE) == 404


def test_a_number_of_before_is_lost_for_as_long_as_answered_rows_are_kept(engine: Engine) -> None:
    lose(engine, take(engine, [{"a": "1"}]))
    term = submissions.EARLIER_FORM_LOST

    assert asked(engine, BEFORE, NOW + term) == 410
    assert asked(engine, BEFORE, NOW + term + timedelta(days=1)) == 404


def test_who_posts_again_while_the_loss_is_noted_is_not_missed(postgresql: str) -> None:
    engine = open_store(postgresql)
    clear(engine)
    receipt = take(engine, [{"a": "1"}])
    lose(engine, receipt)
    asking = Thread(target=asked, args=(engine, receipt))
    with engine.connect() as watch, writing(engine) as connection:
        submissions.take(connection, FEED, [{"a": "1"}], "", NOW)
        asking.start()
        waits = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        wait_for(lambda: not asking.is_alive() or watch.execute(waits).scalar_one() > 0)
    asking.join()
    left = after(engine).lost
    engine.dispose()

    assert left == ()


# --- sources --------------------------------------------------------------------------------------

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
                text(f"INSERT INTO log (id) SELECT id FROM {environment.TABLE} WHERE id > :n"), {"n": start}
            )  # fmt: skip

    def states(self) -> list[str]:
        with self.engine.connect() as connection:
            query = f"SELECT xyptstate FROM {environment.TABLE} ORDER BY id"
            return [str(state) for state in connection.execute(text(query)).scalars()]

    def feed(self) -> Feed:
        columns = list(LICENCES.rows[0])
        entry = AdapterSettings(
            feed="environment.licence", mapping=mappings.ROOT / "environment" / "licence.yaml", kind="database",
            settings={
                "url": self.url, "table": environment.TABLE, "key_column": "id", "columns": columns,
                **self.settings,
            },
        )  # fmt: skip
        found = bound(open_feed(entry, Path()), self.store)
        closed_later(found.adapter)  # type: ignore[arg-type]
        return found

    def fetch(self) -> dict[str, int]:
        """Fetch as a gateway that was just started; return what was counted."""
        return Fetcher(self.store, Outbox(self.store), lambda: NOW).fetch(self.feed()).counts


def travelled(counts: dict[str, int]) -> int:
    return counts["rows"] - counts["unchanged"]


def put_store_back(store: Engine, copy: Path) -> Engine:
    """Put a copy in the place of a store, as after its disk was lost; return it as a gateway opens it."""
    path = Path(store.url.database or "")
    store.dispose()
    for name in ("", "-wal", "-shm"):
        path.with_name(path.name + name).unlink(missing_ok=True)
    shutil.copy(copy, path)
    path.chmod(0o600)
    opened_again = open_store(str(store.url))
    assert open_run(opened_again, ["environment.licence"], NOW) is not None
    return opened_again


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
                raise PathRefused("无权读取", "permission denied")
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
            told = [event.name for event in journal.events(connection)]

    assert looked == [False, False, False, False, True]
    # Each once.
    assert told.count("drop.denied") == 3


# --- what people see ------------------------------------------------------------------------------


def settings_file(folder: Path, url: str) -> Path:
    path = folder / "gateway.yaml"
    path.write_text(
        f"store: {url}\ncatalogue: {{url: 'http://127.0.0.1:1', token: x}}\n"
        "centre: {kind: http, url: 'http://127.0.0.1:1', token: x}\n"
    )
    return path


def test_a_person_says_that_the_store_was_restored_once_and_vouches_for_a_feed(
    url: str, tmp_path: Path
) -> None:
    opened(url)
    path = str(settings_file(tmp_path, url))
    engine = open_store(url)
    with writing(engine) as connection:
        feeds.feed_state(connection, FEED)
    said = [
        in_this_process("store", "restored", "--why", "快照", "--json", "--settings", path)
        for _ in range(2)
    ]
    with engine.connect() as connection:
        unsure = restores.after_restore(connection)[FEED].sure
    refused = in_this_process(
        "store", "checked", "no.feed", "--why", "看过", "--settings", path, code=1
    )
    in_this_process("store", "checked", FEED, "--why", "看过", "--settings", path)
    again = in_this_process("store", "checked", FEED, "--why", "x", "--settings", path, code=1)

    assert [json.loads(one.stdout)["generation"] for one in said] == [2, 2]
    assert "nothing more to do" in said[1].stdout
    assert not unsure
    assert "nothing is open" in refused.stderr
    assert "nothing is open" in again.stderr
    with engine.connect() as connection:
        assert restores.after_restore(connection)[FEED].sure
        acts = [entry.act for entry in audit.entries(connection)]
    assert acts == ["store.restored", "store.checked"]
    engine.dispose()


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
