"""Reads a validated package into columns. Pure."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from operator import itemgetter

import polars as pl
from lxml import etree

from gateway.standard import Kind
from gateway.standard.digest import SEPARATOR

_Order = Callable[[tuple[str, ...]], tuple[str, ...]]
#: What no space of a text has beside it: another one, or the end of its field or line.
_NO_NEIGHBOUR = ("", SEPARATOR, "\n")


@dataclass(frozen=True, slots=True)
class Records:
    """The records of a body, in order, white space collapsed as xs:token says.

    `elements` and `shapes` (the fields that are there) are local names; `texts` are the fields'
    texts in that order; `rows` has the kind's fields in schema order, "" where absent, and
    `lines` the same as the text that a record's digest is of.
    """

    keys: list[str]
    elements: list[str]
    shapes: list[tuple[str, ...]]
    texts: list[list[str]]
    rows: list[tuple[str, ...]]
    lines: list[str]


def read_records(root: etree._Element, kind: Kind) -> Records:
    """Read the body's records; what is no field of the kind is left out, for the XSD refuses it.

    Where white space is not as xs:token has it, the tree is put right first.
    """
    read = _records(root, kind)
    if _is_loose(read, kind):
        _collapse(root[1])
        read = _records(root, kind)
    return read


def _records(root: etree._Element, kind: Kind) -> Records:
    # Records come in few shapes: what to do with the texts of each is worked out once.
    shapes: dict[tuple[str, ...], tuple[tuple[str, ...], _Order]] = {}
    read = Records([], [], [], [], [], [])
    for record in root[1]:
        tags = []
        texts = []
        for field in record:
            tags.append(field.tag)
            texts.append(field.text or "")
        known = shapes.get(tuple(tags))
        if known is None:
            known = shapes[tuple(tags)] = _shape(tags, kind)
        shape, order = known
        row = order((*texts, ""))
        read.keys.append(record.get("key", ""))
        read.elements.append(record.tag.rpartition("}")[2])
        read.shapes.append(shape)
        read.texts.append(texts)
        read.rows.append(row)
        read.lines.append(SEPARATOR.join(row))
    return read


def _shape(tags: Sequence[str], kind: Kind) -> tuple[tuple[str, ...], _Order]:
    """Give the names of a record's fields, and how to take the kind's from its texts.

    A field that is absent is what stands after the last text.
    """
    names = tuple(tag.rpartition("}")[2] for tag in tags)
    places = {name: place for place, name in enumerate(names)}
    return names, itemgetter(*(places.get(name, len(names)) for name in kind.field_names))


def _is_loose(read: Records, kind: Kind) -> bool:
    """Tell whether any text has white space that xs:token would take away."""
    text = "\n".join((*read.keys, *read.lines))
    if "\r" in text or text.count("\n") != 2 * len(read.keys) - 1:
        return True
    if text.count(SEPARATOR) != len(read.lines) * (len(kind.field_names) - 1):
        return True
    # Every space must have a sign of its own text on both sides.
    words = text.split(" ")
    beside = {word[:1] for word in words[1:]} | {word[-1:] for word in words[:-1]}
    return not beside.isdisjoint(_NO_NEIGHBOUR)


def read_columns(records: Records, kind: Kind, wanted: Collection[str]) -> pl.DataFrame:
    """Put those of the kind's fields that are wanted into text columns, null where empty."""
    return pl.DataFrame(
        {
            name: pl.Series([row[place] or None for row in records.rows], dtype=pl.String)
            for place, name in enumerate(kind.field_names)
            if name in wanted
        }
    )


def _collapse(body: etree._Element) -> None:
    for record in body:
        record.set("key", _collapsed(record.get("key")))
        for field in record:
            field.text = _collapsed(field.text)


def _collapsed(text: str | None) -> str:
    return " ".join(part for part in re.split("[ \t\r\n]+", text or "") if part)
