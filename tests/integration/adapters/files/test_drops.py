"""File drops over every carrier: OpenSSH, another SSH server, FTP with TLS, a folder."""

import gzip
import io
import json
import os
import threading
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from adapters import (
    VERDICT_SCHEMA,
    Batch,
    SourceRefusedError,
    SourceUnavailableError,
    Tally,
)
from adapters.files.adapter import DropAdapter
from adapters.files.folder import FolderAdapter
from adapters.files.ftps import FtpsAdapter
from gateway.clock import local_day, utc_now
from gateway.demo.market_regulator import drop_file
from tests.support.carriers import ROWS, Drop, bad_rules, csv_bytes, names, rows_of
from tests.support.fetching import items


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
        [item] = items(adapter, "")
        adapter.acknowledge(
            item.unit, [pl.DataFrame([{"ref": "2", "verdict": "accepted"}], schema=VERDICT_SCHEMA)]
        )
    drop.put("bad.csv", b"", ".ok")
    [refused] = items(adapter, "")
    frame = pl.DataFrame(
        [{"ref": "", "verdict": "refused", "rule": "format.empty"}], schema=VERDICT_SCHEMA
    )
    adapter.acknowledge(refused.unit, [frame])

    found = names(drop.folder)
    assert [name for name in found if name.startswith("errors")] == [
        "errors/bad.csv",
        "errors/bad.csv.done",
    ]
    assert [name for name in found if name.startswith(f"{year}/good.csv")] == [
        f"{year}/good.csv",
        f"{year}/good.csv.1",
        f"{year}/good.csv.1.done",
        f"{year}/good.csv.2",
        f"{year}/good.csv.2.done",
    ]
    assert [n for n in found if n.startswith("results")] == [
        "results/bad.csv.result.csv",
        "results/good.csv.result.csv",
    ]
    assert not (drop.folder / "good.csv").exists()


ORDINARY = (
    "行政处罚[3月].csv",
    "行政处罚：3月.csv",
    "行政处罚，更正.csv",
    "3月～4月.csv",
    "处罚‘三月’.csv",
    "处罚“三月”.csv",
    "行政处罚….csv",
    "处罚%20数据.csv",
    "处罚';$.csv",
    "a  b　c.csv",
    "✅❤️.csv",
    "𰻝.csv",
)


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
    with pytest.raises(SourceRefusedError, match="no folder"):
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
    with pytest.raises(SourceUnavailableError):
        list(items(drop.adapter(port=9), ""))
