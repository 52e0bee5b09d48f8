"""A department whose drop the operator has set up, and who makes links in it: to another
department's drop.

OpenSSH's SFTP lets whoever may write make links; the gateway, not the department, would follow
them.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import create_engine

from adapters import VERDICT_SCHEMA, AdapterError, Batch, SourceRefusedError
from adapters.files.folder import FolderAdapter, FolderSettings
from tests.support.databases import adapter, run

DAY = date.today().strftime("%Y%m%d")


@pytest.fixture
def drops(tmp_path: Path) -> Path:
    for department in ("water", "environment"):
        (tmp_path / department).mkdir()
    (tmp_path / "environment" / "theirs.csv").write_text("a,b\n1,441300199001011239\n")
    return tmp_path


def opened(drops: Path, **changes: str) -> FolderAdapter:
    settings = {"folder": str(drops / "water"), "ready": "stable", "settle": 0, "archive": "done"}
    utf8 = {"format_settings": {"encoding": "utf-8"}}
    return FolderAdapter(FolderSettings.model_validate({**settings, **utf8, **changes}))


def fetched(made: FolderAdapter) -> list[Batch]:
    return [item for item in made.fetch("") if isinstance(item, Batch)]


def absolute(to: Path) -> Path:
    return to


def relative(to: Path) -> Path:
    return Path("..") / to.name


@pytest.mark.parametrize("way", [absolute, relative])
def test_a_days_folder_that_is_a_link_shows_no_other_departments_files(
    drops: Path, way: Callable[[Path], Path]
) -> None:
    (drops / "water" / DAY).symlink_to(way(drops / "environment"))
    made = opened(drops, subfolders="%Y%m%d")

    assert fetched(made) == []
    made.close()


@pytest.mark.parametrize("place", ["archive", "results", "errors"])
def test_nothing_of_ones_own_is_put_into_another_departments_drop(drops: Path, place: str) -> None:
    (drops / "water" / "ours.csv").write_text("a,b\n1,2\n")
    (drops / "water" / "out").symlink_to(Path("..") / "environment")
    made = opened(drops, **{place: "out"})
    try:
        [batch] = fetched(made)
        made.keep(batch)
        rows = [{"ref": "2", "mark": "", "verdict": "refused", "rule": "r", "zh": "x", "en": "x"}]
        made.acknowledge(batch.unit, [pl.DataFrame(rows, schema_overrides=VERDICT_SCHEMA)])
    except AdapterError:
        pass
    finally:
        made.close()

    assert [path.name for path in (drops / "environment").iterdir()] == ["theirs.csv"]


def test_a_link_within_the_drop_is_followed(drops: Path) -> None:
    (drops / "water" / "real").mkdir()
    (drops / "water" / "real" / "ours.csv").write_text("a,b\n1,2\n")
    (drops / "water" / DAY).symlink_to("real")
    made = opened(drops, subfolders="%Y%m%d")

    assert [batch.rows.rows() for batch in fetched(made)] == [[("1", "2")]]
    made.close()


def test_the_drop_itself_may_be_a_link_of_the_operators(drops: Path) -> None:
    (drops / "mounted").symlink_to(drops / "environment")
    made = opened(drops, folder=str(drops / "mounted"))

    assert len(fetched(made)) == 1
    made.close()


def test_a_database_file_that_became_a_link_to_another_departments_is_not_there(
    drops: Path,
) -> None:
    theirs = create_engine(f"sqlite:///{drops / 'environment' / 'theirs.db'}")
    run(
        theirs,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)",
        "INSERT INTO t VALUES (1, 'x')",
    )
    theirs.dispose()
    ours = drops / "water" / "ours.db"
    ours.symlink_to(Path("..") / "environment" / "theirs.db")
    linked = create_engine(f"sqlite:///{ours}")

    with pytest.raises(SourceRefusedError):
        list(adapter(linked, "t").fetch(""))
    # A link beside its file is the department's own affair.
    (drops / "environment" / "today.db").symlink_to("theirs.db")
    beside = create_engine(f"sqlite:///{drops / 'environment' / 'today.db'}")
    assert len(list(adapter(beside, "t").fetch(""))) == 1
