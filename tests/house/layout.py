"""Where files stand, and how long they and their lines are."""

import ast
import json
import subprocess
from collections.abc import Iterable
from pathlib import Path

from ruff import find_ruff_bin

from tests.house.source import PRODUCT, TESTS, House, Place, Source

LONGEST_FILE, LONGEST_LINE = 400, 100
#: What may stand in tests/ beside its folders.
_OF_PYTEST = {"__init__.py", "conftest.py"}


def long_files(sources: Iterable[Source]) -> list[Place]:
    """Return files of more lines than a file should have."""
    return [
        source.place(None, f"{len(source.lines)} lines")
        for source in sources
        if len(source.lines) > LONGEST_FILE
    ]


def long_lines(house: House) -> dict[str, list[Place]]:
    """Return lines that ruff's E501 finds too long, by folder: a Chinese character is two wide."""
    folders = [folder for folder in (*PRODUCT, *TESTS) if (house.root / folder).exists()]
    ruff = [find_ruff_bin(), "check", "--isolated", "--no-cache", "--exit-zero", "--ignore-noqa"]
    rule = ["--select=E501", f"--line-length={LONGEST_LINE}", "--output-format=json"]
    ran = subprocess.run([*ruff, *rule, *folders], cwd=house.root, capture_output=True, check=True)
    places: dict[str, list[Place]] = {folder: [] for folder in (*PRODUCT, *TESTS)}
    for problem in json.loads(ran.stdout):
        path = Path(problem["filename"]).relative_to(house.root.resolve()).as_posix()
        line = problem["location"]["row"]
        places[path.split("/")[0]].append(Place(path, line, problem["message"]))
    return places


def loose(house: House, folder: str) -> list[Place]:
    """Return modules that stand beside the rooms of a folder instead of in one."""
    sources = house.tests if folder in TESTS else house.product
    return [
        source.place(None, "stands in no room")
        for source in sources
        if source.path.rpartition("/")[0] == folder
        and source.path.rpartition("/")[2] not in _OF_PYTEST
    ]


def from_test_modules(house: House) -> list[Place]:
    """Return names that tests import from test modules; these belong in tests/support."""
    return [
        source.place(node, f"{node.module}: {alias.name}")
        for source in house.tests
        for node in source.nodes
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if any(
            part.startswith("test_") for part in [*(node.module or "").split("."), alias.name][-2:]
        )
        and (node.module or "").startswith(("tests", "."))
    ]
