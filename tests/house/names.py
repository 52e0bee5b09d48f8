"""Names that say nothing, and exceptions that are not called Error."""

import ast
import builtins
from collections.abc import Iterable, Iterator

from tests.house.source import House, Place, Source

#: Words that are no name on their own; as a part of a name they may stand.
_WORDS = """
found made held said told given taken asked wanted known done whole own one ones others other here
there mine theirs ours most some what why who how looked begun sent kept seen opened closed shown
read gone lost left fresh again before after ready about much many more less least
"""
VAGUE = frozenset(_WORDS.split())
_BASES = frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
)


def bound_names(source: Source) -> Iterator[tuple[str, ast.AST]]:
    """Yield each name given to an argument, a function, or by an assignment of any kind."""
    for node in source.nodes:
        match node:
            case ast.arg():
                yield node.arg, node
            case ast.Name(ctx=ast.Store()):
                yield node.id, node
            case ast.Attribute(ctx=ast.Store()):
                yield node.attr, node
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield node.name, node
            case ast.ExceptHandler(name=str(name)) | ast.alias(asname=str(name)):
                yield name, node
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name, node
            case _:
                pass


def vague(sources: Iterable[Source]) -> tuple[list[Place], int]:
    """Return the places of vague names, and how many names are bound at all.

    A leading or closing underscore makes a name no clearer: `_found` counts as `found`.
    """
    places, bound = [], 0
    for source in sources:
        for name, node in bound_names(source):
            bound += 1
            if name.strip("_").lower() in VAGUE:
                places.append(source.place(node, name))
    return places, bound


def exceptions_without_suffix(house: House) -> list[Place]:
    """Return exception classes of the product whose names do not end in Error.

    A class is one of exceptions where a base of it is, by its name, here or among Python's own.
    """
    classes = [
        (source, node)
        for source in house.product
        for node in source.nodes
        if isinstance(node, ast.ClassDef)
    ]
    exceptions, size = set(_BASES), 0
    while len(exceptions) != size:
        size = len(exceptions)
        exceptions |= {node.name for _, node in classes if exceptions & _bases(node)}
    return [
        source.place(node, node.name)
        for source, node in classes
        if exceptions & _bases(node) and not node.name.endswith("Error")
    ]


def _bases(node: ast.ClassDef) -> set[str]:
    """Return the last part of each base's name; Exception stands for a library's own."""
    names = {ast.unparse(base).split("[")[0].rsplit(".", 1)[-1] for base in node.bases}
    foreign = {name for name in names if name.endswith(("Error", "Exception"))}
    return (names - foreign) | ({"Exception"} if foreign else set())
