"""The SFTP adapter against a real SSH server."""

import json
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from adapters import VERDICT_SCHEMA, BadUnit, Batch, SourceRefusedError, SourceUnavailableError
from adapters.files.sftp import SftpAdapter, SftpSettings
from gateway.demo.generate import penalties
from gateway.demo.market_regulator import SftpDrop, drop_file
from tests.support.closing import closed_later
from tests.support.fetching import items

ROWS = penalties(1, 25, date(2026, 4, 1)).rows


@pytest.fixture
def drop(tmp_path: Path) -> Iterator[SftpDrop]:
    server = SftpDrop(tmp_path / "drop", "creditgate", "made-up-password")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def adapter(drop: SftpDrop) -> SftpAdapter:
    return opened(drop)


def opened(drop: SftpDrop, **changes: Any) -> SftpAdapter:
    values = {
        "host": "127.0.0.1",
        "port": drop.port,
        "username": "creditgate",
        "password": "made-up-password",
        "host_key": drop.host_key,
        "folder": "/",
        "batch_rows": 10,
        "timeout": 5,
    }
    return closed_later(SftpAdapter(SftpSettings.model_validate({**values, **changes})))


def batches(adapter: SftpAdapter, cursor: str = "") -> list[Batch]:
    return [item for item in items(adapter, cursor) if isinstance(item, Batch)]


def bad(adapter: SftpAdapter) -> list[str]:
    return [item.rule for item in items(adapter, "") if isinstance(item, BadUnit)]


def test_a_marked_file_is_read_in_batches_with_spreadsheet_rows(
    drop: SftpDrop, adapter: SftpAdapter
) -> None:
    drop_file(drop.folder, "penalty-001.csv", ROWS)

    fetched = batches(adapter)

    assert [b.rows.height for b in fetched] == [10, 10, 5]
    assert [b.last for b in fetched] == [False, False, True]
    assert pl.concat([b.rows for b in fetched]).to_dicts() == ROWS
    assert fetched[0].refs.to_list() == [str(n) for n in range(2, 12)]
    assert fetched[-1].declared == 25


def test_a_file_without_its_marker_is_left_alone(drop: SftpDrop, adapter: SftpAdapter) -> None:
    drop_file(drop.folder, "penalty-001.csv", ROWS)
    (drop.folder / "penalty-001.csv.ok").unlink()
    (drop.folder / "never-came.csv.ok").touch()

    assert list(items(adapter, "")) == []


def test_a_fetch_that_broke_off_goes_on_at_its_row(drop: SftpDrop, adapter: SftpAdapter) -> None:
    drop_file(drop.folder, "penalty-001.csv", ROWS)
    first = batches(adapter)[0]

    rest = batches(adapter, first.cursor)

    assert [b.refs[0] for b in rest] == ["12", "22"]
    assert pl.concat([b.rows for b in rest]).to_dicts() == ROWS[10:]


def test_blank_lines_neither_count_as_rows_nor_shift_where_a_fetch_goes_on(
    drop: SftpDrop, adapter: SftpAdapter
) -> None:
    drop_file(drop.folder, "penalty-001.csv", ROWS)
    path = drop.folder / "penalty-001.csv"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:4], b"\r\n\r\n\r\n", *lines[4:]]))
    first = batches(adapter)[0]

    rest = batches(adapter, first.cursor)

    assert first.rows.height == 7
    assert pl.concat([first.rows, *(b.rows for b in rest)]).to_dicts() == ROWS
    assert rest[-1].declared == 25


def test_a_file_once_taken_is_not_taken_again_but_its_next_version_is(
    drop: SftpDrop, adapter: SftpAdapter
) -> None:
    drop_file(drop.folder, "penalty-001.csv", ROWS)
    cursor = batches(adapter)[-1].cursor

    assert batches(adapter, cursor) == []
    drop_file(drop.folder, "penalty-001.csv", ROWS[:3])
    assert [b.rows.height for b in batches(adapter, cursor)] == [3]


def test_a_newer_version_keeps_its_marker_when_the_older_is_acknowledged(
    drop: SftpDrop, adapter: SftpAdapter
) -> None:
    drop_file(drop.folder, "penalty-001.csv", ROWS)
    [*_, last] = batches(adapter)
    drop_file(drop.folder, "penalty-001.csv", ROWS[:3])

    adapter.acknowledge(last.unit, [pl.DataFrame(schema=VERDICT_SCHEMA)])

    assert (drop.folder / "penalty-001.csv.ok").exists()


