"""Whatever is wrong with one file of a folder leaves the others, and is said to who asks."""

import json
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl
import pytest
from sqlalchemy import Connection, create_engine

from adapters import (
    VERDICT_SCHEMA,
    BadUnit,
    Batch,
    Remark,
    SourceUnavailableError,
)
from adapters.files.adapter import DropAdapter
from adapters.files.folder import FolderAdapter, FolderPlace, FolderSettings
from adapters.transports.remote import PathRefusedError, PathUnavailableError
from gateway.events import store as event_store
from gateway.exchange import feed_store
from gateway.store.lock import alone
from tests.support.command import in_this_process
from tests.support.fetching import items
from tests.support.file_servers import put, remarks, units
from tests.support.towns import TownWithoutCentre


class Failing(FolderPlace):
    """A folder in which reading one file fails."""

    def __init__(self, name: str, error: BaseException) -> None:
        self._name, self._error = name, error

    def get(self, path: str, stream: BinaryIO) -> None:
        if Path(path).name == self._name:
            raise self._error
        super().get(path, stream)


@pytest.mark.parametrize(
    ("error", "rule", "remark"),
    [
        (PathRefusedError("不行", "denied"), None, "drop.denied"),
        (PathUnavailableError("不行", "not now"), None, "drop.denied"),
        (OSError(28, "No space left on device"), None, "drop.broke"),
        (MemoryError(), None, "drop.broke"),
        (KeyError("x"), "source.broke", None),
        (RecursionError(), "source.broke", None),
        (pl.exceptions.PanicException("x"), "source.broke", None),
    ],
)
def test_whatever_fails_on_one_file_leaves_the_others(
    tmp_path: Path, error: BaseException, rule: str | None, remark: str | None
) -> None:
    put(tmp_path, "a.csv", "b.csv", "c.csv")
    adapter = DropAdapter(FolderSettings(folder=str(tmp_path), settle=0), Failing("b.csv", error))

    found = list(adapter.fetch(""))

    assert units(found) == ["a.csv", "c.csv"]
    assert [item.rule for item in found if isinstance(item, BadUnit)] == [rule] * bool(rule)
    assert remarks(found) == [remark] * bool(remark)
    assert ("b.csv" in adapter.held_back()) == bool(remark)


def test_a_connection_that_breaks_ends_the_fetch(tmp_path: Path) -> None:
    put(tmp_path, "a.csv", "b.csv")
    place = Failing("a.csv", SourceUnavailableError("断了", "broke off"))

    with pytest.raises(SourceUnavailableError):
        list(DropAdapter(FolderSettings(folder=str(tmp_path)), place).fetch(""))


def test_a_marker_that_cannot_be_renamed_costs_neither_rows_nor_the_other_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "a.csv", "b.csv")
    adapter = FolderAdapter(FolderSettings(folder=str(tmp_path), settle=0))

    def denied(old: str, new: str) -> None:
        raise PathRefusedError("只读", "read-only")

    monkeypatch.setattr(adapter._place, "move", denied)
    found = []
    for item in adapter.fetch(""):
        found.append(item)
        if isinstance(item, Batch):
            adapter.keep(item)
    cursor = next(item.cursor for item in reversed(found) if isinstance(item, Batch))

    assert units(found) == ["a.csv", "b.csv"]
    assert remarks(found) == ["drop.denied"] * 2
    assert list(adapter.fetch(cursor)) == []


def test_who_is_refused_for_a_name_hears_of_it_in_a_result(tmp_path: Path) -> None:
    put(tmp_path, "\u202evsc.csv")
    adapter = FolderAdapter(FolderSettings(folder=str(tmp_path), settle=0))
    [refused] = adapter.fetch("")
    assert isinstance(refused, BadUnit)
    frame = pl.DataFrame(
        [{"ref": "", "verdict": "refused", "rule": refused.rule, "zh": refused.zh}],
        schema=VERDICT_SCHEMA,
    )
    for _ in range(2):
        adapter.acknowledge(refused.unit, [frame])

    [result] = tmp_path.glob("*.result.csv")
    assert result.name.startswith("_vsc~")
    assert "source.name" in result.read_text("gb18030")
    assert list(adapter.fetch(refused.cursor)) == []


