"""What strangers may rely on is listed with signatures, so that a change of it is seen."""

import ast
import re

from gateway.cli.kind import kind_package
from tests.support.places import ROOT
from tests.support.public_names import FILE, PROMISED, public_names

PAGE = ROOT / "docs" / "how-to" / "a-kind-of-your-own.md"


def test_public_names_are_those_that_were_promised() -> None:
    # Where a change is meant: `python -m tests.support.public_names` and a line in the changelog.
    assert FILE.read_text("utf-8") == public_names()


def test_what_the_examples_import_is_promised() -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    sources = [*blocks, *(text for path, text in kind_package("x").items() if path.endswith("py"))]
    listed = FILE.read_text("utf-8")
    imported = {
        (node.module, alias.name)
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("adapters", "gate"))
        for alias in node.names
    }

    assert {module for module, _ in imported} <= PROMISED.keys()
    assert [
        name for _, name in imported if not re.search(rf"^(class )?{name}\b", listed, re.M)
    ] == []
