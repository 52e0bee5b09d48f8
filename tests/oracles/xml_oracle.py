"""XML rows by expat and the DOM of the standard library."""

import re
from typing import Any
from xml.dom import minidom
from xml.parsers.expat import ExpatError

from tests.oracles import NoDocument, Rows

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_XMLNS = "http://www.w3.org/2000/xmlns/"
_REFERENCE = re.compile(r"&#(x[0-9a-fA-F]+|[0-9]+);")
_BROKEN = "\ufffd"


def read(data: bytes, settings: dict[str, Any]) -> Rows:
    """Return the rows at a path of local names from the root; documents are UTF-8."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise NoDocument("not UTF-8") from None
    text = _REFERENCE.sub(_allowed, text)
    text = "".join(c if c in "\t\n\r" or ord(c) >= 0x20 else _BROKEN for c in text)
    if "<!DOCTYPE" in text:
        raise NoDocument("DTD")
    try:
        root = minidom.parseString(text.encode()).documentElement
    except (ExpatError, ValueError) as error:
        raise NoDocument(str(error)) from None
    elements = [root]
    names = settings["row"].split("/")
    if root.localName != names[0]:
        raise NoDocument("root")
    for name in names[1:]:
        if not elements:
            raise NoDocument("path")
        elements = [
            child for element in elements for child in _children(element) if child.localName == name
        ]
    return {number: _row(element) for number, element in enumerate(elements, 1)}


def _allowed(reference: re.Match[str]) -> str:
    digits = reference[1]
    code = int(digits[1:], 16) if digits.startswith("x") else int(digits)
    sound = code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD
    return reference[0] if sound or 0x10000 <= code <= 0x10FFFF else _BROKEN


def _children(element: Any) -> list[Any]:
    return [child for child in element.childNodes if child.nodeType == child.ELEMENT_NODE]


def _text(element: Any) -> str:
    kinds = (element.TEXT_NODE, element.CDATA_SECTION_NODE)
    return "".join(child.data for child in element.childNodes if child.nodeType in kinds)


def _attributes(element: Any) -> list[tuple[str, str]]:
    return [
        (attribute.localName, attribute.value)
        for attribute in element.attributes.values()
        if attribute.namespaceURI not in (_XSI, _XMLNS)
    ]


def _row(element: Any) -> dict[str, str] | None:
    cells: list[tuple[str, str]] = []
    if not _gather(element, "", cells):
        return None
    names = [name for name, _ in cells]
    if len(set(names)) != len(names) or not any(value.strip() for _, value in cells):
        return None
    return None if any(_BROKEN in value for _, value in cells) else dict(cells)


def _gather(element: Any, prefix: str, cells: list[tuple[str, str]]) -> bool:
    cells += [(f"{prefix}@{name}", value) for name, value in _attributes(element)]
    if _text(element).strip():
        # Text beside child elements belongs to no column.
        return False
    for child in _children(element):
        name = f"{prefix}{child.localName}"
        if _children(child):
            if not _gather(child, f"{name}.", cells):
                return False
            continue
        cells.append((name, _text(child)))
        cells += [(f"{name}.@{key}", value) for key, value in _attributes(child)]
    return True
