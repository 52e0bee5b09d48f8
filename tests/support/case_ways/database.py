"""Tables of a department's database, made by a script on SQLite and fetched by the adapter.

The section: `script` (a file of the folder, run first), `settings` (but for the address), `steps`:
each is one of `run: FILE` (what the department does meanwhile), `test: {refused: [words]}`, and
`fetch: {rows, faults, remarks, counted, refused}`: `rows` by ref (a list where refs repeat) with
exact values of the columns that the case is about, `faults` rules by ref, `remarks` their names,
`counted` what the units' tallies add up to, `refused` words of the sentence. Each fetch goes on
where the one before ended, and what it took is marked as kept. Whatever is said, counted = rows +
left out for each unit.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from adapters import AdapterError, Batch, Remark
from adapters.database import DatabaseAdapter, DatabaseSettings

#: Small, so that what goes on over the border of a page is tried too.
_PAGES = (1, 2, 5_000)


def check(folder: Path, section: dict[str, Any]) -> None:
    """Go through a case's steps with pages of each size and hold what came out against the case."""
    for page_rows in _PAGES:
        with _database(folder / section["script"]) as path:
            settings = {"page_rows": page_rows, **section["settings"]}
            database_settings = DatabaseSettings.model_validate(
                {"url": f"sqlite:///{path}", **settings}
            )
            with closing(DatabaseAdapter(database_settings)) as adapter:
                _go_through(f"{folder.name} (pages of {page_rows})", folder, section, adapter, path)


@contextmanager
def _database(script: Path) -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "source.db"
        _run(path, script)
        yield path


def _run(path: Path, script: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script.read_text("utf-8"))
        connection.commit()


def _go_through(
    where: str, folder: Path, section: dict[str, Any], adapter: DatabaseAdapter, path: Path
) -> None:
    cursor = ""
    for number, step in enumerate(section["steps"], 1):
        at = f"{where}, step {number}"
        if "run" in step:
            _run(path, folder / step["run"])
        elif "test" in step:
            _refused(at, step["test"]["refused"], lambda: list(adapter.test()))
        elif "refused" in step["fetch"]:
            came_from = cursor
            _refused(at, step["fetch"]["refused"], lambda at=came_from: list(adapter.fetch(at)))  # type: ignore[misc]
        else:
            cursor = _fetch(at, step["fetch"], adapter, cursor)


def _refused(where: str, words: list[str], act: Any) -> None:
    with pytest.raises(AdapterError) as raised:
        act()
    for said in words:
        assert said in str(raised.value), f"{where}: says {raised.value}"


def _fetch(where: str, right: dict[str, Any], adapter: DatabaseAdapter, cursor: str) -> str:
    rows: list[tuple[str, dict[str, Any]]] = []
    faults: dict[str, list[str]] = {}
    remarks: list[str] = []
    counted: dict[str, int] = {}
    for item in adapter.fetch(cursor):
        if isinstance(item, Remark):
            remarks.append(item.name)
        if not isinstance(item, Batch):
            continue
        adapter.keep(item)
        cursor = item.cursor
        rows += zip(item.refs, item.rows.to_dicts(), strict=True)
        counted[item.unit] = counted.get(item.unit, 0) - item.rows.height
        if item.tally is not None and item.tally.counted is not None:
            counted[item.unit] += item.tally.counted - item.tally.left_out
        for fault in item.faults:
            faults.setdefault(item.refs[fault.row], []).append(fault.rule)
    assert not any(counted.values()), f"{where}: counted and rows differ by {counted}"
    _compare(where, right, rows)
    assert faults == right.get("faults", {}), f"{where}: faults {faults}"
    assert sorted(set(remarks)) == sorted(right.get("remarks", [])), f"{where}: remarks {remarks}"
    assert len(rows) == right.get("counted", len(rows)), f"{where}: {len(rows)} rows"
    return cursor


def _compare(where: str, right: dict[str, Any], rows: list[tuple[str, dict[str, Any]]]) -> None:
    wanted = right.get("rows", {})
    if isinstance(wanted, list):
        assert sorted(ref for ref, _ in rows) == sorted(wanted), f"{where}: rows {rows}"
        return
    came = dict(rows)
    assert sorted(came) == sorted(wanted), f"{where}: rows {sorted(came)}"
    for ref, values in wanted.items():
        for name, value in (values or {}).items():
            assert came[ref][name] == value, f"{where}: row {ref} {name} {came[ref][name]!r}"
