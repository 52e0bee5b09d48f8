"""Lets a Python process run a mutant, or note which blocks of the core it enters; for `make
mutants` only.

Imported by every Python process whose path has this folder. It changes modules as they are
imported, in memory: the tree is never written. Reader processes, which start without a path of
their own, are handed the same by the one line with which they boot.

MUTANT=module:number has one mutation made; TOUCHED=folder has every process write the names of the
blocks that it enters into a file of that folder, with the test on whose behalf it was started.
"""

import ast
import builtins
import importlib.machinery
import importlib.util
import os
import sys
from pathlib import Path

_FOLDER = Path(__file__).resolve().parent.parent
_BOOT = "adapters.reader.client"


def _load(name):
    """Load a module of tests/mutants from its file, without the package."""
    spec = importlib.util.spec_from_file_location(f"_mutants_{name}", _FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


class Environment(dict):
    """The environment of readers, with the variables that this file goes by."""

    def items(self):
        """Return the variables as they are when a reader is started."""
        names = ("MUTANT", "TOUCHED", "PYTEST_CURRENT_TEST")
        return (self | {name: os.environ[name] for name in names if name in os.environ}).items()


class Finder:
    """Finds modules as ever, and changes the sources of some before they are compiled."""

    def __init__(self, change, names):
        self._change = change
        self._names = names

    def find_spec(self, name, path=None, target=None):
        if name not in self._names:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and spec.origin:
            spec.loader = Loader(name, spec.origin, self._change)
        return spec


class Loader(importlib.machinery.SourceFileLoader):
    """Compiles the changed tree; keeps nothing, and says while a module is imported."""

    def __init__(self, name, path, change):
        super().__init__(name, path)
        self._change = change

    def exec_module(self, module):
        touched = getattr(builtins, "__touched__", None)
        if touched is None:
            super().exec_module(module)
            return
        touched.importing += 1
        try:
            super().exec_module(module)
        finally:
            touched.importing -= 1

    def get_code(self, fullname):
        source = Path(self.path).read_text("utf-8")
        return compile(self._change(fullname, source), self.path, "exec")


def _handing_on(tree):
    """Have the module that starts readers hand this on to them."""
    this = f"import runpy; runpy.run_path({str(Path(__file__).resolve())!r}); "
    code = f"_BOOT = {this!r} + _BOOT\n_ENVIRONMENT = __readers_environment__(_ENVIRONMENT)"
    made = [ast.unparse(node).startswith("_ENVIRONMENT =") for node in tree.body]
    at = made.index(True) + 1
    tree.body[at:at] = ast.parse(code).body
    return ast.fix_missing_locations(tree)


def _install_mutant(mutant):
    name, _, number = mutant.rpartition(":")
    operators = _load("operators")

    def change(module, source):
        tree = operators.mutated(source, int(number)) if module == name else ast.parse(source)
        return _handing_on(tree) if module == _BOOT else tree

    sys.meta_path.insert(0, Finder(change, {name, _BOOT}))


def _install_touching(folder):
    blocks = _load("blocks")
    names = set(_load("areas").modules())
    builtins.__touched__ = blocks.Touched(Path(folder))

    def change(module, source):
        tree = blocks.instrumented(source, module)
        return _handing_on(tree) if module == _BOOT else tree

    sys.meta_path.insert(0, Finder(change, names | {_BOOT}))


builtins.__readers_environment__ = Environment
if os.environ.get("MUTANT"):
    _install_mutant(os.environ["MUTANT"])
elif os.environ.get("TOUCHED"):
    _install_touching(os.environ["TOUCHED"])
