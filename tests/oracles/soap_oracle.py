"""Rows of a SOAP answer by the DOM of the standard library: cells by name, nil is nothing."""

from typing import Any

from tests.oracles import UNJUDGED, NoDocument, Rows
from tests.oracles.xml_oracle import _BROKEN, _XMLNS, _XSI, children, document, text_of

_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_WIRE = (_XSI, _XMLNS, _ENVELOPE, "http://www.w3.org/XML/1998/namespace")


def read(data: bytes, settings: dict[str, Any]) -> Rows:
    """Return the rows at the path `rows_path` below the answer's own element."""
    root = document(data, declared_well=False)
    if root.localName != "Envelope" or root.namespaceURI != _ENVELOPE:
        raise NoDocument("envelope")
    bodies = [child for child in children(root) if child.localName == "Body"]
    answers = children(bodies[0]) if bodies else []
    if len(answers) != 1 or answers[0].localName == "Fault":
        raise NoDocument("answer")
    elements = answers
    for name in settings["rows_path"].split("."):
        elements = [
            child for element in elements for child in children(element) if child.localName == name
        ]
    if not elements:
        raise NoDocument("no rows: in doubt or none")
    return {number: _row(element) for number, element in enumerate(elements, 1)}


def _row(element: Any) -> dict[str, str] | None:
    cells: list[tuple[str, str]] = []
    if not children(element):
        return UNJUDGED if text_of(element).strip() or _attributes(element) else None
    if not _gather(element, "", cells):
        return None
    names = [name for name, _ in cells]
    if len(set(names)) != len(names) or not any(value.strip() for _, value in cells):
        return None
    if any(_BROKEN in part for cell in cells for part in cell):
        return None
    # What refers elsewhere, and names that .NET writes with codes, are for other tests.
    odd = any("href" in name or "_x" in name or "T" in value[10:11] for name, value in cells)
    return UNJUDGED if odd else dict(cells)


def _attributes(element: Any) -> list[tuple[str, str]]:
    return [
        (attribute.localName, attribute.value)
        for attribute in element.attributes.values()
        if attribute.namespaceURI not in _WIRE
    ]


def _gather(element: Any, prefix: str, cells: list[tuple[str, str]]) -> bool:
    cells += [(f"{prefix}@{name}", value) for name, value in _attributes(element)]
    if text_of(element).strip():
        return False
    names = [child.localName for child in children(element)]
    if len(set(names)) != len(names):
        return False
    for child in children(element):
        name = f"{prefix}{child.localName}"
        if children(child):
            if not _gather(child, f"{name}.", cells):
                return False
            continue
        cells += [(f"{name}.@{key}", value) for key, value in _attributes(child)]
        nil = child.getAttributeNS(_XSI, "nil") in ("true", "1")
        cells.append((name, "" if nil else text_of(child)))
    return True
