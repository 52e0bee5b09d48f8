"""XML rows by expat and the DOM of the standard library."""

import re
from typing import Any
from xml.dom import minidom
from xml.parsers.expat import ExpatError

from tests.oracles import NoDocument, Rows
from tests.oracles.text_oracle import decoded, unpadded

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_XMLNS = "http://www.w3.org/2000/xmlns/"
_DECLARATION = re.compile(r"\s*<\?xml\s[^<>]*\?>")
_ANY_DECLARATION = re.compile(r"\s*<\?xml.*?\?>", re.DOTALL)
_ENCODING = re.compile(rb"""<\?xml[^>]*encoding\s*=\s*["']([^"']+)""")
#: What stands as it is, and a reference to a character elsewhere.
_REFERENCE = re.compile(
    r"<!\[CDATA\[.*?\]\]>|<!--.*?-->|<\?.*?\?>|&#(x[0-9a-fA-F]+|[0-9]+);", re.DOTALL
)
_NAMES = {"utf-8": "utf-8", "gbk": "gb18030", "gb2312": "gb18030", "gb18030": "gb18030"}
#: In the place of each character that is none: one that may stand in a name, and in no document
#: here.
_BROKEN = "\u9f98"
_BLANK = " \t\r\n"


def document(data: bytes, *, declared_well: bool = True) -> Any:
    """Return the root of a document, _BROKEN for what is no character of XML; raises NoDocument.

    With `declared_well` a declaration that is not as XML wants it is a fault.
    """
    declared = _ENCODING.match(data.removeprefix(b"\xef\xbb\xbf").lstrip())
    name = declared[1].decode("latin-1").lower() if declared else "utf-8"
    if not declared_well and re.search("[^a-z0-9._:-]", name):
        name = "utf-8"
    if name not in _NAMES:
        raise NoDocument("encoding")
    text = decoded(unpadded(data), _NAMES[name]).removeprefix("\ufeff")
    declaration = _DECLARATION if declared_well else _ANY_DECLARATION
    text = declaration.sub("", text, count=1) if declaration.match(text) else text
    text = text.replace("\ufffd", _BROKEN)
    text = _REFERENCE.sub(_allowed, text)
    text = "".join(_character(c) for c in text)
    if "<!DOCTYPE" in text:
        raise NoDocument("DTD")
    try:
        return minidom.parseString(text.strip(_BLANK).encode()).documentElement
    except (ExpatError, ValueError, LookupError, RecursionError) as error:
        raise NoDocument(str(error)) from None


def read(data: bytes, settings: dict[str, Any]) -> Rows:
    """Return the rows at a path of local names from the root."""
    root = document(data)
    names = settings["row"].split("/")
    if root.localName != names[0]:
        raise NoDocument("root")
    elements = [root]
    for name in names[1:]:
        if not elements:
            raise NoDocument("path")
        elements = [
            child for element in elements for child in children(element) if child.localName == name
        ]
    return {number: row(element) for number, element in enumerate(elements, 1)}


def _character(character: str) -> str:
    sound = character in "\t\n\r" or " " <= character <= "\ufffd" or character > "\uffff"
    return character if sound else _BROKEN


def _allowed(reference: re.Match[str]) -> str:
    digits = reference[1]
    if digits is None:
        return reference[0]
    code = int(digits[1:], 16) if digits.startswith("x") else int(digits)
    sound = code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD
    return reference[0] if sound or 0x10000 <= code <= 0x10FFFF else _BROKEN


def children(element: Any) -> list[Any]:
    """Return the elements below an element."""
    return [child for child in element.childNodes if child.nodeType == child.ELEMENT_NODE]


def text_of(element: Any) -> str:
    """Return the text that stands in an element itself."""
    kinds = (element.TEXT_NODE, element.CDATA_SECTION_NODE)
    return "".join(child.data for child in element.childNodes if child.nodeType in kinds)


def _attributes(element: Any) -> list[tuple[str, str]]:
    return [
        (attribute.localName, attribute.value)
        for attribute in element.attributes.values()
        if attribute.namespaceURI not in (_XSI, _XMLNS)
    ]


def row(element: Any) -> dict[str, str] | None:
    """Return the cells of a row, None where it must not be accepted."""
    cells: list[tuple[str, str]] = []
    if not _gather(element, "", cells):
        return None
    names = [name for name, _ in cells]
    if len(set(names)) != len(names) or not any(value.strip() for _, value in cells):
        return None
    return None if any(_BROKEN in part for cell in cells for part in cell) else dict(cells)


def _gather(element: Any, prefix: str, cells: list[tuple[str, str]]) -> bool:
    cells += [(f"{prefix}@{name}", value) for name, value in _attributes(element)]
    if text_of(element).strip(_BLANK):
        # Text beside child elements belongs to no column.
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
        cells.append((name, text_of(child)))
        cells += [(f"{name}.@{key}", value) for key, value in _attributes(child)]
        nil = child.getAttributeNS(_XSI, "nil").strip()
        if nil in ("true", "1") and text_of(child):
            return False
    return True
