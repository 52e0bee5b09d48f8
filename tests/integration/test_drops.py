"""File drops over every carrier: OpenSSH, another SSH server, FTP with TLS, a local folder; all real."""

import gzip
import hashlib
import io
import json
import os
import shutil
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from adapters import (
    VERDICT_SCHEMA,
    BadUnit,
    Batch,
    Remark,
    SourceRefused,
    SourceUnavailable,
    Tally,
)
from adapters.drops import DropAdapter
from adapters.folder import FolderAdapter
from adapters.ftps import FtpsAdapter
from adapters.sftp import SftpAdapter
from gateway.clock import local_day, utc_now
from gateway.demo.generate import penalties
from gateway.demo.market_regulator import SftpDrop, drop_file
from tests import servers
from tests.closing import closed_later
from tests.support.fetching import items
from tests.support.memory import Memory

ROWS = penalties(1, 25, date(2026, 4, 1)).rows
#: OpenSSH where it may run, else the server of the demo.
SSH = "openssh" if shutil.which("sshd", path="/usr/sbin") and not os.geteuid() else "asyncssh"
CARRIERS = (SSH, "ftps", "folder", "openssh-plain-rename", "vsftpd", "iis", "ftps-names")
LOGIN = ("creditgate", "made-up-password")
#: FTP servers of Python's, by how they list.
STYLES = {"ftps": "mlsd", "iis": "iis", "ftps-names": "names"}


@dataclass
class Drop:
    """A folder that a department drops files into, and how the gateway comes to it."""

    folder: Path
    kind: type[DropAdapter]
    reach: dict[str, Any]

    def adapter(self, **changes: Any) -> DropAdapter:
        settings = {**self.reach, "batch_rows": 10, "settle": 0, **changes}
        if settings.get("ready", "marker") != "marker":
            settings.setdefault("archive", "archive")
        made: Callable[[Any], DropAdapter] = self.kind
        return closed_later(made(self.kind.Settings.model_validate(settings)))

    def put(self, name: str, data: bytes, *marks: str) -> None:
        for folder in reversed((self.folder / name).relative_to(self.folder).parents):
            (self.folder / folder).mkdir(exist_ok=True)
            # The server may be another user of this machine.
            (self.folder / folder).chmod(0o777)
        (self.folder / name).write_bytes(data)
        for mark in marks:
            (self.folder / f"{name}{mark}").touch()


@pytest.fixture(params=CARRIERS)
def drop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Drop]:
    """Give a drop over one carrier."""
    folder = tmp_path / "drop"
    folder.mkdir()
    user = {"host": "127.0.0.1", "username": LOGIN[0], "password": LOGIN[1], "timeout": 5}
    carrier = request.param
    if carrier == "folder":
        yield Drop(folder, FolderAdapter, {"folder": str(folder)})
    elif carrier in STYLES:
        with servers.ftps(folder, tmp_path, *LOGIN, STYLES[carrier]) as (port, certificate):
            reach = {**user, "port": port, "ca": str(certificate), "folder": "/"}
            yield Drop(folder, FtpsAdapter, reach)
    elif carrier == "vsftpd":
        if missing := servers.vsftpd_missing():
            pytest.skip(missing)
        with servers.vsftpd(tmp_path, LOGIN[1]) as (port, certificate, below):
            reach = {
                **user, "username": "anonymous", "port": port, "ca": str(certificate), "folder": "/drop",
            }  # fmt: skip
            yield Drop(below, FtpsAdapter, reach)
    elif carrier == "asyncssh":
        server = SftpDrop(folder, *LOGIN)
        server.start()
        reach = {**user, "port": server.port, "host_key": server.host_key, "folder": "/"}
        yield Drop(folder, SftpAdapter, reach)
        server.stop()
    else:
        if SSH != "openssh":
            pytest.skip("Debian's openssh-server is not installed, or this is not root")
        options = " -P posix-rename" if carrier == "openssh-plain-rename" else ""
        with servers.openssh(tmp_path, f"internal-sftp{options}") as ssh:
            reach = {
                "host": "127.0.0.1", "username": "root", "timeout": 5, "port": ssh.port,
                "host_key": ssh.host_key, "private_key": str(ssh.private_key), "folder": str(folder),
            }  # fmt: skip
            yield Drop(folder, SftpAdapter, reach)


