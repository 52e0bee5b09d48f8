"""Cases as data: each folder below tests/cases/ is one, and a case is added by adding a folder.

A folder holds inputs and `case.yaml`: `title`, `source` (the public report or program that it
follows), and one section for each way in which its inputs are tried (`read`, `soap`, ...). A
section is run by the module of its name in `tests/support/case_ways/`: `check(folder, section)`
raises AssertionError where what came out is not what the section says is right.
`tests/cases/README.md` has an example of each section, and `tests/support/case_keys.py` the keys
that each may have.
"""

import re
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.support.case_keys import check_keys

CASES = Path(__file__).parent.parent / "cases"
_ABOUT = {"title", "source", "note"}
#: A key of a case.yaml at its outermost level.
_KEY = re.compile(r"^(\w+):", re.M)


def cases() -> list[tuple[Path, str]]:
    """Return every (folder, section) of every case, in order; none is read as YAML for that."""
    return [
        (folder, section)
        for folder in sorted(CASES.iterdir())
        if (folder / "case.yaml").exists()
        for section in sorted(keys_of(folder) - _ABOUT)
    ]


def keys_of(folder: Path) -> set[str]:
    """Return the keys of a case, as they stand at the beginnings of its lines."""
    return set(_KEY.findall((folder / "case.yaml").read_text("utf-8")))


@cache
def read_case(folder: Path) -> dict[str, Any]:
    """Return what a case's case.yaml says."""
    found: dict[str, Any] = YAML(typ="safe").load(folder / "case.yaml")
    return found


def check(folder: Path, section: str) -> None:
    """Try a case; raises AssertionError with what came out where that is not right."""
    written = read_case(folder)[section]
    check_keys(folder.name, section, written)
    way = import_module(f"tests.support.case_ways.{section}")
    way.check(folder, written)


def unnamed_inputs(folder: Path) -> list[str]:
    """Return the files that a case.yaml does not name: nobody would see what they do."""
    case = read_case(folder)
    if "drop" in case and "put" not in case["drop"]:
        return []
    text = (folder / "case.yaml").read_text("utf-8")
    names = sorted(path.name for path in folder.iterdir())
    return [name for name in names if name != "case.yaml" and name not in text]
