"""A store is held by what it is, not by how its path is written."""

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.store.lock import AlreadyRunningError, SeveralNamesError, alone
from gateway.store.open import open_store, upgrade_store
from outbox.database import sqlite_path


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The folder of a store that a gateway holds; another name for it may be made in it."""
    (tmp_path / "other folder").mkdir()
    open_store(f"sqlite:///{tmp_path / 'gateway.db'}").dispose()
    with alone(f"sqlite:///{tmp_path / 'gateway.db'}"):
        yield tmp_path
    subprocess.run(["umount", "-l", tmp_path / "other"], capture_output=True, check=False)


def written(folder: Path, how: str) -> str:
    """Return the URL of the store of a folder, written in another way."""
    file, other = folder / "gateway.db", folder / "other"
    match how:
        case "symbolic link":
            other.symlink_to(file)
        case "link of a link":
            (folder / "between").symlink_to(file)
            other.symlink_to("between")
        case "linked folder":
            other.symlink_to(folder)
            other = other / "gateway.db"
        case "hard link in another folder":
            other = folder / "other folder" / "renamed.db"
            os.link(file, other)
        case "bind mount":
            other.touch()
            process = subprocess.run(
                ["mount", "--bind", file, other], capture_output=True, check=False
            )
            if process.returncode:
                pytest.skip("may not mount here")
        case "relative":
            other = Path(os.path.relpath(file))
        case "URI":
            return f"sqlite:///file:{file}?uri=true"
        case "relative URI":
            return f"sqlite:///file:{os.path.relpath(file)}?mode=rwc&uri=true"
        case _:
            other = file
    return f"sqlite:///{other}"


@pytest.mark.parametrize(
    "how",
    [
        "as it is",
        "symbolic link",
        "link of a link",
        "linked folder",
        "hard link in another folder",
        "bind mount",
        "relative",
        "URI",
        "relative URI",
    ],
)
def test_a_store_is_one_store_however_its_path_is_written(folder: Path, how: str) -> None:
    url = written(folder, how)

    with pytest.raises(AlreadyRunningError), alone(url):
        pass


def test_another_store_in_the_same_folder_is_another_store(folder: Path) -> None:
    with alone(f"sqlite:///{folder / 'another.db'}"):
        assert (folder / "another.db").exists()


def test_a_gateway_of_an_earlier_release_is_noticed_by_its_lock_file(tmp_path: Path) -> None:
    import fcntl

    with (tmp_path / "gateway.db.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with pytest.raises(AlreadyRunningError), alone(f"sqlite:///{tmp_path / 'gateway.db'}"):
            pass


def test_a_store_that_is_gone_is_not_begun_anew_by_its_lock(tmp_path: Path) -> None:
    (tmp_path / "gateway.db.id").write_text("made before")

    with alone(f"sqlite:///{tmp_path / 'gateway.db'}"):
        assert not (tmp_path / "gateway.db").exists()


def test_sqlite_and_the_lock_of_its_file_know_nothing_of_each_other(tmp_path: Path) -> None:
    """From another process and from this one: flock is no lock of SQLite's (fcntl)."""
    file = tmp_path / "gateway.db"
    with alone(f"sqlite:///{file}"):
        engine = open_store(f"sqlite:///{file}")
        sql = "UPDATE feed SET version = 1; PRAGMA wal_checkpoint(TRUNCATE);"
        subprocess.run(
            [
                "python3",
                "-c",
                f"import sqlite3; sqlite3.connect({str(file)!r}).executescript({sql!r})",
            ],
            check=True,
        )
        connection = sqlite3.connect(file, isolation_level=None)
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("UPDATE feed SET version = 2")
        connection.execute("COMMIT")
        connection.close()
        engine.dispose()


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:////x/gateway.db", "/x/gateway.db"),
        ("sqlite:///file:/x/a%20b.db?uri=true", "/x/a b.db"),
        ("sqlite:///file:///x/gateway.db?uri=true", "/x/gateway.db"),
        ("sqlite:///file:x.db?mode=rwc&uri=true", "x.db"),
        ("sqlite:///:memory:", None),
        ("sqlite://", None),
        ("sqlite:///file:name?mode=memory&uri=true", None),
        ("postgresql+psycopg://h/d", None),
    ],
)
def test_the_file_of_a_url(url: str, path: str | None) -> None:
    found = sqlite_path(url)

    assert (None if found is None else str(found)) == path


@pytest.mark.parametrize("how", ["hard link in another folder", "bind mount"])
def test_a_store_with_two_names_is_not_opened_by_either(tmp_path: Path, how: str) -> None:
    """Each name has a log of its own: what is committed by one is not seen by the other."""
    (tmp_path / "other folder").mkdir()
    open_store(f"sqlite:///{tmp_path / 'gateway.db'}").dispose()
    url = written(tmp_path, how)
    try:
        with pytest.raises(SeveralNamesError):
            open_store(url)
        with pytest.raises(SeveralNamesError):
            upgrade_store(url)
        if how != "bind mount":
            with pytest.raises(SeveralNamesError):
                open_store(f"sqlite:///{tmp_path / 'gateway.db'}")
    finally:
        subprocess.run(["umount", "-l", tmp_path / "other"], capture_output=True, check=False)


def test_a_store_by_a_symbolic_link_has_one_log(tmp_path: Path) -> None:
    open_store(f"sqlite:///{tmp_path / 'gateway.db'}").dispose()

    open_store(written(tmp_path, "symbolic link")).dispose()

    assert not list(tmp_path.glob("other-*"))