def rows_of(found: list[Any]) -> list[dict[str, Any]]:
    return [row for item in found if isinstance(item, Batch) for row in item.rows.to_dicts()]


def bad_rules(found: list[Any]) -> list[str]:
    return [item.rule for item in found if isinstance(item, BadUnit)]


def remarks(found: list[Any]) -> list[str]:
    return [item.name for item in found if isinstance(item, Remark)]


def csv_bytes(folder: Path, rows: list[Any]) -> bytes:
    drop_file(folder, "made.csv", rows)
    data = (folder / "made.csv").read_bytes()
    (folder / "made.csv").unlink()
    (folder / "made.csv.ok").unlink()
    return data


def names(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_a_marked_file_is_read_kept_and_answered(drop: Drop) -> None:
    drop_file(drop.folder, "penalty-001.csv", ROWS)
    adapter = drop.adapter()

    found = list(items(adapter, ""))
    for item in found:
        adapter.keep(item)
    kept = names(drop.folder)
    verdict = pl.DataFrame(
        [{"ref": "2", "verdict": "refused", "rule": "map.date", "zh": "=日期"}],
        schema=VERDICT_SCHEMA,
    )
    for _ in range(2):
        adapter.acknowledge(found[-1].unit, [verdict])

    assert rows_of(found) == ROWS
    assert kept == ["penalty-001.csv", "penalty-001.csv.taken"]
    assert names(drop.folder) == [
        "penalty-001.csv",
        "penalty-001.csv.done",
        "penalty-001.csv.result.csv",
    ]
    result = (drop.folder / "penalty-001.csv.result.csv").read_text("gb18030")
    assert result.splitlines()[1] == "2,refused,,map.date,'=日期,"
    assert list(items(adapter, found[-1].cursor)) == []


def test_the_result_tells_how_many_records_were_blank_or_deleted_behind_the_verdicts(
    drop: Drop,
) -> None:
    drop_file(drop.folder, "x.csv", ROWS)
    adapter = drop.adapter()
    *_, item = items(adapter, "")
    verdict = pl.DataFrame([{"ref": "2", "verdict": "accepted"}], schema=VERDICT_SCHEMA)

    adapter.acknowledge_with_tally(item.unit, [verdict], Tally(left_out=1, blank=3, deleted=2))

    lines = (drop.folder / "x.csv.result.csv").read_text("gb18030").splitlines()
    assert lines[1] == "2,accepted,,,,"
    assert [line.split(",")[:5] for line in lines[2:]] == [
        ["", "blank", "", "", "3 行空行：只有分隔符、空格或引号，不作为数据"],
        ["", "deleted", "", "", "2 条记录带有删除标记，不作为数据"],
    ]


def test_a_file_refused_whole_and_one_taken_go_to_their_folders_beside_older_namesakes(
    drop: Drop,
) -> None:
    adapter = drop.adapter(archive="archive/%Y", errors="errors", results="results")
    year = f"archive/{local_day(utc_now()):%Y}"
    drop.put(f"{year}/good.csv", b"older")
    for data in (b"a\n1\n", b"a\n2\n"):
        drop.put("good.csv", data, ".ok")
        [taken] = items(adapter, "")
        adapter.acknowledge(
            taken.unit, [pl.DataFrame([{"ref": "2", "verdict": "accepted"}], schema=VERDICT_SCHEMA)]
        )
    drop.put("bad.csv", b"", ".ok")
    [refused] = items(adapter, "")
    whole = pl.DataFrame(
        [{"ref": "", "verdict": "refused", "rule": "format.empty"}], schema=VERDICT_SCHEMA
    )
    adapter.acknowledge(refused.unit, [whole])

    found = names(drop.folder)
    assert [name for name in found if name.startswith("errors")] == [
        "errors/bad.csv",
        "errors/bad.csv.done",
    ]
    assert [name for name in found if name.startswith(f"{year}/good.csv")] == [
        f"{year}/good.csv", f"{year}/good.csv.1", f"{year}/good.csv.1.done", f"{year}/good.csv.2", f"{year}/good.csv.2.done",
    ]  # fmt: skip
    assert [n for n in found if n.startswith("results")] == [
        "results/bad.csv.result.csv",
        "results/good.csv.result.csv",
    ]
    assert not (drop.folder / "good.csv").exists()


ORDINARY = (
    "行政处罚[3月].csv", "行政处罚：3月.csv", "行政处罚，更正.csv", "3月～4月.csv", "处罚‘三月’.csv",
    "处罚“三月”.csv", "行政处罚….csv", "处罚%20数据.csv", "处罚';$.csv", "a  b　c.csv", "✅❤️.csv", "𰻝.csv",
)  # fmt: skip


def test_ordinary_names_of_offices_are_taken_and_answered(drop: Drop) -> None:
    for number, name in enumerate(ORDINARY):
        drop.put(name, b"a\n%d\n" % number, ".OK")
    drop.put("~$行政处罚[3月].csv", b"x")
    adapter = drop.adapter()
    for item in items(adapter):
        assert isinstance(item, Batch)
        adapter.keep(item)
        verdict = pl.DataFrame([{"ref": "2", "verdict": "accepted"}], schema=VERDICT_SCHEMA)
        adapter.acknowledge(item.unit, [verdict])

    expected = [f"{name}{ending}" for name in ORDINARY for ending in ("", ".done", ".result.csv")]
    assert names(drop.folder) == sorted([*expected, "~$行政处罚[3月].csv"])


def test_two_gateways_never_take_one_file_and_a_claim_outlives_a_crash(drop: Drop) -> None:
    for number in range(12):
        drop.put(f"f{number:02}.csv", b"a\n%d\n" % number, ".ok")
    one, two = (drop.adapter(claim=name, archive="archive") for name in ("one", "two"))
    taken: dict[str, list[str]] = {"one": [], "two": []}

    def fetch(name: str, adapter: DropAdapter) -> None:
        taken[name] = [row["a"] for row in rows_of(list(items(adapter, "")))]

    threads = [threading.Thread(target=fetch, args=pair) for pair in (("one", one), ("two", two))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken["one"] + taken["two"], key=int) == [str(n) for n in range(12)]
    # What it claimed and did not keep comes again to the same gateway, and to no other.
    again = [item for item in items(one, "") if isinstance(item, Batch)]
    assert [row["a"] for row in rows_of(again)] == taken["one"]
    for item in again:
        one.acknowledge(
            item.unit, [pl.DataFrame([{"ref": "2", "verdict": "accepted"}], schema=VERDICT_SCHEMA)]
        )
    archived = [n for n in names(drop.folder) if n.startswith("archive/") and n.endswith(".csv")]
    assert len(archived) == len(taken["one"])


def test_without_markers_a_renamed_file_counts_at_once_and_half_written_names_never(
    drop: Drop,
) -> None:
    adapter = drop.adapter(ready="rename")
    for name in ("X.CSV", "b.csv.part", "c.csv.tmp", "d.csv.filepart", "e.csv.result.csv", "f.txt"):
        drop.put(name, b"a\n1\n")

    [found] = items(adapter, "")

    assert found.unit.startswith("X.CSV@")
    assert list(items(adapter, found.cursor)) == []


def test_without_any_sign_a_file_counts_once_its_size_stays_the_same(drop: Drop) -> None:
    adapter = drop.adapter(ready="stable", settle=0.4)
    path = drop.folder / "slow.csv"
    path.write_bytes(b"a\n1\n")
    still = threading.Event()

    def grow() -> None:
        while not still.wait(0.1):
            with path.open("ab") as stream:
                stream.write(b"2\n")

    writer = threading.Thread(target=grow)
    writer.start()
    growing = list(items(adapter, ""))
    still.set()
    writer.join()
    whole = rows_of(list(items(adapter, "")))

    assert growing == []
    assert len(whole) == len(path.read_bytes().splitlines()) - 1


def test_a_file_that_grows_on_after_a_pause_is_taken_again_whole_as_its_next_version(
    drop: Drop,
) -> None:
    adapter = drop.adapter(ready="stable", settle=0.1)
    drop.put("slow.csv", b"a\n1\n")
    [early] = items(adapter, "")
    drop.put("slow.csv", b"a\n1\n2\n")

    [whole] = (item for item in items(adapter, early.cursor) if isinstance(item, Batch))

    assert whole.unit != early.unit
    assert whole.rows["a"].to_list() == ["1", "2"]


def test_a_file_without_a_marker_gives_up_its_name_once_kept_and_goes_to_the_archive(
    drop: Drop,
) -> None:
    adapter = drop.adapter(ready="rename")
    drop.put("x.csv", b"a\n1\n")
    [first] = items(adapter, "")
    adapter.keep(first)
    kept = names(drop.folder)
    drop.put("x.csv", b"a\n1\n2\n")
    second = next(item for item in items(adapter, first.cursor) if isinstance(item, Batch))
    adapter.keep(second)
    for item in (first, second):
        adapter.acknowledge(
            item.unit, [pl.DataFrame([{"ref": "2", "verdict": "accepted"}], schema=VERDICT_SCHEMA)]
        )

    assert kept == [f"x.csv.taken-{first.unit.partition('@')[2]}"]
    assert names(drop.folder) == ["archive/x.csv", "archive/x.csv.1", "x.csv.result.csv"]
    assert list(items(adapter, second.cursor)) == []


def test_cursors_stay_short_however_many_files_come(drop: Drop) -> None:
    for number in range(40):
        drop.put(f"f{number:03}.csv", b"a\n%d\n" % number, ".ok")
    adapter = drop.adapter()
    sizes = []
    for item in items(adapter, ""):
        adapter.keep(item)
        sizes.append(len(json.loads(item.cursor)["taken"]))

    assert sizes == [1] * 40


def test_subfolders_of_days_are_looked_at_as_far_back_as_set(drop: Drop) -> None:
    today = local_day(utc_now())
    for back in (0, 2, 9):
        drop.put(f"{today - timedelta(days=back):%Y%m%d}/x.csv", b"a\n%d\n" % back, ".ok")
    drop.put("x.csv", b"a\n99\n", ".ok")

    found = list(items(drop.adapter(subfolders="%Y%m%d", days=3), ""))

    assert sorted(row["a"] for row in rows_of(found)) == ["0", "2"]


@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
def test_a_checksum_file_is_waited_for_and_held_against_the_file(
    drop: Drop, algorithm: str
) -> None:
    adapter = drop.adapter(checksum=algorithm, ready="rename")
    data = b"a\n1\n"
    drop.put("x.csv", data)
    before = list(items(adapter, ""))
    (drop.folder / f"x.csv.{algorithm}").write_text(
        f"{'0' * hashlib.new(algorithm).digest_size * 2}  x.csv\n"
    )
    wrong = list(items(adapter, ""))
    (drop.folder / f"x.csv.{algorithm}").write_text(
        f"{hashlib.new(algorithm, data).hexdigest()} *x.csv\n"
    )
    right = list(items(adapter, ""))

    assert remarks(before) == ["drop.no_checksum"]
    assert bad_rules(wrong) == ["source.checksum"]
    assert rows_of(right) == [{"a": "1"}]


def test_a_marker_may_tell_size_and_checksum_too(drop: Drop) -> None:
    data = b"a\n1\n"
    for name, told in (
        ("right", f"rows=1 size=4 sha256={hashlib.sha256(data).hexdigest()}"),
        ("wrong", "size=5"),
    ):
        drop.put(f"{name}.csv", data)
        (drop.folder / f"{name}.csv.ok").write_text(told)

    found = list(items(drop.adapter(), ""))

    assert rows_of(found) == [{"a": "1"}]
    assert bad_rules(found) == ["source.size"]


def test_a_marker_whose_file_never_comes_is_said_once(drop: Drop) -> None:
    (drop.folder / "never.csv.ok").touch()
    adapter = drop.adapter(settle=0.2)

    first, again = list(items(adapter, "")), []
    time.sleep(0.3)
    said = list(items(adapter, ""))
    again = list(items(adapter, ""))

    assert [first, again] == [[], []]
    assert [item.name for item in said if isinstance(item, Remark)] == ["drop.no_file"]


def test_the_same_bytes_under_another_name_are_known(drop: Drop) -> None:
    adapter = drop.adapter()
    drop.put("one.csv", b"a\n1\n", ".ok")
    [first] = items(adapter, "")
    drop.put("two.csv", b"a\n1\n", ".ok")

    remark, second = items(adapter, first.cursor)

    assert isinstance(remark, Remark)
    assert (remark.name, "one.csv" in remark.en) == ("drop.same", True)
    assert rows_of([second]) == [{"a": "1"}]


def zipped(*entries: tuple[str, bytes], **how: Any) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **how) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return out.getvalue()


