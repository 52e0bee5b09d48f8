"""XML read with everything off that could reach out; in a stream, rows are let go of as they are read."""

from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree


def events(stream: BinaryIO) -> Iterator[tuple[str, etree._Element]]:
    """Yield the start and end of each element; no DTD, entity or network is ever used.

    Raises lxml's XMLSyntaxError. Whoever reads refuses a document that has a DTD at its first element.
    """
    found: Iterator[tuple[str, etree._Element]] = etree.iterparse(
        stream, events=("start", "end"), resolve_entities=False, no_network=True, huge_tree=False,
        load_dtd=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    return found


def tree(data: bytes) -> etree._Element:
    """Parse a document whole, as closed as the stream; raises lxml's XMLSyntaxError."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)  # fmt: skip
    return etree.fromstring(data, parser)


def forget(element: etree._Element) -> None:
    """Let go of an element that was read, and of what stands before it: memory stays the same."""
    element.clear()
    while (before := element.getprevious()) is not None:
        before.getparent().remove(before)


def local(tag: object) -> str:
    """Give an element's or attribute's name without its namespace."""
    return str(tag).rpartition("}")[2]
