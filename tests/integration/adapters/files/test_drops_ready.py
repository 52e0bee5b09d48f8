"""When a dropped file counts as whole: by markers, names, sizes and checksums."""

import hashlib
import threading
import time

import polars as pl
import pytest

from adapters import (
    VERDICT_SCHEMA,
    Batch,
    Remark,
)
from tests.support.carriers import Drop, bad_rules, names, remarks, rows_of
from tests.support.fetching import items


def test_without_markers_a_renamed_file_counts_at_once_and_half_written_names_never(
    drop: Drop,
) -> None:
    adapter = drop.adapter(ready="rename")
    for name in ("X.CSV", "b.csv.part", "c.csv.tmp", "d.csv.filepart", "e.csv.result.csv", "f.txt"):
        drop.put(name, b"a\n1\n")

    [item] = items(adapter, "")

    assert item.unit.startswith("X.CSV@")
    assert list(items(adapter, item.cursor)) == []


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
