"""A namesake of one of our packages is refused at the start, in both languages, and never runs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.cli.own_packages import PACKAGES
from tests.support.places import ROOT

#: What the console script does.
SCRIPT = "import sys; from gateway.cli import main; sys.exit(main())"


def start(folder: Path, first: Path) -> subprocess.CompletedProcess[str]:
    """Run `creditgate --version` from a folder, with another folder before ours on the path."""
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, "schema", "--help"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{first}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def package(folder: Path, name: str) -> None:
    """Make a package that says so when it is imported."""
    (folder / name).mkdir(parents=True)
    (folder / name / "__init__.py").write_text("print('somebody else was here')\n")


@pytest.mark.parametrize("name", sorted({*PACKAGES} - {"gateway"}))
def test_a_foreign_package_before_ours_is_refused_and_not_imported(
    tmp_path: Path, name: str
) -> None:
    package(tmp_path / "site", name)

    ended = start(tmp_path, tmp_path / "site")

    assert ended.returncode == 1
    assert "somebody else" not in ended.stdout
    assert f"这些名称下的软件包不是 creditgate 自带的：{name}（{tmp_path}" in ended.stderr
    assert f"not creditgate's own: {name} ({tmp_path}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_foreign_module_in_the_current_folder_is_refused_too(tmp_path: Path) -> None:
    (tmp_path / "outbox.py").write_text("")

    ended = start(tmp_path, ROOT)

    assert (ended.returncode, "outbox.py" in ended.stderr) == (1, True)


def test_a_foreign_package_behind_ours_changes_nothing(tmp_path: Path) -> None:
    package(tmp_path / "site", "adapters")

    ended = start(tmp_path, Path(f"{ROOT}{os.pathsep}{tmp_path / 'site'}"))

    assert ended.returncode == 0, ended.stderr


def test_a_distribution_that_was_installed_over_ours_is_refused(tmp_path: Path) -> None:
    """pip puts two distributions' `adapters` into one folder: which files are there is chance."""
    site = tmp_path / "site"
    for name in {*PACKAGES} - {"gateway"}:
        package(site, name)
    shutil.copytree(ROOT / "gateway", site / "gateway", ignore=shutil.ignore_patterns("*.pyc"))
    metadata = site / "adapters-1.3.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: adapters\nVersion: 1.3.0\n")
    (metadata / "RECORD").write_text("adapters/__init__.py,,\nadapters/heads/base.py,,\n")

    ended = start(tmp_path, site)

    assert ended.returncode == 1
    assert f"自带的：adapters（{metadata}）" in ended.stderr
