"""What a WSDL says of its operations: arguments, rows with their columns, result codes, files.

Pure over zeep's types, which are met with caution: a WSDL may describe anything, or nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from adapters.input_limits import input_limits
from adapters.result_codes import RESULT_CODES, TEXTS, TOTALS, good_values, plain

#: How deep the types of an answer are looked into: they may hold themselves.
_DEPTH = 8
_ENCODINGS = (
    "http://schemas.xmlsoap.org/soap/encoding/",
    "http://www.w3.org/2003/05/soap-encoding",
)


@dataclass(frozen=True, slots=True)
class Operation:
    """What a WSDL says of an operation, for whoever writes the settings.

    Paths are as the settings of the SOAP adapter take them: below the answer's own element.
    """

    name: str
    arguments: tuple[str, ...]
    #: Columns of each repeated element, by its path.
    rows: dict[str, tuple[str, ...]]
    #: Name of the answer's own element, where the style of the binding fixes it.
    answer: str = ""
    #: Where a result code may be, with the values that are good by its name.
    ok: dict[str, tuple[str, ...]] = field(default_factory=dict)
    totals: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    #: Single texts and binaries: where a whole file may be.
    files: tuple[str, ...] = ()
    #: Those of them that the WSDL says are Base64.
    binaries: tuple[str, ...] = ()
    #: Elements of its SOAP header.
    headers: tuple[str, ...] = ()

    def settings(self) -> list[str]:
        """Return the settings that its answer suggests, one a line."""
        return [
            *(f"rows_path={path}: {', '.join(columns)}" for path, columns in self.rows.items()),
            *(f"ok_path={path} ok_values={','.join(good)}" for path, good in self.ok.items()),
            *(f"message_path={path}" for path in self.messages if self.ok),
            *(f"total_path={path}" for path in self.totals),
            *(f"file_path={path}" for path in self.files if not self.rows),
            *(f"header: {name}" for name in self.headers),
        ]


def operations(service: Any) -> list[Operation]:
    """Return a description of every operation of an opened service."""
    return [
        _described(name, operation) for name, operation in sorted(service._binding.all().items())
    ]


def _described(name: str, operation: Any) -> Operation:
    output = getattr(operation.output, "body", None)
    below = Below() if output is None else _below(output)
    qname = getattr(output, "qname", None)
    document = getattr(operation, "style", "document") != "rpc" and qname is not None
    return Operation(
        name=name,
        arguments=tuple(part for part, _ in _parts(getattr(operation.input, "body", None))),
        rows=below.rows,
        answer=qname.localname if document and qname is not None else "",
        ok={path: good_values(path.rpartition(".")[2]) for path in below.of(RESULT_CODES)},
        totals=tuple(below.of(TOTALS)),
        messages=tuple(below.of(TEXTS)),
        files=tuple(
            path for path, kind in below.single.items() if kind in ("string", "base64Binary")
        ),
        binaries=tuple(path for path, kind in below.single.items() if kind == "base64Binary"),
        headers=tuple(part for part, _ in _parts(getattr(operation.input, "header", None))),
    )


@dataclass(slots=True)
class Below:
    """What stands below an answer's own element: rows by path,
    single simple elements with their types.
    """

    rows: dict[str, tuple[str, ...]] = field(default_factory=dict)
    single: dict[str, str] = field(default_factory=dict)

    def of(self, names: frozenset[str]) -> list[str]:
        """Return the paths of single elements that are called so, the shallowest first."""
        paths = [path for path in self.single if plain(path.rpartition(".")[2]) in names]
        return sorted(paths, key=lambda path: path.count("."))


def _parts(body: Any) -> Iterator[tuple[str, Any]]:
    for name, element, _ in _children(getattr(body, "type", None)):
        yield name, element


def _below(body: Any) -> Below:
    below = Below()

    def look(node: Any, path: tuple[str, ...], depth: int) -> None:
        if depth > _DEPTH or len(below.rows) + len(below.single) > input_limits().columns:
            return
        item = _array_item(node)
        if item is not None:
            below.rows[".".join((*path, "*"))] = tuple(_columns(item))
            return
        for name, element, repeated in _children(node):
            place = (*path, name)
            inner = getattr(element, "type", None)
            if repeated or _many(element):
                below.rows[".".join(place)] = tuple(_columns(inner))
            elif not _has_children(inner):
                below.single[".".join(place)] = _simple_name(inner)
            look(inner, place, depth + 1)

    look(getattr(body, "type", None), (), 0)
    return below


def _columns(node: Any) -> list[str]:
    """Return a row's columns: elements, nested ones as `outer.inner`, attributes as `@name`."""
    return list(dict.fromkeys(_leaves(node, "", 0)))[: input_limits().columns]


def _leaves(node: Any, prefix: str, depth: int) -> Iterator[str]:
    for name in _attributes(node):
        yield f"{prefix}@{name}"
    for name, element, _ in _children(node):
        inner = getattr(element, "type", None)
        if _has_children(inner) and depth < _DEPTH:
            yield from _leaves(inner, f"{prefix}{name}.", depth + 1)
        else:
            yield f"{prefix}{name}"
            for attribute in _attributes(inner):
                yield f"{prefix}{name}.@{attribute}"


def _children(node: Any) -> Iterator[tuple[str, Any, bool]]:
    """Yield the named elements of a type, each with whether a group around it repeats.

    An unbounded choice or sequence repeats what is in it, though each element comes once.
    """
    try:
        nested = list(getattr(node, "elements_nested", None) or ())
    except (AttributeError, TypeError, ValueError, RecursionError):
        return
    for _, element in nested:
        yield from _flat(element, False, 0)


def _flat(node: Any, repeated: bool, depth: int) -> Iterator[tuple[str, Any, bool]]:
    if depth > _DEPTH:
        return
    child = getattr(node, "child", None)
    if isinstance(node, list) or child is not None:
        inside = repeated or _many(node)
        for element in node if isinstance(node, list) else (child,):
            yield from _flat(element, inside, depth + 1)
        return
    name = getattr(node, "name", None)
    if name and hasattr(node, "type"):
        yield name, node, repeated


def _many(node: Any) -> bool:
    most = getattr(node, "max_occurs", 1)
    return most == "unbounded" or (isinstance(most, int) and most > 1)


def _has_children(node: Any) -> bool:
    return _array_item(node) is not None or next(_children(node), None) is not None


def _attributes(node: Any) -> Iterator[str]:
    try:
        listed = list(getattr(node, "attributes", None) or ())
    except (AttributeError, TypeError, ValueError, RecursionError):
        return
    for _, element in listed:
        qname = getattr(element, "qname", None)
        if qname is not None and qname.namespace not in _ENCODINGS:
            yield qname.localname


def _array_item(node: Any) -> Any:
    """Return the type of a SOAP-encoded array's items; None for what is no such array."""
    try:
        return getattr(getattr(node, "_array_type", None), "array_type", None)
    except (AttributeError, TypeError):
        return None


def _simple_name(node: Any) -> str:
    for base in type(node).__mro__ if node is not None else ():
        name = getattr(base, "_default_qname", None)
        if name is not None:
            return str(name.localname)
    return ""
