"""Mutations of a module's syntax tree: which there are, and one of them made. Pure; needs nothing
but Python.

Left alone: annotations, decorators, docstrings, texts, log statements and what stands outside of
classes and functions, such as limits and sizes.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

#: Names of states and verdicts: one takes the place of the next.
STATES = (
    "waiting",
    "sending",
    "settled",
    "dead",
    "failed",
    "unreachable",
    "pending",
    "open",
    "mended",
    "replaced",
    "kept",
    "answered",
    "accepted",
    "duplicate",
    "superseded",
    "refused",
    "unchanged",
    "added",
    "changed",
    "withdrawn",
    "received",
)
_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_SUMS: dict[type[ast.operator], type[ast.operator]] = {ast.Add: ast.Sub, ast.Sub: ast.Add}
#: What a dropped call may be without anything changing that the product promises.
_LOGGERS = ("_log", "log", "logger", "warnings")
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
#: Fields of nodes that are not looked into: they change no behaviour.
_SKIPPED = {"annotation", "returns", "decorator_list", "type_params", "type_comment"}


@dataclass(frozen=True)
class Site:
    """A place that may be changed: the node's parent and field, and what would stand there."""

    operator: str
    scope: str
    #: Line of the first statement of the innermost block of a function; 0 outside of functions.
    block: int
    line: int
    parent: ast.AST
    field: str
    index: int | None
    old: ast.AST
    new: ast.AST

    @property
    def before(self) -> str:
        """The source as it is."""
        return _shown(self.old)

    @property
    def after(self) -> str:
        """The source of the mutant."""
        return _shown(self.new)

    def make(self) -> None:
        """Change the tree."""
        ast.copy_location(self.new, self.old)
        if self.index is None:
            setattr(self.parent, self.field, self.new)
        else:
            getattr(self.parent, self.field)[self.index] = self.new


def mutated(source: str, number: int) -> ast.Module:
    """Return a module's tree with the mutation of a number in it."""
    tree = ast.parse(source)
    sites(tree)[number].make()
    return ast.fix_missing_locations(tree)


def sites(tree: ast.Module) -> list[Site]:
    """Return every mutation of a module, always in the same order."""
    return list(_sites(tree, (), 0))


def _sites(node: ast.AST, scope: tuple[str, ...], block: int) -> Iterator[Site]:
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        return
    if isinstance(node, _SCOPES):
        scope = (*scope, node.name)
    for field, value in ast.iter_fields(node):
        if field in _SKIPPED:
            continue
        children = value if isinstance(value, list) else [value]
        inner = block_of(node, field, block)
        for index, child in enumerate(children):
            if not isinstance(child, ast.AST) or _is_text(child) or _is_log(child):
                continue
            if scope:
                for operator, new in _changes(child, node, field):
                    at = index if isinstance(value, list) else None
                    line = getattr(child, "lineno", getattr(node, "lineno", 0))
                    name = ".".join(scope)
                    yield Site(operator, name, inner, line, node, field, at, child, new)
            yield from _sites(child, scope, inner)


def block_of(node: ast.AST, field: str, block: int) -> int:
    """Return the block of what stands in a node's field, given the node's own."""
    body = getattr(node, field)
    if isinstance(node, ast.ClassDef | ast.Module):
        return 0
    is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    if is_function and field == "args":
        return first_line(node.body)
    is_block = isinstance(body, list) and body and isinstance(body[0], ast.stmt)
    if is_block and (block or is_function):
        return first_line(body)
    return block


def first_line(body: list[ast.stmt]) -> int:
    """Return the line by which a block is known: of its first statement that is no docstring."""
    return body[1 if is_docstring(body[0]) and len(body) > 1 else 0].lineno


def is_docstring(node: ast.AST) -> bool:
    """Whether a statement is a text that stands alone."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or is_docstring(node)


def _is_log(node: ast.AST) -> bool:
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return False
    func = node.value.func
    return isinstance(func, ast.Attribute) and ast.unparse(func.value) in _LOGGERS


def _changes(node: ast.AST, parent: ast.AST, field: str) -> Iterator[tuple[str, ast.AST]]:
    """Yield what may stand in a node's place, each with the name of the change."""
    conditions = ast.Name | ast.Attribute | ast.Call | ast.BoolOp | ast.NamedExpr
    if field == "test" and isinstance(node, conditions):
        yield "negate a condition", ast.UnaryOp(ast.Not(), node)
    if isinstance(node, ast.stmt):
        yield from _statements(node)
    else:
        yield from _expressions(node)


def _statements(node: ast.stmt) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.AugAssign() if type(node.op) in _SUMS:
            yield "plus for minus", ast.AugAssign(node.target, _SUMS[type(node.op)](), node.value)
        case ast.Return(value=value) if value is not None and not _is_none(value):
            yield "return nothing", ast.Return(ast.Constant(None))
        case ast.Expr(value=ast.Call()):
            yield "leave out a call", ast.Pass()
        case ast.Break():
            yield "continue for break", ast.Continue()
        case ast.Continue():
            yield "break for continue", ast.Break()


def _expressions(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in _COMPARISONS:
            swapped = _COMPARISONS[type(operator)]()
            yield "swap a comparison", ast.Compare(node.left, [swapped], node.comparators)
        case ast.BoolOp():
            other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield "and for or", ast.BoolOp(other, node.values)
        case ast.UnaryOp(op=ast.Not()):
            yield "leave out not", node.operand
        case ast.Constant():
            yield from _constants(node)
        case ast.BinOp() if type(node.op) in _SUMS and not _joins_texts(node):
            yield "plus for minus", ast.BinOp(node.left, _SUMS[type(node.op)](), node.right)
        case ast.Call():
            yield from _calls(node)


def _calls(node: ast.Call) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node.func, ast.Attribute) and node.func.attr == "with_for_update":
        yield "leave out a lock", node.func.value
    elif len(node.args) > 1 and not any(isinstance(one, ast.Starred) for one in node.args):
        first, second, *rest = node.args
        # What kind of thing something is cannot be the thing of a kind: that is no test of tests.
        if ast.unparse(node.func) not in ("isinstance", "issubclass", "cast", "getattr", "hasattr"):
            yield "swap arguments", ast.Call(node.func, [second, first, *rest], node.keywords)


def _constants(node: ast.Constant) -> Iterator[tuple[str, ast.AST]]:
    value = node.value
    if isinstance(value, bool):
        yield "another truth", ast.Constant(not value)
    elif isinstance(value, int):
        yield "another number", ast.Constant(value + 1)
        yield "another number", ast.Constant(value - 1)
    elif isinstance(value, str) and value in STATES:
        yield "another state", ast.Constant(STATES[(STATES.index(value) + 1) % len(STATES)])


def _joins_texts(node: ast.BinOp) -> bool:
    return any(
        isinstance(side, ast.JoinedStr | ast.List | ast.Tuple)
        or (isinstance(side, ast.Constant) and isinstance(side.value, str | bytes))
        for side in (node.left, node.right)
    )


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _shown(node: ast.AST) -> str:
    return " ".join(ast.unparse(ast.fix_missing_locations(node)).split())