def test_a_marker_larger_than_is_read_is_said_and_not_passed_for_empty(tmp_path: Path) -> None:
    put(tmp_path, "a.csv")
    (tmp_path / "a.csv.ok").write_text("rows=9 " + "x" * 5000)
    adapter = FolderAdapter(FolderSettings(folder=str(tmp_path), settle=0))

    [remark, bad] = items(adapter)

    assert isinstance(remark, Remark)
    assert isinstance(bad, BadUnit)
    assert bad.rule == "source.count"


def test_a_file_that_falls_short_is_named_with_its_reason_at_once_for_who_asks(
    tmp_path: Path,
) -> None:
    put(tmp_path, "a.csv")
    (tmp_path / "a.csv.ok").write_text("rows=9")
    (tmp_path / "lone.csv").write_text("a\n1\n")
    adapter = FolderAdapter(FolderSettings(folder=str(tmp_path)))

    assert list(items(adapter)) == []
    assert sorted(adapter.held_back()) == ["a.csv", "lone.csv"]
    assert "9" in adapter.held_back()["a.csv"].en
    [*_, folder] = [step for step in adapter.test() if step.name_en == "folder"]
    assert "lone.csv.ok" in folder.detail


def test_pull_says_what_it_holds_back_each_time_and_keeps_one_event_of_it(tmp_path: Path) -> None:
    feed = "market-regulator.penalty"
    with TownWithoutCentre(tmp_path / "town", rows=20) as town:
        settings = ("--settings", str(town.settings_file))
        put(town.sftp.folder, "处罚.csv")
        (town.sftp.folder / "处罚.csv.ok").write_text("rows=9")
        (town.sftp.folder / "lone.csv").write_text("a\n1\n")
        told = [in_this_process("pull", feed, *settings).output for _ in range(2)]
        as_json = json.loads(in_this_process("pull", feed, "--json", *settings).stdout)
        engine = create_engine(town.store)
        with engine.connect() as connection:
            noted = [
                event for event in event_store.events(connection) if event.name == "drop.waiting"
            ]
        engine.dispose()

    for output in told:
        assert "lone.csv.ok" in output
        assert "声明 9 行，文件有 1 行" in output
    assert [file["path"] for file in as_json["held_back"]] == ["lone.csv", "处罚.csv"]
    assert len(noted) == 1


def test_pull_beside_a_gateway_that_fetches_the_same_feed_says_so_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = "market-regulator.penalty"
    with TownWithoutCentre(tmp_path / "town", rows=20) as town:
        settings = ("--settings", str(town.settings_file))
        advance = feed_store.advance

        def overtaken(connection: Connection, state: feed_store.FeedState, cursor: str) -> Any:
            """Move the cursor after the other process has."""
            monkeypatch.undo()
            advance(connection, state, cursor)
            return advance(connection, state, cursor)

        with alone(town.store):
            monkeypatch.setattr(feed_store, "advance", overtaken)
            stopped = in_this_process("pull", feed, *settings, code=1)
            result = in_this_process("pull", feed, *settings)

    assert f"{feed} was not fetched to its end" in stopped.stderr
    assert "being fetched by another process" in stopped.stderr
    assert "Traceback" not in stopped.output
    assert "rows 20" in result.stdout


def test_pull_and_the_event_name_a_file_that_was_refused_whole(tmp_path: Path) -> None:
    feed = "market-regulator.penalty"
    with TownWithoutCentre(tmp_path / "town", rows=20) as town:
        settings = ("--settings", str(town.settings_file))
        put(town.sftp.folder, "处罚.csv", "更正.csv")
        for name in ("处罚.csv", "更正.csv"):
            (town.sftp.folder / name).write_bytes(b"")
        told = in_this_process("pull", feed, *settings).output
        engine = create_engine(town.store)
        with engine.connect() as connection:
            noted = [
                event for event in event_store.events(connection) if event.name == "unit.refused"
            ]
        engine.dispose()

    for name in ("处罚.csv", "更正.csv"):
        assert f"{name}：文件为空" in told
    assert {event.text.zh.partition("：")[0] for event in noted} == {"处罚.csv", "更正.csv"}
