"""A store that was restored notices it, and is told of it by people."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text, update

from gateway import audit
from gateway.clock import seconds_running
from gateway.events import store as event_store
from gateway.exchange import feed_store as feeds
from gateway.exchange import file_birth, restore_watch, restores
from gateway.exchange.file_birth import born
from gateway.exchange.restore_watch import GAP, RestoreWatch, begin, footing, mark_path, open_run
from gateway.generations.tables import identity
from gateway.runtime.process import GatewayProcess
from gateway.settings.load import load_settings
from gateway.store.open import StoreDamagedError, open_store
from gateway.text import Text
from outbox import Outbox, writing
from tests.support.clock import NOW
from tests.support.command import in_this_process
from tests.support.restoring import FEED, opened, settings_file
from tests.support.stores import clear


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
        gateway = GatewayProcess(settings, tmp_path)
        old = plain_copy(tmp_path)
        gateway.close()
    else:
        engine = open_store(url)
        open_run(engine, [FEED], NOW)
        watch = RestoreWatch(engine, lambda: NOW)
        old = plain_copy(tmp_path)
        later = seconds_running() + 3601
        monkeypatch.setattr(restore_watch, "seconds_running", lambda: later)
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
    """Put the same file under another inode, as a mount that makes them up does."""
    copy = tmp_path / "gateway.db.copy"
    shutil.copy(tmp_path / "gateway.db", copy)
    copy.rename(tmp_path / "gateway.db")


#: By linux/magic.h and the sources of the kernel: VFAT, exFAT, FUSE, CIFS, SMB 2, 9p, and none
#: known.
MADE_UP = {
    "vfat": 0x4D44,
    "exfat": 0x2011BAB0,
    "fuse": 0x65735546,
    "cifs": 0xFF534D42,
    "smb2": 0xFE534D42,
    "9p": 0x01021997,
    "unknown": 0,
}


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

    with pytest.raises(StoreDamagedError):
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
        [event] = event_store.events(connection)
        [entry] = audit.entries(connection)
    assert (event.level, event.name) == ("error", "store.restored")
    assert (entry.act, entry.target) == ("store.restored", "generation 2")
    # A receiver that holds versions by numbers that were given meanwhile still takes what comes
    # now.
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
    result = in_this_process("store", "checked", FEED, "--why", "x", "--settings", path, code=1)

    assert [json.loads(one.stdout)["generation"] for one in said] == [2, 2]
    assert "nothing more to do" in said[1].stdout
    assert not unsure
    assert "nothing is open" in refused.stderr
    assert "nothing is open" in result.stderr
    with engine.connect() as connection:
        assert restores.after_restore(connection)[FEED].sure
        acts = [entry.act for entry in audit.entries(connection)]
    assert acts == ["store.restored", "store.checked"]
    engine.dispose()
