"""Runs the command as a person would: a process of its own, with its exit code asserted."""

import subprocess
import sys


def creditgate(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run `creditgate` and give what it said; fails when it ends with another exit code."""
    done = subprocess.run(
        [sys.executable, "-m", "gateway.cli", *arguments],
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done
