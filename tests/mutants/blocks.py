"""Which blocks of the core a test enters: each block of a function says so when it is entered.

A block is known by its module and the line of its first statement, as mutations know theirs
(`operators.block_of`). Cheaper than tracing by far, and the same in threads and in processes that
tests start. Needs nothing but Python.
"""

import ast
import json
import os
import sys
from pathlib import Path

_operators = sys.modules.get("_mutants_operators")
if _operators is None:
    import importlib.util

    _spec = importlib.util.spec_from_file_location(
        "_mutants_operators", Path(__file__).with_name("operators.py")
    )
    assert _spec is not None
    assert _spec.loader is not None
    _operators = importlib.util.module_from_spec(_spec)
    sys.modules["_mutants_operators"] = _operators
    _spec.loader.exec_module(_operators)


class Touched:
    """Notes the blocks that this process enters, for the test that runs or that had it started."""

    def __init__(self, folder: Path) -> None:
        self._seen: set[str] = set()
        #: Modules that are being imported: what is entered then, every test of the module depends
        #: on.
        self.importing = 0
        self._imported: set[str] = set()
        #: pytest writes a line a test by itself; any other process each block as it comes.
        self.by_test = False
        self._test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]
        self._path = folder / f"{os.getpid()}.jsonl"
        self._file = self._path.open("a", encoding="utf-8")

    def __call__(self, block: str) -> None:
        """Note that a block is entered."""
        if block in self._seen or block in self._imported:
            return
        if self.importing:
            self._imported.add(block)
            self._write("", 0.0, [block])
            return
        self._seen.add(block)
        if not self.by_test and self._test:
            self._write(self._test, 0.0, [block])

    def begin(self) -> None:
        """Begin a test."""
        self._seen = set()

    def end(self, test: str, seconds: float) -> None:
        """End a test, which took some seconds."""
        self._write(test, seconds, sorted(self._seen))

    def _write(self, test: str, seconds: float, blocks: list[str]) -> None:
        self._file.write(json.dumps([test, seconds, blocks]) + "\n")
        self._file.flush()


def instrumented(source: str, module: str) -> ast.Module:
    """Return a module's tree in which each block of a function says that it is entered."""
    tree = ast.parse(source)
    _instrument(tree, module, 0)
    return ast.fix_missing_locations(tree)


def _instrument(node: ast.AST, module: str, block: int) -> None:
    assert _operators is not None
    for field, value in list(ast.iter_fields(node)):
        inner = _operators.block_of(node, field, block)
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                _instrument(child, module, inner)
        if field in ("body", "orelse", "finalbody") and isinstance(value, list) and value and inner:
            if inner != _operators.first_line(value):
                continue
            at = 1 if _operators.is_docstring(value[0]) else 0
            value.insert(at, ast.parse(f"__touched__({f'{module}:{inner}'!r})").body[0])