def test_a_marker_with_another_count_refuses_the_file_and_gives_both_numbers(
    drop: SftpDrop,
) -> None:
    drop_file(drop.folder, "penalty-001.csv", ROWS)
    (drop.folder / "penalty-001.csv.ok").write_text("rows=26")
    adapter = opened(drop, settle=0.3)

    waiting = list(items(adapter, ""))
    time.sleep(0.4)
    [item] = items(adapter, "")

    assert waiting == []

    assert isinstance(item, BadUnit)
    assert item.rule == "source.count"
    assert "26" in item.en
    assert "25" in item.en


def test_a_file_that_grows_to_what_its_marker_says_is_taken_whole_and_never_in_part(
    drop: SftpDrop, adapter: SftpAdapter
) -> None:
    drop_file(drop.folder, "penalty-001.csv", ROWS)
    path = drop.folder / "penalty-001.csv"
    content = path.read_bytes()
    seen = []
    for share in (3, 2, 1):
        path.write_bytes(content[: len(content) // share])
        seen.append([type(item).__name__ for item in items(adapter, "")])

    assert seen == [[], [], ["Batch"] * 3]


def test_an_empty_file_and_one_with_a_heading_only_are_told_apart(
    drop: SftpDrop, adapter: SftpAdapter
) -> None:
    for name, data in (("a-empty.csv", b""), ("b-heading.csv", b"CF_WSH,CF_SY\n")):
        (drop.folder / name).write_bytes(data)
        (drop.folder / f"{name}.ok").touch()

    refused, declared_zero = items(adapter, "")

    assert isinstance(refused, BadUnit)
    assert refused.rule == "format.empty"
    assert isinstance(declared_zero, Batch)
    assert (declared_zero.rows.height, declared_zero.last) == (0, True)


def test_a_changed_host_key_stops_before_any_password_is_sent(drop: SftpDrop) -> None:
    other = SftpDrop(drop.folder, "creditgate", "made-up-password")

    with pytest.raises(SourceRefusedError, match="host key"):
        batches(opened(drop, host_key=other.host_key))


def test_a_wrong_password_is_for_a_person_and_is_not_shown(drop: SftpDrop) -> None:
    with pytest.raises(SourceRefusedError, match="login") as refused:
        batches(opened(drop, password="another-secret"))

    assert "another-secret" not in str(refused.value)


def test_a_missing_folder_and_a_dead_server_are_told_apart(drop: SftpDrop) -> None:
    with pytest.raises(SourceRefusedError, match="no folder"):
        batches(opened(drop, folder="/nowhere"))
    with pytest.raises(SourceUnavailableError):
        batches(opened(drop, port=9))


def test_a_file_passed_over_is_still_taken_when_it_comes_back_although_others_went_before(
    drop: SftpDrop, adapter: SftpAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop_file(drop.folder, "penalty-001.csv", ROWS)
    drop_file(drop.folder, "penalty-002.csv", ROWS[:3])
    first, hidden = drop.folder / "penalty-001.csv", drop.folder / "hidden"
    listing = adapter._listing

    def listed_then_gone() -> Any:
        found = listing()
        first.rename(hidden)
        return found

    monkeypatch.setattr(adapter, "_listing", listed_then_gone)
    [batch] = batches(adapter)
    monkeypatch.undo()
    hidden.rename(first)

    assert batch.unit.startswith("penalty-002.csv")
    assert sum(b.rows.height for b in batches(adapter, batch.cursor)) == len(ROWS)


def test_the_connection_test_steps_and_shows_rows(drop: SftpDrop, adapter: SftpAdapter) -> None:
    drop_file(drop.folder, "penalty-001.csv", ROWS)

    steps = list(adapter.test())

    assert [step.name_en for step in steps] == [
        "host name",
        "port",
        "host key",
        "login",
        "folder",
        "sample rows",
    ]
    assert steps[-1].sample is not None
    assert steps[-1].sample.height == 25


def test_the_cursor_forgets_files_whose_marker_is_gone(
    drop: SftpDrop, adapter: SftpAdapter
) -> None:
    drop_file(drop.folder, "penalty-001.csv", ROWS)
    cursor = batches(adapter)[-1].cursor
    (drop.folder / "penalty-001.csv.ok").unlink()
    drop_file(drop.folder, "penalty-002.csv", ROWS[:1])

    [batch] = batches(adapter, cursor)

    assert list(json.loads(batch.cursor)["taken"]) == ["penalty-002.csv"]
