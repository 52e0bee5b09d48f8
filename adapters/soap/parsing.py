"""Parses an answer's XML: rows as they end, so that memory stays small; whole only where it has references. Pure."""

import io
import re
from typing import Any

from lxml import etree

from adapters.soap.counting import ABOVE
from adapters.soap.decoding import Decoded
from adapters.soap.envelope import Tree, opened
from adapters.soap.rows import Rows
from adapters.xmlstream import local

#: What may stand before a document type: one piece at a time, so that no prologue takes long.
_PROLOGUE = re.compile(rb"\s+|<!--.*?-->|<\?.*?\?>", re.DOTALL)
#: References within an answer: rows may stand elsewhere than at their path.
_REFERS = re.compile(rb"""(?:href|:ref)\s*=\s*["']""")


def parsed_rows(xml: Decoded, path: list[str], parts: dict[str, bytes]) -> tuple[Tree, Rows]:
    """Parse an answer, its rows read as they end where they can be."""
    rows = Rows(xml)
    if path and "*" not in path and not _refers(xml.data):
        return _streamed(xml, path, parts, rows), rows
    return opened(_parsed(xml.data), parts), rows


def has_dtd(data: bytes) -> bool:
    """Whether a document type stands before the first element; looked for before anything is parsed."""
    place = 0
    while piece := _PROLOGUE.match(data, place):
        place = piece.end()
    return data.startswith(b"<!DOCTYPE", place)


def _refers(data: bytes) -> bool:
    return (b"href" in data or b":ref" in data) and _REFERS.search(data) is not None


def _parsed(data: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    return etree.fromstring(data, parser)


def _streamed(xml: Decoded, path: list[str], parts: dict[str, bytes], rows: Rows) -> Tree:
    """Read rows as they end and let go of them; return what is left: the answer without its rows."""
    source: Any = etree.iterparse(
        io.BytesIO(xml.data),
        events=("end",),
        tag=f"{{*}}{path[-1]}",
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    # No reference is in it, so that rows need nothing of the rest.
    bare = Tree(etree.Element("none"), parts)
    container: etree._Element | None = None
    before: etree._Element | None = None
    for _, element in source:
        parent = element.getparent()
        if parent is None or (parent is not container and not _stands_at(parent, path)):
            continue
        container = parent
        rows.add(element, bare)
        element.clear(keep_tail=True)
        if before is not None and before.getparent() is parent and not before.tail:
            parent.remove(before)
        before = element
    return opened(source.root, parts)


def _stands_at(parent: etree._Element, path: list[str]) -> bool:
    """Whether what is below an element stands at a path below an answer's own element."""
    names = [local(parent.tag), *(local(one.tag) for one in parent.iterancestors())]
    return (
        len(names) == ABOVE + len(path) - 1
        and names[: len(path) - 1] == path[-2::-1]
        and names[-2] == "Body"
    )
