"""Somebody with the store's files, or on the machine, looks for people's data."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, select, update

from gateway.cli import main
from gateway.exchange import quality_notes, refusal_store
from gateway.exchange.tables import cleaning, refusal
from gateway.private_files import ExposedFileError, write_private
from gateway.settings.load import load_settings
from gateway.store.lock import alone, store_files
from gateway.store.open import open_store
from gateway.store.resealing import SEALED, seal_anew
from gateway.store.schema import SCHEMAS
from gateway.submissions import store as submissions
from gateway.submissions.tables import submission
from outbox import DecryptionError, Outbox, PayloadCipher, open_engine, writing
from tests.support import planted
from tests.support.kept_rows import filled
from tests.support.opened import whole

OLD, NEW = (
    PayloadCipher({"k1": bytes(32)}, "k1"),
    PayloadCipher({"k1": bytes(32), "k2": b"2" * 32}, "k2"),
)


@pytest.fixture(autouse=True)
def _open_umask() -> Iterator[None]:
    """Let files have the mode that the program asks for: the umask does not help."""
    before = os.umask(0)
    yield
    os.umask(before)


def readable(engine: Engine) -> tuple[str, str, str]:
    """Return the planted number as it is read from each of the three."""
    with engine.connect() as connection:
        [refused] = refusal_store.refusals(connection)
        [changed] = quality_notes.cleanings(connection, None, 10, 0)
        receipt = connection.execute(select(submission.c.receipt)).scalar_one()
        [row] = submissions.rows_of(connection, receipt)
    return whole(refused.row)["CF_XDR_MC"], whole(changed.kept), str(row["CF_XDR_MC"])


READ = (planted.NAME, planted.ID_NUMBER, planted.NAME)


def test_what_is_sealed_is_read_with_its_key_and_not_without(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/gateway.db"
    engine = Outbox(open_store(url), OLD).engine
    filled(engine)
    assert readable(engine) == READ
    engine.dispose()
    strange = Outbox(open_store(url), PayloadCipher({"k9": b"9" * 32}, "k9")).engine

    with strange.connect() as connection:
        [refused] = refusal_store.refusals(connection)
        receipt = connection.execute(select(submission.c.receipt)).scalar_one()
        assert (whole(refused.row), refused.sealed) == ({}, True)
        with pytest.raises(DecryptionError):
            submissions.rows_of(connection, receipt)
    strange.dispose()
    assert planted.seen_in_bytes(planted.bytes_of_store(tmp_path)) == []


@pytest.mark.parametrize("table", ["refusal", "cleaning"])
def test_a_sealed_row_does_not_open_in_anothers_place(tmp_path: Path, table: str) -> None:
    engine = Outbox(open_store(f"sqlite:///{tmp_path}/gateway.db"), OLD).engine
    filled(engine)
    with writing(engine) as connection:
        if table == "refusal":
            connection.execute(update(refusal).values(identity="b.csv#1"))
        else:
            connection.execute(update(cleaning).values(key="1" * 32))
    with engine.connect() as connection:
        [refused] = refusal_store.refusals(connection)
        [changed] = quality_notes.cleanings(connection, None, 10, 0)
    engine.dispose()

    assert refused.sealed == (table == "refusal")
    assert (whole(changed.kept) == "…") == (table == "cleaning")


def test_a_store_with_clear_rows_is_brought_under_the_key_and_then_under_the_next(
    tmp_path: Path,
) -> None:
    engine = open_store(f"sqlite:///{tmp_path}/gateway.db")
    filled(engine)
    clear = planted.seen_in_bytes(planted.bytes_of_store(tmp_path))
    first = seal_anew(engine, OLD)
    sealed = planted.seen_in_bytes(planted.bytes_of_store(tmp_path))
    second = seal_anew(engine, NEW)

    assert planted.NAME in clear
    assert sealed == []
    assert (
        first
        == second
        == dict.fromkeys(SEALED, 0) | {"refusals": 1, "cleanings": 1, "submissions": 1}
    )
    assert readable(engine) == READ
    engine.dispose()


def test_every_table_that_is_sealed_is_known_here() -> None:
    """A table that says under which key it is sealed is one that `outbox reseal` brings along."""
    with_keys = {
        table.name
        for schema in SCHEMAS
        for table in schema.sorted_tables
        if "key_id" in table.columns
    }

    assert with_keys == {
        "outbox_content",
        "refusal",
        "cleaning",
        "submission",
        "adapter_sample",
        "adapter_secret",
    }


def test_another_user_of_the_machine_can_read_no_file_that_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "made" / "here"
    url = f"sqlite:///{folder}/gateway.db"
    with alone(url):
        engine = Outbox(open_store(url), OLD).engine
        filled(engine)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
        engine.dispose()
    centre = open_engine(f"sqlite:///file:{folder}/centre.db?uri=true")
    centre.connect().close()
    centre.dispose()

    assert set(modes) == {
        "gateway.db",
        "gateway.db-wal",
        "gateway.db-shm",
        "gateway.db.lock",
        "gateway.db.id",
    }
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE((folder / "centre.db").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o602])
@pytest.mark.parametrize("end", ["", "-wal", ".id"])
def test_a_store_that_others_can_reach_is_refused_with_the_command_that_ends_it(
    tmp_path: Path, end: str, mode: int
) -> None:
    url = f"sqlite:///{tmp_path}/gateway.db"
    open_store(url).dispose()
    exposed = tmp_path / f"gateway.db{end}"
    exposed.touch()
    exposed.chmod(mode)
    with pytest.raises(ExposedFileError) as refused:
        open_store(url)

    assert f"chmod 600 {exposed}" in refused.value.text.en


def test_a_command_on_a_store_that_others_can_reach_says_what_to_run(tmp_path: Path) -> None:
    store = tmp_path / "gateway.db"
    open_store(f"sqlite:///{store}").dispose()
    store.chmod(0o644)
    settings = tmp_path / "gateway.yaml"
    settings.write_text(
        f"store: sqlite:///{store}\ncentre: {{url: 'http://127.0.0.1:1', token: x}}\n"
        "catalogue: {url: 'http://127.0.0.1:1', token: x}\nadapters: []\n"
    )
    result = CliRunner().invoke(main, ["feed", "list", "--settings", str(settings)])

    assert load_settings(settings).store
    assert result.exit_code == 1
    assert f"chmod 600 {store}" in result.output


def test_a_command_on_the_centres_store_refuses_it_as_its_service_does(tmp_path: Path) -> None:
    store = tmp_path / "centre.db"
    open_engine(f"sqlite:///{store}").connect().close()
    store.chmod(0o644)
    result = CliRunner().invoke(
        main, ["central", "sender", "list", "--store", f"sqlite:///{store}"]
    )

    assert result.exit_code == 1
    assert f"chmod 600 {store}" in result.output


def test_a_token_in_a_file_that_others_can_read_is_told_to_who_adds_its_sender(
    tmp_path: Path,
) -> None:
    token = tmp_path / "token"
    token.write_text("made-up-token-of-a-sender")
    token.chmod(0o644)
    result = CliRunner().invoke(
        main,
        [
            "central",
            "sender",
            "add",
            "water",
            "--store",
            f"sqlite:///{tmp_path}/centre.db",
            "--node",
            "w",
            "--feed",
            "water.*",
            "--why",
            "agreed",
            "--token-file",
            str(token),
        ],
    )

    assert result.exit_code == 0
    assert f"{token} can be read by others" in result.output


def test_a_backup_and_an_export_are_their_users_alone(tmp_path: Path) -> None:
    made = tmp_path / "proof"
    made.write_text("before")
    made.chmod(0o666)
    write_private(made, b"after")
    link = tmp_path / "link"
    link.symlink_to(made)

    assert (made.read_bytes(), stat.S_IMODE(made.stat().st_mode)) == (b"after", 0o600)
    with pytest.raises(OSError, match=r"symbolic|Too many levels"):
        write_private(link, b"through a link")


def test_the_files_of_a_store_are_found_behind_a_link(tmp_path: Path) -> None:
    real = tmp_path / "real.db"
    sqlite3.connect(real).close()
    (tmp_path / "gateway.db").symlink_to(real)

    assert real.with_name("real.db-wal") in store_files(f"sqlite:///{tmp_path}/gateway.db")
