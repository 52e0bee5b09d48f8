"""Where the program commits, read from its source, and a hook at each commit of a process.

A place is named by module, function and, where a function has several, by its number in it:
`gateway.exchange.fetch:Fetcher.fetch#2`. Nothing is listed by hand, so a transaction that is new
has its kill points at once.
"""

import ast
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any, Literal

from sqlalchemy.engine.base import Connection

ROOT = Path(__file__).resolve().parents[2]
#: Packages that are looked through, and where their transactions themselves are made.
PACKAGES, TOOLKIT = ("gateway", "outbox", "adapters"), "outbox.database"
#: Calls that open a transaction which commits.
OPENERS = ("writing", "making_tables", "begin")
#: Modules on the way from a source to the outbox, and back. A name ending in a dot is a package.
WAY_IN = (
    "gateway.exchange.",
    "gateway.runtime.feed_runner",
    "gateway.submissions.",
    "gateway.web.intake.push",
    "gateway.runtime.schedule",
    "gateway.catalogue.keeper",
    "adapters.database.",
)

When = Literal["before", "after"]


@dataclass(frozen=True, slots=True)
class Site:
    """One place that commits: the lines of the statement that opens its transaction."""

    module: str
    function: str
    number: int
    first: int
    last: int
    #: Whether its function has others.
    several: bool = False

    @property
    def name(self) -> str:
        """Name it so that a fault can be asked for by it."""
        return f"{self.module}:{self.function}" + (f"#{self.number}" if self.several else "")


@cache
def sites() -> tuple[Site, ...]:
    """Read every place that commits from the source."""
    found: list[Site] = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(
                ".__init__"
            )
            if module != TOOLKIT:
                found += _sites_of(module, path.read_text("utf-8"))
    return tuple(found)


def way_in() -> tuple[Site, ...]:
    """Return the places that commit on the way in."""
    return tuple(site for site in sites() if is_on_way_in(site.name))


def is_on_way_in(name: str) -> bool:
    """Whether a place, by its name, is on the way in."""
    module = name.partition(":")[0]
    return any(module == own or (own.endswith(".") and module.startswith(own)) for own in WAY_IN)


def _sites_of(module: str, source: str) -> list[Site]:
    found: list[Site] = []
    for function, nodes in _functions(ast.parse(source), ()):
        lines = sorted({(n.lineno, n.end_lineno or n.lineno) for n in nodes})
        found += [
            Site(module, function, number, first, last, len(lines) > 1)
            for number, (first, last) in enumerate(lines, 1)
        ]
    return found


def _functions(tree: ast.AST, path: tuple[str, ...]) -> Iterator[tuple[str, list[ast.Call]]]:
    """Yield each function's qualified name with the calls in it that open a transaction."""
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.ClassDef():
                yield from _functions(node, (*path, node.name))
            case ast.FunctionDef():
                yield ".".join((*path, node.name)), list(_openers(node))
                yield from _functions(node, (*path, node.name, "<locals>"))
            case ast.stmt():
                yield from _functions(node, path)


def _openers(function: ast.AST) -> Iterator[ast.Call]:
    for node in ast.iter_child_nodes(function):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            continue
        if isinstance(node, ast.Call):
            name = (
                node.func.attr
                if isinstance(node.func, ast.Attribute)
                else getattr(node.func, "id", "")
            )
            # An engine's begin takes nothing; a function of that name may be anybody's.
            if name in OPENERS and (name != "begin" or not node.args):
                yield node
        yield from _openers(node)


def watch(passed: Callable[[str, When], None]) -> None:
    """Call back before and after each commit of this process that one of our packages asked for."""
    original = Connection._commit_impl

    def commit(self: Connection) -> None:
        name = _place(sys._getframe(1))
        if name is None:
            original(self)
            return
        passed(name, "before")
        original(self)
        passed(name, "after")

    Connection._commit_impl = commit  # type: ignore[method-assign]


@contextmanager
def watching(passed: Callable[[str, When], None]) -> Iterator[None]:
    """Watch for a while, and let the commits of this process be as they were."""
    original = Connection._commit_impl
    watch(passed)
    try:
        yield
    finally:
        Connection._commit_impl = original  # type: ignore[method-assign]


def _place(frame: FrameType | None) -> str | None:
    """Name the place that a commit comes from; None where it is no place of ours."""
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] in PACKAGES and module != TOOLKIT:
            return _named(module, frame)
        frame = frame.f_back
    return None


def _named(module: str, frame: FrameType) -> str:
    function = frame.f_code.co_qualname
    own = _by_function().get((module, function), ())
    if len(own) == 1:
        return own[0].name
    for site in own:
        if site.first <= frame.f_lineno <= site.last:
            return site.name
    return f"{module}:{function}?{frame.f_lineno}"


@cache
def _by_function() -> dict[tuple[str, str], tuple[Site, ...]]:
    found: dict[tuple[str, str], Any] = {}
    for site in sites():
        own = (site.module, site.function)
        found[own] = (*found.get(own, ()), site)
    return found
