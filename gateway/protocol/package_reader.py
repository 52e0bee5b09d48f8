"""Reads a package's records: from its text where it is written plainly, else from its tree.

Pure.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter

import polars as pl
from lxml import etree

from gateway.protocol.canonical import END, Texts, read_plain, split_plain
from gateway.protocol.header import Header, read_header, read_version
from gateway.standard import Kind, XmlRefusedError, load_gate, load_standard, parse_xml
from gateway.standard.digest import SEPARATOR
from gateway.standard.validator import SchemaFault
from gateway.standard.whitespace import collapse
from gateway.standard.xsd_reader import EXCHANGE_NS

_E = f"{{{EXCHANGE_NS}}}"
_Order = Callable[[tuple[str, ...]], tuple[str, ...]]
#: What no space of a text has beside it: another one, or the end of its field or line.
_NO_NEIGHBOUR = ("", SEPARATOR, "\n")


@dataclass(frozen=True, slots=True)
class Records:
    """The records of a body, in order, white space collapsed as xs:token says.

    `elements` are local names; `texts` has a column for each field of `kind`, "" where absent.
    """

    kind: Kind
    keys: Texts
    elements: Texts
    texts: Sequence[Texts]

    def rows(self) -> list[tuple[str, ...]]:
        """Return each record's fields."""
        return list(zip(*self.texts, strict=True))

    def columns(self, names: Iterable[str], places: Sequence[int] | None = None) -> pl.DataFrame:
        """Return fields as columns, null where absent: of the records at some places, or of all."""
        by_name = dict(zip(self.kind.field_names, self.texts, strict=True))
        return pl.DataFrame([_column(name, by_name[name], places) for name in names])


def _column(name: str, texts: Texts, places: Sequence[int] | None) -> pl.Series:
    if places is not None:
        texts = [texts[place] for place in places]
    if not any(texts):
        return pl.Series(name, [None], dtype=pl.String).new_from_index(0, len(texts))
    return pl.Series(name, [text or None for text in texts], dtype=pl.String)


@dataclass(frozen=True, slots=True)
class Package:
    """A package as it was read; `faults` is what the XSD says of single records."""

    header: Header
    kind: Kind
    records: Records
    faults: list[SchemaFault]


def read_package(xml: bytes, charset: str = "") -> Package:
    """Return a package, parsed and validated, with its records.

    `charset` is what the Content-Type header names; the plainest form is UTF-8 only.

    Raises XmlRefusedError where it is broken outside its records, and StandardError for a version
    or kind that is not known.
    """
    if charset in ("", "utf-8") and (package := read_from_text(xml)) is not None:
        return package
    root, header, kind, faults = _parsed(xml, charset)
    return Package(header, kind, read_records(root, kind), faults)


@dataclass(frozen=True, slots=True)
class Announced:
    """What a package says of itself that nobody has checked."""

    guid: str
    department: str
    feed: str


def announced(xml: bytes, charset: str = "") -> Announced | None:
    """Return what a package says of itself, whatever is wrong with the rest.

    None where that cannot be read.
    """
    try:
        root = parse_xml(xml, charset)
    except XmlRefusedError:
        return None
    paths = (f"{_E}Header/{_E}{name}" for name in ("PackageGuid", "Department", "Feed"))
    return Announced(*(collapse(root.findtext(path)) for path in paths))


def read_from_text(xml: bytes) -> Package | None:
    """Return a valid package that is written in the plainest form; None for any other.

    Raises StandardError for a version or kind that is not known.
    """
    if (parts := split_plain(xml)) is None:
        return None
    head, body = parts
    try:
        # What stands around the records, with the first of them.
        _, header, kind, faults = _parsed(head + body.partition(b"\n")[0] + END.encode())
    except XmlRefusedError:
        return None
    if faults or (plain := read_plain(body, kind)) is None:
        return None
    keys, texts = plain
    return Package(header, kind, Records(kind, keys, [kind.name] * len(keys), texts), [])


def _parsed(
    xml: bytes, charset: str = ""
) -> tuple[etree._Element, Header, Kind, list[SchemaFault]]:
    root = parse_xml(xml, charset)
    faults = load_gate(read_version(root)).records(root)
    header = read_header(root)
    return root, header, load_standard(header.version).kind(header.kind), faults


def read_records(root: etree._Element, kind: Kind) -> Records:
    """Return the body's records without what is no field of the kind, for the XSD refuses it.

    Where white space is not as xs:token has it, the tree is put right first.
    """
    keys, elements, rows = _records(root, kind)
    if _is_loose(keys, rows, kind):
        _collapse(root[1])
        keys, elements, rows = _records(root, kind)
    columns = list(zip(*rows, strict=True)) or [()] * len(kind.fields)
    return Records(kind, keys, elements, columns)


def _records(
    root: etree._Element, kind: Kind
) -> tuple[list[str], list[str], list[tuple[str, ...]]]:
    """Return keys, local names, and the kind's fields in schema order, "" where absent."""
    # Records come in few shapes: where the kind's fields stand in each is worked out once.
    shapes: dict[tuple[str, ...], _Order] = {}
    keys: list[str] = []
    elements: list[str] = []
    rows: list[tuple[str, ...]] = []
    for record in root[1]:
        tags = []
        texts = []
        for field in record:
            tags.append(field.tag)
            texts.append(field.text or "")
        order = shapes.get(tuple(tags))
        if order is None:
            order = shapes[tuple(tags)] = _order(tags, kind)
        keys.append(record.get("key", ""))
        elements.append(record.tag.rpartition("}")[2])
        rows.append(order((*texts, "")))
    return keys, elements, rows


def _order(tags: Sequence[str], kind: Kind) -> _Order:
    """Return how to take the kind's fields from a record's texts.

    The text of a field that is absent stands after the last one.
    """
    places = {tag.rpartition("}")[2]: place for place, tag in enumerate(tags)}
    return itemgetter(*(places.get(name, len(tags)) for name in kind.field_names))


def _is_loose(keys: list[str], rows: list[tuple[str, ...]], kind: Kind) -> bool:
    """Whether any text has white space that xs:token would take away."""
    text = "\n".join((*keys, *map(SEPARATOR.join, rows)))
    if "\r" in text or text.count("\n") != 2 * len(keys) - 1:
        return True
    if text.count(SEPARATOR) != len(rows) * (len(kind.field_names) - 1):
        return True
    # Every space must have a sign of its own text on both sides.
    words = text.split(" ")
    beside = {word[:1] for word in words[1:]} | {word[-1:] for word in words[:-1]}
    return not beside.isdisjoint(_NO_NEIGHBOUR)


def _collapse(body: etree._Element) -> None:
    for record in body:
        record.set("key", collapse(record.get("key")))
        for field in record:
            field.text = collapse(field.text)