def test_packed_files_are_read_as_what_is_in_them(drop: Drop) -> None:
    drop.put("x.csv.gz", gzip.compress(csv_bytes(drop.folder, ROWS)), ".ok")
    found = list(items(drop.adapter(pattern="*.gz", packed="gzip"), ""))
    drop.put("y.zip", zipped(("../../etc/处罚.csv", csv_bytes(drop.folder, ROWS))), ".ok")
    found_zip = list(items(drop.adapter(pattern="*.zip", packed="zip"), ""))

    assert rows_of(found) == ROWS
    assert rows_of(found_zip) == ROWS
    assert names(drop.folder) == ["x.csv.gz", "x.csv.gz.ok", "y.zip", "y.zip.ok"]


def test_the_connection_test_goes_step_by_step_to_the_first_rows(drop: Drop) -> None:
    drop_file(drop.folder, "penalty-001.csv", ROWS)

    steps = list(drop.adapter().test())

    assert all(step.ok for step in steps)
    assert steps[-1].sample is not None
    assert steps[-1].sample.to_dicts() == ROWS
    assert names(drop.folder) == ["penalty-001.csv", "penalty-001.csv.ok"]


def test_a_folder_that_is_not_there_is_for_a_person(drop: Drop) -> None:
    with pytest.raises(SourceRefused, match="no folder"):
        list(items(drop.adapter(folder=str(drop.reach["folder"]).rstrip("/") + "/nowhere"), ""))


