"""The table of hostile cases is whole, and what it names exists."""

import re

import pytest
from ruamel.yaml import YAML

from tests.support.places import TESTS

TABLE = YAML(typ="safe").load((TESTS / "cases" / "hostile.yaml").read_text("utf-8"))
#: Cases of the fault catalogue that concern ways in and people; it has no C4, C14 and C22.
CASES = (
    {f"C{n}" for n in range(1, 24)} - {"C4", "C14", "C22"}
    | {f"E{n}" for n in range(1, 10)}
    | {f"F{n}" for n in range(1, 13)}
)


def test_every_case_has_its_expected_verdict() -> None:
    assert set(TABLE) == CASES
    assert all(set(value) == {"case", "expected", "tests"} for value in TABLE.values())


@pytest.mark.parametrize("case", sorted(TABLE))
def test_what_shows_a_case_exists(case: str) -> None:
    for named in TABLE[case]["tests"]:
        module, _, name = named.partition("::")
        [path] = TESTS.rglob(f"{module}.py")

        assert re.search(rf"^def {name}\(", path.read_text("utf-8"), re.MULTILINE), named
