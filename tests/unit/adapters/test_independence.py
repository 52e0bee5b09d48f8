"""Neither the oracles nor a format's count share code with the readers they check."""

import ast
from pathlib import Path

import pytest

from tests.support.places import ROOT

_ORACLES = sorted((ROOT / "tests" / "oracles").glob("*.py"))
#: Each format's count, and what of ours it may use: the type of its result, and transcoding.
_COUNTS = {
    "adapters/formats/delimited_count.py": {"adapters.formats"},
    "adapters/formats/fixed_count.py": {"adapters.formats"},
    "adapters/formats/json_count.py": {"adapters.formats"},
    "adapters/formats/xml_count.py": {"adapters.formats.xml_bytes"},
    "adapters/formats/workbook/counting.py": set(),
    "adapters/soap_answers/counting.py": set(),
}


def _imported(path: Path) -> set[str]:
    """Return the modules that a file imports."""
    modules: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            modules.add(node.module or "")
        elif isinstance(node, ast.Import):
            modules.update(name.name for name in node.names)
    return modules


def _of(modules: set[str], *packages: str) -> set[str]:
    return {module for module in modules if module.split(".")[0] in packages}


@pytest.mark.parametrize("path", _ORACLES, ids=lambda path: path.stem)
def test_an_oracle_uses_nothing_of_the_product_and_no_parser_of_its(path: Path) -> None:
    used = _imported(path)

    assert not _of(used, "adapters", "gateway", "outbox", "lxml", "msgspec", "polars")


@pytest.mark.parametrize("path", _COUNTS)
def test_a_count_uses_nothing_of_the_reader_that_it_checks(path: str) -> None:
    assert _of(_imported(ROOT / path), "adapters", "gateway") <= _COUNTS[path]
