"""Who imports whom in a circle: files, and the areas that a package is made of."""

from collections.abc import Iterable, Mapping, Sequence

import grimp

from tests.house.source import Place

#: The packages whose imports are looked at; the other two hold data.
PACKAGES = ("adapters", "gateway", "outbox")
Edges = Mapping[str, Iterable[str]]


def import_graph() -> grimp.ImportGraph:
    """Return the product's imports, those for types alone among them."""
    return grimp.build_graph(*PACKAGES, cache_dir=None)


def cyclic_files(graph: grimp.ImportGraph) -> list[Place]:
    """Return modules that reach themselves by their imports."""
    return _places(
        {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    )


def cyclic_areas(graph: grimp.ImportGraph) -> list[Place]:
    """Return siblings in a package that reach each other, each with all that is in it."""
    return [
        place
        for package in sorted(graph.modules)
        if graph.find_children(package)
        for place in _places(_edges_of_areas(graph, package))
    ]


def _edges_of_areas(graph: grimp.ImportGraph, package: str) -> Edges:
    return {
        child: {
            _child_of(package, imported)
            for module in {child} | graph.find_descendants(child)
            for imported in graph.find_modules_directly_imported_by(module)
        }
        - {child}
        for child in graph.find_children(package)
    }


def _child_of(package: str, module: str) -> str:
    """Return the child of a package that a module is, or is in; else the module itself."""
    if not module.startswith(f"{package}."):
        return module
    return f"{package}.{module.removeprefix(f'{package}.').split('.')[0]}"


def circles(edges: Edges) -> list[list[str]]:
    """Return each largest set of two or more nodes that all reach each other."""
    linked = _without_ends(edges)
    reached = {node: _reached(linked, node) for node in linked}
    rings = {
        frozenset(target for target in reached[node] if node in reached[target])
        for node in linked
        if node in reached[node]
    }
    return sorted(sorted(ring) for ring in rings if len(ring) > 1)


def _without_ends(edges: Edges) -> dict[str, set[str]]:
    """Return the nodes that may lie in a circle: each leads to another of them."""
    linked = {node: set(targets) for node, targets in edges.items()}
    while ends := [node for node, targets in linked.items() if not targets & linked.keys()]:
        for node in ends:
            del linked[node]
    return {node: targets & linked.keys() for node, targets in linked.items()}


def _reached(linked: Mapping[str, set[str]], start: str) -> set[str]:
    reached: set[str] = set()
    following = [start]
    while following:
        further = linked[following.pop()] - reached
        reached |= further
        following += further
    return reached


def _places(edges: Edges) -> list[Place]:
    return [
        Place(node.replace(".", "/"), 0, f"in a circle of {len(ring)}: {_names(ring, node)}")
        for ring in circles(edges)
        for node in ring
    ]


def _names(ring: Sequence[str], node: str) -> str:
    names = [name.rpartition(".")[2] for name in ring if name != node]
    return ", ".join(names[:8]) + (" …" if len(names) > 8 else "")
