"""The inventory of a security review's findings is whole, and what it names exists."""

import re
from functools import cache

import pytest

from gateway.yaml_text import read_yaml
from tests.support.places import TESTS

INVENTORY = read_yaml((TESTS / "attacks" / "findings.yaml").read_text("utf-8"))
FINDINGS = {str(number) for number in range(1, 34)} | {"S4"}
#: Lines of the review's table of what held.
HELD = 23
NAMED = [
    *((f"finding {number}", about["tests"]) for number, about in INVENTORY["findings"].items()),
    *INVENTORY["held"].items(),
    *((f"finding of later: {what}", tests) for what, tests in INVENTORY["later"].items()),
]


@cache
def text_of(module: str) -> tuple[str, bool]:
    """Return the text of a module of tests, and whether it is one of attacks."""
    [path] = TESTS.rglob(f"{module}.py")
    return path.read_text("utf-8"), path.parent.name == "attacks"


def test_every_finding_and_every_line_of_what_held_is_there() -> None:
    assert INVENTORY.keys() == {"findings", "held", "later"}
    assert INVENTORY["findings"].keys() == FINDINGS
    assert len(INVENTORY["held"]) == HELD
    assert all(value.keys() == {"what", "tests"} for value in INVENTORY["findings"].values())


@pytest.mark.parametrize(("what", "tests"), NAMED, ids=[what for what, _ in NAMED])
def test_what_shows_it_exists(what: str, tests: list[str]) -> None:
    assert tests
    for named in tests:
        if named.startswith("case "):
            assert (TESTS / "cases" / named.removeprefix("case ") / "case.yaml").is_file(), named
        else:
            module, _, name = named.partition("::")
            assert re.search(rf"^def {name}\(", text_of(module)[0], re.MULTILINE), named
    # A finding is shown by what an attacker does.
    if what.startswith("finding "):
        assert any(text_of(named.partition("::")[0])[1] for named in tests if "::" in named)
