"""A full folder for temporary files is no fault of the source, and only that file waits."""

import errno
import gzip
import io
import random
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from adapters import Batch, Remark, spool
from adapters.files.adapter import DropAdapter
from adapters.files.folder import FolderAdapter
from adapters.files.ftps import FtpsAdapter
from adapters.files.sftp import SftpAdapter
from adapters.spool import WorkFolderFullError, temporary_file, work_folder_full
from gateway.demo.market_regulator import SftpDrop
from tests.support import servers
from tests.support.closing import closed_later
from tests.support.command import in_this_process
from tests.support.fetching import items

LOGIN = ("creditgate", "made-up-password")
#: Room on the small disk, in bytes.
ROOM = 400_000
SMALL = b"A,B\n1,2\n"
LARGE = b"A,B\n" + b"".join(b"%d,%d\n" % (n, n) for n in range(60_000))


@pytest.fixture(params=["tmpfs", "patched"])
def full_disk(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """Put temporary files on a small disk: a real one where it may be mounted, or a played one."""
    place = tmp_path / "work"
    place.mkdir()
    if request.param == "patched":
        _play(monkeypatch)
        yield Path(tempfile.gettempdir())
        return
    with _mounted(place):
        monkeypatch.setattr(tempfile, "tempdir", str(place))
        yield place


@contextmanager
def _mounted(place: Path) -> Iterator[None]:
    mount = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a disk")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], capture_output=True, check=False)


def _play(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a temporary file grow to ROOM and no further, as the kernel would."""

    class Full(io.FileIO):
        def write(self, data: Any, /) -> int:
            if self.tell() + len(memoryview(data).cast("B")) > ROOM:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(data)

    class Patched(spool._File, Full):
        pass

    monkeypatch.setattr(spool, "_File", Patched)


@pytest.fixture(params=["folder", "sftp", "ftps"])
def drop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Path, DropAdapter]]:
    folder = tmp_path / "drop"
    folder.mkdir()
    folder.chmod(0o777)
    rest: dict[str, Any] = {"settle": 0, "format": "delimited"}
    reach = {"host": "127.0.0.1", "username": LOGIN[0], "password": LOGIN[1], "folder": "/"}
    if request.param == "folder":
        settings: Any = FolderAdapter.Settings.model_validate({"folder": str(folder), **rest})
        yield folder, closed_later(FolderAdapter(settings))
    elif request.param == "sftp":
        server = SftpDrop(folder, *LOGIN)
        server.start()
        more = {"port": server.port, "host_key": server.host_key, **reach, **rest}
        yield folder, closed_later(SftpAdapter(SftpAdapter.Settings.model_validate(more)))
        server.stop()
    else:
        with servers.ftps(folder, tmp_path, *LOGIN, "mlsd") as (port, certificate):
            more = {"port": port, "ca": str(certificate), **reach, **rest}
            yield folder, closed_later(FtpsAdapter(FtpsAdapter.Settings.model_validate(more)))


def put(folder: Path, name: str, data: bytes) -> None:
    (folder / name).write_bytes(data)
    (folder / f"{name}.ok").touch()


def fetched(adapter: DropAdapter) -> tuple[dict[str, int], list[Remark]]:
    """Fetch, keep what came, and return the rows of each file, and the remarks."""
    rows: dict[str, int] = {}
    remarks = []
    for item in items(adapter):
        if isinstance(item, Batch):
            name = item.unit.rpartition("@")[0]
            rows[name] = rows.get(name, 0) + item.rows.height
            adapter.keep(item)
        else:
            assert isinstance(item, Remark), item
            remarks.append(item)
    return rows, remarks


def test_a_file_too_large_for_the_work_folder_waits_and_holds_up_no_other(
    full_disk: Path, drop: tuple[Path, DropAdapter], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, adapter = drop
    if full_disk.parent == folder.parent and not isinstance(adapter, FolderAdapter):
        # Servers meet the disk that is played: that copies are made alike is what they show.
        pytest.skip("one carrier for a real disk is enough")
    for name, data in (("a.csv", SMALL), ("b.csv", LARGE), ("c.csv", SMALL)):
        put(folder, name, data)

    rows, remarks = fetched(adapter)
    monkeypatch.undo()
    later, _ = fetched(adapter)

    assert rows == {"a.csv": 1, "c.csv": 1}
    [remark] = [remark for remark in remarks if remark.name == "drop.no_room"]
    assert "b.csv" in remark.zh
    assert "b.csv" in remark.en
    assert str(full_disk) in remark.en
    assert "not at fault" in remark.en
    assert later == {"b.csv": 60_000}


def test_a_work_folder_that_is_full_in_the_midst_of_a_copy_is_told_as_well(
    full_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given that another program takes the room that was there at first."""
    adapter = closed_later(FolderAdapter(FolderAdapter.Settings(folder=str(tmp_path / "drop"))))
    (tmp_path / "drop").mkdir()
    monkeypatch.setattr("adapters.files.taking.require_room", lambda *_: None)
    put(tmp_path / "drop", "a.csv", LARGE)
    put(tmp_path / "drop", "b.csv", SMALL)

    rows, remarks = fetched(adapter)

    assert rows == {"b.csv": 1}
    assert [remark.name for remark in remarks] == ["drop.no_room"]


def test_an_archive_that_does_not_fit_once_unpacked_is_not_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a small disk where the archive fits and its content does not: a reader unpacks."""
    place = tmp_path / "work"
    place.mkdir()
    folder = tmp_path / "drop"
    folder.mkdir()
    packed = FolderAdapter.Settings(folder=str(folder), settle=0, packed="gzip", pattern="*.gz")
    adapter = closed_later(FolderAdapter(packed))
    noise = random.Random(1).randbytes(150_000).hex().encode()
    lines = b"A,B\n" + b"".join(b"%s,1\n" % noise[n : n + 50] for n in range(0, len(noise), 50))
    put(folder, "a.csv.gz", gzip.compress(lines))
    put(folder, "b.csv.gz", gzip.compress(SMALL))

    with _mounted(place):
        monkeypatch.setattr(tempfile, "tempdir", str(place))
        rows, remarks = fetched(adapter)
    monkeypatch.undo()
    later, _ = fetched(adapter)

    assert rows == {"b.csv.gz": 1}
    assert [remark.name for remark in remarks] == ["drop.no_room"]
    assert str(place) in remarks[0].en
    assert later == {"a.csv.gz": 6_000}


def test_a_temporary_file_says_where_it_is_and_how_much_is_free(full_disk: Path) -> None:
    with pytest.raises(WorkFolderFullError) as caught, temporary_file() as file:
        file.writelines([b"x" * 100_000] * 10)

    assert str(full_disk) in caught.value.zh
    assert "TMPDIR" in caught.value.en


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_what_libraries_say_of_a_full_disk_is_told_as_one(number: int) -> None:
    assert isinstance(work_folder_full(OSError(number, "")), WorkFolderFullError)


@pytest.mark.parametrize("error", [OSError(errno.EIO, ""), OSError("no"), ValueError("no")])
def test_other_errors_are_not_told_as_a_full_disk(error: Exception) -> None:
    assert work_folder_full(error) is None


def test_a_backup_for_which_there_is_no_room_says_what_is_missing_and_leaves_nothing(
    full_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if full_disk.parent != tmp_path:
        pytest.skip("sqlite writes for itself: only a real disk is full for it")
    store = tmp_path / "gateway.db"
    with closing(sqlite3.connect(store)) as made:
        made.execute("CREATE TABLE large (content BLOB)")
        made.execute("INSERT INTO large VALUES (zeroblob(2000000))")
        made.commit()
    settings = SimpleNamespace(store=f"sqlite:///{store}")
    monkeypatch.setattr("gateway.cli.store.load_settings", lambda _: settings)
    (tmp_path / "gateway.yaml").touch()

    result = in_this_process(
        "store",
        "backup",
        str(full_disk / "copy.db"),
        "--settings",
        str(tmp_path / "gateway.yaml"),
        code=1,
    )

    assert str(full_disk) in result.output
    assert "2.0 MB" in result.output
    assert list(full_disk.iterdir()) == []
