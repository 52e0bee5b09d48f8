"""Files that come again, and files whose marks are another store's or of before a restore."""

import os
import time
from datetime import timedelta
from typing import Any

import pytest

from adapters import (
    Batch,
    Remark,
)
from adapters.files.ftps import FtpsAdapter
from gateway.clock import utc_now
from tests.support.carriers import Drop, answer, keep_all, last_cursor, names, remarks, rows_of
from tests.support.fetching import items
from tests.support.memory import Memory


def put_again(drop: Drop, name: str, data: bytes) -> None:
    """Put a file over its namesake with that one's time, as rsync -t does, and a marker."""
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
    {},
    {"ready": "rename"},
    {"claim": "one", "archive": "archive"},
    {"ready": "stable", "settle": 0, "claim": "one"},
)


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
    configured_adapter = drop.adapter(**way)
    configured_adapter.remember_by(restored)

    again = keep_all(configured_adapter, restored, last_cursor(known))
    more = keep_all(configured_adapter, restored, last_cursor(again))
    answer(configured_adapter, [*known, *again])

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
    configured_adapter = drop.adapter(**way)
    configured_adapter.remember_by(Memory())

    first, second = keep_all(configured_adapter), keep_all(configured_adapter)

    assert rows_of([*first, *second]) == []
    assert remarks(first) == ["drop.other_store"]
    assert second == []
    assert "drop.other_store" in {
        reason.name for reason in configured_adapter._patience.waiting.values()
    }
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
    configured_adapter = drop.adapter(**way)
    configured_adapter.remember_by(restored)

    again = keep_all(configured_adapter, restored)
    answer(configured_adapter, again)
    more = keep_all(configured_adapter, restored)

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
    configured_adapter = drop.adapter()
    configured_adapter.remember_by(restored)

    again = keep_all(configured_adapter, restored)

    # What retention has removed long since is not: an old version would be sent last.
    assert [row["a"] for row in rows_of(again)] == ["2"]
