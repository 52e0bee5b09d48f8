"""Runs the command as a person would: a process of its own, with its exit code asserted."""

import subprocess
import sys

from click.testing import CliRunner, Result

from gateway.cli import main


def creditgate(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run `creditgate` and give what it said; fails when it ends with another exit code."""
    process = subprocess.run(
        [sys.executable, "-m", "gateway.cli", *arguments],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert process.returncode == code, process.stdout + process.stderr
    return process


def in_this_process(*arguments: str, code: int = 0) -> Result:
    """Run a command in this process, which spares one; return the same as `creditgate`."""
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == code, result.output
    return result
