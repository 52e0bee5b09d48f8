"""Every case below tests/cases/: what others really produce, and the right verdict."""

import re
from pathlib import Path

import pytest

from tests.support.case_keys import SECTIONS, check_keys
from tests.support.cases import CASES, cases, check, keys_of, read_case, unnamed_inputs

README = (CASES / "README.md").read_text("utf-8")
#: Blocks of the page: what they are, the name of a file or none, what is in them.
_BLOCKS = re.compile(r"^```(\w+) (\S+)\n(.*?)^```$", re.M | re.S)


@pytest.mark.parametrize(
    ("folder", "section"), [pytest.param(*case, id=f"{case[0].name}-{case[1]}") for case in cases()]
)
def test_a_case_comes_out_as_it_should(folder: Path, section: str) -> None:
    check(folder, section)


@pytest.mark.parametrize("folder", sorted({folder for folder, _ in cases()}), ids=lambda f: f.name)
def test_a_case_says_what_it_follows_and_names_its_inputs(folder: Path) -> None:
    case = read_case(folder)

    assert case["title"]
    assert case["source"]
    assert case.keys() == keys_of(folder)
    assert not unnamed_inputs(folder)


def test_every_section_has_its_example() -> None:
    assert set(re.findall(r"^## `(\w+)`", README, re.M)) == SECTIONS


@pytest.mark.parametrize("part", re.split(r"^## `", README, flags=re.M)[1:], ids=lambda p: p[:9])
def test_an_example_of_the_page_is_a_case_that_holds(tmp_path: Path, part: str) -> None:
    section = part.partition("`")[0]
    for _, name, text in _BLOCKS.findall(part):
        (tmp_path / name).write_text(text, "utf-8")
    for other in re.findall(r"from\s`([a-z0-9-]+/[^`]+)`", part):
        (tmp_path / Path(other).name).write_bytes((CASES / other).read_bytes())

    assert (tmp_path / "case.yaml").exists()
    assert list(read_case(tmp_path).keys() - {"title", "source", "note"}) == [section]
    assert not unnamed_inputs(tmp_path)
    check(tmp_path, section)


def test_a_verdict_that_nothing_looks_at_is_none() -> None:
    wrong = {"format": "json", "files": {"a.json": {"rows": {1: {"accepted": {}, "warn": ["x"]}}}}}

    with pytest.raises(AssertionError, match="warn"):
        check_keys("a case", "read", wrong)
    with pytest.raises(AssertionError, match="no section"):
        check_keys("a case", "reed", wrong)
