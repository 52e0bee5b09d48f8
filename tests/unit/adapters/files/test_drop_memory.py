"""What a drop's adapter remembers of files between fetches, and what it forgets."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters import BadUnit, Batch, Opening, Remark
from adapters.files.adapter import DropAdapter
from adapters.files.archived import archived_files
from adapters.files.folder import FolderAdapter, FolderPlace, FolderSettings
from adapters.files.ready import sort_out
from adapters.spool import temporary_file
from tests.support.closing import closed_later
from tests.support.memory import Memory


def settings(folder: Path, **changes: Any) -> FolderSettings:
    values = {"folder": str(folder), "settle": 0, **changes}
    values.setdefault("format_settings", {"encoding": "utf-8"})
    return FolderSettings.model_validate(values)


def put(folder: Path, name: str, content: str, *, at: float = 1_700_000_000) -> None:
    """Put a file and a new marker into a drop."""
    (folder / name).write_text(content, "utf-8")
    os.utime(folder / name, (at, at))
    (folder / f"{name}.ok").touch()


def fetch_setting_aside(adapter: DropAdapter, memory: Memory, cursor: str) -> tuple[str, list[Any]]:
    """Fetch as a gateway does that sets every file aside."""
    found = []
    for item in adapter.fetch(cursor):
        found.append(item)
        if isinstance(item, Opening):
            item.set_aside, item.rule = ("出错", "it failed"), "source.set_aside"
        if isinstance(item, BadUnit):
            cursor = item.cursor
            memory.units.add(item.unit)
    return cursor, found


def units(found: list[Any]) -> list[str]:
    return [item.unit for item in found if isinstance(item, BadUnit)]


def test_a_file_that_was_set_aside_is_not_read_again_as_another(tmp_path: Path) -> None:
    put(tmp_path, "a.csv", "a\n1\n")
    memory, adapter = Memory(), closed_later(FolderAdapter(settings(tmp_path)))
    adapter.remember_by(memory)

    cursor, first = fetch_setting_aside(adapter, memory, "")
    cursor, second = fetch_setting_aside(adapter, memory, cursor)

    assert len(units(first)) == 1
    assert second == []
    # A person has it read again: the store knows it no more.
    memory.units.clear()
    _, third = fetch_setting_aside(adapter, memory, cursor)
    assert units(third) == units(first)


def test_what_was_set_aside_and_comes_anew_is_known_by_its_content(tmp_path: Path) -> None:
    put(tmp_path, "a.csv", "a\n1\n")
    memory, adapter = Memory(), closed_later(FolderAdapter(settings(tmp_path)))
    adapter.remember_by(memory)
    cursor, _ = fetch_setting_aside(adapter, memory, "")
    os.utime(tmp_path / "a.csv.ok", (1_700_000_100, 1_700_000_100))

    _, again = fetch_setting_aside(adapter, memory, cursor)

    [remark] = [item for item in again if isinstance(item, Remark)]
    assert "其他内容" not in remark.zh
    assert "other content" not in remark.en
    assert len(units(again)) == 1


def test_what_was_refused_whole_and_comes_anew_is_known_by_its_content(tmp_path: Path) -> None:
    put(tmp_path, "a.csv", "a\n1\n")
    (tmp_path / "a.csv.ok").write_text("rows=7")
    memory, adapter = Memory(), closed_later(FolderAdapter(settings(tmp_path)))
    adapter.remember_by(memory)
    [bad] = [item for item in adapter.fetch("") if isinstance(item, BadUnit)]
    memory.units.add(bad.unit)
    (tmp_path / "a.csv.ok").write_text("rows=1")
    os.utime(tmp_path / "a.csv.ok", (1_700_000_100, 1_700_000_100))

    again = list(adapter.fetch(bad.cursor))

    [remark] = [item for item in again if isinstance(item, Remark)]
    assert "other content" not in remark.en
    assert [row for item in again if isinstance(item, Batch) for row in item.rows["a"]] == ["1"]


@pytest.mark.parametrize(
    ("pattern", "stored", "names"),
    [
        ("report.20*", ["report.20240101"], ["report.20240101"]),
        ("report.20*", ["report.20240101", "report.20240101.1"], ["report.20240101"] * 2),
        ("*.csv", ["a.csv", "a.csv.1"], ["a.csv", "a.csv"]),
        ("*.csv", ["a.csv.1"], ["a.csv"]),
        ("*", ["a.csv", "a.csv.2"], ["a.csv", "a.csv"]),
    ],
)
def test_an_archived_file_is_met_by_its_own_name(
    tmp_path: Path, pattern: str, stored: list[str], names: list[str]
) -> None:
    (tmp_path / "done").mkdir()
    for name in stored:
        (tmp_path / "done" / name).write_text("a\n1\n")
    drop = settings(tmp_path, pattern=pattern, ready="rename", archive="done")

    found = list(
        archived_files(FolderPlace(), drop, datetime.now(UTC) - timedelta(days=1), lambda *_: None)
    )

    assert sorted(one.path for one in found) == names
    assert sorted(one.at for one in found) == [f"done/{name}" for name in sorted(stored)]


def test_names_that_the_drop_lists_no_more_are_forgotten(tmp_path: Path) -> None:
    memory = Memory(is_restored=True, until=datetime.now(UTC))
    adapter = closed_later(FolderAdapter(settings(tmp_path, settle=60)))
    adapter.remember_by(memory)
    for number in range(3):
        name = f"short-{number}.csv"
        put(tmp_path, name, "a\n1\n")
        (tmp_path / f"{name}.ok").write_text("rows=7")
        (tmp_path / f"other-{number}.csv").write_text("a\n")
        marker = tmp_path / f"other-{number}.csv.taken"
        marker.write_text("\n#creditgate 5a1e0001.1 1-1 0123456789abcdef\n")
        list(adapter.fetch(""))
        for path in tmp_path.iterdir():
            path.unlink()

    list(adapter.fetch(""))

    assert sort_out(adapter._listing(), settings(tmp_path)).ready == []
    assert adapter._taker._short == {}
    assert adapter._again._looked == {}


def test_a_temporary_file_that_was_closed_takes_nothing_of_another(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"whole")
    with temporary_file() as spool:
        number = spool.fileno()
        spool.close()
        descriptor = os.open(other, os.O_RDWR)
        os.dup2(descriptor, number)

    for opened in {descriptor, number}:
        os.close(opened)
    assert other.read_bytes() == b"whole"
