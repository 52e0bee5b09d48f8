"""Slow, obvious readers of JSON, XML and DBF that share no code with the formats: what is right.

Each returns the rows of a document, None for a row that must be refused; `Refused` for the whole.
"""

import json
import re
from typing import Any
from xml.etree import ElementTree


class Refused(Exception):
    """The document must be refused whole."""


class _Twice(Exception):
    pass


class _NoValue(Exception):
    pass


def json_rows(data: bytes) -> list[dict[str, str] | None]:
    """Read a document that is an array of objects."""
    try:
        document = json.loads(data.decode(), parse_float=_Text, parse_int=_Text)
        pairs = json.loads(data.decode(), object_pairs_hook=list, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        raise Refused from None
    if not isinstance(document, list) or not data.lstrip().startswith(b"["):
        raise Refused
    return [_json_row(item, pair) for item, pair in zip(document, pairs, strict=True)]


class _Text(str):
    """A number as it is written."""


def _json_row(item: Any, pairs: Any) -> dict[str, str] | None:
    if not isinstance(item, dict):
        return None
    try:
        cells = dict(_json_cells(item, pairs, ""))
    except (_Twice, _NoValue):
        return None
    names = [name for name, _ in _json_cells(item, pairs, "")]
    if len(names) != len(cells) or not any(value.strip() for value in cells.values()):
        return None
    return cells


def _json_cells(item: dict[str, Any], pairs: Any, prefix: str) -> Any:
    if len(item) != len(pairs):
        raise _Twice
    if not prefix and "" in item:
        raise _NoValue
    for (key, value), (_, inner) in zip(item.items(), pairs, strict=True):
        if isinstance(value, dict):
            yield from _json_cells(value, inner, f"{prefix}{key}.")
            continue
        if isinstance(value, (list, float)) or any("\ud800" <= c <= "\udfff" for c in prefix + key):
            raise _NoValue
        if value is None:
            text = ""
        elif isinstance(value, bool):
            text = "true" if value else "false"
        else:
            text = str(value)
        if any("\ud800" <= c <= "\udfff" for c in text) or (
            isinstance(value, _Text) and len(text) > 1000
        ):
            raise _NoValue
        yield f"{prefix}{key}", text


def xml_rows(data: bytes, path: list[str]) -> list[dict[str, str] | None]:
    """Read the elements at a path with the parser of the standard library."""
    if b"<!DOCTYPE" in data:
        raise Refused
    # What does not decode or is not allowed costs its row and not the document.
    text = re.sub(
        "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "\ufffd", data.decode(errors="replace")
    )
    try:
        root = ElementTree.fromstring(re.sub("&#x?[0-9a-f]+;", _allowed, text))
    except (ElementTree.ParseError, ValueError, LookupError):
        raise Refused from None
    if _local(root.tag) != path[0]:
        raise Refused
    level = [root]
    for name in path[1:-1]:
        level = [child for element in level for child in element if _local(child.tag) == name]
    if not level:
        raise Refused
    return [
        _xml_row(child) for element in level for child in element if _local(child.tag) == path[-1]
    ]


def _allowed(reference: re.Match[str]) -> str:
    digits = reference[0][2:-1]
    try:
        code = int(digits[1:], 16) if digits.startswith("x") else int(digits)
    except ValueError:
        return reference[0]
    bad = (code < 32 and code not in (9, 10, 13)) or 0xD800 <= code < 0xE000 or code > 0x10FFFF
    return "\ufffd" if bad else reference[0]


def _xml_row(element: ElementTree.Element) -> dict[str, str] | None:
    cells = _xml_cells(element, "")
    names = [name for name, _ in cells]
    if None in names or len({*names}) != len(names):
        return None
    row = {name: value for name, value in cells if name is not None}
    if not any(value.strip() for value in row.values()) or any("\ufffd" in v for v in row.values()):
        return None
    return row


def _xml_cells(element: ElementTree.Element, prefix: str) -> list[tuple[str | None, str]]:
    """Return the cells of an element; one without a name where the row must be refused."""
    cells: list[tuple[str | None, str]] = []
    for key, value in element.attrib.items():
        if "XMLSchema-instance" not in key:
            cells.append((f"{prefix}@{_local(key)}", value))
    texts = [element.text, *(child.tail for child in element)]
    if any((text or "").strip(" \t\r\n") for text in texts):
        cells.append((None, ""))
    names = [_local(child.tag) for child in element]
    if len({*names}) != len(names):
        cells.append((None, ""))
    for child in element:
        name = f"{prefix}{_local(child.tag)}"
        if len(child):
            cells += _xml_cells(child, f"{name}.")
            continue
        nil = child.get("{http://www.w3.org/2001/XMLSchema-instance}nil", "")
        if nil.strip() in ("true", "1") and child.text:
            cells.append((None, ""))
        cells.append((name, child.text or ""))
        for key, value in child.attrib.items():
            if "XMLSchema-instance" not in key:
                cells.append((f"{name}.@{_local(key)}", value))
    return cells


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
