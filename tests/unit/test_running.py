"""What is shipped for running it says commands and files that there are."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from gateway.cli import main

ROOT = Path(__file__).resolve().parents[2]
RUNNING = ROOT / "docs" / "running"


def understood(arguments: list[str]) -> bool:
    """Tell whether the command line knows the arguments, without doing anything."""
    said = CliRunner().invoke(main, [*arguments, "--help"])
    return said.exit_code == 0


def test_the_services_of_the_compose_file_are_run_by_commands_that_there_are() -> None:
    tree = YAML(typ="safe").load((RUNNING / "compose.yaml").read_text("utf-8"))
    commands = [one["command"] for one in tree["services"].values() if "command" in one]

    assert {command[2] for command in commands} == {"scheduler", "worker", "web"}
    assert all(understood(command) for command in commands)
    assert (RUNNING / tree["x-gateway"]["build"]["context"] / tree["x-gateway"]["build"]["dockerfile"]).exists()  # fmt: skip


def test_the_container_is_made_of_files_that_there_are() -> None:
    text = (RUNNING / "Containerfile").read_text("utf-8")
    copied = [name for line in re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.M) for name in line.split()]  # fmt: skip

    assert copied
    assert all((ROOT / name).exists() for name in copied)


def test_the_unit_starts_a_command_that_there_is(tmp_path: Path) -> None:
    text = (RUNNING / "creditgate.service").read_text("utf-8")
    [command] = re.findall(r"^ExecStart=/opt/creditgate/bin/creditgate (.*)$", text, re.M)
    assert understood(command.split())
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    unit = tmp_path / "creditgate.service"
    unit.write_text(text.replace("/opt/creditgate/bin/creditgate", "/bin/true"))
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)  # fmt: skip
    assert (
        done.returncode,
        [line for line in done.stderr.splitlines() if "creditgate.service" in line],
    ) == (0, [])