def test_a_file_that_vanishes_between_listing_and_reading_is_left_for_next_time(
    drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop_file(drop.folder, "penalty-001.csv", ROWS)
    adapter = drop.adapter()
    listing = adapter._listing

    def listed_then_gone() -> Any:
        found = listing()
        (drop.folder / "penalty-001.csv").unlink()
        return found

    monkeypatch.setattr(adapter, "_listing", listed_then_gone)

    assert list(items(adapter, "")) == []


def test_links_folders_pipes_and_hostile_names_are_refused_and_not_followed(
    drop: Drop, tmp_path: Path
) -> None:
    (drop.folder / "folder.csv").mkdir()
    hostile, kinds = ["-rf.csv", "\u202evsc.csv", "x" * 240 + ".csv", "a\\b.csv"], 1
    if drop.kind is not FtpsAdapter:
        # FTP's listing shows a link or a pipe as a file, and cannot say a name with a line's end.
        canary = tmp_path / "canary.csv"
        canary.write_text("secret\n1\n")
        (drop.folder / "link.csv").symlink_to(canary)
        os.mkfifo(drop.folder / "pipe.csv")
        hostile += ["a\nb.csv", os.fsdecode("处罚.csv".encode("gb18030"))]
        kinds = 3
    for name in hostile:
        (drop.folder / name).write_text("a\n1\n")
    for path in list(drop.folder.iterdir()):
        (drop.folder / f"{path.name}.ok").touch()

    found = list(items(drop.adapter(), ""))

    assert sorted(bad_rules(found)) == ["source.name"] * len(hostile) + ["source.type"] * kinds
    assert rows_of(found) == []


def test_a_dead_server_may_come_back(drop: Drop) -> None:
    if drop.kind is FolderAdapter:
        pytest.skip("a local folder has no server")
    with pytest.raises(SourceUnavailable):
        list(items(drop.adapter(port=9), ""))


def keep_all(adapter: DropAdapter, memory: Memory | None = None, cursor: str = "") -> list[Any]:
    """Fetch as the gateway does: what is kept is known from then on."""
    found = list(items(adapter, cursor))
    for item in found:
        if isinstance(item, Batch):
            if memory is not None and item.last:
                memory.units.add(item.unit)
            adapter.keep(item)
    return found


def last_cursor(found: list[Any]) -> str:
    return next(item.cursor for item in reversed(found) if isinstance(item, Batch))


def answer(adapter: DropAdapter, found: list[Any]) -> None:
    verdict = pl.DataFrame([{"ref": "2", "verdict": "accepted"}], schema=VERDICT_SCHEMA)
    for item in found:
        if isinstance(item, Batch):
            adapter.acknowledge(item.unit, [verdict])


def put_again(drop: Drop, name: str, data: bytes) -> None:
    """Put a file over one of its name with that one's time, as rsync -t and cp -p do, and a new marker."""
    path = drop.folder / name
    before = path.stat()
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    (drop.folder / f"{name}.ok").touch()


@pytest.mark.parametrize("answered", [True, False])
def test_a_corrected_file_of_the_same_name_size_and_time_is_news_by_its_new_marker(
    drop: Drop, answered: bool
) -> None:
    memory, adapter = Memory(), drop.adapter()
    adapter.remember_by(memory)
    drop.put("x.csv", b"a\n1\n", ".ok")
    first = keep_all(adapter, memory)
    if answered:
        answer(adapter, first)
    put_again(drop, "x.csv", b"a\n2\n")

    second = keep_all(adapter, memory, last_cursor(first))
    third = keep_all(adapter, memory, last_cursor(second))
    answer(adapter, first)
    answer(adapter, second)

    assert [row["a"] for row in rows_of(second)] == ["2"]
    assert remarks(second) == ["drop.again"]
    assert rows_of(third) == []
    assert names(drop.folder) == ["x.csv", "x.csv.done", "x.csv.result.csv"]


def test_the_same_file_with_a_new_marker_is_told_once_and_answered(drop: Drop) -> None:
    memory, adapter = Memory(), drop.adapter()
    adapter.remember_by(memory)
    drop.put("x.csv", b"a\n1\n", ".ok")
    first = keep_all(adapter, memory)
    answer(adapter, first)
    put_again(drop, "x.csv", b"a\n1\n")

    second = keep_all(adapter, memory, last_cursor(first))
    answer(adapter, second)
    third = keep_all(adapter, memory, last_cursor(second))

    [text] = [item.en for item in second if isinstance(item, Remark)]
    assert "just what was taken before" in text
    assert third == []
    assert names(drop.folder) == ["x.csv", "x.csv.done", "x.csv.result.csv"]


def test_a_new_marker_that_comes_before_the_answer_is_not_taken_for_the_old_one(
    drop: Drop,
) -> None:
    memory, adapter = Memory(), drop.adapter(archive="archive")
    adapter.remember_by(memory)
    drop.put("x.csv", b"a\n1\n", ".ok")
    first = keep_all(adapter, memory)
    put_again(drop, "x.csv", b"a\n2\n")
    answer(adapter, first)

    second = keep_all(adapter, memory, last_cursor(first))

    assert [row["a"] for row in rows_of(second)] == ["2"]


def test_a_marker_that_is_put_anew_while_its_file_is_read_is_not_taken_for_the_old_one(
    drop: Drop,
) -> None:
    memory, adapter = Memory(), drop.adapter()
    adapter.remember_by(memory)
    drop.put("x.csv", b"a\n1\n", ".ok")
    found = []
    for item in items(adapter, ""):
        put_again(drop, "x.csv", b"a\n2\n")
        # Whole seconds are all that some servers tell.
        later = time.time() + 120
        os.utime(drop.folder / "x.csv.ok", (later, later))
        assert isinstance(item, Batch)
        memory.units.add(item.unit)
        adapter.keep(item)
        found.append(item)

    again = keep_all(adapter, memory, found[-1].cursor)

    # Some FTP servers list times by the minute only, and no marker is looked at by itself.
    if drop.kind is not FtpsAdapter:
        assert [row["a"] for row in rows_of(again)] == ["2"]


WAYS_OF_TAKING = (
    {}, {"ready": "rename"}, {"claim": "one", "archive": "archive"},
    {"ready": "stable", "settle": 0, "claim": "one"},
)  # fmt: skip


@pytest.mark.parametrize("way", WAYS_OF_TAKING, ids=["marker", "rename", "claim", "stable"])
def test_what_stands_marked_by_this_store_and_is_unknown_to_it_is_read_again(
    drop: Drop, way: dict[str, Any]
) -> None:
    memory = Memory()
    adapter = drop.adapter(**way)
    adapter.remember_by(memory)
    drop.put("known.csv", b"a\n1\n", ".ok")
    known = keep_all(adapter, memory)
    drop.put("lost.csv", b"a\n2\n", ".ok")
    (drop.folder / "lost.csv.ok").write_text("rows=1")
    before = set(memory.units)
    lost = keep_all(adapter, memory, last_cursor(known))
    # The store is restored: it is of another generation and knows of the first file only.
    restored = Memory(generation=2, units=before)
    after = drop.adapter(**way)
    after.remember_by(restored)

    again = keep_all(after, restored, last_cursor(known))
    more = keep_all(after, restored, last_cursor(again))
    answer(after, [*known, *again])

    assert [row["a"] for row in rows_of(again)] == ["2"]
    assert all(item.again for item in again if isinstance(item, Batch))
    assert [item.unit for item in again if isinstance(item, Batch)] == [lost[-1].unit]
    assert remarks(again) == ["source.again"]
    assert rows_of(more) == []
    # A marker that was missed in `rename` and `stable` waits for a file that never comes.
    left = [name for name in names(drop.folder) if ".taken" in name]
    assert left == []


@pytest.mark.parametrize("way", WAYS_OF_TAKING, ids=["marker", "rename", "claim", "stable"])
def test_what_another_store_has_marked_is_told_once_and_left_alone(
    drop: Drop, way: dict[str, Any]
) -> None:
    theirs = Memory(store="0badc0de")
    adapter = drop.adapter(**way)
    adapter.remember_by(theirs)
    drop.put("x.csv", b"a\n1\n", ".ok")
    keep_all(adapter, theirs)
    before = names(drop.folder)
    ours = drop.adapter(**way)
    ours.remember_by(Memory())

    first, second = keep_all(ours), keep_all(ours)

    assert rows_of([*first, *second]) == []
    assert remarks(first) == ["drop.other_store"]
    assert second == []
    assert "drop.other_store" in {reason.name for reason in ours._patience.waiting.values()}
    assert names(drop.folder) == before


def test_a_mark_of_before_counts_as_this_stores_and_a_replaced_file_waits_for_a_marker(
    drop: Drop,
) -> None:
    adapter = drop.adapter()
    adapter.remember_by(Memory())
    drop.put("old.csv", b"a\n1\n", ".taken")
    drop.put("replaced.csv", b"a\n1\n", ".taken")
    os.utime(drop.folder / "replaced.csv.taken", (time.time() - 9000, time.time() - 9000))

    found = keep_all(adapter)

    taken = [item.unit.partition("@")[0] for item in found if isinstance(item, Batch)]
    if drop.reach.get("port") and "drop.replaced" not in remarks(found):
        # Where the server lists times roughly, the marker's is not held against the file's.
        assert taken == ["old.csv", "replaced.csv"]
    else:
        assert (taken, remarks(found)) == (["old.csv"], ["drop.replaced", "source.again"])


@pytest.mark.parametrize("way", WAYS_OF_TAKING, ids=["marker", "rename", "claim", "stable"])
def test_after_a_restore_what_was_answered_and_archived_since_is_read_again_in_its_order(
    drop: Drop, way: dict[str, Any]
) -> None:
    way = {**way, "archive": "done/%Y%m%d"}
    memory, adapter = Memory(), drop.adapter(**way)
    adapter.remember_by(memory)
    found: list[Any] = []
    for number, name in enumerate(("stuck.csv", "corrected.csv")):
        drop.put(name, b"a\n%d\n" % number, ".ok")
        os.utime(drop.folder / name, (time.time() - 100 + number, time.time() - 100 + number))
        found.append(keep_all(adapter, memory))
    answer(adapter, found[1])
    restored = Memory(generation=2, is_restored=True, until=utc_now() - timedelta(minutes=5))
    after = drop.adapter(**way)
    after.remember_by(restored)

    again = keep_all(after, restored)
    answer(after, again)
    more = keep_all(after, restored)

    assert [row["a"] for row in rows_of(again)] == ["0", "1"]
    assert rows_of(more) == []
    left = [name for name in names(drop.folder) if "/" not in name]
    assert [name for name in left if ".taken" in name or name.endswith(".part")] == []


def test_after_a_restore_what_was_answered_since_and_still_lies_there_is_read_again(
    drop: Drop,
) -> None:
    memory, adapter = Memory(), drop.adapter()
    adapter.remember_by(memory)
    drop.put("old.csv", b"a\n1\n", ".done")
    long_ago = time.time() - 9_000_000
    for name in ("old.csv", "old.csv.done"):
        os.utime(drop.folder / name, (long_ago, long_ago))
    drop.put("new.csv", b"a\n2\n", ".ok")
    answer(adapter, keep_all(adapter, memory))
    restored = Memory(generation=2, is_restored=True, until=utc_now() - timedelta(minutes=5))
    after = drop.adapter()
    after.remember_by(restored)

    again = keep_all(after, restored)

    # What retention has removed long since is not: an old version would be sent last.
    assert [row["a"] for row in rows_of(again)] == ["2"]
