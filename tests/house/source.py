"""Reads Python files once each, for every kind that is counted. No file is imported or run."""

import ast
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

PRODUCT = ("adapters", "gateway", "outbox", "mappings", "xsd")
TESTS = ("tests",)
#: Not looked at: what npm installs, and the stores' migrations, which stay as they landed.
_LEFT_OUT = ("/node_modules/", "/migrations/versions/")

Function = ast.FunctionDef | ast.AsyncFunctionDef
Documented = ast.Module | ast.ClassDef | Function


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something is counted: a file below the root, its line (0: all of it), and a note."""

    path: str
    line: int
    note: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.note}" if self.line else f"{self.path}: {self.note}"


@dataclass(frozen=True)
class Source:
    """One Python file: its path below the root, its text, and its nodes in reading order."""

    path: str
    text: str

    @cached_property
    def lines(self) -> list[str]:
        """Return its lines without their ends."""
        return self.text.splitlines()

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Return every node of its syntax tree."""
        return list(ast.walk(self.tree))

    @cached_property
    def tree(self) -> ast.Module:
        """Return its syntax tree."""
        return ast.parse(self.text, self.path)

    def place(self, node: ast.AST | None, note: str) -> Place:
        """Return where a node stands; None stands for the file."""
        return Place(self.path, getattr(node, "lineno", 0), note)


@dataclass(frozen=True)
class House:
    """The Python files of a working copy, product and tests apart."""

    root: Path
    _sources: dict[tuple[str, ...], list[Source]] = field(default_factory=dict)

    @property
    def product(self) -> list[Source]:
        """Return the files that a wheel installs."""
        return self._below(PRODUCT)

    @property
    def tests(self) -> list[Source]:
        """Return the files of the tests."""
        return self._below(TESTS)

    def _below(self, folders: tuple[str, ...]) -> list[Source]:
        if folders not in self._sources:
            self._sources[folders] = [
                Source(path.relative_to(self.root).as_posix(), path.read_text("utf-8"))
                for folder in folders
                for path in sorted((self.root / folder).rglob("*.py"))
                if not any(folder in path.as_posix() for folder in _LEFT_OUT)
            ]
        return self._sources[folders]


def docstring(node: Documented) -> str:
    """Return a docstring as it stands, "" where there is none."""
    return (ast.get_docstring(node, clean=False) or "").strip()
