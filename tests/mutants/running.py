"""Runs tests with the hook in place: all to see what they enter, some against a mutant."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.mutants.areas import ROOT

HOOK = Path(__file__).with_name("hook")
#: Tests that are run to see what they enter. Whole towns and browsers are left out: they are slow
#: and enter everything, and mutants are to be caught by what is nearer.
TESTS = ("tests/unit", "tests/integration")
#: Seconds of tests, as they took without the hook, after which a mutant counts as survived.
ENOUGH = 60.0
#: Seconds that a mutant's tests may take beyond four times what they took.
_GRACE = 40.0

Fate = Literal["caught", "caught by time", "survived", "not run by any test"]


@dataclass(frozen=True)
class Touching:
    """Which tests enter each block, and how long each takes in seconds."""

    tests: dict[str, list[str]]
    seconds: dict[str, float]
    #: Blocks that are entered as their module is imported.
    imported: frozenset[str] = frozenset()

    def of(self, module: str, block: int) -> list[str]:
        """Return the tests that enter a block, quickest first.

        Where it is 0, or entered at the import, those that enter any block of the module.
        """
        if block and f"{module}:{block}" not in self.imported:
            found = set(self.tests.get(f"{module}:{block}", ()))
        else:
            start = f"{module}:"
            found = {t for b, tests in self.tests.items() if b.startswith(start) for t in tests}
        return sorted(found, key=lambda test: (self.seconds.get(test, 1.0), test))


def touch(cache: Path, jobs: int, only: Sequence[str] = TESTS) -> None:
    """Run the tests and write which blocks each enters into a file."""
    with tempfile.TemporaryDirectory() as folder:
        notes = Path(folder, "notes")
        notes.mkdir()
        environment = _environment(Path(folder)) | {"TOUCHED": str(notes)}
        command = [*_pytest(Path(folder)), "-n", str(jobs), "-p", "tests.mutants.touching", *only]
        subprocess.run(command, cwd=ROOT, env=environment, check=False)
        tests: dict[str, set[str]] = defaultdict(set)
        seconds: dict[str, float] = {}
        imported: set[str] = set()
        for path in notes.iterdir():
            for line in path.read_text("utf-8").splitlines():
                test, took, blocks = json.loads(line)
                if not test:
                    imported.update(blocks)
                    continue
                if took:
                    seconds[test] = took
                for block in blocks:
                    tests[block].add(test)
        known = {block: sorted(t for t in found if t in seconds) for block, found in tests.items()}
        cache.parent.mkdir(exist_ok=True)
        cache.write_text(
            json.dumps({"tests": known, "seconds": seconds, "imported": sorted(imported)}), "utf-8"
        )


def load(cache: Path) -> Touching:
    """Read which blocks each test enters."""
    data = json.loads(cache.read_text("utf-8"))
    return Touching(data["tests"], data["seconds"], frozenset(data["imported"]))


def run_mutant(module: str, number: int, tests: Sequence[str], seconds: float) -> tuple[Fate, str]:
    """Run tests against one mutant; return what became of it and the test that caught it.

    A test with servers that fails is tried without the mutant too: on a busy machine it may fail
    by itself, and then it is left out.
    """
    left = list(tests)
    while left:
        code, output = _run(left, {"MUTANT": f"{module}:{number}"}, 4 * seconds + _GRACE)
        if code is None:
            return "caught by time", ""
        if code == 0:
            return "survived", ""
        by = _failed(output, left)
        if by.startswith("tests/unit/") or _passes(by, left, 4 * seconds + _GRACE):
            return "caught", by or f"exit {code}"
        if not by:
            raise RuntimeError(f"{module}:{number}: no test runs, nor without it: {output[-500:]}")
        left.remove(by)
    return "not run by any test", ""


def _failed(output: str, tests: Sequence[str]) -> str:
    """Return the test that failed; "" where pytest names none, for it could not begin."""
    lines = [line for line in output.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    named = [test for test in tests if any(test in line for line in lines)]
    return max(named, key=len, default="")


def _passes(test: str, tests: Sequence[str], seconds: float) -> bool:
    """Whether a test passes without a mutant; where none is named, whether all can be collected."""
    if test:
        return _run([test], {}, seconds)[0] == 0
    return _run(tests, {}, seconds, "--collect-only")[0] == 0


def _run(
    tests: Sequence[str], variables: dict[str, str], seconds: float, *more: str
) -> tuple[int | None, str]:
    """Run tests until one fails; return pytest's exit code (None: time was up) and output."""
    with tempfile.TemporaryDirectory() as folder:
        command = [*_pytest(Path(folder)), "-x", "-n", "0", *more, *tests]
        with subprocess.Popen(
            command,
            cwd=ROOT,
            env=_environment(Path(folder)) | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                output, _ = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
                return None, ""
            finally:
                _end(process.pid)
        return process.returncode, output


def _end(group: int) -> None:
    """End what a mutant's tests have left running."""
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def enough(tests: Sequence[str], touching: Touching) -> tuple[list[str], float]:
    """Return the quickest of some tests, up to ENOUGH seconds of them, and what they take."""
    chosen: list[str] = []
    total = 0.0
    for test in tests:
        total += touching.seconds.get(test, 1.0)
        if chosen and total > ENOUGH:
            return chosen, total
        chosen.append(test)
    return chosen, total


def _pytest(folder: Path) -> list[str]:
    return [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--no-header",
        "--tb=no",
        "-p",
        "no:cacheprovider",
        "--hypothesis-seed=1",
        f"--basetemp={folder / 'tests'}",
    ]


def _environment(folder: Path) -> dict[str, str]:
    """Return an environment in which nothing is written to the tree."""
    return os.environ | {
        "PYTHONPATH": f"{HOOK}{os.pathsep}{ROOT}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "HYPOTHESIS_STORAGE_DIRECTORY": str(folder / "hypothesis"),
    }
