"""What strangers may rely on, by name and signature: `python -m tests.support.public_names`.

Taken from the source, so that it is the same under every Python.
"""

import ast
import inspect
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

FILE = Path(__file__).parents[2] / "docs" / "how-to" / "public-names.txt"
#: The modules whose `__all__` is promised, and names of others that the pages' examples import.
PROMISED: dict[str, tuple[str, ...]] = {
    "adapters": (),
    "adapters.exact": (),
    "adapters.testing": (),
    "adapters.transports.access": ("connect",),
    "adapters.transports.addresses": ("HttpText", "parse_http_address"),
    "adapters.transports.http": ("open_session",),
    "adapters.local_paths": ("LocalPath", "LocalUrl"),
    "adapters.reader.files": ("FileRequest", "read_bytes"),
    "gateway.destinations": (),
    "gateway.destinations.testing": (),
}


def public_names() -> str:
    """Return the list: a line a name, and below a class one for each public member."""
    lines = [
        "# Public names · 公开的名字",
        "",
        "Held to the code by tests/unit/house/test_public_names.py.",
    ]
    for name, names in PROMISED.items():
        module = import_module(name)
        lines += ["", f"## {name}", ""]
        for public in names or module.__all__:
            lines += _described(module, public)
    return "\n".join(lines) + "\n"


def _described(module: ModuleType, name: str) -> Iterator[str]:
    value = getattr(module, name)
    homes = [module]
    if inspect.isclass(value) or inspect.isfunction(value):
        homes += [home for home in [inspect.getmodule(value)] if home is not None]
    found = next((one for home in homes if (one := _defined(home, name))), None)
    match found:
        case ast.FunctionDef():
            yield _function(found)
        case ast.ClassDef():
            bases = ", ".join(ast.unparse(base) for base in found.bases)
            yield f"class {name}({bases})"
            for member in found.body:
                yield from _member(member)
        case ast.Assign() | ast.AnnAssign() if len(ast.unparse(found)) < 300:
            yield ast.unparse(found)
        case _:
            yield name


def _defined(module: ModuleType, name: str) -> ast.stmt | None:
    tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
    return next((node for node in tree.body if name in _names(node)), None)


def _names(node: ast.stmt) -> list[str]:
    """Return the names that a statement defines."""
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case ast.Assign(targets=targets):
            return [target.id for target in targets if isinstance(target, ast.Name)]
        case _:
            return []


def _member(member: ast.stmt) -> Iterator[str]:
    match member:
        case ast.FunctionDef(name=name) if name == "__init__" or not name.startswith("_"):
            yield f"    {_function(member)}"
        case ast.AnnAssign(target=ast.Name(id=name)) if not name.startswith("_"):
            yield f"    {ast.unparse(member)}"
        case ast.Assign(targets=[ast.Name(id=name)]) if not name.startswith("_"):
            yield f"    {ast.unparse(member)}"


def _function(node: ast.FunctionDef) -> str:
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"{node.name}({ast.unparse(node.args)}){returns}"


if __name__ == "__main__":
    FILE.write_text(public_names(), "utf-8")
