"""The wheel carries all it needs and works from an empty folder."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.support.places import ROOT


def test_the_installed_wheel_runs_the_demo_from_an_empty_folder(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run(
        [
            *pip,
            "wheel",
            str(ROOT),
            "--no-deps",
            "--no-build-isolation",
            "--wheel-dir",
            str(tmp_path),
        ],
        check=True,
        timeout=120,
    )
    [wheel] = tmp_path.glob("creditgate-*.whl")
    site, empty = tmp_path / "site", tmp_path / "empty"
    subprocess.run(
        [*pip, "install", str(wheel), "--no-deps", "--target", str(site)], check=True, timeout=120
    )
    empty.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(site)}

    where = subprocess.run(
        [sys.executable, "-c", "import gateway; print(gateway.__file__)"],
        cwd=empty,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    process = subprocess.run(
        [
            sys.executable,
            str(site / "bin" / "creditgate"),
            "demo",
            "--once",
            "--rows",
            "60",
            "--json",
        ],
        cwd=empty,
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )

    assert Path(where.stdout.strip()).is_relative_to(site)
    assert process.returncode == 0, process.stderr
    assert json.loads(process.stdout)["balanced"] is True
    # A stranger's type checker sees our types, and the command has its template.
    for path in ("adapters/py.typed", "gateway/py.typed", "outbox/py.typed"):
        assert (site / path).exists()
    assert len([*(site / "gateway" / "cli" / "kind_package").iterdir()]) == 4
    assert list(empty.iterdir()) == []
