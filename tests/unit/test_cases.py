"""Every case below tests/cases/: what departments and foreign programs really produce, and the right verdict."""

from pathlib import Path

import pytest

from tests.support.cases import cases, check


@pytest.mark.parametrize(
    ("folder", "section"), [pytest.param(*case, id=f"{case[0].name}-{case[1]}") for case in cases()]
)
def test_a_case_comes_out_as_it_should(folder: Path, section: str) -> None:
    check(folder, section)
