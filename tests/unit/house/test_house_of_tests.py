"""The house of the tests: helpers in tests/support, none shared by a test module, small files."""

import ast
from pathlib import Path

from tests.support.places import TESTS

#: Folders that hold tests; the others are programs and helpers.
ROOMS = ("unit", "integration", "acceptance", "browser", "attacks")
MODULES = sorted(path for room in ROOMS for path in (TESTS / room).rglob("*.py"))
#: Lines of a module: more than that is two subjects.
LONGEST = 400


def imported(path: Path) -> set[str]:
    """Return the last part of every module that a file imports from, and of what it imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            names.add((node.module or "").rpartition(".")[2])
            names.update(name.name for name in node.names)
    return names


def test_nothing_is_imported_from_a_test_module_or_a_conftest() -> None:
    tests = {"conftest", *(path.stem for path in MODULES if path.stem.startswith("test_"))}
    shared = {path.stem: names for path in MODULES if (names := imported(path) & tests)}

    assert shared == {}, "what two modules need stands in tests/support"


def test_nothing_lies_loose_between_the_rooms() -> None:
    assert {path.name for path in TESTS.glob("*.py")} == {"__init__.py", "conftest.py"}


def test_a_room_holds_tests_and_no_helpers() -> None:
    other = {p.name for p in MODULES if not p.name.startswith("test_")}

    assert other <= {"__init__.py", "conftest.py"}


def test_no_file_of_tests_has_more_than_one_subjects_lines() -> None:
    long = {
        str(path.relative_to(TESTS)): lines
        for path in TESTS.rglob("*.py")
        if (lines := len(path.read_text("utf-8").splitlines())) > LONGEST
    }

    assert long == {}
