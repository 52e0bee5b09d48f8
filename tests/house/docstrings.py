"""Docstrings: what public functions do not say, and how none should begin."""

import ast
import re
from collections.abc import Iterable, Iterator

from tests.house.source import Function, House, Place, Source, docstring

_BEGINS = re.compile(r"(Return|Yield|Whether|Raise)\b")
#: "Store the package and return its receipt": what is done comes first where something is done.
_SAYS = re.compile(r"\b(return|yield|raise)s?\b")
_FORMER = re.compile(r"(Give|Tell)s?\b")
_SENTENCE = re.compile(r"[.](?:\s|$)|\n\s*\n")
_NOTHING = {"None", "NoReturn", "Never"}


def silent(house: House) -> list[Place]:
    """Return public functions of the product that return something and do not say what."""
    return [
        source.place(node, name)
        for source in house.product
        for name, node in _public(source.tree)
        if _returns(node) and not _says(docstring(node))
    ]


def former(sources: Iterable[Source]) -> list[Place]:
    """Return docstrings that begin with Give or Tell."""
    return [
        source.place(node, docstring(node).split("\n")[0])
        for source in sources
        for node in source.nodes
        if isinstance(node, ast.Module | ast.ClassDef | Function) and _FORMER.match(docstring(node))
    ]


def _public(parent: ast.Module | ast.ClassDef, prefix: str = "") -> Iterator[tuple[str, Function]]:
    """Yield public functions and the public methods of public classes, by their names."""
    for node in parent.body:
        if getattr(node, "name", "_").startswith("_"):
            continue
        if isinstance(node, ast.ClassDef):
            yield from _public(node, f"{prefix}{node.name}.")
        elif isinstance(node, Function):
            yield f"{prefix}{node.name}", node


def _returns(node: Function) -> bool:
    """Whether a function returns something; an overload says nothing beside its function."""
    if any(ast.unparse(mark).endswith("overload") for mark in node.decorator_list):
        return False
    return node.returns is None or ast.unparse(node.returns) not in _NOTHING


def _says(text: str) -> bool:
    first = _SENTENCE.split(text, maxsplit=1)[0]
    return bool(_BEGINS.match(text) or _SAYS.search(first))
