"""A store that was restored notices it, is told of it, and says so; what was promised elsewhere is looked for."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, text, update

from gateway import audit
from gateway.exchange import journal, restores
from gateway.exchange.tables import identity
from gateway.messages import Text
from gateway.push import receipts
from gateway.push import store as submissions
from gateway.push.store import ReceiptLost, SubmissionRefused
from gateway.restored import RestoreWatch, begin, mark_path, open_run
from gateway.store import StoreDamaged, open_store
from outbox import Outbox, writing
from tests.conftest import NOW, clear

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
    from tests.command import in_this_process

    (folder / "gateway.yaml").write_text(
        f"store: sqlite:///{folder / 'gateway.db'}\n"
        "catalogue: {url: 'http://127.0.0.1:1', token: x}\ncentre: {kind: http, url: 'http://127.0.0.1:1', token: x}\n"
    )
    copy = folder / "backup.db"
    in_this_process("store", "backup", str(copy), "--settings", str(folder / "gateway.yaml"))
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
    assert after >= before + 5 + 1_000_000


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
    from gateway.restored import footing

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


def lose(engine: Engine, receipt: str) -> None:
    """Restore the store to before a submission: as if it had never been taken."""
    with writing(engine) as connection:
        connection.execute(text("DELETE FROM submission WHERE receipt = :r"), {"r": receipt})
        begin(connection, Text("因", "why"), "-", [FEED], NOW)


def take(engine: Engine, rows: list[dict[str, Any]], given_id: str = "") -> str:
    with writing(engine) as connection:
        return submissions.take(connection, FEED, rows, given_id, NOW).receipt


def asked(engine: Engine, receipt: str) -> int:
    """Ask for a receipt as the door does; return HTTP's status."""
    try:
        with engine.connect() as connection:
            submissions.find(connection, FEED, receipt)
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
    lose(engine, receipt)

    assert asked(engine, receipt) == 404
